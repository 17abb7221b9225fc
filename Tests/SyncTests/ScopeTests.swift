import CentralServer
import OfflineClient
import SyncProtocol
import Testing

@Suite("Scopes") struct ScopeTests {
    // MARK: Who sees what

    @Test("an office sees what it took, an agency what is assigned to it, the centre all")
    func visibility() throws {
        let world = try ScopedWorld()
        let (a, b, health, centre) = try (
            world.device("a", "A"), world.device("b", "B"), world.device("h", "HEALTH"), world.device("c", "CENTRE")
        )
        let mine = try world.newCase(a, "A", agency: "HEALTH")
        let other = try world.newCase(b, "B")
        try world.syncAll([a, b, health, centre])
        #expect(try world.cases(a) == [mine] && world.cases(b) == [other])
        #expect(try world.cases(health) == [mine] && world.cases(centre).sorted() == [mine, other].sorted())
        for client in [a, b, health, centre] { #expect(try client.status().isSynced) }
    }

    @Test("a case that is assigned to another agency moves there whole, with what belongs to it")
    func reassignment() throws {
        let world = try ScopedWorld()
        let (a, health, roads) = try (
            world.device("a", "A"), world.device("h", "HEALTH"), world.device("r", "ROADS")
        )
        let id = try world.newCase(a, "A", agency: "HEALTH")
        let note = try a.write(operator: "Siti") {
            try $0.insert("notes", ["case_id": .bytes(id.bytes), "text": .text("letter attached")])
        }
        try world.syncAll([a, health, roads])
        #expect(try health.read("notes", note)?["text"] == .text("letter attached"))
        #expect(try world.cases(roads).isEmpty)

        _ = try a.write(operator: "Siti") { try $0.update("cases", id, ["agency": .text("ROADS")]) }
        try world.world.sync(a)
        let left = try world.world.sync(health)
        #expect(left.left == 2 && left.isAgreed)
        #expect(try health.read("cases", id) == nil && health.read("notes", note) == nil)
        let entered = try world.world.sync(roads)
        #expect(entered.pulled == 2 && entered.isAgreed)
        #expect(try roads.read("cases", id)?["title"] == .text("a case") && roads.read("notes", note) != nil)
        // The office's own copy never moved, and it is not told of it again.
        #expect(try world.world.sync(a).pulled == 0)
    }

    @Test("a case that comes back to an agency is there again, with what was written meanwhile")
    func comingBack() throws {
        let world = try ScopedWorld()
        let (a, health) = try (world.device("a", "A"), world.device("h", "HEALTH"))
        let id = try world.newCase(a, "A", agency: "HEALTH")
        try world.syncAll([a, health])
        for agency in ["ROADS", "HEALTH"] {
            _ = try a.write(operator: "Siti") {
                try $0.update("cases", id, ["agency": .text(agency), "answer": .text("at \(agency)")])
            }
            try world.syncAll([a, health])
            #expect(try world.cases(health) == (agency == "HEALTH" ? [id] : []))
        }
        #expect(try health.read("cases", id)?["answer"] == .text("at HEALTH"))
        // Away and back between two syncs of the agency's: nothing was lost on the way.
        for agency in ["ROADS", "HEALTH"] {
            _ = try a.write(operator: "Siti") { try $0.update("cases", id, ["agency": .text(agency)]) }
            try world.world.sync(a)
        }
        #expect(try world.world.sync(health).isAgreed && world.cases(health) == [id])
    }

    @Test("what left an agency's scope leaves it though the notes of moves were collected meanwhile")
    func awayWhileMovesAreCollected() throws {
        let world = try ScopedWorld()
        let (a, health) = try (world.device("a", "A"), world.device("h", "HEALTH"))
        let (id, staying) = try (world.newCase(a, "A", agency: "HEALTH"), world.newCase(a, "A", agency: "HEALTH"))
        try world.syncAll([a, health])
        _ = try a.write(operator: "Siti") { try $0.update("cases", id, ["agency": .text("ROADS")]) }
        // Its lease runs out; the office goes on.
        world.world.clock.advance(seconds: 200 * 86_400)
        try world.world.sync(a)
        world.world.clock.advance(seconds: 600)
        try world.world.sync(a)
        _ = try world.world.server.collect()
        #expect(try world.world.storage.read { try $0.moves(after: 0) }.isEmpty)
        #expect(try world.world.sync(health).isAgreed && world.cases(health) == [staying])
    }

    @Test("a note of a case that was deleted and forgotten stays with those who saw it, edited or under other rules")
    func noteOfAForgottenCase() throws {
        let world = try ScopedWorld()
        let a = try world.device("a", "A")
        let id = try world.newCase(a, "A")
        let notes = try a.write(operator: "Siti") { transaction in
            try (0..<2).map { _ in try transaction.insert("notes", ["case_id": .bytes(id.bytes)]) }
        }
        #expect(try world.deleteAndCollect(id, by: [a]) == 1)
        for text in ["late", "later"] {
            _ = try a.write(operator: "Siti") { try $0.update("notes", notes[0], ["text": .text(text)]) }
            let edited = try world.world.sync(a)
            #expect(try edited.isAgreed && edited.left == 0 && edited.escrowed == 0 && a.status().isSynced)
        }
        #expect(try world.world.held("notes", notes[0])?[2].value == .text("later"))
        #expect(try world.world.storage.faults().isEmpty)
        try world.world.server.setScopeRules(nil)
        try world.world.server.setScopeRules(ScopedWorld.rules)
        #expect(try world.world.sync(a).left == 0)
        #expect(try a.read("notes", notes[0])?["text"] == .text("later"))
        #expect(try a.read("notes", notes[1]) != nil)
    }

    @Test("what comes back after a restore is told to who saw its case when it was forgotten, not in the backup")
    func noteOfACaseThatMovedAndWasForgotten() throws {
        let world = try ScopedWorld()
        let (a, b, centre) = try (world.device("a", "A"), world.device("b", "B"), world.device("c", "CENTRE"))
        let id = try world.newCase(a, "A")
        let old = try a.write(operator: "Siti") { try $0.insert("notes", ["case_id": .bytes(id.bytes)]) }
        try world.syncAll([a, b, centre])
        let backup = try ServerBackup(of: world.world)
        _ = try centre.write(operator: "Ani") { try $0.update("cases", id, ["office": .text("B")]) }
        try world.syncAll([centre, a, b])
        let note = try b.write(operator: "Budi") {
            try $0.insert("notes", ["case_id": .bytes(id.bytes), "text": .text("for B alone")])
        }
        #expect(try world.deleteAndCollect(id, by: [b, a, centre]) == 1)
        let (server, storage) = try backup.restored()
        _ = try server.confirmClock()
        for client in [b, a, centre, a] { #expect(try world.world.sync(client, with: server).isAgreed) }
        for id in [old, note] {
            #expect(try a.read("notes", id) == nil && b.read("notes", id) != nil && centre.read("notes", id) != nil)
        }
        #expect(try storage.faults().isEmpty)
    }

    @Test("a note of a case that was forgotten before its class was kept stays with those who see it")
    func noteOfACaseForgottenLongAgo() throws {
        let world = try ScopedWorld()
        let a = try world.device("a", "A")
        let id = try world.newCase(a, "A")
        let note = try a.write(operator: "Siti") { try $0.insert("notes", ["case_id": .bytes(id.bytes)]) }
        #expect(try world.deleteAndCollect(id, by: [a]) == 1)
        try world.world.storage.write { try $0.setGone([(RecordKey(collection: 2, record: id), [])]) }
        _ = try a.write(operator: "Siti") { try $0.update("notes", note, ["text": .text("late")]) }
        let edited = try world.world.sync(a)
        #expect(try edited.isAgreed && edited.left == 0 && a.read("notes", note)?["text"] == .text("late"))
    }

    @Test("a note of a case that no rule is about, and that was collected, stays with everybody")
    func noteOfAForgottenCaseWithoutRules() throws {
        let notes = ScopeRule(collection: "notes", parent: true, write: ["*"])
        let world = try ScopedWorld(rules: ScopeRules(follow: ["notes": "case_id"], rules: [notes]))
        let (a, b) = try (world.device("a", "A"), world.device("b", "B"))
        let id = try world.newCase(a, "A")
        let note = try a.write(operator: "Siti") { try $0.insert("notes", ["case_id": .bytes(id.bytes)]) }
        #expect(try world.deleteAndCollect(id, by: [a, b]) == 1)
        _ = try a.write(operator: "Siti") { try $0.update("notes", note, ["text": .text("late")]) }
        try world.syncAll([a, b])
        for client in [a, b] { #expect(try client.read("notes", note)?["text"] == .text("late")) }
    }

    @Test("a note that comes back after a restore stays with those who saw its case, collected since the backup")
    func noteOfAForgottenCaseThatComesBack() throws {
        let world = try ScopedWorld()
        let a = try world.device("a", "A")
        let id = try world.newCase(a, "A")
        try world.world.sync(a)
        let backup = try ServerBackup(of: world.world)
        let note = try a.write(operator: "Siti") { try $0.insert("notes", ["case_id": .bytes(id.bytes)]) }
        #expect(try world.deleteAndCollect(id, by: [a]) == 1)
        let (server, storage) = try backup.restored()
        _ = try server.confirmClock()
        let healed = try world.world.sync(a, with: server)
        #expect(try healed.isAgreed && a.read("notes", note) != nil)
        #expect(try storage.allRecords()[RecordKey(collection: 3, record: note)] != nil && storage.faults().isEmpty)
    }

    @Test("a note of a collected case stays with its office under rules that did not name notes when it was collected")
    func noteUnderLaterRules() throws {
        var rules = ScopedWorld.rules
        rules.rules.removeAll { $0.collection == "notes" }
        let world = try ScopedWorld(rules: rules)
        let a = try world.device("a", "A")
        let id = try world.newCase(a, "A")
        let note = try a.write(operator: "Siti") { try $0.insert("notes", ["case_id": .bytes(id.bytes)]) }
        #expect(try world.deleteAndCollect(id, by: [a]) == 1)
        try world.world.server.setScopeRules(ScopedWorld.rules)
        _ = try a.write(operator: "Siti") { try $0.update("notes", note, ["text": .text("late")]) }
        let edited = try world.world.sync(a)
        #expect(try edited.isAgreed && edited.left == 0 && edited.escrowed == 0 && a.status().isSynced)
    }

    // MARK: Who writes what

    @Test("a case for another office, and a field that only the centre writes, are refused")
    func readOnly() throws {
        let world = try ScopedWorld()
        let (a, centre) = try (world.device("a", "A"), world.device("c", "CENTRE"))
        let foreign = try world.newCase(a, "B")
        let mine = try world.newCase(a, "A")
        try world.world.sync(a)
        #expect(try a.syncState(foreign) == .refused(.readOnly))
        #expect(try a.syncState(mine) == .synced)
        _ = try a.write(operator: "Siti") { try $0.update("cases", mine, ["published": .text("yes")]) }
        try world.world.sync(a)
        #expect(try a.refusedChanges().map(\.field) == ["", "published"])
        try world.world.sync(centre)
        _ = try centre.write(operator: "Rini") { try $0.update("cases", mine, ["published": .text("no")]) }
        #expect(try world.world.sync(centre).refused == 0)
        #expect(try world.world.held("cases", mine)?[6].value == .text("no"))
        #expect(try world.world.held("cases", foreign) == nil)
    }

    // MARK: Escrow

    @Test("an edit of a case that has left goes to escrow, and the centre's decision reaches its writer")
    func escrow() throws {
        let world = try ScopedWorld()
        let (a, health) = try (world.device("a", "A"), world.device("h", "HEALTH"))
        let ids = try (0..<2).map { _ in try world.newCase(a, "A", agency: "HEALTH") }
        try world.syncAll([a, health])
        for id in ids {
            _ = try health.write(operator: "Dr. Wati") {
                try $0.update("cases", id, ["answer": .text("bed found")])
            }
            _ = try a.write(operator: "Siti") { try $0.update("cases", id, ["agency": .text("ROADS")]) }
        }
        try world.world.sync(a)
        let told = try world.world.sync(health)
        #expect(told.escrowed == 2 && told.left == 2 && told.isAgreed)
        #expect(try world.cases(health).isEmpty)
        #expect(try health.refusedChanges().map(\.reason) == [.escrowed, .escrowed])
        #expect(try health.refusedChanges().first?.values["answer"] == .text("bed found"))
        #expect(try !health.status().isSynced)
        // Told again, it is kept once.
        let waiting = try world.world.server.escrow()
        #expect(waiting.map(\.office) == ["HEALTH", "HEALTH"])

        try world.world.server.apply(escrowed: waiting[0].number, of: waiting[0].replica, operator: "Rini")
        try world.world.server.dismiss(escrowed: waiting[1].number, of: waiting[1].replica, operator: "Rini")
        #expect(throws: EscrowError.decided(waiting[1].replica, waiting[1].number, .dismissed)) {
            try world.world.server.apply(escrowed: waiting[1].number, of: waiting[1].replica, operator: "Rini")
        }
        #expect(try world.world.held("cases", ids[0])?[5].value == .text("bed found"))
        #expect(try world.world.held("cases", ids[1])?[5].isNull == true)
        try world.syncAll([a, health])
        #expect(try health.refusedChanges().isEmpty && health.status().isSynced)
        #expect(try a.read("cases", ids[0])?["answer"] == .text("bed found"))
    }

    @Test("a conflict entry reaches the loser though the case has left its scope")
    func conflictOfWhatLeft() throws {
        let world = try ScopedWorld()
        let (a, health, roads) = try (
            world.device("a", "A"), world.device("h", "HEALTH"), world.device("r", "ROADS")
        )
        let id = try world.newCase(a, "A", agency: "HEALTH")
        try world.syncAll([a, health])
        _ = try health.write(operator: "Dr. Wati") { try $0.update("cases", id, ["answer": .text("theirs")]) }
        world.world.clock.advance(seconds: 60)
        _ = try a.write(operator: "Siti") { try $0.update("cases", id, ["answer": .text("ours")]) }
        try world.world.sync(health)
        try world.world.sync(a)
        _ = try a.write(operator: "Siti") { try $0.update("cases", id, ["agency": .text("ROADS")]) }
        try world.world.sync(a)
        try world.syncAll([health, roads])
        #expect(try health.read("cases", id) == nil)
        let entries = try health.conflicts()
        #expect(entries.map(\.losing.office) == ["HEALTH"])
        #expect(entries.first?.losing.values["answer"] == .text("theirs"))
        // Whoever sees the case sees that it is in conflict.
        #expect(try roads.conflicts().count == 1 && a.conflicts().count == 1)
        #expect(try health.status().isSynced && roads.status().isSynced)
    }

    // MARK: Changes of scope

    @Test("another scope fetches what is new, drops what is not in it, and leaves what stays")
    func anotherScope() throws {
        let world = try ScopedWorld()
        let (a, b, health) = try (
            world.device("a", "A"), world.device("b", "B"), world.device("h", "HEALTH")
        )
        for _ in 0..<5 { try world.newCase(a, "A", agency: "HEALTH") }
        for _ in 0..<3 { try world.newCase(b, "B", agency: "ROADS") }
        try world.syncAll([a, b, health])
        // The office is given an agency: it sees that one's cases as well, and those alone travel.
        try world.world.server.save(
            OfficeEntry(code: "A", name: "Office A", attributes: ["role": "agency", "agency": "ROADS"]))
        let wide = try world.world.sync(a)
        #expect(wide.pulled == 3 && wide.left == 5 && wide.isAgreed)
        try world.world.server.save(
            OfficeEntry(code: "A", name: "Office A", attributes: ["role": "centre"]))
        let all = try world.world.sync(a, pageBytes: 100)
        #expect(all.pulled == 5 && all.left == 0 && all.isAgreed)
        #expect(try world.cases(a).count == 8)
    }

    @Test("rules can be given, changed and taken away while devices have data")
    func rules() throws {
        let world = try ScopedWorld(rules: nil)
        let (a, b) = try (world.device("a", "A"), world.device("b", "B"))
        let ids = try (world.newCase(a, "A"), world.newCase(b, "B"))
        try world.syncAll([a, b, a])
        #expect(try world.cases(a).count == 2)
        try world.world.server.setScopeRules(ScopedWorld.rules)
        try world.syncAll([a, b])
        #expect(try world.cases(a) == [ids.0] && world.cases(b) == [ids.1])
        try world.world.server.setScopeRules(nil)
        let again = try world.world.sync(a)
        #expect(again.pulled == 1 && again.isAgreed)
        #expect(try world.cases(a).count == 2)
        #expect(throws: ScopeRuleError.self) {
            try world.world.server.setScopeRules(ScopeRules(rules: [ScopeRule(collection: "nowhere")]))
        }
    }

    // MARK: By chance

    @Test("whatever happens, everybody ends with just what is his, and nothing else ever travels", arguments: 1...6)
    func random(seed: UInt64) throws {
        let world = try ScopedWorld()
        var random = SeededRandom(seed: seed)
        let offices = ["A", "B", "HEALTH", "ROADS", "CENTRE"]
        let clients = try offices.map { try world.device($0.lowercased(), $0) }
        /// By record the offices that were ever to see it.
        var readers: [RecordID: Set<String>] = [:]
        func canary(_ id: RecordID) -> [UInt8] { Array("canary-\(id)".utf8) }
        func admit(_ id: RecordID) throws {
            guard let held = try world.world.held("cases", id) else { return }
            for office in offices where world.isFor(office, held) { readers[id, default: []].insert(office) }
        }
        func sync(_ index: Int) throws {
            for id in readers.keys { try admit(id) }
            let page = random.next() % 3 == 0 ? 150 : Limits.pageBytes
            try world.world.sync(clients[index], pageBytes: page) { answer in
                for id in readers.keys { try admit(id) }
                for (id, allowed) in readers where !allowed.contains(offices[index]) {
                    let bytes = canary(id)
                    let leaks = answer.indices.contains { answer[$0...].starts(with: bytes) }
                    #expect(!leaks, "seed \(seed): \(offices[index]) is told of \(id), which is for \(allowed)")
                }
            }
        }
        for _ in 0..<120 {
            let index = Int(random.next() % UInt64(clients.count))
            let client = clients[index]
            world.world.clock.advance(seconds: Int64(random.next() % 100))
            let known = try world.cases(client)
            switch random.next() % 10 {
            case 0..<2 where index < 2:
                let agency = ["HEALTH", "ROADS", nil][Int(random.next() % 3)]
                let id = try world.newCase(client, offices[index], agency: agency)
                _ = try client.write(operator: "x") {
                    try $0.update("cases", id, ["title": .text("canary-\(id)")])
                }
                readers[id] = [offices[index]]
            case 2..<5:
                guard let id = known.randomElement(using: &random) else { continue }
                let agency = ["HEALTH", "ROADS"][Int(random.next() % 2)]
                let fields: [String: Value] =
                    random.next() % 2 == 0 ? ["agency": .text(agency)] : ["answer": .text("\(random.next())")]
                _ = try client.write(operator: "x") { try $0.update("cases", id, fields) }
            case 5:
                guard let id = known.randomElement(using: &random) else { continue }
                _ = try client.write(operator: "x") {
                    try $0.insert("notes", ["case_id": .bytes(id.bytes), "text": .text("note")])
                }
            case 6:
                guard let id = known.randomElement(using: &random), random.next() % 3 == 0 else { continue }
                _ = try client.write(operator: "x") { try $0.delete("cases", id) }
            case 7:
                if let waiting = try world.world.server.escrow().first {
                    try? world.world.server.apply(escrowed: waiting.number, of: waiting.replica, operator: "x")
                }
            default: try sync(index)
            }
        }
        for waiting in try world.world.server.escrow() {
            try world.world.server.dismiss(escrowed: waiting.number, of: waiting.replica, operator: "x")
        }
        for _ in 0..<3 { for index in clients.indices { try sync(index) } }
        for (office, client) in zip(offices, clients) {
            let status = try client.status()
            #expect(status.isAgreed && status.pending == 0, "seed \(seed): \(office)")
            let wanted = try world.heldCases().filter { !$0.isDeleted && world.isFor(office, $0) }
            #expect(try world.cases(client).sorted() == wanted.map(\.record).sorted(), "seed \(seed): \(office)")
            let verified = try client.verify()
            #expect(verified.digest == status.digest && verified.damaged.isEmpty)
        }
    }
}
