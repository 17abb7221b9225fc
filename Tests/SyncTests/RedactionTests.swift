import CentralServer
import Foundation
import OfflineClient
import SQLite
import SyncProtocol
import SyncStore
import Testing

/// What two persons had erased is gone everywhere and stays so, whoever comes back with it.
@Suite struct RedactionTests {
    private static let secret = "0811-RAHASIA-7905"
    let world: TestWorld
    let a: OfflineClient
    let b: OfflineClient
    let id: RecordID
    let key: RecordKey

    /// Two clients that hold a record with a secret, which stands in the conflict log too.
    init() throws {
        world = try TestWorld()
        (a, b) = try (world.client("a"), world.client("b"))
        id = try a.write(operator: "a") { try $0.insert("cases", ["title": .text("a case"), "note": .text("first")]) }
        key = RecordKey(collection: 2, record: id)
        for client in [a, b] { try world.sync(client) }
        try edit(a, "note", Self.secret)
        try edit(b, "note", "\(Self.secret) of b")
        for client in [a, b, a] { try world.sync(client) }
        try #require(try a.conflicts().count == 1)
    }

    private func edit(_ client: OfflineClient, _ field: String, _ text: String) throws {
        world.clock.advance(seconds: 60)
        _ = try client.write(operator: "x") { try $0.update("cases", id, [field: .text(text)]) }
    }

    private func redact(_ server: CentralServer? = nil) throws {
        world.clock.advance(seconds: 60)
        let server = server ?? world.server
        let number = try server.askRedaction(of: [(key, [5])], why: "a court's order", by: "Wayan")
        try server.confirmRedaction(number, by: "Ketut")
    }

    private func deleteAndCollect() throws {
        try a.write(operator: "x") { try $0.delete("cases", id) }
        for client in [a, b] { try world.sync(client) }
        world.clock.advance(seconds: 200 * 86_400)
        for client in [a, b] { try world.sync(client) }
        _ = try world.server.collect()
        try #require(try world.held("cases", id) == nil)
    }

    private func isGone(_ field: String, _ client: OfflineClient, _ other: RecordID? = nil) throws -> Bool {
        let record = try #require(try client.read("cases", other ?? id))
        return record[field] == .null
    }

    /// The names of a folder's files that hold the secret, in whatever place.
    private func traces(_ names: [String]) throws -> [String] {
        try names.filter { name in
            let file = world.folder.appending(path: name)
            guard FileManager.default.fileExists(atPath: file.path) else { return false }
            return try Data(contentsOf: file).range(of: Data(Self.secret.utf8)) != nil
        }
    }

    /// A schema that allows more than the centre's.
    private static let loose = Result {
        try Schema(
            name: "test", version: 1,
            collections: [
                CollectionSchema(
                    number: 2, name: "cases",
                    fields: [
                        FieldSchema(1, "title", .text, required: true), FieldSchema(2, "status", .text),
                        FieldSchema(5, "note", .text),
                    ])
            ])
    }

    @Test func whatIsRefusedAfterAHealingIsErasedToo() throws {
        let c = try world.client("c", schema: Self.loose.get())
        try world.sync(c)
        let backup = try ServerBackup(of: world)
        // Refused for its status, but only when it is pushed: after the erasure was told.
        _ = try c.write(operator: "x") {
            try $0.update("cases", id, ["status": .text("lost"), "note": .text(Self.secret)])
        }
        let (server, _) = try backup.restored()
        try redact(server)
        #expect(try world.sync(c, with: server).isAgreed)
        let refused = try #require(try c.refusedChanges().first)
        #expect(refused.values == ["status": .text("lost"), "note": .null])
        #expect(try isGone("note", c) && traces(["c.db", "c.db-wal"]).isEmpty)
    }

    @Test func whatAFirstSyncToldBeforeTheRecordWasCollectedIsErasedToo() throws {
        let c = try world.client("c")
        // With little room, a page holds one record.
        var session = SyncSession(c, pageBytes: 1)
        for _ in 0..<10 where try c.read("cases", id) == nil {
            guard case .send(let message) = try session.next() else { break }
            try session.received(world.server.sync(message, credential: try c.credential()).encoded)
        }
        #expect(try c.read("cases", id)?["note"] != .null)
        try redact()
        try deleteAndCollect()
        #expect(try world.sync(c).isAgreed)
        #expect(try traces(["c.db", "c.db-wal"]).isEmpty)
    }

    @Test func whatWasWrittenBeforeTheErasureAndPushedAfterItWasToldIsOverwritten() throws {
        let stopped = TestClock()
        let c = try world.client("c", clock: { stopped.now })
        try world.sync(c)
        try redact()
        var session = SyncSession(c)
        guard case .send(let message) = try session.next() else { return }
        // Its clock has stopped: it is older than the erasure, which the answer tells.
        try edit(c, "note", Self.secret)
        try session.received(world.server.sync(message, credential: try c.credential()).encoded)
        #expect(try c.status().pending == 1)
        #expect(try world.sync(c).isAgreed && isGone("note", c))
        #expect(try traces(["c.db", "c.db-wal"]).isEmpty)
    }

    @Test func whatIsRefusedAfterTheErasureWasToldIsErasedTooThoughTheAnswerIsLost() throws {
        let stopped = TestClock()
        let c = try world.client("c", schema: Self.loose.get(), clock: { stopped.now })
        try world.sync(c)
        try redact()
        var session = SyncSession(c)
        guard case .send(let message) = try session.next() else { return }
        // Refused for its status, but only when it is pushed: after the erasure was told.
        _ = try c.write(operator: "c") {
            try $0.update("cases", id, ["status": .text("lost"), "note": .text(Self.secret)])
        }
        try session.received(world.server.sync(message, credential: try c.credential()).encoded)
        #expect(try c.refusedChanges().isEmpty)
        session = SyncSession(c)
        guard case .send(let push) = try session.next() else { return }
        _ = world.server.sync(push, credential: try c.credential())
        #expect(try world.sync(c).isAgreed && isGone("note", c))
        #expect(try c.refusedChanges().count == 1)
        #expect(try traces(["c.db", "c.db-wal"]).isEmpty)
    }

    /// A creation that was refused and given up leaves its values in the row while an edit upon it waits.
    @Test func whatStandsInARowOfWhichOnlyAnEditIsLeftIsErasedToo() throws {
        let c = try world.client("c", schema: Self.loose.get())
        _ = try c.write(operator: "c") { transaction in
            try transaction.insert(
                "cases", ["title": .text("c's"), "status": .text("lost"), "note": .text(Self.secret)], id: id)
            try transaction.insert("cases", ["title": .text("another")])
        }
        // With little room, what is written is pushed in parts, and no page is told before the last of them.
        var session = SyncSession(c, pageBytes: 1)
        guard case .send(let push) = try session.next() else { return }
        try session.received(world.server.sync(push, credential: try c.credential()).encoded)
        try #require(try c.refusedChanges().count == 1 && c.status().pending == 1)
        _ = try c.write(operator: "c") { try $0.update("cases", id, ["title": .text("c's second")]) }
        try c.discard(id, operator: "c")
        #expect(try c.read("cases", id)?["note"] == .text(Self.secret))
        try redact()
        try deleteAndCollect()
        #expect(try world.sync(c).isAgreed)
        #expect(try traces(["c.db", "c.db-wal"]).isEmpty)
    }

    @Test func oneErasesWhatAnotherAskedForAndNobodyBothAlone() throws {
        let number = try world.server.askRedaction(of: [(key, [5])], why: "order", by: "Wayan")
        #expect(throws: RedactionError.samePerson("Wayan")) { try world.server.confirmRedaction(number, by: "Wayan") }
        #expect(throws: RedactionError.unknown(99)) { try world.server.confirmRedaction(99, by: "Ketut") }
        #expect(throws: RedactionError.nothing) { _ = try world.server.askRedaction(of: [(key, [])], why: "", by: "x") }
        #expect(try world.sync(a).redacted == 0)
        #expect(try a.read("cases", id)?["note"] == .text("\(Self.secret) of b"))
        try world.server.confirmRedaction(number, by: "Ketut")
        #expect(throws: RedactionError.confirmed(number)) { try world.server.confirmRedaction(number, by: "Ketut") }
        let entry = try #require(try world.storage.read { try $0.redactions() }.first)
        #expect(entry.askedBy == "Wayan" && entry.confirmedBy == "Ketut" && entry.why == "order")
        let log = try world.storage.read { try $0.auditEntries(after: 0, limit: 100) }
        #expect(log.filter { $0.event == "redacted" }.map(\.actor) == ["Ketut"])
        #expect(log.allSatisfy { !$0.detail.contains(Self.secret) && !$0.subject.contains(Self.secret) })
    }

    @Test func nothingOfItIsLeftInAnyFileOfTheServerOrOfAClient() throws {
        try a.undoable()
        try redact()
        try world.storage.scrub()
        for client in [a, b] {
            let summary = try world.sync(client)
            #expect(summary.isAgreed && summary.redacted == 1)
            #expect(try isGone("note", client))
            #expect(try client.read("cases", id)?["title"] == .text("a case"))
            #expect(
                try client.conflicts().allSatisfy {
                    $0.losing.values["note"] == .null && $0.winning.values["note"] == .null
                })
            #expect(try client.verify().isSound && client.status().isSynced)
        }
        #expect(try world.storage.faults().isEmpty)
        #expect(
            try traces(["server.db", "server.db-wal", "a.db", "a.db-wal", "b.db", "b.db-wal", "accounts.db"]) == [])
        #expect(try world.sync(a).redacted == 0)
    }

    /// A file with traces of what was erased in its free pages, as a process leaves it that dies before it has rewritten
    /// the file.
    private func plantTraces(_ name: String, noting sql: String?) throws {
        let connection = try Connection(path: world.folder.appending(path: name).path, mode: .readWriteCreate)
        try connection.execute(
            """
            PRAGMA secure_delete=OFF; CREATE TABLE trace (a TEXT);
            INSERT INTO trace VALUES ('\(Self.secret)'); DROP TABLE trace; \(sql ?? "")
            """)
    }

    @Test func whatADeviceDidNotComeToOverwriteIsOverwrittenWithTheNextSync() throws {
        try redact()
        #expect(try world.sync(a).redacted == 1)
        try plantTraces("a.db", noting: "UPDATE _standing SET to_overwrite = to_overwrite + 1")
        #expect(try traces(["a.db", "a.db-wal"]) != [])
        try world.sync(a)
        #expect(try traces(["a.db", "a.db-wal"]) == [])
        // Once it is done nobody does it again.
        try plantTraces("a.db", noting: nil)
        try world.sync(a)
        #expect(try traces(["a.db", "a.db-wal"]) != [])
    }

    @Test func whatTheCentreDidNotComeToOverwriteIsOverwrittenWhenItStarts() throws {
        try redact()
        try world.server.overwriteErased()
        try plantTraces("server.db", noting: nil)
        try world.server.settleAfterRestore()
        #expect(try traces(["server.db", "server.db-wal"]) != [])
        try world.storage.write { try $0.set("to_overwrite", to: 1) }
        try world.server.settleAfterRestore()
        #expect(try traces(["server.db", "server.db-wal"]) == [])
    }

    @Test func theFieldMayBeUsedAgain() throws {
        try redact()
        for client in [a, b] { try world.sync(client) }
        try edit(a, "note", "of today")
        for client in [a, b] { #expect(try world.sync(client).isAgreed) }
        #expect(try b.read("cases", id)?["note"] == .text("of today"))
        #expect(try b.conflicts().count == 1)
    }

    @Test func anOldReplicaCannotBringItBack() throws {
        // One edits offline before the redaction, and comes with it afterwards; another one was restored from a backup.
        try b.close()
        try world.copy("b", to: "old")
        let again = try world.client("b")
        try edit(a, "note", "\(Self.secret) again")
        try redact()
        let old = try world.client("old")
        _ = try again.write(operator: "b") { try $0.update("cases", id, ["priority": .integer(1)]) }
        for client in [again, a, old, a, again] { #expect(try world.sync(client).isAgreed) }
        for client in [a, again, old] {
            #expect(try isGone("note", client))
            #expect(try client.conflicts().allSatisfy { $0.losing.values["note"] == .null })
        }
        #expect(try world.held("cases", id).map { $0[5].isNull } == true)
        try world.storage.scrub()
        #expect(try traces(["server.db", "server.db-wal", "old.db", "old.db-wal"]) == [])
    }

    @Test func whatWasRefusedOfItIsErasedToo() throws {
        try a.plantRefusal(of: id, note: "\(Self.secret) refused")
        try redact()
        #expect(try world.sync(a).redacted == 1)
        #expect(try a.refusedChanges().allSatisfy { $0.values["note"] == .null })
        #expect(try isGone("note", a))
        #expect(try traces(["a.db", "a.db-wal"]) == [])
    }

    @Test func aRestoredBackupIsErasedAgainAndNobodyGivesItBack() throws {
        let early = try ServerBackup(of: world, named: "early")
        try redact()
        // One office did not hear of it before the server is lost.
        try world.sync(a)
        let (server, storage) = try early.restored()
        try storage.scrub()
        for client in [b, a, b] { #expect(try world.sync(client, with: server).isAgreed) }
        for client in [a, b] { #expect(try isGone("note", client)) }
        #expect(try storage.faults().isEmpty)
        #expect(
            try traces(["early/restored-99/server.db", "early/restored-99/server.db-wal", "b.db", "b.db-wal"]) == [])
    }

    @Test func escrowAndQuarantineAreErasedBeforeAndAfter() throws {
        let scoped = try ScopedWorld()
        let (a, health) = try (scoped.device("a", "A"), scoped.device("h", "HEALTH"))
        let id = try scoped.newCase(a, "A", agency: "HEALTH")
        try scoped.syncAll([a, health])
        let answer = try #require(scoped.world.schema["cases"]?["answer"]?.number)
        func write(_ text: String) throws {
            scoped.world.clock.advance(seconds: 60)
            _ = try health.write(operator: "Budi") { try $0.update("cases", id, ["answer": .text(text)]) }
        }
        func kept() throws -> [UInt8] {
            try scoped.world.server.escrow(includingDecided: true).flatMap(\.bytes)
                + scoped.world.storage.read { try $0.quarantined(device: nil).flatMap(\.bytes) }
        }
        // One edit goes to escrow, one to the quarantine, and one of each comes only after the erasure.
        _ = try a.write(operator: "Siti") { try $0.update("cases", id, ["agency": .text("ROADS")]) }
        try scoped.world.sync(a)
        try write("\(Self.secret) 1")
        try scoped.world.sync(health)
        try #require(try scoped.world.server.escrow().count == 1)
        try a.close()
        let device = try #require(
            try scoped.world.storage.read { try $0.devices().first { $0.office == "HEALTH" }?.id })
        try scoped.world.server.revoke(device: device)
        let late = try scoped.device("late", "HEALTH")
        #expect(try Data(kept()).range(of: Data(Self.secret.utf8)) != nil)
        scoped.world.clock.advance(seconds: 60)
        let number = try scoped.world.server.askRedaction(
            of: [(RecordKey(collection: 2, record: id), [answer])], why: "order", by: "Wayan")
        // Stamped before the erasure, sent after it.
        let change = Change(
            collection: 2, record: id, time: try scoped.world.storage.read { try $0.state().clock.last },
            operator: "Budi", base: try #require(try scoped.world.held("cases", id)).versions.base,
            fields: [FieldValue(answer, try EncodedValue(.text("\(Self.secret) 2")))])
        try scoped.world.server.confirmRedaction(number, by: "Ketut")
        #expect(try Data(kept()).range(of: Data(Self.secret.utf8)) == nil && !kept().isEmpty)
        for client in [health, late] {
            var request = SyncRequest()
            request.replica = try client.status().replica
            request.epoch = 7
            let state = try scoped.world.storage.read { try $0.replica(request.replica) }
            (request.after, request.chain) = (state?.lastChange ?? 0, state?.chain ?? 0)
            request.changes = [change.encoded[...]]
            _ = scoped.world.server.sync(request.encoded, credential: try client.credential())
        }
        #expect(try scoped.world.server.escrow().count == 2)
        #expect(try scoped.world.storage.read { try $0.quarantined(device: nil).count } == 1)
        #expect(try Data(kept()).range(of: Data(Self.secret.utf8)) == nil)
    }

    @Test func aConflictWithWhatComesBackDoesNotKeepIt() throws {
        let c = try world.client("c")
        try world.sync(c)
        let backup = try ServerBackup(of: world)
        try edit(b, "note", "\(Self.secret) after the backup")
        try world.sync(b)
        try redact()
        let (server, storage) = try backup.restored()
        // Its writer knew neither of the lost write nor of the erasure.
        world.clock.advance(seconds: 60)
        try edit(c, "note", "of today")
        for client in [c, b, a, c] { #expect(try world.sync(client, with: server).isAgreed) }
        #expect(try a.read("cases", id)?["note"] == .text("of today"))
        for record in try storage.allRecords().values where record.collection == ConflictLog.number {
            for value in record.values { #expect(Data(value.value.bytes).range(of: Data(Self.secret.utf8)) == nil) }
        }
    }

    @Test func aRecordThatTheBackupDidNotKnowComesBackWithoutIt() throws {
        let backup = try ServerBackup(of: world)
        let late = try b.write(operator: "b") {
            try $0.insert("cases", ["title": .text("late"), "note": .text("\(Self.secret) late")])
        }
        try world.sync(b)
        let number = try world.server.askRedaction(
            of: [(RecordKey(collection: 2, record: late), [1, 5])], why: "order", by: "Wayan")
        try world.server.confirmRedaction(number, by: "Ketut")
        // The one who wrote it comes back to the restored server without having heard of the erasure.
        let (server, storage) = try backup.restored()
        for client in [b, a, b] { #expect(try world.sync(client, with: server).isAgreed) }
        #expect(try isGone("note", a, late) && isGone("note", b, late))
        #expect(try isGone("title", a, late))
        #expect(try storage.allRecords()[RecordKey(collection: 2, record: late)]?.values.isEmpty == true)
    }
}

extension OfflineClient {
    /// Makes sure that there is something to undo.
    fileprivate func undoable() throws {
        #expect(try database.read { try $0.scalar("SELECT count(*) FROM _undo") } ?? 0 > 0)
    }

    /// A change of the record that the centre has refused.
    fileprivate func plantRefusal(of id: RecordID, note: String) throws {
        _ = try write(operator: "a") { try $0.update("cases", id, ["note": .text(note)]) }
        try plant(
            """
            UPDATE _pending SET reason = 3, field = 5;
            UPDATE _replica SET number = acknowledged, chain = acknowledged_chain
            """)
    }
}
