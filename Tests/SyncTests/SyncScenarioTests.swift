import CentralServer
import Foundation
import OfflineClient
import SQLite
import SyncProtocol
import Testing

@Suite struct SyncScenarioTests {
    @Test(arguments: [20 * 365 * 86_400_000, 3_600_000, -86_400_000] as [Int64])
    func aWrongClockNeitherWinsNorBlocks(skew: Int64) throws {
        let world = try TestWorld()
        let right = try world.client("right")
        let id = try right.write(operator: "r") { try $0.insert("cases", ["title": .text("x")]) }
        try world.sync(right)
        // Enrolling tells the offset; a clock that jumps afterwards is not known until the next sync.
        let before = try world.client("wrong")
        try world.sync(before)
        try before.close()
        let wrong = try world.client("wrong", skew: skew)
        for priority in 1...3 {
            try wrong.write(operator: "w") { _ = try $0.update("cases", id, ["priority": .integer(Int64(priority))]) }
        }
        let made = try wrong.write(operator: "w") { try $0.insert("cases", ["title": .text("made")]) }
        let summary = try world.sync(wrong)
        #expect(summary.isAgreed && summary.pushed == 4)
        #expect(summary.restamped == (skew > 0 ? 4 : 0))
        #expect(try abs(wrong.status().clockOffset + skew) < 1000)
        #expect(try wrong.read("cases", id)?["priority"] == .integer(3))
        world.clock.advance(seconds: 1)
        try world.sync(right)
        try right.write(operator: "r") { _ = try $0.update("cases", id, ["priority": .integer(9)]) }
        try world.sync(right)
        try world.sync(wrong)
        #expect(try wrong.read("cases", id)?["priority"] == .integer(9))
        #expect(try wrong.read("cases", made)?["title"] == .text("made"))
        let greatest = try #require(try world.held("cases", made)?.versions.greatest)
        #expect(!HybridLogicalClock.isFromTheFuture(greatest.time, wall: world.clock.now))
        #expect(try wrong.verify().digest == wrong.status().digest)
    }

    @Test func manyRecordsTravelPageByPageAndResumeAfterACut() throws {
        let world = try TestWorld()
        let a = try world.client("a")
        let text = String(repeating: "panjang ", count: 100)
        for block in 0..<5 {
            try a.write(operator: "a") { transaction in
                for index in 0..<400 {
                    try transaction.insert("cases", ["title": .text("\(block) \(index)"), "note": .text(text)])
                }
            }
        }
        let pushed = try world.sync(a)
        #expect(pushed.pushed == 2000 && pushed.isAgreed && pushed.roundTrips > 2)
        let b = try world.client("b")
        var cut = SyncSession(b)
        guard case .send(let first) = try cut.next() else { throw TestFailure("nothing to send") }
        try cut.received(world.server.sync(first, credential: try b.credential()).encoded)
        let there = try b.query { try $0.scalar("SELECT count(*) FROM cases") } ?? 0
        #expect(there > 0 && there < 2000)
        // An edit that moves a record behind the page that a first sync has reached must not hide it.
        let moved = try world.storage.query { connection in
            let select = try connection.statement("SELECT id FROM cases ORDER BY seq DESC LIMIT 1 OFFSET 100")
            defer { select.reset() }
            return try select.step() ? RecordID(bytes: select.bytes(0)) : nil
        }
        try a.write(operator: "a") { _ = try $0.update("cases", #require(moved), ["priority": .integer(5)]) }
        try world.sync(a)
        let summary = try world.sync(b)
        #expect(summary.isAgreed && summary.repaired == 0)
        #expect(try b.query { try $0.scalar("SELECT count(*) FROM cases") } == 2000)
        #expect(try b.read("cases", #require(moved))?["priority"] == .integer(5))
    }

    @Test func aNewerSchemasFieldsAndCollectionsAreKeptPassedOnAndAppearAfterTheUpgrade() throws {
        let newer = try Schema(
            name: "test", version: 2,
            collections: TestWorld.schema(extra: [FieldSchema(9, "colour", .text)]).collections.dropFirst()
                + [CollectionSchema(number: 9, name: "visits", fields: [FieldSchema(1, "place", .text)])])
        let world = try TestWorld()
        let new = try world.client("new", schema: newer)
        let id = try new.write(operator: "n") { try $0.insert("cases", ["title": .text("x"), "colour": .text("red")]) }
        let visit = try new.write(operator: "n") { try $0.insert("visits", ["place": .text("Liwa")]) }
        #expect(try world.sync(new).isAgreed)
        var old = try world.client("old")
        #expect(try world.sync(old).isAgreed)
        try old.write(operator: "o") { _ = try $0.update("cases", id, ["priority": .integer(4)]) }
        try world.sync(old)
        try world.sync(new)
        let record = try #require(try new.read("cases", id))
        #expect(record["colour"] == .text("red") && record["priority"] == .integer(4))
        // The old client is upgraded: what it kept appears.
        try old.close()
        old = try world.client("old", schema: newer)
        #expect(try old.read("cases", id)?["colour"] == .text("red"))
        #expect(try old.read("visits", visit)?["place"] == .text("Liwa"))
        #expect(try old.verify().damaged.isEmpty)
        #expect(try world.sync(old).isAgreed)
        #expect(throws: (any Error).self) { try world.client("old") }
    }

    @Test func aPlantedDifferenceIsFoundAndPutRight() throws {
        let world = try TestWorld()
        let (a, b) = (try world.client("a"), try world.client("b"))
        let id = try a.write(operator: "a") { try $0.insert("cases", ["title": .text("x")]) }
        try world.sync(a)
        try world.sync(b)
        try b.plant("DELETE FROM cases; UPDATE _replica SET digest = 0")
        let summary = try world.sync(b)
        #expect(summary.isAgreed)
        #expect(try b.read("cases", id)?["title"] == .text("x"))
        #expect(try b.status().digest == a.status().digest)
    }

    @Test func whoFirstSyncsWhileARecordIsDeletedGetsItWholeWhenItComesBack() throws {
        let world = try TestWorld()
        let a = try world.client("a")
        let id = try a.write(operator: "a") { try $0.insert("cases", ["title": .text("x"), "note": .text("n")]) }
        try a.write(operator: "a") { try $0.delete("cases", id) }
        try world.sync(a)
        let b = try world.client("b")
        #expect(try world.sync(b).isAgreed)
        #expect(try b.read("cases", id) == nil)
        try a.write(operator: "a") { try $0.undelete("cases", id) }
        try world.sync(a)
        let summary = try world.sync(b)
        #expect(summary.isAgreed && summary.repaired == 0 && summary.roundTrips == 1)
        #expect(try b.read("cases", id)?["note"] == .text("n"))
    }

    @Test func anEnrolmentCodeWorksOnceAndOnlyInTime() throws {
        let world = try TestWorld()
        let environment = Environment(wallMilliseconds: { 0 }, random: { 4 })
        func device(_ name: String, random: UInt64) throws -> OfflineClient {
            try OfflineClient(
                path: world.folder.appending(path: name).path, schema: world.schema,
                environment: Environment(wallMilliseconds: environment.wallMilliseconds, random: { random }))
        }
        let code = try world.server.makeCode(office: "A", name: "", profile: ["ticket_prefix": "LIW"])
        let (one, two) = (try device("one", random: 1), try device("two", random: 2))
        // The first answer is lost; the same device asks again and is let in, another one is not.
        let request = try one.enrolRequest(code: code, deviceName: "one", server: "s")
        _ = world.server.enrol(request)
        #expect(
            failure(world.server.enrol(try two.enrolRequest(code: code, deviceName: "two", server: "s"))) == .usedCode)
        try one.enrolled(
            world.server.enrol(try one.enrolRequest(code: code.lowercased(), deviceName: "one", server: "s")).encoded)
        #expect(try one.status().profile == ["ticket_prefix": "LIW"] && one.status().office == "A")
        #expect(
            failure(world.server.enrol(try two.enrolRequest(code: "nonsense", deviceName: "", server: "s")))
                == .unknownCode)
        let late = try world.server.makeCode(office: "A", name: "", profile: [:])
        world.clock.advance(seconds: 86_400)
        #expect(
            failure(world.server.enrol(try two.enrolRequest(code: late, deviceName: "", server: "s"))) == .expiredCode)
    }

    @Test func aRevokedOrUnknownDeviceIsRefusedAndKeepsItsWork() throws {
        let world = try TestWorld()
        let a = try world.client("a")
        _ = try a.write(operator: "a") { try $0.insert("cases", ["title": .text("x")]) }
        try world.server.revoke(device: 1)
        #expect(throws: Failure.self) { try world.sync(a) }
        #expect(try a.status().pending == 1)
        var session = SyncSession(a)
        guard case .send(let message) = try session.next() else { throw TestFailure("nothing to send") }
        #expect(failure(world.server.sync(message, credential: nil)) == .notEnrolled)
        #expect(failure(world.server.sync(message, credential: [1, 2, 3])) == .notEnrolled)
        let b = try world.client("b")
        #expect(failure(world.server.sync([1, 2, 3], credential: try b.credential())) == .malformed)
    }

    @Test func twoSyncsOfOneDatabaseAtOnceDisturbNothing() throws {
        let world = try TestWorld()
        let a = try world.client("a")
        let twin = try world.client("a")
        for index in 0..<20 { _ = try a.write(operator: "a") { try $0.insert("cases", ["title": .text("\(index)")]) } }
        var one = SyncSession(a)
        var two = SyncSession(twin)
        guard case .send(let first) = try one.next(), case .send(let second) = try two.next() else {
            throw TestFailure("nothing to send")
        }
        let credential = try a.credential()
        let (early, late) = (
            world.server.sync(first, credential: credential), world.server.sync(second, credential: credential)
        )
        try one.received(early.encoded)
        try two.received(late.encoded)
        #expect(try world.sync(twin).isAgreed)
        #expect(try a.status().isSynced)
        #expect(try world.storage.query { try $0.scalar("SELECT count(*) FROM cases") } == 20)
        #expect(try a.verify().digest == a.status().digest)
    }

    private func failure(_ message: Message) -> Failure.Code? {
        if case .failure(let failure) = message { return failure.code }
        return nil
    }
}
