import CentralServer
import OfflineClient
import SQLite
import SyncProtocol
import Testing

/// Mistakes that the simulator found, each as the shortest story that shows it.
@Suite struct RegressionTests {
    @Test func pagesTellTheEarlierWritesOfARecordWithItsLastOne() throws {
        let world = try TestWorld()
        let (a, b) = (try world.client("a"), try world.client("b"))
        let ids = try a.write(operator: "a") { transaction in
            try (0..<4).map { try transaction.insert("cases", ["title": .text("\($0)")]) }
        }
        try world.sync(a)
        try world.sync(b)
        // The first record comes up last, for it is written first and last.
        try a.write(operator: "a") { transaction in
            try transaction.update("cases", ids[0], ["note": .text("early")])
            for id in ids { try transaction.update("cases", id, ["priority": .integer(7)]) }
            try transaction.update("cases", ids[0], ["title": .text("late")])
        }
        try world.sync(a)
        let summary = try world.sync(b, pageBytes: 1)
        #expect(summary.isAgreed && summary.repaired == 0 && summary.roundTrips == 4)
        #expect(try b.read("cases", ids[0])?["note"] == .text("early"))
    }

    @Test func aRepeatedPushIsToldAgainWhatWasRefused() throws {
        let world = try TestWorld()
        var a = try world.client("a")
        let orphan = try a.write(operator: "a") { try $0.insert("notes", ["case_id": .bytes(Self.nowhere)]) }
        try a.close()
        try world.copy("a", to: "backup")
        a = try world.client("a")
        // The answer gets lost.
        var lost = SyncSession(a)
        if case .send(let message) = try lost.next() { _ = world.server.sync(message, credential: try a.credential()) }
        #expect(try world.sync(a).refused == 1)
        #expect(try a.syncState(orphan) == .refused(.unknownReference))
        // A device that is restored to the time before it heard asks once more.
        let restored = try world.client("backup")
        let summary = try world.sync(restored)
        #expect(summary.refused == 1 && summary.repaired == 0 && summary.isAgreed)
        #expect(try restored.syncState(orphan) == .refused(.unknownReference))
    }

    @Test func syncedIsNotSaidBeforeTheLastPage() throws {
        let world = try TestWorld()
        let (a, b) = (try world.client("a"), try world.client("b"))
        try world.sync(b)
        #expect(try b.status().isSynced)
        for title in ["x", "y"] { _ = try a.write(operator: "a") { try $0.insert("cases", ["title": .text(title)]) } }
        try world.sync(a)
        var session = SyncSession(b, pageBytes: 1)
        try session.received(try world.answer(session.next(), b))
        #expect(try b.query { try $0.scalar("SELECT count(*) FROM cases") } == 1)
        #expect(try !b.status().isSynced)
        #expect(try world.sync(b).isAgreed)
        #expect(try b.status().isSynced)
    }

    @Test func whoPushedBeforeItsFirstPageLearnsWhatWasDeletedSince() throws {
        let world = try TestWorld()
        let (a, b) = (try world.client("a"), try world.client("b"))
        let id = try a.write(operator: "a") { try $0.insert("cases", ["title": .text("x")]) }
        _ = try a.write(operator: "a") { try $0.insert("cases", ["title": .text("y")]) }
        var session = SyncSession(a, pageBytes: 1)
        try session.received(try world.answer(session.next(), a))
        try world.sync(b)
        try b.write(operator: "b") { try $0.delete("cases", id) }
        try world.sync(b)
        let summary = try world.sync(a)
        #expect(summary.isAgreed && summary.repaired == 0)
        #expect(try a.read("cases", id)?.isDeleted == true)
    }

    @Test func aNewEpochTellsOfDeletedRecordsToo() throws {
        let world = try TestWorld()
        let (a, b) = (try world.client("a"), try world.client("b"))
        let id = try a.write(operator: "a") { try $0.insert("cases", ["title": .text("x")]) }
        for client in [a, b] { try world.sync(client) }
        try a.write(operator: "a") { try $0.delete("cases", id) }
        try b.write(operator: "b") { _ = try $0.update("cases", id, ["note": .text("kept")]) }
        let c = try world.client("c")
        for client in [a, c, b] { try world.sync(client) }
        _ = try world.storage.beginAfterRestore(epoch: 8, hasOldAccounts: false)
        try world.sync(a)
        try a.write(operator: "a") { try $0.undelete("cases", id) }
        let summary = try world.sync(a)
        #expect(summary.isAgreed && summary.repaired == 0)
        #expect(try a.read("cases", id)?["note"] == .text("kept"))
    }

    @Test func aClockThatIsSetRightStampsAfterWhatTheServerHolds() throws {
        let world = try TestWorld()
        let b = try world.client("b")
        var a = try world.client("a")
        let id = try a.write(operator: "a") { try $0.insert("cases", ["title": .text("x")]) }
        try world.sync(a)
        // Four minutes ahead is within the tolerance, twenty years are not.
        for (skew, priority) in [(240_000, 1), (631_152_000_000, 2)] as [(Int64, Int64)] {
            try a.close()
            a = try world.client("a", skew: skew)
            try a.write(operator: "a") { _ = try $0.update("cases", id, ["priority": .integer(priority)]) }
            try world.sync(a)
        }
        try world.sync(b)
        for client in [a, b] { #expect(try client.read("cases", id)?["priority"] == .integer(2)) }
    }

    @Test func anEditSentAgainDoesNotMakeTheRecordASecondTime() throws {
        let world = try TestWorld()
        let a = try world.client("a")
        let good = try a.write(operator: "a") { try $0.insert("cases", ["title": .text("good")]) }
        let orphan = try a.write(operator: "a") { try $0.insert("notes", ["case_id": .bytes(Self.nowhere)]) }
        try world.sync(a)
        try a.write(operator: "a") { _ = try $0.update("notes", orphan, ["case_id": .bytes(good.bytes)]) }
        try a.resend(orphan, operator: "a")
        // The edit comes before what makes the record, and is refused.
        var session = SyncSession(a, pageBytes: 1)
        try session.received(try world.answer(session.next(), a))
        try a.resend(orphan, operator: "a")
        #expect(try a.query { try $0.scalar("SELECT count(*) FROM _pending WHERE is_creation") } == 1)
        #expect(try world.sync(a).isAgreed)
        #expect(try a.status().isSynced)
    }

    @Test func whatReferredToARefusedRecordGoesThroughOnceThatOneIsMended() throws {
        let loose = try Schema(
            name: "test", version: 1,
            collections: [
                CollectionSchema(number: 2, name: "cases", fields: [FieldSchema(1, "title", .text)]),
                CollectionSchema(
                    number: 3, name: "notes",
                    fields: [FieldSchema(1, "case_id", .bytes, reference: "cases"), FieldSchema(2, "text", .text)]),
            ])
        let world = try TestWorld()
        let a = try world.client("a", schema: loose)
        let id = try a.write(operator: "a") { try $0.insert("cases", [:]) }
        let notes = try a.write(operator: "a") { transaction in
            try (0..<3).map {
                try transaction.insert("notes", ["case_id": .bytes(id.bytes), "text": .text("note \($0)")])
            }
        }
        #expect(try world.sync(a).refused == 4)
        _ = try a.write(operator: "a") { try $0.update("cases", id, ["title": .text("mended")]) }
        #expect(try Set(a.resend(id, operator: "a")) == Set(notes))
        let summary = try world.sync(a)
        #expect(summary.isAgreed && summary.pushed == 4)
        for note in notes { #expect(try world.held("notes", note) != nil) }
        for refused in try a.refusedChanges() { try a.discard(refused.record, operator: "a") }
        #expect(try a.status().isSynced)
    }

    @Test func whatIsSentAgainStandsOnWhatTheServerHolds() throws {
        let (world, a, b, id) = try oneWhoMayLeaveOutTheTitle(
            [FieldSchema(1, "title", .text), FieldSchema(5, "note", .text)])
        try b.write(operator: "b") { _ = try $0.insert("cases", ["title": .text("b")], id: id) }
        try a.write(operator: "a") { _ = try $0.insert("cases", ["note": .text("no title")], id: id) }
        try world.sync(b)
        try world.sync(a)
        #expect(try a.syncState(id) == .refused(.missingField))
        try a.resend(id, operator: "a")
        #expect(try a.read("cases", id)?.creation == b.read("cases", id)?.creation)
        #expect(try world.sync(a).isAgreed)
        #expect(try a.read("cases", id)?["note"] == .text("no title"))
        #expect(try a.verify().damaged.isEmpty && a.status().isSynced)
    }

    @Test func aCreationOfNoFieldsThatIsSentAgainSaysNothingOfARecordThatIsThere() throws {
        let (world, a, b, id) = try oneWhoMayLeaveOutTheTitle([FieldSchema(1, "title", .text)])
        try a.write(operator: "a") { _ = try $0.insert("cases", [:], id: id) }
        try b.write(operator: "b") { _ = try $0.insert("cases", ["title": .text("b")], id: id) }
        for client in [b, a] { try world.sync(client) }
        #expect(try a.syncState(id) == .refused(.missingField))
        try a.resend(id, operator: "a")
        let summary = try world.sync(a)
        #expect(summary.isAgreed && summary.pushed == 0)
        #expect(try a.read("cases", id)?["title"] == .text("b"))
        #expect(try a.verify().damaged.isEmpty && a.status().isSynced)
    }

    @Test func whoEditedARecordBeforeItMadeItIsToldOfThat() throws {
        let (world, a, b, id) = try oneWhoMayLeaveOutTheTitle([FieldSchema(1, "title", .text)])
        try a.write(operator: "a") { _ = try $0.insert("cases", [:], id: id) }
        #expect(try world.sync(a).refused == 1)
        try b.write(operator: "b") { _ = try $0.insert("cases", ["title": .text("b")], id: id) }
        try world.sync(b)
        // These come before the creation that is sent again, to a record that the other office made.
        try a.write(operator: "a") { try $0.delete("cases", id) }
        try a.write(operator: "a") { try $0.undelete("cases", id) }
        _ = try a.write(operator: "a") { try $0.update("cases", id, ["title": .text("a")]) }
        try a.resend(id, operator: "a")
        let summary = try world.sync(a)
        #expect(summary.isAgreed && summary.repaired == 0 && summary.roundTrips == 1)
        #expect(try a.read("cases", id)?["title"] == .text("a"))
    }

    @Test func whoBringsBackARecordThatItDoesNotHoldIsToldAllOfIt() throws {
        let (world, a, b, id) = try oneWhoMayLeaveOutTheTitle([FieldSchema(1, "title", .text)])
        try b.write(operator: "b") { _ = try $0.insert("cases", ["title": .text("b")], id: id) }
        try b.write(operator: "b") { try $0.delete("cases", id) }
        // A first sync leaves out what is deleted.
        for client in [b, a] { try world.sync(client) }
        try a.write(operator: "a") { _ = try $0.insert("cases", [:], id: id) }
        try a.write(operator: "a") { try $0.delete("cases", id) }
        try a.write(operator: "a") { try $0.undelete("cases", id) }
        let summary = try world.sync(a)
        #expect(summary.isAgreed && summary.refused == 1 && summary.repaired == 0 && summary.roundTrips == 1)
        try a.discard(id, operator: "a")
        #expect(try a.read("cases", id)?["title"] == .text("b"))
        #expect(try a.verify().damaged.isEmpty && a.status().isSynced)
    }

    /// Two offices that make a case of one id, of which the first one's schema does not ask for a title.
    private func oneWhoMayLeaveOutTheTitle(
        _ fields: [FieldSchema]
    ) throws -> (TestWorld, OfflineClient, OfflineClient, RecordID) {
        let loose = try Schema(
            name: "test", version: 1, collections: [CollectionSchema(number: 2, name: "cases", fields: fields)])
        let world = try TestWorld()
        return (world, try world.client("a", schema: loose), try world.client("b"), RecordID(high: 7, low: 7))
    }

    private static let nowhere = RecordID(high: 1, low: 1).bytes
}

extension TestWorld {
    /// The server's answer to what a client sends.
    func answer(_ action: SyncSession.Action, _ client: OfflineClient) throws -> [UInt8] {
        guard case .send(let message) = action else { throw TestFailure("nothing is sent") }
        return server.sync(message, credential: try client.credential()).encoded
    }

    /// Syncs a client to the end, in pages of a size.
    func sync(_ client: OfflineClient, pageBytes: Int) throws -> SyncSummary {
        var session = SyncSession(client, pageBytes: pageBytes)
        for _ in 0..<10_000 {
            let action = try session.next()
            if case .finish(let summary) = action { return summary }
            try session.received(try answer(action, client))
        }
        throw TestFailure("the sync does not end")
    }
}
