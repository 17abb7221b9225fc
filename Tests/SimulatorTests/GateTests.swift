import Simulator
import Testing

/// The seeds that every test run takes; `tools/simulate` takes as many more as it is told.
@Suite(.ownThread) struct GateTests {
    @Test func everyHistoryKeepsTheInvariantsAndConverges() {
        let found = Campaign.run(seeds: 1...200)
        for outcome in found { Issue.record("\(outcome.found ?? ""); replay: tools/simulate --seed \(outcome.seed)") }
    }

    @Test func oneSeedIsOneHistory() {
        for seed in UInt64(1)...4 {
            let (first, second) = (
                Campaign.run(seed: seed, keepsTrace: true), Campaign.run(seed: seed, keepsTrace: true)
            )
            #expect(first.trace == second.trace && first.hash == second.hash && !first.trace.isEmpty)
        }
        #expect(Campaign.run(seed: 1).hash != Campaign.run(seed: 2).hash)
    }
}
