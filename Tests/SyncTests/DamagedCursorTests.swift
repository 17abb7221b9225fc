import CentralServer
import Foundation
import OfflineClient
import SQLite
import SyncProtocol
import Testing

/// A bit that turned in a kept cursor or epoch, on a disk or on a link without TLS, mends itself.
@Suite struct DamagedCursorTests {
    @Test(arguments: [true, false]) func everyTurnedBitOfACursorMendsItself(hasRules: Bool) throws {
        let scoped = try ScopedWorld(rules: hasRules ? ScopedWorld.rules : nil)
        let world = scoped.world
        let (device, other) = (try scoped.device("device", "A"), try scoped.device("other", "A"))
        for _ in 0..<3 { try scoped.newCase(other, "A") }
        let own = try scoped.newCase(device, "A")
        try world.sync(device)
        try world.sync(other)
        let size = try #require(try device.query { try $0.scalar("SELECT length(cursor) FROM _replica") })
        #expect(size > 0)
        for bit in 0..<Int(size) * 8 {
            // An edit of its own waits, and another one of the same record is to be told.
            try other.write(operator: "o") { _ = try $0.update("cases", own, ["answer": .text("other \(bit)")]) }
            try world.sync(other)
            try device.write(operator: "d") { _ = try $0.update("cases", own, ["title": .text("own \(bit)")]) }
            try device.turn(bit)
            var summary = try world.sync(device)
            // What passes for a place of the server's is found by the digests, at the latest with the next sync.
            if !summary.isAgreed { summary = try world.sync(device) }
            #expect(summary.isAgreed, "bit \(bit)")
            #expect(try device.status().pending == 0, "bit \(bit)")
            #expect(try device.read("cases", own)?["answer"] == .text("other \(bit)"), "bit \(bit)")
            #expect(try world.held("cases", own)?[1] == (try EncodedValue(.text("own \(bit)"))), "bit \(bit)")
            try world.sync(other)
        }
        #expect(try device.verify().damaged.isEmpty)
    }

    @Test func everyTurnedBitOfTheEpochMendsItself() throws {
        let world = try TestWorld()
        let device = try world.client("device")
        let id = try device.write(operator: "d") { try $0.insert("cases", ["title": .text("x")]) }
        try world.sync(device)
        for bit in 0..<32 {
            try device.write(operator: "d") { _ = try $0.update("cases", id, ["title": .text("\(bit)")]) }
            try device.plant("UPDATE _replica SET epoch = (epoch | (1 << \(bit))) - (epoch & (1 << \(bit)))")
            #expect(try world.sync(device).isAgreed, "bit \(bit)")
            #expect(try device.status().pending == 0, "bit \(bit)")
            #expect(try world.held("cases", id)?[1] == EncodedValue(.text("\(bit)")), "bit \(bit)")
        }
    }

    @Test(arguments: [false, true])
    func aServerThatLacksSomethingAndWasNeverRestoredTakesNothingFromADevice(isOfAnotherEpoch: Bool) throws {
        let world = try TestWorld()
        // It only ever pulls: what it pushed would show the loss by its numbers.
        let (device, other) = (try world.client("device"), try world.client("other"))
        try world.sync(device)
        let backup = try ServerBackup(of: world)
        let id = try other.write(operator: "d") { try $0.insert("cases", ["title": .text("x")]) }
        try world.sync(other)
        try world.sync(device)
        // Somebody laid back old records by hand, and no command of restore was run.
        let storage = try SQLiteStorage(
            path: backup.folder.appending(path: "server.db").path, schema: world.schema, epoch: 1)
        defer { try? storage.close() }
        if isOfAnotherEpoch {
            try storage.write {
                var state = try $0.state()
                state.epoch = 50
                try $0.save(state)
            }
        }
        let clock = world.clock
        let server = CentralServer(
            storage: storage, schema: world.schema, environment: .init(wallMilliseconds: { clock.now }, random: { 4 }))
        for _ in 0..<3 {
            #expect { try world.sync(device, with: server) } throws: { ($0 as? Failure)?.code == .behind }
            #expect(try device.read("cases", id)?["title"] == .text("x"))
        }
    }

    @Test func aServerThatKnowsNoCursorIsAskedOnceInASync() throws {
        let world = try TestWorld()
        let device = try world.client("device")
        _ = try device.write(operator: "d") { try $0.insert("cases", ["title": .text("x")]) }
        try world.sync(device)
        var session = SyncSession(device)
        let refusal = Failure(code: .badCursor, time: world.clock.now, detail: "none of this server's").encoded
        guard case .send = try session.next() else { throw TestFailure("nothing to send") }
        try session.received(refusal)
        guard case .send = try session.next() else { throw TestFailure("it does not begin anew") }
        #expect(throws: Failure.self) { try session.received(refusal) }
        #expect(try world.sync(device).isAgreed)
        #expect(try device.query { try $0.scalar("SELECT count(*) FROM cases") } == 1)
    }
}

extension OfflineClient {
    /// Turns one bit of the cursor that is kept.
    fileprivate func turn(_ bit: Int) throws {
        let bytes = try query { connection in
            let select = try connection.statement("SELECT cursor FROM _replica")
            defer { select.reset() }
            return try select.step() ? Array(select.bytes(0)) : []
        }
        var turned = bytes
        turned[bit / 8] ^= 1 << (bit % 8)
        let digits = turned.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        try plant("UPDATE _replica SET cursor = X'\(digits)'")
    }
}
