import Simulator
import Testing

/// The power fails at every sync of a file, with the real client, server and stores (row R7).
@Suite("Power cuts", .ownThread) struct PowerCutTests {
    @Test("leave whole transactions, and all that was acknowledged", arguments: [1, 3])
    func cuts(seed: UInt64) {
        let outcome = PowerCuts.run(seed: seed)
        #expect(outcome.found == nil)
        #expect(outcome.cuts > 200 && outcome.images > 500 && outcome.resumed > 50)
    }

    /// Seeds that once found something: a file that could not be opened after a cut while it was being made.
    @Test("that once left what could not be opened", arguments: [2, 4, 5, 6])
    func regressions(seed: UInt64) {
        #expect(PowerCuts.run(seed: seed, steps: 3).found == nil)
    }

    /// Whoever believes a disk that lies loses what was acknowledged; if that is not seen, nothing is checked here.
    @Test(
        "are noticed where a disk only pretends to sync",
        arguments: ["centre.db-wal", "accounts.db-wal", "device.db-wal", "centre.db", "device.db"])
    func lies(file: String) {
        let found = (1...20).lazy.compactMap { PowerCuts.run(seed: UInt64($0), lie: file).found }.first
        #expect(found != nil)
    }
}
