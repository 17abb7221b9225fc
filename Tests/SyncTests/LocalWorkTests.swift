import CentralServer
import OfflineClient
import SQLite
import SyncProtocol
import Testing

@Suite struct LocalWorkTests {
    @Test func undoTakesBackAWholeActionAndThenTheOneBefore() throws {
        let world = try TestWorld()
        let a = try world.client("a")
        let id = try a.write(operator: "a") { try $0.insert("cases", ["title": .text("one"), "status": .text("new")]) }
        try a.write(operator: "a") { transaction in
            try transaction.update("cases", id, ["status": .text("done"), "closed_at": .dateTime(9)])
            try transaction.update("cases", id, ["priority": .integer(1)])
            try transaction.update("cases", id, ["priority": .integer(2)])
        }
        let undone = try a.undo(operator: "a")
        #expect(undone.records.count == 3)
        var record = try #require(try a.read("cases", id))
        #expect(record["status"] == .text("new") && record["closed_at"] == .null && record["priority"] == .null)
        try a.undo(operator: "a")
        record = try #require(try a.read("cases", id))
        #expect(record.isDeleted)
        #expect(throws: ClientError.nothingToUndo) { try a.undo(operator: "a") }
    }

    @Test func undoIsRefusedWhereSomebodyWroteSince() throws {
        let world = try TestWorld()
        let (a, b) = (try world.client("a"), try world.client("b"))
        let id = try a.write(operator: "a") { try $0.insert("cases", ["title": .text("one")]) }
        try a.write(operator: "a") { _ = try $0.update("cases", id, ["priority": .integer(1)]) }
        try world.sync(a)
        try world.sync(b)
        world.clock.advance(seconds: 1)
        try b.write(operator: "b") { _ = try $0.update("cases", id, ["priority": .integer(2)]) }
        try world.sync(b)
        try world.sync(a)
        #expect(throws: ClientError.changedSince(record: id, fields: ["priority"])) { try a.undo(operator: "a") }
        #expect(try a.read("cases", id)?["priority"] == .integer(2))
    }

    @Test func aChangeThatTheSchemaForbidsIsNotWritten() throws {
        let world = try TestWorld()
        let a = try world.client("a")
        #expect(throws: ClientError.notAllowed(collection: "cases", field: "title", reason: .missingField)) {
            try a.write(operator: "a") { _ = try $0.insert("cases", ["priority": .integer(1)]) }
        }
        #expect(throws: ClientError.notAllowed(collection: "cases", field: "status", reason: .notAllowed)) {
            try a.write(operator: "a") { _ = try $0.insert("cases", ["title": .text("x"), "status": .text("gone")]) }
        }
        #expect(throws: ClientError.readOnly(collection: "regions")) {
            try a.write(operator: "a") { _ = try $0.insert("regions", ["name": .text("x")]) }
        }
        #expect(throws: ClientError.unknownField(collection: "cases", field: "nonsense")) {
            try a.write(operator: "a") { _ = try $0.insert("cases", ["title": .text("x"), "nonsense": .null]) }
        }
        #expect(try a.status().pending == 0)
    }

    @Test func oneRefusedChangeBlocksNothingAndIsCorrectedAndSentAgain() throws {
        let world = try TestWorld()
        let (a, b) = (try world.client("a"), try world.client("b"))
        let orphan = try a.write(operator: "a") { transaction in
            try transaction.insert("notes", ["case_id": .bytes(RecordID(high: 1, low: 1).bytes), "text": .text("?")])
        }
        let good = try a.write(operator: "a") { try $0.insert("cases", ["title": .text("good")]) }
        try a.write(operator: "a") { _ = try $0.update("notes", orphan, ["text": .text("edited")]) }
        let summary = try world.sync(a)
        #expect(summary.pushed == 1 && summary.refused == 2 && summary.isAgreed)
        #expect(try a.syncState(orphan) == .refused(.unknownReference))
        #expect(try a.refusedChanges().map(\.reason) == [.unknownReference, .unknownRecord])
        #expect(try !a.status().isSynced)

        try a.write(operator: "a") { _ = try $0.update("notes", orphan, ["case_id": .bytes(good.bytes)]) }
        try a.resend(orphan, operator: "a")
        let again = try world.sync(a)
        #expect(again.isAgreed)
        try world.sync(b)
        #expect(try b.read("notes", orphan)?["text"] == .text("edited"))
        for refused in try a.refusedChanges() { try a.discard(refused.record, operator: "a") }
        #expect(try a.status().isSynced)
        #expect(try a.verify().digest == a.status().digest)
    }

    @Test func discardingARefusedEditShowsWhatTheServerHolds() throws {
        // The server knows a narrower list of allowed texts than this newer client.
        let world = try TestWorld()
        let wide = try Schema(
            name: "test", version: 2,
            collections: [
                CollectionSchema(
                    number: 2, name: "cases",
                    fields: [
                        FieldSchema(1, "title", .text, required: true),
                        FieldSchema(2, "status", .text, allowed: ["new", "open", "done", "lost"], group: "status"),
                        FieldSchema(3, "closed_at", .dateTime, group: "status"),
                    ])
            ])
        let a = try world.client("a", schema: wide)
        let id = try a.write(operator: "a") { try $0.insert("cases", ["title": .text("x"), "status": .text("new")]) }
        try world.sync(a)
        try a.write(operator: "a") { _ = try $0.update("cases", id, ["status": .text("lost")]) }
        try world.sync(a)
        #expect(try a.syncState(id) == .refused(.notAllowed))
        #expect(try a.read("cases", id)?["status"] == .text("lost"))
        try a.discard(id, operator: "a")
        #expect(try a.read("cases", id)?["status"] == .text("new"))
        #expect(try world.sync(a).isAgreed)
        #expect(try a.status().isSynced)
    }

    @Test func observersLearnOfWritesAndSyncs() throws {
        let world = try TestWorld()
        let (a, b) = (try world.client("a"), try world.client("b"))
        let seen = Seen()
        let observation = b.observe { seen.add($0) }
        _ = try a.write(operator: "a") { try $0.insert("cases", ["title": .text("x")]) }
        try world.sync(a)
        try world.sync(b)
        #expect(seen.names == [["cases"]])
        observation.cancel()
        _ = try b.write(operator: "b") { try $0.insert("cases", ["title": .text("y")]) }
        #expect(seen.names == [["cases"]])
    }
}
