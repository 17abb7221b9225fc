import OfflineClient
import SQLite
import SyncProtocol
import Testing

@testable import CentralServer

/// What a device or a server that lies can do to the other side: be refused.
@Suite struct HostilePeerTests {
    /// An enrolled device whose requests are made by hand.
    private struct Liar {
        let world: TestWorld
        let client: OfflineClient

        init(_ world: TestWorld, _ name: String = "liar", office: String = "A") throws {
            self.world = world
            client = try world.client(name, office: office)
        }

        func request() throws -> SyncRequest {
            var session = SyncSession(client)
            guard case .send(let bytes) = try session.next(),
                case .syncRequest(let request) = try Message(decoding: bytes)
            else { throw TestFailure("no request") }
            return request
        }

        func send(_ message: [UInt8], _ place: SyncRequest.Place? = nil) throws -> Message {
            let answer = world.server.sync(message, credential: try client.credential()).encoded
            return try Message(decoding: answer, answering: place)
        }
    }

    private func code(_ message: Message) -> Failure.Code? {
        if case .failure(let failure) = message { failure.code } else { nil }
    }

    @Test(arguments: [false, true]) func aNumberFromWhichNobodyCanCountOnIsRefused(isRevoked: Bool) throws {
        let world = try TestWorld()
        let liar = try Liar(world)
        try world.sync(liar.client)
        var request = try liar.request()
        request.changes = [[0x81, 0x01][...], [0x81, 0x01][...]]
        let device = try #require(try world.storage.read { try $0.replica(request.replica)?.device })
        if isRevoked { try world.server.revoke(device: device) }
        for after in [Int64.max, Int64.max - 1, Int64(Limits.number) + 1] {
            request.after = after
            #expect(code(try liar.send(request.encoded)) == (isRevoked ? .revoked : .malformed))
        }
        // The greatest number that there is: it is only not where the server is.
        request.after = Int64(Limits.number)
        #expect(code(try liar.send(request.encoded)) == (isRevoked ? .revoked : .behind))
        let renumber = RenumberRequest(
            time: 0, replica: request.replica, after: Int64.max, chain: 0)
        #expect(code(try liar.send(renumber.encoded)) == (isRevoked ? .revoked : .malformed))
    }

    @Test func aCursorOfAScopeThatItsOfficeNeverHadTellsNothing() throws {
        let scoped = try ScopedWorld()
        let (office, centre) = try (scoped.device("a", "A"), scoped.device("c", "CENTRE"))
        let liar = try Liar(scoped.world, office: "ROADS")
        try scoped.newCase(office, "A", agency: "HEALTH")
        try scoped.syncAll([office, centre, liar.client])
        let own = try liar.request()
        var session = SyncSession(centre)
        guard case .send(let bytes) = try session.next(), case .syncRequest(let others) = try Message(decoding: bytes)
        else { throw TestFailure("no request") }
        // Of everything, as an office has it that never was under rules; of another office; and its own.
        let everything = PullCursor(after: 1, scope: 0).encoded
        for cursor in [everything, others.cursor, own.cursor] {
            var request = own
            request.cursor = cursor
            guard case .syncAnswer(let answer) = try liar.send(request.encoded, request.place) else {
                throw TestFailure("no answer")
            }
            #expect(answer.removals.isEmpty && answer.updateCount == 0)
        }
    }

    @Test func aComparisonListsNothingThatItsOfficeNeverSaw() throws {
        let scoped = try ScopedWorld()
        let office = try scoped.device("a", "A")
        let liar = try Liar(scoped.world, office: "B")
        let id = try scoped.newCase(office, "A", agency: "HEALTH")
        try scoped.syncAll([office, liar.client])
        // It moves from one class to another, and the liar sees neither.
        _ = try office.write(operator: "Siti") { try $0.update("cases", id, ["agency": .text("ROADS")]) }
        try scoped.world.sync(office)
        let own = try liar.request()
        for cursor in [own.cursor, [], PullCursor(after: 0, scope: 0).encoded] {
            var request = CompareRequest()
            (request.epoch, request.into, request.replica) = (own.epoch, own.epoch, own.replica)
            (request.cursor, request.bits, request.digests) = (cursor, 1, [1, 2])
            guard case .compareAnswer(let answer) = try liar.send(request.encoded) else {
                throw TestFailure("no answer")
            }
            let listed = answer.buckets.flatMap(\.records)
            #expect(listed.isEmpty)
        }
    }

    @Test func aClassOfAnUndoneTransactionIsForgotten() throws {
        let scoped = try ScopedWorld()
        let (catalogue, storage) = (ScopeCatalogue(scoped.world.schema), scoped.world.storage)
        let rules = try #require(try storage.read { try catalogue.rules($0).checked })
        func scope(_ office: String) -> Scope { rules.scope(of: OfficeEntry(code: office, name: office)) }
        func key(_ office: String) throws -> [UInt8] {
            let field = try #require(scoped.world.schema["cases"]?["office"]?.number)
            let values = FieldMap([FieldValue(field, try EncodedValue(.text(office)))])
            return ClassKey(collection: 2, values: values, parent: nil).encoded
        }
        var undone: Int64 = 0
        do {
            try storage.write { transaction in
                undone = try transaction.addClass(try key("A"))
                let isSeen = try catalogue.sees(scope("A"), undone, transaction)
                #expect(isSeen)
                throw TestFailure("undone")
            }
        } catch is TestFailure {}
        // The number is given out again, to another class.
        let number = try storage.write { try $0.addClass(try key("B")) }
        #expect(number == undone)
        try storage.read { snapshot in
            let (ofB, ofA) = try (
                catalogue.sees(scope("B"), number, snapshot), catalogue.sees(scope("A"), number, snapshot)
            )
            #expect(ofB && !ofA)
        }
    }

    @Test func aScopeOfBeforeIsStillTheOfficesOwn() throws {
        let scoped = try ScopedWorld(rules: nil)
        let roads = try scoped.device("r", "ROADS")
        let office = try scoped.device("a", "A")
        try scoped.newCase(office, "A", agency: "HEALTH")
        try scoped.syncAll([office, roads])
        #expect(try scoped.cases(roads).count == 1)
        try scoped.world.server.setScopeRules(ScopedWorld.rules)
        #expect(try scoped.world.sync(roads).left == 1)
        #expect(try scoped.cases(roads).isEmpty)
    }

    @Test func aDecisionOfAPushThatIsRefusedIsNotInTheAuditLog() throws {
        let world = try TestWorld()
        let liar = try Liar(world)
        try world.sync(liar.client)
        let before = try world.storage.read { try $0.auditCount("conflict-decided") }
        let decision = Change(
            collection: ConflictLog.number, record: RecordID(high: 1, low: 2), time: HybridTimestamp(rawValue: 1),
            operator: "x", base: .empty,
            fields: [FieldValue(ConflictLog.Field.state, try EncodedValue(.text("accepted")))])
        var request = try liar.request()
        request.after = 7
        request.changes = [decision.encoded[...]]
        #expect(code(try liar.send(request.encoded)) == .behind)
        request.after = 0
        guard case .syncAnswer(let answer) = try liar.send(request.encoded, request.place) else {
            throw TestFailure("no answer")
        }
        #expect(answer.refusals.first?.reason == .readOnly || answer.refusals.first?.reason == .unknownRecord)
        #expect(try world.storage.read { try $0.auditCount("conflict-decided") } == before)
    }

    @Test func whoComparesBucketsThatThereAreNotIsRefused() throws {
        let world = try TestWorld()
        let client = try world.client("a")
        _ = try client.write(operator: "a") { try $0.insert("cases", ["title": .text("x")]) }
        try world.sync(client)
        try client.plant("UPDATE _replica SET digest = digest + 1")
        var session = SyncSession(client)
        let credential = try client.credential()
        #expect(throws: ProtocolError.self) {
            while case .send(let message) = try session.next() {
                var answer = world.server.sync(message, credential: credential)
                if case .compareAnswer(var compared) = answer {
                    compared.next = 4000
                    answer = .compareAnswer(compared)
                }
                try session.received(answer.encoded)
            }
        }
        #expect(try world.sync(client).isAgreed)
    }

    @Test func aChangeInEscrowFromTheFarFutureIsNotApplied() throws {
        let world = try TestWorld()
        let client = try world.client("a")
        let id = try client.write(operator: "a") { try $0.insert("cases", ["title": .text("x")]) }
        try world.sync(client)
        let replica = try #require(try world.held("cases", id)).versions.creation.version.replica
        let change = Change(
            collection: 2, record: id, time: HybridTimestamp(rawValue: UInt64(Int64.max)), operator: "x",
            base: .empty, fields: [FieldValue(1, try EncodedValue(.text("for ever")))])
        try world.storage.write {
            try $0.save(
                EscrowEntry(
                    replica: replica, number: 9, device: 1, office: "A", arrivedAt: world.clock.now,
                    bytes: change.encoded))
        }
        #expect(throws: EscrowError.refused(replica, 9, .notAllowed)) {
            try world.server.apply(escrowed: 9, of: replica, operator: "centre")
        }
        #expect(try world.server.escrow().count == 1)
        try world.server.dismiss(escrowed: 9, of: replica, operator: "centre")
        try client.write(operator: "a") { _ = try $0.update("cases", id, ["title": .text("y")]) }
        #expect(try world.sync(client).isAgreed)
    }

    @Test func aNoteCannotBeMovedToACaseThatItsWriterDoesNotSee() throws {
        let scoped = try ScopedWorld()
        let (liar, other) = (try scoped.device("liar", "A"), try scoped.device("other", "B"))
        let (own, secret) = (try scoped.newCase(liar, "A"), try scoped.newCase(other, "B"))
        try scoped.world.sync(other)
        let note = try liar.write(operator: "l") {
            try $0.insert("notes", ["case_id": .bytes(own.bytes), "text": .text("n")])
        }
        try scoped.world.sync(liar)
        try liar.write(operator: "l") { _ = try $0.update("notes", note, ["case_id": .bytes(secret.bytes)]) }
        #expect(try scoped.world.sync(liar).escrowed == 1)
        #expect(try scoped.world.held("notes", note)?[1] == EncodedValue(.bytes(own.bytes)))
        try scoped.world.sync(other)
        #expect(try other.read("notes", note) == nil)
    }

    @Test func whoMakesACaseThatIsThereCannotHandItToAnotherOffice() throws {
        let scoped = try ScopedWorld()
        let liar = try Liar(scoped.world)
        let own = try scoped.newCase(liar.client, "A")
        try scoped.world.sync(liar.client)
        var request = try liar.request()
        func make(_ office: String) throws -> Refusal? {
            let change = Change(
                collection: 2, record: own, time: HybridTimestamp(milliseconds: scoped.world.clock.now),
                operator: "x", base: .empty,
                fields: [
                    FieldValue(1, try EncodedValue(.text("again"))), FieldValue(2, try EncodedValue(.text(office))),
                ])
            request.changes = [change.encoded[...]]
            guard case .syncAnswer(let answer) = try liar.send(request.encoded, request.place) else {
                throw TestFailure("no answer")
            }
            request.chain = ChangeChain.next(after: request.chain, change.encoded[...])
            request.after += 1
            return answer.refusals.first { $0.number == request.after }
        }
        let refusal = try make("B")
        #expect(refusal?.reason == .readOnly && refusal?.field == 2)
        // The same case made twice in its own office, as two imports do, is one.
        #expect(try make("A") == nil)
        #expect(try scoped.world.held("cases", own)?[2] == EncodedValue(.text("A")))
    }
}
