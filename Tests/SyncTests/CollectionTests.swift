import CentralServer
import Foundation
import OfflineClient
import SQLite
import SyncProtocol
import Testing

struct CollectionTests {
    let world: TestWorld
    let one: OfflineClient
    let other: OfflineClient
    let record: RecordID

    /// Two clients that both hold a record.
    init() throws {
        world = try TestWorld()
        one = try world.client("a")
        other = try world.client("b")
        record = try one.write(operator: "x") { transaction in
            _ = try transaction.insert("cases", ["title": .text("stays")])
            return try transaction.insert("cases", ["title": .text("goes")])
        }
        try world.sync(one)
        try world.sync(other)
    }

    private func pass(days: Int64) { world.clock.advance(seconds: days * 86_400) }

    private func delete() throws {
        try one.write(operator: "x") { try $0.delete("cases", record) }
        try world.sync(one)
    }

    /// Both clients sync until the centre knows that they know.
    private func settle(_ clients: OfflineClient...) throws {
        for _ in 0..<2 {
            pass(days: 1)
            for client in clients { try world.sync(client) }
        }
    }

    private func held() throws -> RecordState? { try world.held("cases", record) }

    @Test func `a deleted record is collected once every replica has passed it, and not before`() throws {
        try delete()
        pass(days: 40)
        try settle(one)
        let report = try world.server.collect()
        #expect(report.collected == 0 && report.waiting == 1)
        #expect(report.holders.map(\.device) == [2])
        #expect(try held()?.isDeleted == true)
        try settle(one, other)
        #expect(try world.server.collect(isRehearsal: true).collected == 1)
        #expect(try held() != nil)
        #expect(try world.server.collect().collected == 1)
        #expect(try held() == nil)
        #expect(try world.server.collect().collected == 0)
        for client in [one, other] { #expect(try world.sync(client).isAgreed) }
    }

    @Test func `a deletion can be taken back for some days`() throws {
        try delete()
        try settle(one, other)
        #expect(try world.server.collect().collected == 0)
        try one.write(operator: "x") { try $0.undelete("cases", record) }
        try world.sync(one)
        pass(days: 40)
        try settle(one, other)
        #expect(try world.server.collect().collected == 0)
        #expect(try held()?.isDeleted == false)
    }

    @Test func `a lease that ran out, or a revoked device, holds nothing up`() throws {
        try delete()
        pass(days: 179)
        try settle(one)
        #expect(try world.server.collect().collected == 1)
        let next = try one.write(operator: "x") { try $0.insert("cases", ["title": .text("next")]) }
        try world.sync(one)
        try settle(one, other)
        try one.write(operator: "x") { try $0.delete("cases", next) }
        try world.sync(one)
        pass(days: 40)
        try settle(one)
        #expect(try world.server.collect().collected == 0)
        try world.server.revoke(device: 2)
        #expect(try world.server.collect().collected == 1)
    }

    @Test func `the lease is data`() throws {
        try delete()
        pass(days: 40)
        try settle(one)
        #expect(try world.server.collect().collected == 0)
        try world.storage.write { try $0.set(CentralServer.leaseDays, to: 20) }
        #expect(try world.server.collect().collected == 1)
    }

    @Test func `who was away for 200 days rebuilds, brings nothing back and loses nothing unsent`() throws {
        let made = try other.write(operator: "y") { transaction in
            try transaction.update("cases", record, ["note": .text("unsent edit")])
            return try transaction.insert("cases", ["title": .text("unsent case")])
        }
        try delete()
        pass(days: 200)
        try settle(one)
        #expect(try world.server.collect().collected == 1)
        let summary = try world.sync(other)
        #expect(summary.isAgreed && summary.pushed == 1 && summary.refused == 1)
        #expect(try held() == nil)
        #expect(try world.held("cases", made) != nil)
        let refused = try other.refusedChanges()
        #expect(refused.map(\.reason) == [.unknownRecord])
        #expect(refused.first?.values["note"] == .text("unsent edit"))
        #expect(try other.query { try $0.scalar("SELECT count(*) FROM cases WHERE title = 'stays'") } == 1)
        // Given up, the live copy of the collected record is gone here too.
        try other.discard(record, operator: "y")
        #expect(try other.read("cases", record) == nil)
        #expect(try world.sync(other).isAgreed)
        #expect(try other.status().isSynced)
    }

    @Test func `a live copy without pending changes is dropped by the rebuild`() throws {
        try delete()
        pass(days: 200)
        try settle(one)
        _ = try world.server.collect()
        #expect(try other.read("cases", record)?.isDeleted == false)
        #expect(try world.sync(other).isAgreed)
        #expect(try other.read("cases", record) == nil)
    }

    @Test func `what is collected while a first sync waits between two pages is not left behind`() throws {
        let late = try world.client("late")
        _ = try one.write(operator: "x") { try $0.insert("cases", ["title": .text("second page")]) }
        try world.sync(one)
        var session = SyncSession(late, pageBytes: 1)
        for _ in 0..<2 {
            guard case .send(let message) = try session.next() else { return }
            try session.received(world.server.sync(message, credential: try late.credential()).encoded)
        }
        #expect(try late.read("cases", record) != nil)
        try delete()
        pass(days: 200)
        try settle(one, other)
        #expect(try world.server.collect().collected == 1)
        let summary = try world.sync(late) { answer in
            let place = SyncRequest.Place(epoch: 0, time: 0, last: 0, schemaVersion: 0)
            if case .compareAnswer = try Message(decoding: answer, answering: place) {
                Issue.record("the digests differed")
            }
        }
        #expect(try summary.isAgreed && late.read("cases", record) == nil)
    }

    @Test func `a second creation of a collected record is refused`() throws {
        try delete()
        try settle(one, other)
        pass(days: 40)
        try settle(one, other)
        #expect(try world.server.collect().collected == 1)
        let late = try world.client("c")
        _ = try late.write(operator: "z") { try $0.insert("cases", ["title": .text("again")], id: record) }
        #expect(try world.sync(late).refused == 1)
        #expect(try late.refusedChanges().map(\.reason) == [.unknownRecord])
        #expect(try held() == nil)
    }

    @Test func `what was collected since a backup stays gone when that is restored`() throws {
        let backup = try ServerBackup(of: world)
        try delete()
        try settle(one, other)
        pass(days: 40)
        try settle(one, other)
        #expect(try world.server.collect().collected == 1)
        let (server, storage) = try backup.restored()
        #expect(try storage.read { try $0.record(2, record) } == nil)
        #expect(try storage.faults().isEmpty)
        for client in [one, other, one] { #expect(try world.sync(client, with: server).isAgreed) }
        for client in [one, other] { #expect(try client.read("cases", record)?.isDeleted != false) }
        #expect(try storage.read { try $0.record(2, record) } == nil)
    }

    @Test func `a first sync run again drops the tombstones that the server collected`() throws {
        try delete()
        try settle(one, other)
        #expect(try other.read("cases", record)?.isDeleted == true)
        // Another record is deleted after that, and collected when the other client's lease is over.
        let second = try one.write(operator: "x") { try $0.insert("cases", ["title": .text("goes later")]) }
        try settle(one)
        try one.write(operator: "x") { try $0.delete("cases", second) }
        pass(days: 200)
        try settle(one)
        #expect(try world.server.collect().collected == 2)
        #expect(try world.sync(other).isAgreed)
        #expect(try other.read("cases", record) == nil)
    }

    @Test func `more records than one transaction takes are collected in one run`() throws {
        let many = try one.write(operator: "x") { transaction in
            try (0..<2100).map { _ in try transaction.insert("cases", ["title": .text("t")]) }
        }
        try world.sync(one)
        try one.write(operator: "x") { transaction in
            for id in many { try transaction.delete("cases", id) }
        }
        try settle(one, other)
        pass(days: 40)
        try settle(one, other)
        #expect(try world.server.collect().collected == 2100)
        #expect(try world.sync(other).isAgreed)
    }
}
