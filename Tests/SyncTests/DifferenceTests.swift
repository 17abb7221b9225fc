import CentralServer
import Foundation
import OfflineClient
import SQLite
import SyncProtocol
import SyncStore
import Testing

/// A difference between two sides is narrowed down, put right once, and told by record.
@Suite struct DifferenceTests {
    let world: TestWorld
    let client: OfflineClient
    let ids: [RecordID]

    /// A client and a server with a good many equal records.
    init() throws {
        world = try TestWorld()
        client = try world.client("a")
        ids = try client.write(operator: "a") { transaction in
            try (0..<5000).map {
                try transaction.insert("cases", ["title": .text("case \($0)"), "note": .text("abcd")])
            }
        }
        try world.sync(client)
    }

    @Test func aBitThatFlippedAtAClientIsFoundAndPutRightWithFewBytes() throws {
        let id = ids[1234]
        try client.plant("UPDATE cases SET note = 'abcc' WHERE title = 'case 1234'")
        // A sync compares the sums that were kept: it can't see it. A computation from the rows does.
        #expect(try world.sync(client).isAgreed)
        let found = try client.verify()
        #expect(!found.isSound && found.damaged == [RecordKey(collection: 2, record: id)])
        #expect(try !client.status().isAgreed)
        let summary = try world.sync(client)
        #expect(summary.isAgreed && summary.repairedRecords == [RecordKey(collection: 2, record: id)])
        #expect(summary.bytesSent + summary.bytesReceived < 20_000)
        #expect(try client.read("cases", id)?["note"] == .text("abcd"))
        #expect(try client.verify().isSound)
        #expect(try world.sync(client).repaired == 0)
    }

    @Test func aRowThatCannotBeReadIsFetchedAnewAndKeepsWhatIsPending() throws {
        let id = ids[7]
        _ = try client.write(operator: "a") { try $0.update("cases", id, ["priority": .integer(3)]) }
        try client.plant("UPDATE cases SET _sync = x'00' WHERE title = 'case 7' OR title = 'case 8'")
        #expect(try Set(client.verify().damaged.map(\.record)) == [id, ids[8]])
        let summary = try world.sync(client)
        #expect(summary.isAgreed && summary.pushed == 1)
        for id in [id, ids[8]] { #expect(try client.read("cases", id)?["note"] == .text("abcd")) }
        #expect(try client.read("cases", id)?["priority"] == .integer(3))
        #expect(try client.verify().isSound)
    }

    @Test func aRecordThatIsMissingAndOneTooManyArePutRight() throws {
        try client.plant("DELETE FROM cases WHERE title = 'case 40'")
        let extra = try client.write(operator: "a") { try $0.insert("cases", ["title": .text("too many")]) }
        try client.plant("DELETE FROM _pending; UPDATE _replica SET number = acknowledged, chain = acknowledged_chain")
        #expect(try !client.verify().isSound)
        let summary = try world.sync(client)
        #expect(summary.isAgreed && Set(summary.repairedRecords.map(\.record)) == [ids[40], extra])
        #expect(try client.read("cases", ids[40]) != nil && client.read("cases", extra) == nil)
    }

    @Test func theServersDamagedRowComesBackFromAnOfficeJustAsItWas() throws {
        let row = RecordKey(collection: 2, record: ids[99])
        try client.write(operator: "a") { _ = try $0.update("cases", ids[99], ["priority": .integer(5)]) }
        try world.sync(client)
        let before = try #require(try world.storage.allRecords()[row])
        let connection = try Connection(path: world.folder.appending(path: "server.db").path, mode: .readWriteCreate)
        try connection.execute("UPDATE cases SET note = 'abce' WHERE title = 'case 99'")
        let found = try world.storage.verify()
        #expect(found.damaged.map(\.key) == [row] && found.records == 5000)
        try world.server.ask(for: found.damaged)
        // Nobody's word is taken but that of whoever has just what had been stored.
        var forged = RepairRequest()
        (forged.epoch, forged.into, forged.replica) = (7, 7, try client.status().replica)
        var wrong = try #require(before.update(since: 0, for: .none))
        wrong.writes[0].fields = FieldMap(wrong.writes[0].fields.dropLast())
        forged.given = [wrong]
        _ = world.server.sync(forged.encoded, credential: try client.credential())
        #expect(try world.storage.verify().damaged.map(\.key) == [row])
        #expect(try world.sync(client).isAgreed)
        #expect(try world.storage.verify().faults.isEmpty)
        let after = try #require(try world.storage.allRecords()[row])
        #expect(after.digest == before.digest && after.values == before.values)
        #expect(try world.sync(client).roundTrips == 1)
    }

    @Test func whatChangesWhileBothSidesCompareIsLeftToThePull() throws {
        let other = try world.client("b")
        try world.sync(other)
        try client.plant("UPDATE cases SET note = 'abcc' WHERE title = 'case 5'")
        _ = try client.verify()
        var session = SyncSession(client)
        let credential = try client.credential()
        var requests = 0
        while case .send(let message) = try session.next() {
            try session.received(world.server.sync(message, credential: credential).encoded)
            requests += 1
            // Between any two requests another office writes.
            _ = try other.write(operator: "b") { try $0.update("cases", ids[requests], ["priority": .integer(1)]) }
            if requests < 5 { try world.sync(other) }
        }
        #expect(session.progress.repairedRecords == [RecordKey(collection: 2, record: ids[5])])
        #expect(try world.sync(client).isAgreed && client.verify().isSound)
    }
}
