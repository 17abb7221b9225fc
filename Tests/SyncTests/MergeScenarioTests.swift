import CentralServer
import OfflineClient
import SQLite
import SyncProtocol
import Testing

@Suite struct MergeScenarioTests {
    @Test func whatOneOfficeWritesAnotherReads() throws {
        let world = try TestWorld()
        let (a, b) = (try world.client("a"), try world.client("b"))
        let id = try a.write(operator: "siti") {
            try $0.insert("cases", ["title": .text("BPJS"), "priority": .integer(2)])
        }
        #expect(try a.syncState(id) == .pending)
        let pushed = try world.sync(a)
        #expect(pushed.pushed == 1 && pushed.isAgreed && pushed.roundTrips == 1)
        #expect(try a.syncState(id) == .synced)
        let pulled = try world.sync(b)
        #expect(pulled.pulled == 1 && pulled.isAgreed)
        let record = try #require(try b.read("cases", id))
        #expect(record["title"] == .text("BPJS") && record["priority"] == .integer(2))
        #expect(record.creation.operator == "siti")
        #expect(try a.status().isSynced)
        #expect(try a.status().digest == b.status().digest)
    }

    @Test func editsOfDifferentFieldsAreBothKeptAndNotedSoftly() throws {
        let world = try TestWorld()
        let (a, b, id) = try worldWithCase(world)
        try a.write(operator: "a") { _ = try $0.update("cases", id, ["priority": .integer(3)]) }
        world.clock.advance(seconds: 1)
        try b.write(operator: "b") { _ = try $0.update("cases", id, ["note": .text("call back")]) }
        try settle(world, a, b)
        for client in [a, b] {
            let record = try #require(try client.read("cases", id))
            #expect(record["priority"] == .integer(3) && record["note"] == .text("call back"))
            let entries = try client.conflicts(includingDecided: true)
            #expect(entries.map(\.kind) == [.soft])
            #expect(try client.conflicts().isEmpty)
        }
    }

    @Test func theLaterEditOfOneFieldWinsAndTheLogHoldsTheOther() throws {
        let world = try TestWorld()
        let (a, b, id) = try worldWithCase(world)
        try a.write(operator: "a") { _ = try $0.update("cases", id, ["priority": .integer(3)]) }
        world.clock.advance(seconds: 1)
        try b.write(operator: "b") { _ = try $0.update("cases", id, ["priority": .integer(1)]) }
        // The later write arrives first.
        try world.sync(b)
        try settle(world, a, b)
        for client in [a, b] {
            #expect(try client.read("cases", id)?["priority"] == .integer(1))
            let entry = try #require(try client.conflicts().first)
            #expect(entry.kind == .hard)
            #expect(entry.losing.values == ["priority": .integer(3)] && entry.losing.operator == "a")
            #expect(entry.winning.values == ["priority": .integer(1)] && entry.winning.operator == "b")
            #expect(entry.losing.base == entry.winning.base && entry.losing.base != .none)
            #expect(try client.syncState(id) == .inConflict)
        }
        let entry = try #require(try a.conflicts().first)
        try a.restore(entry.id, operator: "centre")
        try settle(world, a, b)
        for client in [a, b] {
            #expect(try client.read("cases", id)?["priority"] == .integer(3))
            #expect(try client.conflicts().isEmpty)
            #expect(try client.syncState(id) == .synced)
        }
        #expect(try a.status().digest == b.status().digest)
        // To a device that comes later, what was decided is no new conflict.
        #expect(try world.sync(world.client("c")).newConflicts == 0)
    }

    @Test func aChainOfOfflineEditsDoesNotConflictWithItself() throws {
        let world = try TestWorld()
        let (a, b, id) = try worldWithCase(world)
        for priority in 1...5 {
            try a.write(operator: "a") { _ = try $0.update("cases", id, ["priority": .integer(Int64(priority))]) }
        }
        try settle(world, a, b)
        #expect(try a.conflicts(includingDecided: true).isEmpty)
        #expect(try b.read("cases", id)?["priority"] == .integer(5))
    }

    @Test(arguments: [true, false]) func aDeleteAgainstAnEditIsLoggedInEitherOrder(deleteFirst: Bool) throws {
        let world = try TestWorld()
        let (a, b, id) = try worldWithCase(world)
        try a.write(operator: "a") { try $0.delete("cases", id) }
        world.clock.advance(seconds: 1)
        try b.write(operator: "b") { _ = try $0.update("cases", id, ["note": .text("still needed")]) }
        try world.sync(deleteFirst ? a : b)
        try settle(world, a, b)
        let entry = try #require(try b.conflicts().first)
        #expect(entry.kind == .delete && entry.losing.values == ["note": .text("still needed")])
        #expect(try b.read("cases", id)?.isDeleted == true)
        try b.restore(entry.id, operator: "b")
        try settle(world, a, b)
        for client in [a, b] {
            let record = try #require(try client.read("cases", id))
            #expect(!record.isDeleted && record["note"] == .text("still needed") && record["title"] == .text("BPJS"))
        }
    }

    @Test func aGroupWinsOrLosesAsOne() throws {
        let world = try TestWorld()
        let (a, b, id) = try worldWithCase(world)
        try a.write(operator: "a") {
            _ = try $0.update("cases", id, ["status": .text("done"), "closed_at": .dateTime(5)])
        }
        world.clock.advance(seconds: 1)
        try b.write(operator: "b") { _ = try $0.update("cases", id, ["status": .text("open")]) }
        try settle(world, a, b)
        let record = try #require(try a.read("cases", id))
        #expect(record["status"] == .text("open") && record["closed_at"] == .null)
        #expect(try a.conflicts().map(\.losing.values) == [["status": .text("done"), "closed_at": .dateTime(5)]])
    }

    @Test func aLostAnswerAndARepeatedPushChangeNothing() throws {
        let world = try TestWorld()
        let (a, b) = (try world.client("a"), try world.client("b"))
        let id = try a.write(operator: "a") { try $0.insert("cases", ["title": .text("x")]) }
        var lost = SyncSession(a)
        guard case .send(let message) = try lost.next() else { throw TestFailure("nothing to send") }
        _ = world.server.sync(message, credential: try a.credential())
        // An edit made meanwhile goes on top of what was sent.
        try a.write(operator: "a") { _ = try $0.update("cases", id, ["priority": .integer(9)]) }
        let summary = try world.sync(a)
        #expect(summary.pushed == 2 && summary.isAgreed)
        #expect(try a.status().isSynced)
        try world.sync(b)
        #expect(try b.read("cases", id)?["priority"] == .integer(9))
        #expect(try b.conflicts(includingDecided: true).isEmpty)
        #expect(try world.storage.query { try $0.scalar("SELECT count(*) FROM cases") } == 1)
    }

    private func worldWithCase(_ world: TestWorld) throws -> (OfflineClient, OfflineClient, RecordID) {
        let (a, b) = (try world.client("a"), try world.client("b"))
        let id = try a.write(operator: "a") {
            try $0.insert("cases", ["title": .text("BPJS"), "status": .text("new")])
        }
        try world.sync(a)
        try world.sync(b)
        world.clock.advance(seconds: 60)
        return (a, b, id)
    }

    private func settle(_ world: TestWorld, _ clients: OfflineClient...) throws {
        for _ in 0..<2 { for client in clients { try world.sync(client) } }
        for client in clients {
            #expect(try client.status().isSynced)
            let found = try client.verify()
            #expect(found.isSound)
            #expect(try found.digest == client.status().digest)
        }
    }
}
