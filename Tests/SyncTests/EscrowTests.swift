import CentralServer
import OfflineClient
import SyncProtocol
import Testing

/// What the simulator found about escrow, and about pushes before the first page.
@Suite struct EscrowTests {
    let world: ScopedWorld
    let a: OfflineClient
    let health: OfflineClient

    init() throws {
        world = try ScopedWorld()
        (a, health) = try (world.device("a", "A"), world.device("h", "HEALTH"))
    }

    private func move(_ id: RecordID, to agency: String) throws {
        _ = try a.write(operator: "Siti") { try $0.update("cases", id, ["agency": .text(agency)]) }
        try world.world.sync(a)
    }

    @Test func whatTheCentreLetsInIsToldToItsWriterOnceTheCaseIsBack() throws {
        let id = try world.newCase(a, "A", agency: "HEALTH")
        try world.syncAll([a, health])
        _ = try health.write(operator: "Dr. Wati") { try $0.update("cases", id, ["answer": .text("bed found")]) }
        try move(id, to: "ROADS")
        #expect(try world.world.sync(health).escrowed == 1)
        try move(id, to: "HEALTH")
        try world.world.sync(health)
        let kept = try #require(try world.world.server.escrow().first)
        try world.world.server.apply(escrowed: kept.number, of: kept.replica, operator: "Rini")
        let told = try world.world.sync(health)
        #expect(told.isAgreed && told.repaired == 0 && told.roundTrips == 1)
        #expect(try health.read("cases", id)?["answer"] == .text("bed found"))
        #expect(try health.status().isSynced)
    }

    @Test func anEditOfACaseThatHasLeftIsStampedAnewWithoutShowingIt() throws {
        let clock = TestClock()
        let fast = try world.world.client("fast", office: "HEALTH", clock: { clock.now })
        let id = try world.newCase(a, "A", agency: "HEALTH")
        try world.syncAll([a, fast])
        var session = SyncSession(fast)
        guard case .send(let message) = try session.next() else { throw TestFailure("nothing is sent") }
        try move(id, to: "ROADS")
        // The edit is made while the answer that takes the case away is under way, and the clock has jumped ahead.
        clock.advance(seconds: 3600)
        _ = try fast.write(operator: "Dr. Wati") { try $0.update("cases", id, ["answer": .text("bed found")]) }
        try session.received(world.world.server.sync(message, credential: try fast.credential()).encoded)
        #expect(try fast.read("cases", id) == nil)
        let summary = try world.world.sync(fast)
        #expect(summary.restamped == 1 && summary.escrowed == 1)
        #expect(try fast.read("cases", id) == nil)
    }

    @Test func whatIsGivenUpOfACaseThatHasLeftMakesNoneOfItsLaterEdits() throws {
        let id = try world.newCase(a, "A", agency: "HEALTH")
        try world.syncAll([a, health])
        func edit(_ text: String) throws {
            _ = try health.write(operator: "Dr. Wati") { try $0.update("cases", id, ["answer": .text(text)]) }
        }
        try edit("bed found")
        try move(id, to: "ROADS")
        var session = SyncSession(health)
        guard case .send(let message) = try session.next() else { throw TestFailure("nothing is sent") }
        // Another edit, while the answer that takes the case away and refuses the first one is under way.
        try edit("bed lost")
        try session.received(world.world.server.sync(message, credential: try health.credential()).encoded)
        #expect(try health.read("cases", id) == nil)
        try health.discard(id, operator: "Dr. Wati")
        #expect(try health.read("cases", id) == nil, "a row of edits alone")
        #expect(try world.world.sync(health).escrowed == 1)
    }

    @Test func aCaseThatHasLeftAndIsMadeAgainShowsWhatWasRefusedOfIt() throws {
        let id = try world.newCase(a, "A", agency: "HEALTH")
        try world.syncAll([a, health])
        _ = try health.write(operator: "Dr. Wati") { try $0.update("cases", id, ["answer": .text("bed found")]) }
        try move(id, to: "ROADS")
        #expect(try world.world.sync(health).left == 1)
        _ = try health.write(operator: "Dr. Wati") {
            try $0.insert("cases", ["title": .text("again"), "office": .text("A")], id: id)
        }
        let shown = try #require(try health.read("cases", id))
        #expect(shown["answer"] == .text("bed found") && shown["title"] == .text("again"))
    }

    @Test func whatWasPushedUnderOtherRulesBeforeItsPageLeaves() throws {
        try world.world.sync(a)
        try pushOneUnderNoRules()
        let summary = try world.world.sync(a)
        #expect(summary.isAgreed && summary.left == 1 && summary.repaired == 0)
    }

    /// A pushes one of two cases of B while there are no rules, and is told no page before they come back.
    private func pushOneUnderNoRules() throws {
        try world.world.server.setScopeRules(nil)
        for _ in 0..<2 { try world.newCase(a, "B") }
        // With little room, a request brings one change and asks for no page.
        var session = SyncSession(a, pageBytes: 1)
        guard case .send(let message) = try session.next() else { throw TestFailure("nothing is sent") }
        try session.received(world.world.server.sync(message, credential: try a.credential()).encoded)
        try world.world.server.setScopeRules(ScopedWorld.rules)
    }

    @Test func whatWasPushedBeforeTheFirstPageLeavesWithTheRulesThatCameMeanwhile() throws {
        try pushOneUnderNoRules()
        let summary = try world.world.sync(a)
        #expect(summary.isAgreed && summary.left == 1 && summary.repaired == 0)
        // The other one was refused, and stays with its writer.
        #expect(try a.refusedChanges().map(\.reason) == [.readOnly])
        #expect(try world.cases(a).count == 1)
    }

    @Test func whatComesBackToEscrowIsErasedToo() throws {
        let id = try world.newCase(a, "A", agency: "HEALTH")
        try world.syncAll([a, health])
        let backup = try ServerBackup(of: world.world)
        _ = try health.write(operator: "Dr. Wati") { try $0.update("cases", id, ["answer": .text("RAHASIA")]) }
        try move(id, to: "ROADS")
        #expect(try world.world.sync(health).escrowed == 1)
        let (server, _) = try backup.restored()
        try world.world.sync(a, with: server)
        world.world.clock.advance(seconds: 60)
        let key = RecordKey(collection: 2, record: id)
        try server.confirmRedaction(server.askRedaction(of: [(key, [5])], why: "asked", by: "Wayan"), by: "Ketut")
        #expect(try world.world.sync(health, with: server).isAgreed)
        let kept = try #require(try server.escrow().first?.change)
        #expect(kept.fields.map(\.field) == [5] && kept.fields.allSatisfy(\.value.isNull))
    }

    @Test func whatWasPushedUnderRulesThatNoPageToldOfLeaves() throws {
        try world.world.sync(a)
        try world.world.server.setScopeRules(nil)
        try world.newCase(a, "B")
        var session = SyncSession(a)
        guard case .send(let message) = try session.next() else { return }
        // The answer is lost, and with it the cursor that names these rules.
        _ = world.world.server.sync(message, credential: try a.credential())
        try world.world.server.setScopeRules(ScopedWorld.rules)
        let summary = try world.world.sync(a)
        #expect(summary.isAgreed && summary.pushed == 1 && summary.left == 1 && summary.repaired == 0)
        #expect(try world.cases(a).isEmpty && a.status().isSynced)
    }

    @Test func whatWasDecidedBeforeItsWriterHeardOfTheEscrowIsToldAfterAHealing() throws {
        let id = try world.newCase(a, "A", agency: "HEALTH")
        try world.syncAll([a, health])
        _ = try health.write(operator: "Dr. Wati") { try $0.update("cases", id, ["answer": .text("bed found")]) }
        try move(id, to: "ROADS")
        var session = SyncSession(health)
        guard case .send(let message) = try session.next() else { return }
        _ = world.world.server.sync(message, credential: try health.credential())
        let kept = try #require(try world.world.server.escrow().first)
        try world.world.server.apply(escrowed: kept.number, of: kept.replica, operator: "Rini")
        let (server, _) = try ServerBackup(of: world.world).restored()
        let summary = try world.world.sync(health, with: server)
        #expect(summary.isAgreed && summary.escrowed == 1)
        #expect(try health.refusedChanges().isEmpty && health.status().isSynced)
        #expect(try world.world.sync(health, with: server).roundTrips == 1)
    }

    @Test func whatLeftBeforeItsMakerHeardThatItWasTakenIsTakenAwayAfterAHealing() throws {
        let centre = try world.device("c", "CENTRE")
        try world.syncAll([a, centre])
        let id = try world.newCase(a, "A")
        var session = SyncSession(a)
        guard case .send(let message) = try session.next() else { return }
        _ = world.world.server.sync(message, credential: try a.credential())
        try world.syncAll([centre])
        _ = try centre.write(operator: "Rini") { try $0.update("cases", id, ["office": .text("B")]) }
        try world.syncAll([centre])
        let (server, _) = try ServerBackup(of: world.world).restored()
        let summary = try world.world.sync(a, with: server)
        #expect(summary.isAgreed && summary.pushed == 1 && summary.left == 1 && summary.repaired == 0)
        #expect(try world.cases(a).isEmpty && a.status().isSynced)
    }

    @Test func aDecisionAboutOneCopysChangeLeavesTheRefusedChangeOfTheOther() throws {
        let id = try world.newCase(a, "A", agency: "HEALTH")
        try world.syncAll([a, health])
        try health.close()
        try world.world.copy("h", to: "h2")
        let (health, copy) = try (world.device("h", "HEALTH"), world.device("h2", "HEALTH"))
        _ = try health.write(operator: "Dr. Wati") { try $0.update("cases", id, ["answer": .text("bed found")]) }
        try move(id, to: "ROADS")
        #expect(try world.world.sync(health).escrowed == 1)
        // Under the same number, refused for another reason.
        let nowhere = RecordID(high: 1, low: 2)
        _ = try copy.write(operator: "Dr. Adi") { try $0.insert("notes", ["case_id": .bytes(nowhere.bytes)]) }
        #expect(try world.world.sync(copy).newReplica != nil)
        let kept = try #require(try world.world.server.escrow().first)
        try world.world.server.dismiss(escrowed: kept.number, of: kept.replica, operator: "Rini")
        try world.syncAll([health, copy])
        #expect(try health.refusedChanges().isEmpty)
        #expect(try copy.refusedChanges().map(\.reason) == [.unknownReference])
    }
}
