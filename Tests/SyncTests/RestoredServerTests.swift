import CentralServer
import OfflineClient
import SQLite
import SyncProtocol
import Testing

/// A server that was restored from a backup gets back what it lost from the offices, unasked.
@Suite struct RestoredServerTests {
    let world: TestWorld
    let a: OfflineClient
    let b: OfflineClient
    let old: RecordID

    init() throws {
        world = try TestWorld()
        (a, b) = try (world.client("a"), world.client("b"))
        old = try a.write(operator: "a") { try $0.insert("cases", ["title": .text("before"), "note": .text("old")]) }
        try world.sync(a)
        try world.sync(b)
    }

    private func edit(_ client: OfflineClient, _ id: RecordID, _ fields: [String: Value]) throws {
        world.clock.advance(seconds: 60)
        _ = try client.write(operator: "x") { try $0.update("cases", id, fields) }
    }

    private func note(_ storage: SQLiteStorage, _ id: RecordID) throws -> Value? {
        try storage.allRecords()[RecordKey(collection: 2, record: id)].map {
            Record($0, world.schema.collections[1])["note"]
        }
    }

    @Test func whatWasWrittenAfterTheBackupComesBackWithTheWordOfWhoGaveIt() throws {
        let backup = try ServerBackup(of: world)
        let new = try a.write(operator: "a") { try $0.insert("cases", ["title": .text("after the backup")]) }
        try edit(a, old, ["note": .text("edited")])
        try world.sync(a)
        try world.sync(b)
        let (server, storage) = try backup.restored()
        let summary = try world.sync(a, with: server)
        #expect(summary.isAgreed && summary.givenBack == 2 && summary.repaired == 0 && summary.newReplica == nil)
        let held = try storage.allRecords()
        #expect(held[RecordKey(collection: 2, record: new)] != nil)
        #expect(try note(storage, old) == .text("edited"))
        let given = try storage.read { try $0.givenWrites(in: 99) }
        #expect(Set(given.map(\.record)) == [new, old])
        #expect(try given.allSatisfy { try $0.giver == a.status().replica })
        // The other one has nothing more to give, and everybody goes on as ever.
        #expect(try world.sync(b, with: server).givenBack == 0)
        let later = try b.write(operator: "b") { try $0.insert("cases", ["title": .text("later")]) }
        for client in [b, a] { #expect(try world.sync(client, with: server).isAgreed) }
        #expect(try a.read("cases", later) != nil)
        #expect(try world.sync(a, with: server).roundTrips == 1)
        for client in [a, b] {
            #expect(try client.status().isSynced && client.conflicts(includingDecided: true).isEmpty)
        }
    }

    @Test func anotherOfficeGivesBackWhatALostDeviceWrote() throws {
        let backup = try ServerBackup(of: world)
        try edit(a, old, ["note": .text("by the lost device")])
        try world.sync(a)
        try world.sync(b)
        let (server, storage) = try backup.restored()
        #expect(try world.sync(b, with: server).givenBack == 1)
        #expect(try note(storage, old) == .text("by the lost device"))
        let given = try #require(try storage.read { try $0.givenWrites(in: 99) }.first)
        #expect(try given.giver == b.status().replica && given.version.replica == a.status().replica)
    }

    @Test func aDeletionThatWasLostComesBackAndNothingDeletedComesAlive() throws {
        let other = try b.write(operator: "b") { try $0.insert("cases", ["title": .text("deleted later")]) }
        try world.sync(b)
        let c = try world.client("c")
        try world.sync(c)
        let backup = try ServerBackup(of: world)
        try a.write(operator: "a") { try $0.delete("cases", old) }
        try b.write(operator: "b") { try $0.delete("cases", other) }
        for client in [a, b, a] { try world.sync(client) }
        let (server, storage) = try backup.restored()
        // Who did not know of the deletions comes first.
        for client in [c, a, b, c, a] { #expect(try world.sync(client, with: server).isAgreed) }
        for client in [a, b, c] {
            #expect(try client.read("cases", old).map(\.isDeleted) != false)
            #expect(try client.read("cases", other).map(\.isDeleted) != false)
        }
        #expect(try storage.allRecords().values.allSatisfy(\.isDeleted))
    }

    @Test func whatWasWrittenSinceTheRestoreConflictsWithWhatComesBack() throws {
        let backup = try ServerBackup(of: world)
        let c = try world.client("c")
        try edit(a, old, ["note": .text("lost and given back")])
        try world.sync(a)
        let (server, storage) = try backup.restored()
        try world.sync(c, with: server)
        try edit(c, old, ["note": .text("written since")])
        try world.sync(c, with: server)
        #expect(try world.sync(a, with: server).isAgreed)
        #expect(try note(storage, old) == .text("written since"))
        let conflicts = try a.conflicts()
        #expect(conflicts.map { $0.losing.values["note"] } == [.text("lost and given back")])
        #expect(conflicts.map { $0.winning.values["note"] } == [.text("written since")])
        // Both offices give it back; it is one conflict.
        #expect(try world.sync(b, with: server).isAgreed && world.sync(c, with: server).isAgreed)
        #expect(try c.conflicts().count == 1)
    }

    @Test func whoWroteTwiceOverItSinceTheRestoreDidNotKnowOfWhatComesBack() throws {
        let backup = try ServerBackup(of: world)
        try edit(a, old, ["note": .text("lost"), "priority": .integer(1)])
        try world.sync(a)
        let (server, storage) = try backup.restored()
        // The second edit stands on the first, which is later than what was lost and knows nothing of it.
        for text in ["once", "twice"] {
            try edit(b, old, ["note": .text(text)])
            try world.sync(b, with: server)
        }
        #expect(try world.sync(a, with: server).isAgreed)
        #expect(try note(storage, old) == .text("twice"))
        #expect(try a.conflicts().map { $0.losing.values["note"] } == [.text("lost")])
    }

    @Test(arguments: [false, true])
    func whatWasWrittenBetweenTwoRestoresConflictsWithWhatComesBackAfterBoth(isEditedAgain: Bool) throws {
        let backup = try ServerBackup(of: world)
        let c = try world.client("c")
        try edit(a, old, ["note": .text("lost and given back")])
        try world.sync(a)
        let (server, storage) = try backup.restored(epoch: 50)
        try world.sync(c, with: server)
        try edit(c, old, ["note": .text("written in between")])
        try world.sync(c, with: server)
        let (again, last) = try ServerBackup(of: world, storage, named: "between").restored(
            epoch: 51, accountsOf: storage)
        // What stands upon it knows no more.
        if isEditedAgain {
            try edit(c, old, ["note": .text("written again")])
            try world.sync(c, with: again)
        }
        #expect(try world.sync(a, with: again).isAgreed)
        #expect(try note(last, old) == .text(isEditedAgain ? "written again" : "written in between"))
        #expect(try a.conflicts().map { $0.losing.values["note"] } == [.text("lost and given back")])
        #expect(try world.sync(c, with: again).isAgreed && c.conflicts().count == 1)
    }

    @Test func pendingWorkAndTheConflictLogSurviveARestore() throws {
        let backup = try ServerBackup(of: world)
        try edit(b, old, ["note": .text("b")])
        try edit(a, old, ["note": .text("a")])
        for client in [b, a, b] { try world.sync(client) }
        #expect(try a.conflicts().count == 1)
        try edit(a, old, ["priority": .integer(4)])
        let waiting = try a.write(operator: "a") { try $0.insert("cases", ["title": .text("not sent yet")]) }
        let (server, storage) = try backup.restored()
        let summary = try world.sync(a, with: server)
        #expect(summary.isAgreed && summary.pushed == 2 && summary.givenBack == 2)
        #expect(try world.sync(b, with: server).isAgreed)
        for client in [a, b] {
            #expect(try client.conflicts().map { $0.losing.values["note"] } == [.text("b")])
            #expect(try client.read("cases", old)?["priority"] == .integer(4))
            #expect(try client.read("cases", waiting) != nil)
            #expect(try client.status().isSynced)
        }
        #expect(try storage.allRecords().count == 3)
    }

    @Test func theOfficesComeTogetherThoughTheServerIsRestoredTwice() throws {
        let first = try ServerBackup(of: world)
        try edit(a, old, ["note": .text("one")])
        try world.sync(a)
        let (server, storage) = try first.restored(epoch: 50)
        // The first answers of the restored server are lost on the way, then it is restored again.
        var session = SyncSession(a)
        for _ in 0..<2 {
            guard case .send(let message) = try session.next() else { break }
            try session.received(server.sync(message, credential: try a.credential()).encoded)
        }
        let (again, last) = try first.restored(epoch: 51, accountsOf: storage)
        for client in [a, b, a] { #expect(try world.sync(client, with: again).isAgreed) }
        #expect(try note(last, old) == .text("one"))
        #expect(try b.read("cases", old)?["note"] == .text("one"))
    }

    @Test(arguments: [false, true]) func theCentreGivesOutNoTimeAgainThatWasLost(decidesFirst: Bool) throws {
        // Its clock stands ahead of the wall clock when it is backed up, and counts on from there.
        let ahead = try world.client("ahead", skew: 240_000)
        _ = try ahead.write(operator: "x") { try $0.insert("cases", ["title": .text("ahead")]) }
        try world.sync(ahead)
        let device = try #require(try world.storage.read { try $0.replica(ahead.status().replica) }).device
        try world.server.revoke(device: device)
        _ = try ahead.write(operator: "x") { try $0.insert("cases", ["title": .text("kept")]) }
        #expect(throws: Failure.self) { try world.sync(ahead) }
        let backup = try ServerBackup(of: world)
        let key = RecordKey(collection: 2, record: old)
        try world.server.put([("cases", old, ["note": .text("lost")])], operator: "centre")
        let lost = try #require(try world.storage.allRecords()[key]).versions.greatest
        try world.sync(a)
        let (server, storage) = try backup.restored()
        if decidesFirst { #expect(try server.acceptQuarantined(of: device).map(\.refusal) == [nil]) }
        try server.put([("cases", old, ["note": .text("written since")])], operator: "centre")
        #expect(try #require(try storage.allRecords()[key]).versions.greatest > lost)
        for client in [b, a, b] {
            let summary = try world.sync(client, with: server)
            #expect(summary.isAgreed && summary.repaired == 0)
            #expect(try client.read("cases", old)?["note"] == .text("written since"))
        }
    }

    @Test func aRestoredClientAndARestoredServerFindTogether() throws {
        let backup = try ServerBackup(of: world)
        try a.close()
        try world.copy("a", to: "copy")
        let later = try world.client("a")
        try edit(later, old, ["note": .text("after both backups")])
        try world.sync(later)
        let (server, storage) = try backup.restored()
        let copy = try world.client("copy")
        try edit(copy, old, ["priority": .integer(9)])
        try world.sync(copy, with: server)
        let summary = try world.sync(later, with: server)
        #expect(summary.isAgreed && summary.newReplica != nil)
        #expect(try world.sync(copy, with: server).isAgreed)
        for client in [later, copy] {
            #expect(try client.read("cases", old)?["note"] == .text("after both backups"))
            #expect(try client.read("cases", old)?["priority"] == .integer(9))
        }
        #expect(try note(storage, old) == .text("after both backups"))
    }

    @Test func aDecidedEntryComesBackBeforeWhatItIsAbout() throws {
        let c = try world.client("c")
        try world.sync(c)
        let backup = try ServerBackup(of: world)
        try edit(a, old, ["note": .text("one")])
        world.clock.advance(seconds: 60)
        try b.write(operator: "b") { try $0.delete("cases", old) }
        for client in [a, b, a] { try world.sync(client) }
        let entry = try #require(try a.conflicts().first)
        try a.accept(entry.id, operator: "a")
        try world.sync(a)
        let (server, _) = try backup.restored()
        try world.sync(c, with: server)
        try edit(c, old, ["note": .text("three")])
        try world.sync(c, with: server)
        // What comes back would make the entry anew, and open, if that were not there.
        #expect(try world.sync(a, with: server).isAgreed)
        #expect(try a.conflicts().allSatisfy { $0.id != entry.id })
        #expect(try a.conflicts(includingDecided: true).contains { $0.id == entry.id })
    }

    @Test func whatACopyGivesBackIsToldWholeToWhoHasItsNumber() throws {
        let backup = try ServerBackup(of: world)
        try a.close()
        try world.copy("a", to: "copy")
        let (other, copy) = try (world.client("a"), world.client("copy"))
        let new = try other.write(operator: "a") { try $0.insert("cases", ["title": .text("after the copy")]) }
        try world.sync(other)
        let (server, _) = try backup.restored()
        // The copy goes on under the number, of which the server has lost the other one's change.
        try edit(copy, old, ["priority": .integer(9)])
        #expect(try world.sync(copy, with: server).newReplica == nil)
        #expect(try world.sync(other, with: server).newReplica != nil)
        try edit(other, new, ["note": .text("under the new number")])
        #expect(try world.sync(other, with: server).isAgreed)
        let summary = try world.sync(copy, with: server)
        #expect(summary.isAgreed && summary.repaired == 0 && summary.roundTrips == 1)
        #expect(try copy.read("cases", new)?["title"] == .text("after the copy"))
        #expect(try copy.read("cases", new)?["note"] == .text("under the new number"))
    }

    @Test func whatACopyGivesBackUnderTheSharedNumberIsToldToTheOtherOne() throws {
        let backup = try ServerBackup(of: world)
        try a.close()
        try world.copy("a", to: "copy")
        let (other, copy) = try (world.client("a"), world.client("copy"))
        try edit(copy, old, ["note": .text("by the copy")])
        try world.sync(copy)
        let (server, _) = try backup.restored()
        for number in 1...2 { try edit(other, old, ["priority": .integer(Int64(number))]) }
        #expect(try world.sync(other, with: server).newReplica == nil)
        // It is behind, so what it gives is taken; only then it is found to be a copy.
        #expect(try world.sync(copy, with: server).newReplica != nil)
        let summary = try world.sync(other, with: server)
        #expect(summary.isAgreed && summary.repaired == 0 && summary.roundTrips == 1)
        #expect(try other.read("cases", old)?["note"] == .text("by the copy"))
    }

    @Test func whoWroteOverItAndThenDeletedTheRecordKnewOfWhatComesBack() throws {
        let c = try world.client("c")
        try world.sync(c)
        try edit(a, old, ["note": .text("by a"), "priority": .integer(5)])
        for client in [a, b] { try world.sync(client) }
        // The same value, and so no conflict but for information; its base is what was before.
        try edit(c, old, ["priority": .integer(5)])
        let (server, _) = try ServerBackup(of: world).restored()
        try world.sync(c, with: server)
        try edit(c, old, ["note": .text("by c")])
        world.clock.advance(seconds: 60)
        try c.write(operator: "c") { try $0.delete("cases", old) }
        try world.sync(c, with: server)
        #expect(try world.sync(b, with: server).isAgreed)
        #expect(try b.conflicts(includingDecided: true).allSatisfy { $0.kind == .soft })
    }

    @Test func whoHasGivenBackEverythingPushesFromThenOn() throws {
        let backup = try ServerBackup(of: world)
        let (server, storage) = try backup.restored()
        try world.sync(a, with: server)
        let status = try a.status()
        var forged = RepairRequest()
        forged.epoch = 7
        forged.into = 99
        forged.replica = status.replica
        forged.after = 1000
        forged.isLast = true
        forged.given = [
            RecordUpdate(
                collection: 4, record: old, isWhole: true,
                writes: [
                    .init(
                        version: Version(time: HybridTimestamp(rawValue: 1), replica: .centre), operator: "",
                        fields: FieldMap())
                ])
        ]
        let before = try storage.allRecords()
        guard case .failure(let failure) = server.sync(forged.encoded, credential: try a.credential()) else {
            throw TestFailure("the forged records were taken")
        }
        #expect(failure.code == .forked)
        // A server that was never restored takes nothing back at all.
        forged.into = 7
        forged.epoch = 6
        guard case .failure(let other) = world.server.sync(forged.encoded, credential: try a.credential()) else {
            throw TestFailure("the forged records were taken")
        }
        #expect(other.code == .badCursor)
        #expect(try storage.allRecords() == before)
    }

    @Test func aCaseThatMovedSinceTheBackupMovesAgainAndItsEscrowComesBack() throws {
        let scoped = try ScopedWorld()
        let (a, health, roads) = try (
            scoped.device("a", "A"), scoped.device("h", "HEALTH"), scoped.device("r", "ROADS")
        )
        let id = try scoped.newCase(a, "A", agency: "HEALTH")
        let note = try a.write(operator: "Siti") {
            try $0.insert("notes", ["case_id": .bytes(id.bytes), "text": .text("letter attached")])
        }
        try scoped.syncAll([a, health, roads])
        let backup = try ServerBackup(of: scoped.world)
        _ = try a.write(operator: "Siti") { try $0.update("cases", id, ["agency": .text("ROADS")]) }
        _ = try health.write(operator: "Budi") { try $0.update("cases", id, ["answer": .text("late")]) }
        try scoped.syncAll([a, roads, health])
        #expect(try scoped.world.server.escrow().count == 1 && scoped.cases(health).isEmpty)
        let late = try a.write(operator: "Siti") {
            try $0.insert("notes", ["case_id": .bytes(id.bytes), "text": .text("after the backup")])
        }
        try scoped.syncAll([a, roads])
        let (server, storage) = try backup.restored()
        // The one who had it before comes first, and is given it once more; then the one who has it now gives it back.
        for client in [health, roads, a, health, roads] {
            #expect(try scoped.world.sync(client, with: server).isAgreed)
        }
        #expect(try scoped.cases(health).isEmpty && scoped.cases(roads) == [id])
        for note in [note, late] {
            #expect(try roads.read("notes", note) != nil && health.read("notes", note) == nil)
        }
        #expect(try server.escrow().map(\.number) == [health.refusedChanges().first?.number])
        #expect(try storage.faults().isEmpty)
    }

    @Test func rulesThatChangeInTheMiddleOfAHealingLeaveNothingBehind() throws {
        let scoped = try ScopedWorld()
        let (a, health) = try (scoped.device("a", "A"), scoped.device("h", "HEALTH"))
        let id = try scoped.newCase(a, "A", agency: "HEALTH")
        try scoped.syncAll([a, health])
        let (server, _) = try ServerBackup(of: scoped.world).restored()
        try scoped.world.sync(a, with: server)
        _ = try a.write(operator: "Siti") { try $0.update("cases", id, ["agency": .text("ROADS")]) }
        try scoped.world.sync(a, with: server)
        var session = SyncSession(health)
        func step() throws {
            guard case .send(let message) = try session.next() else { throw TestFailure("nothing is sent") }
            try session.received(server.sync(message, credential: try health.credential()).encoded)
        }
        // It is told of another epoch, and of what the server has for it, which the case that moved is not part of.
        try step()
        try step()
        try server.setScopeRules(nil)
        #expect(throws: Failure.self) { try step() }
        try server.setScopeRules(ScopedWorld.rules)
        let summary = try scoped.world.sync(health, with: server)
        #expect(summary.isAgreed && summary.givenBack > 0 && summary.repaired == 0)
        #expect(try scoped.cases(health).isEmpty)
    }

    @Test func whoBringsBackItsOwnRecordThatItHasNotGotIsToldAllOfIt() throws {
        let scoped = try ScopedWorld(rules: nil)
        let a = try scoped.device("a", "A")
        let id = try scoped.newCase(a, "B")
        _ = try a.write(operator: "Siti") { try $0.delete("cases", id) }
        var session = SyncSession(a)
        guard case .send(let message) = try session.next() else { throw TestFailure("nothing is sent") }
        let credential = try a.credential()
        _ = scoped.world.server.sync(message, credential: credential)
        let backup = try ServerBackup(of: scoped.world)
        // The answer is lost. Meanwhile the case is brought back, and the rules put it out of the office's sight.
        _ = try a.write(operator: "Siti") { try $0.undelete("cases", id) }
        try scoped.world.server.setScopeRules(ScopedWorld.rules)
        try session.received(scoped.world.server.sync(message, credential: credential).encoded)
        #expect(try scoped.cases(a).isEmpty)
        // A restored server has it, deleted, and shows all to everybody again.
        let (server, _) = try backup.restored()
        try server.setScopeRules(nil)
        let summary = try scoped.world.sync(a, with: server)
        #expect(summary.isAgreed && summary.repaired == 0)
        #expect(try scoped.cases(a) == [id])
    }

    @Test func whatFollowsARecordIsInItsScopeWhicheverOfThemComesBackFirst() throws {
        let scoped = try ScopedWorld()
        let (a, health) = try (scoped.device("a", "A"), scoped.device("h", "HEALTH"))
        try scoped.syncAll([a, health])
        let backup = try ServerBackup(of: scoped.world)
        for _ in 0..<8 {
            let id = try scoped.newCase(a, "A", agency: "HEALTH")
            _ = try a.write(operator: "Siti") {
                try $0.insert("notes", ["case_id": .bytes(id.bytes), "text": .text("a note")])
            }
        }
        try scoped.syncAll([a])
        let (server, storage) = try backup.restored()
        for client in [a, health] { #expect(try scoped.world.sync(client, with: server).isAgreed) }
        #expect(try scoped.cases(health).count == 8)
        #expect(try health.query { try $0.scalar("SELECT count(*) FROM notes") } == 8)
        #expect(try storage.faults().isEmpty)
    }
}
