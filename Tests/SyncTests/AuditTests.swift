import CentralServer
import Foundation
import OfflineClient
import SQLite
import SyncProtocol
import Synchronization
import Testing

struct AuditTests {
    let world: TestWorld
    let client: OfflineClient

    init() throws {
        world = try TestWorld()
        // The world begins at midnight, and in the first hour of a day whole heads are told.
        world.clock.advance(seconds: 7200)
        client = try world.client("a")
        try world.sync(client)
    }

    /// Alters the accounts behind the server's back, as somebody who can write the file would.
    private func forge(_ sql: String) throws {
        let connection = try Connection(
            path: world.folder.appending(path: "accounts.db").path, mode: .readWriteCreate)
        try connection.execute(sql)
    }

    /// Writes the whole log anew so that its chain is right again.
    private func rechain() throws {
        var previous = AuditEntry.beginning
        for var entry in try entries() {
            entry.hash = entry.hash(after: previous)
            previous = entry.hash
            try forge("UPDATE _audit SET hash = x'\(Self.digits(entry.hash))' WHERE number = \(entry.number)")
        }
    }

    private static func digits(_ bytes: [UInt8]) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    private func entries() throws -> [AuditEntry] {
        try world.storage.read { try $0.auditEntries(after: 0, limit: 10_000) }
    }

    private func last() throws -> AuditHead? { try entries().last?.head }

    private func events() throws -> [String] { try entries().map(\.event) }

    @Test func aDecisionAboutAConflictIsNotedOnceThoughItsAnswerIsLost() throws {
        let world = try TestWorld()
        let (a, b) = (try world.client("a"), try world.client("b"))
        let id = try a.write(operator: "a") { try $0.insert("cases", ["title": .text("x")]) }
        try world.sync(a)
        try world.sync(b)
        for (client, title) in [(a, "by a"), (b, "by b")] {
            try client.write(operator: title) { _ = try $0.update("cases", id, ["title": .text(title)]) }
            try world.sync(client)
        }
        let conflict = try #require(try b.conflicts().first)
        try b.accept(conflict.id, operator: "b")
        var session = SyncSession(b)
        guard case .send(let message) = try session.next() else { throw TestFailure("nothing to send") }
        _ = world.server.sync(message, credential: try b.credential())
        #expect(try world.sync(b).isAgreed)
        #expect(try world.storage.read { try $0.auditCount("conflict-decided") } == 1)
    }

    @Test func `who let a device show personal data is told once, though answers are lost`() throws {
        try client.note("personal-shown", of: "A-26-000001", operator: "Sari")
        try client.note("something else", of: "x", operator: "Sari")
        for _ in 0..<2 {
            // The answer does not arrive.
            var session = SyncSession(client)
            guard case .send(let message) = try session.next() else { throw TestFailure("nothing is sent") }
            _ = world.server.sync(message, credential: try client.credential())
        }
        try client.note("personal-exported", of: "cases", operator: "Budi", detail: "year 2026")
        try world.sync(client)
        try world.sync(client)
        let told = try entries().filter { $0.event.hasPrefix("personal") }
        #expect(told.map(\.event) == ["personal-shown", "personal-exported"])
        #expect(told.map(\.subject) == ["A-26-000001", "cases"])
        #expect(told.map(\.actor) == ["Sari, device 1", "Budi, device 1"])
        #expect(try client.query { try $0.scalar("SELECT count(*) FROM _event") } == 0)
    }

    @Test func `what is done with accounts is logged, numbered and chained`() throws {
        try world.server.revoke(device: 1, by: "ani")
        try world.server.revoke(device: 1, by: "ani")
        try world.server.reinstate(device: 1, by: "ani")
        try world.server.change(CentralServer.leaseDays, to: 90, by: "ani")
        _ = try world.server.confirmClock(by: "ani")
        #expect(
            try events() == [
                "office-saved", "code-made", "enrolled", "device-revoked", "device-reinstated", "setting-changed",
                "clock-confirmed",
            ])
        #expect(try entries().map(\.number) == Array(1...7))
        #expect(try entries().last?.actor == "ani")
        #expect(try world.server.verifyAudit() == .intact(last()))
    }

    @Test func `what strangers cause is logged once an hour`() throws {
        let before = try entries().count
        for _ in 0..<5 { _ = world.server.sync([], credential: [1], caller: "x") }
        try world.server.revoke(device: 1)
        for _ in 0..<5 { _ = try? world.sync(client) }
        #expect(try events().dropFirst(before) == ["access-refused", "device-revoked", "access-refused"])
        world.clock.advance(seconds: 3601)
        _ = try? world.sync(client)
        #expect(try entries().count == before + 4)
    }

    @Test(arguments: [
        ("UPDATE _audit SET actor = 'nobody' WHERE number = 3", 3), ("DELETE FROM _audit WHERE number = 2", 2),
        ("UPDATE _audit SET time = time + 1 WHERE number = 1", 1),
        ("UPDATE _audit SET hash = zeroblob(32) WHERE number = 4", 4),
        ("UPDATE _audit SET subject = 'device', detail = '1' || detail WHERE number = 4", 4),
        ("INSERT INTO _audit VALUES (0, 1, 'x', '', '', '', zeroblob(32))", 1),
    ])
    func `a changed, missing or inserted entry is named by its number`(sql: String, number: Int64) throws {
        try world.server.revoke(device: 1)
        try forge(sql)
        #expect(try world.server.verifyAudit() == .changed(number: number))
    }

    @Test func `a head tells a missing tail and a rewritten chain apart`() throws {
        try world.server.revoke(device: 1)
        let head = try #require(try last())
        #expect(try world.server.verifyAudit(head) == .intact(head))
        #expect(AuditHead(head.description) == head)
        try forge("UPDATE _audit SET actor = 'nobody' WHERE number = 2")
        try rechain()
        #expect(try world.server.verifyAudit() == .intact(last()))
        #expect(try world.server.verifyAudit(head) == .rewritten(number: 4))
        try forge("DELETE FROM _audit WHERE number = 4")
        #expect(try world.server.verifyAudit() == .intact(last()))
        #expect(try world.server.verifyAudit(head) == .tailMissing(after: 3))
    }

    @Test func `each replica keeps the head, and notices a log that was cut`() throws {
        try world.server.change(CentralServer.leaseDays, to: 90)
        #expect(try world.sync(client).auditAlarm == nil)
        #expect(try client.status().auditHead == last())
        try forge("DELETE FROM _audit WHERE number = 4")
        #expect(try world.sync(client).auditAlarm == .shortened)
        #expect(try client.status().auditAlarm == .shortened)
    }

    @Test func `a log that was emptied is noticed, though a head is told only where it is news`() throws {
        var heads: [AuditHead?] = []
        let place = SyncRequest.Place(epoch: 1, time: 0, last: 0, schemaVersion: 0)
        func sync() throws -> AuditAlarm? {
            try world.sync(client) { answer in
                if case .syncAnswer(let answer) = try Message(decoding: answer, answering: place) {
                    heads.append(answer.auditHead)
                }
            }.auditAlarm
        }
        try world.server.change(CentralServer.leaseDays, to: 90)
        #expect(try sync() == nil)
        #expect(try sync() == nil)
        #expect(try heads == [last(), nil])
        try forge("DELETE FROM _audit")
        #expect(try sync() == .shortened)
        #expect(heads.last == .empty)
    }

    @Test func `the head of a log that was emptied is not kept, also where an older one is still to be shown`() throws {
        try world.server.change(CentralServer.leaseDays, to: 90)
        let before = try client.status().auditHead
        #expect(try world.sync(client).auditAlarm == nil)
        let head = try #require(try client.status().auditHead)
        #expect(head != before)
        try forge("DELETE FROM _audit")
        #expect(try world.sync(client).auditAlarm == .rewritten)
        #expect(try client.status().auditHead == head)
        // The server's own entry about it is the first one of the log now.
        #expect(try entries().map(\.event) == ["log-differs"])
        #expect(try world.sync(client).auditAlarm == .shortened)
        #expect(try entries().count == 1)
        #expect(try client.status().auditHead == head)
    }

    @Test func `numbers that move down are noticed, though no hash changes`() throws {
        try world.server.change(CentralServer.leaseDays, to: 90)
        try world.sync(client)
        try world.sync(client)
        try forge("DELETE FROM _audit WHERE number = 2; UPDATE _audit SET number = number - 1 WHERE number > 2")
        #expect(try world.sync(client).auditAlarm == .shortened)
    }

    @Test func `a head that was forged to have the same mark is noticed on the next day`() throws {
        try world.server.change(CentralServer.leaseDays, to: 90)
        try world.sync(client)
        try world.sync(client)
        // Whoever tries long enough finds an entry whose hash begins so.
        let entry = try #require(try entries().last)
        let forged = Self.digits(Array(entry.hash.prefix(4)) + Array(repeating: 0, count: 28))
        try forge("UPDATE _audit SET actor = 'nobody', hash = x'\(forged)' WHERE number = \(entry.number)")
        #expect(try world.sync(client).auditAlarm == nil)
        world.clock.advance(seconds: 86_400)
        #expect(try world.sync(client).auditAlarm == .rewritten)
    }

    @Test func `a log that was emptied is noticed by the first sync of a day too`() throws {
        try forge("DELETE FROM _audit")
        world.clock.advance(seconds: 86_400)
        #expect(try world.sync(client).auditAlarm == .shortened)
    }

    /// The mark of the next request.
    private func nextMark() throws -> UInt32? {
        var session = SyncSession(client)
        guard case .send(let bytes) = try session.next(), case .syncRequest(let request) = try Message(decoding: bytes)
        else { throw TestFailure("no request") }
        return request.auditMark
    }

    @Test func `the whole head is asked for once a day, though an answer is lost or comes after midnight`() throws {
        #expect(try nextMark() == client.status().auditHead?.mark)
        // Midnight, and an answer that is lost.
        world.clock.advance(seconds: 22 * 3600)
        #expect(try nextMark() == nil)
        #expect(try nextMark() == nil)
        try world.sync(client)
        #expect(try nextMark() == nil)
        world.clock.advance(seconds: 3600)
        #expect(try nextMark() == nil)
        try world.sync(client)
        #expect(try nextMark() == client.status().auditHead?.mark)
        world.clock.advance(seconds: 23 * 3600 - 3)
        var session = SyncSession(client)
        guard case .send(let late) = try session.next() else { throw TestFailure("no request") }
        let answer = world.server.sync(late, credential: try client.credential()).encoded
        world.clock.advance(seconds: 6)
        try session.received(answer)
        #expect(try nextMark() == nil)
        world.clock.advance(seconds: 7200)
        #expect(try nextMark() == nil)
        try world.sync(client)
        #expect(try nextMark() != nil)
    }

    @Test func `an answer that another process overtook with a later head raises no alarm`() throws {
        let credential = try client.credential()
        var slow = SyncSession(client)
        var quick = SyncSession(client)
        guard case .send(let first) = try slow.next() else { throw TestFailure("no request") }
        let old = world.server.sync(first, credential: credential).encoded
        try world.server.change(CentralServer.leaseDays, to: 90)
        guard case .send(let second) = try quick.next() else { throw TestFailure("no request") }
        try quick.received(world.server.sync(second, credential: credential).encoded)
        let head = try client.status().auditHead
        #expect(try head == last())
        try slow.received(old)
        #expect(slow.progress.auditAlarm == nil)
        #expect(try client.status().auditAlarm == nil && client.status().auditHead == head)
    }

    @Test func `a log of the same length with other entries is noticed`() throws {
        try forge("UPDATE _audit SET actor = 'nobody' WHERE number = 3")
        try rechain()
        #expect(try world.sync(client).auditAlarm == .rewritten)
        #expect(try client.status().auditAlarm == .rewritten)
    }

    @Test func `a log that was rewritten and has grown is noticed when the old head is shown`() throws {
        let notices = Mutex<[String]>([])
        let clock = world.clock
        let server = CentralServer(
            storage: world.storage, schema: world.schema,
            environment: .init(
                wallMilliseconds: { clock.now }, random: { 5 },
                notice: { line in notices.withLock { $0.append(line) } }))
        try forge("UPDATE _audit SET actor = 'nobody' WHERE number = 3")
        try rechain()
        try server.change(CentralServer.leaseDays, to: 90)
        #expect(try world.sync(client, with: server).auditAlarm == nil)
        #expect(try world.sync(client, with: server).auditAlarm == .rewritten)
        #expect(notices.withLock { $0.contains { $0.contains("device 1") } })
        #expect(try entries().last?.event == "log-differs")
        #expect(try client.status().auditAlarm == .rewritten)
        // It is said once, and stands in the status from then on.
        #expect(try world.sync(client, with: server).auditAlarm == nil)
        #expect(try client.status().auditAlarm == .rewritten)
    }

    @Test func `a log that only grows raises no alarm`() throws {
        for days in 1...20 as ClosedRange<Int64> {
            try world.server.change(CentralServer.leaseDays, to: days)
            #expect(try world.sync(client).auditAlarm == nil)
        }
        #expect(try client.status().auditAlarm == nil)
        #expect(try !events().contains("log-differs"))
    }

    @Test func `a sync with nothing to do takes some seventy bytes`() throws {
        // Its clock is some seconds off.
        let client = try world.client("b", skew: 8000)
        try world.sync(client)
        _ = try client.write(operator: "x") { try $0.insert("cases", ["title": .text("t")]) }
        try world.server.change(CentralServer.leaseDays, to: 90)
        try world.sync(client)
        try world.sync(client)
        let summary = try world.sync(client)
        #expect(summary.roundTrips == 1 && summary.isAgreed)
        #expect(summary.bytesSent + summary.bytesReceived <= 75, "\(summary.bytesSent) + \(summary.bytesReceived)")
    }

    @Test func `an edit and another device's pull of it stay within 250 bytes`() throws {
        let other = try world.client("b")
        try world.server.change(CentralServer.leaseDays, to: 90)
        let record = try client.write(operator: "bench") { try $0.insert("cases", ["title": .text("t")]) }
        for client in [client, other, client, other] { try world.sync(client) }
        _ = try client.write(operator: "bench") { try $0.update("cases", record, ["status": .text("done")]) }
        try world.sync(client)
        try world.sync(other)
        // What the second edit builds on has a version of its own.
        _ = try client.write(operator: "bench") { try $0.update("cases", record, ["status": .text("open")]) }
        let (pushed, pulled) = (try world.sync(client), try world.sync(other))
        #expect(pushed.pushed == 1 && pulled.pulled == 1)
        let bytes = pushed.bytesSent + pushed.bytesReceived + pulled.bytesSent + pulled.bytesReceived
        #expect(bytes <= 250, "\(bytes)")
    }

    @Test func `heads of any form are read or refused`() throws {
        let head = AuditHead(count: 300, hash: 0x0102_0304_0506_0708)
        #expect(head.bytes == [0xAC, 0x02, 1, 2, 3, 4, 5, 6, 7, 8])
        #expect(try AuditHead(head.bytes[...]) == head)
        #expect(head.description == "300-0102030405060708")
        for bytes in [[], [0, 1, 2, 3, 4, 5, 6, 7, 8], [1, 2], Array(head.bytes.dropLast())] as [[UInt8]] {
            #expect(throws: ProtocolError.self) { try AuditHead(bytes[...]) }
        }
        for text in ["", "0-0102030405060708", "1-01", "x-0102030405060708"] { #expect(AuditHead(text) == nil) }
    }
}
