import CentralServer
import OfflineClient
import SQLite
import SyncProtocol
import Testing

/// Many random histories of offices whose server is restored from a backup taken at a random moment.
@Suite struct HealingHistoryTests {
    /// A generator of pseudo-random numbers (SplitMix64), so that a history can be told by its seed.
    private struct Dice: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
            return z ^ z >> 31
        }
    }

    private func operate(_ client: OfflineClient, _ dice: inout Dice, _ label: String) throws {
        let ids = try client.query { connection in
            let select = try connection.statement("SELECT id FROM cases ORDER BY id")
            defer { select.reset() }
            var ids: [RecordID] = []
            while try select.step() { if let id = RecordID(bytes: select.bytes(0)) { ids.append(id) } }
            return ids
        }
        let kind = Int.random(in: 0..<10, using: &dice)
        try client.write(operator: "x") { transaction in
            guard let id = ids.randomElement(using: &dice), kind > 2 else {
                _ = try transaction.insert("cases", ["title": .text(label)])
                return
            }
            switch kind {
            case 3: try transaction.delete("cases", id)
            case 4, 5: _ = try transaction.update("cases", id, ["status": .text("open"), "closed_at": .null])
            case 6: _ = try transaction.update("cases", id, ["priority": .integer(Int64(dice.next() % 100))])
            default: _ = try transaction.update("cases", id, ["note": .text(label)])
            }
        }
    }

    @Test(arguments: 1...30) func everyAcknowledgedWriteSurvivesARestoreAndAllComeTogether(seed: UInt64) throws {
        var dice = Dice(state: seed)
        let world = try TestWorld()
        let clients = try ["a", "b", "c", "d"].map { try world.client($0) }
        func work(_ steps: Int, with server: CentralServer) throws {
            for step in 0..<steps {
                world.clock.advance(seconds: 7)
                guard let client = clients.randomElement(using: &dice) else { return }
                if Int.random(in: 0..<3, using: &dice) == 0 {
                    try world.sync(client, pageBytes: 300, with: server)
                } else {
                    try operate(client, &dice, "\(seed) \(step)")
                }
            }
        }
        try work(Int.random(in: 0..<40, using: &dice), with: world.server)
        let backup = try ServerBackup(of: world)
        try work(Int.random(in: 0..<40, using: &dice), with: world.server)
        let lost = try world.storage.allRecords()
        let (server, storage) = try backup.restored()
        // Some find the restored server early and write on.
        try work(Int.random(in: 0..<40, using: &dice), with: server)
        for client in clients + clients { try world.sync(client, pageBytes: 300, with: server) }

        let held = try storage.allRecords()
        for (key, before) in lost {
            let after = try #require(held[key], "record \(key.record) is lost")
            for field in before.values.map(\.field) + [.deleted] {
                let (old, new) = (before.versions.version(of: field), after.versions.version(of: field))
                #expect(new >= old, "field \(field) of \(key.record) went back")
                if new == old { #expect(after[field] == before[field]) }
            }
        }
        let digest = try storage.read { try $0.state().digest }
        #expect(try storage.faults().isEmpty)
        for client in clients {
            let status = try client.status()
            #expect(status.isSynced && status.digest == digest)
            #expect(try client.verify().digest == digest)
        }
    }
}
