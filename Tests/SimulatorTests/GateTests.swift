import Simulator
import Testing

/// The seeds that every test run takes; `tools/simulate` takes as many more as it is told.
@Suite struct GateTests {
    @Test func everyHistoryKeepsTheInvariantsAndConverges() {
        let found = Campaign.run(seeds: 1...100)
        for outcome in found { Issue.record("\(outcome.found ?? ""); replay: tools/simulate --seed \(outcome.seed)") }
    }

    @Test func oneSeedIsOneHistory() {
        for seed in UInt64(1)...4 {
            let (first, second) = (Campaign.run(seed: seed), Campaign.run(seed: seed))
            #expect(first.hash == second.hash && first.hash != 0)
        }
        #expect(Campaign.run(seed: 1).hash != Campaign.run(seed: 2).hash)
    }
}
