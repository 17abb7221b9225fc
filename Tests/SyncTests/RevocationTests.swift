import CentralServer
import Foundation
import OfflineClient
import SQLite
import SyncProtocol
import Testing

struct RevocationTests {
    let world: TestWorld
    let client: OfflineClient
    let record: RecordID

    init() throws {
        world = try TestWorld()
        client = try world.client("a")
        record = try client.write(operator: "x") { try $0.insert("cases", ["title": .text("before")]) }
        try world.sync(client)
    }

    private func expectRevoked() {
        let failure = #expect(throws: Failure.self) { try world.sync(client) }
        #expect(failure?.code == .revoked)
    }

    @Test func `a revoked device is refused on its next request, and its database is locked and not erased`() throws {
        try world.server.revoke(device: 1)
        _ = try client.read("cases", record)  // It has not heard of it.
        expectRevoked()
        #expect(try client.isLocked && client.status().isLocked)
        #expect(throws: ClientError.locked) { try client.read("cases", record) }
        #expect(throws: ClientError.locked) { try client.query { try $0.scalar("SELECT 1") } }
        #expect(throws: ClientError.locked) { try client.conflicts() }
        #expect(throws: ClientError.locked) {
            try client.write(operator: "x") { try $0.insert("cases", ["title": .text("no")]) }
        }
        #expect(throws: ClientError.locked) { try client.undo(operator: "x") }
        try world.server.reinstate(device: 1)
        try world.sync(client)
        #expect(try client.read("cases", record)?["title"] == .text("before"))
    }

    @Test(arguments: [true, false])
    func `a device that enrolled again is told what the centre decides about what it pushed before`(
        isDecidedFirst: Bool
    ) throws {
        let world = try ScopedWorld()
        let (a, health) = try (world.device("a", "A"), world.device("h", "HEALTH"))
        let id = try world.newCase(a, "A", agency: "HEALTH")
        try world.syncAll([a, health])
        _ = try health.write(operator: "Dr. Wati") { try $0.update("cases", id, ["answer": .text("bed found")]) }
        _ = try a.write(operator: "Siti") { try $0.update("cases", id, ["agency": .text("ROADS")]) }
        try world.world.sync(a)
        #expect(try world.world.sync(health).escrowed == 1)
        let kept = try #require(try world.world.server.escrow().first)
        func decide() throws {
            try world.world.server.apply(escrowed: kept.number, of: kept.replica, operator: "Rini")
        }
        try world.world.server.revoke(device: 2)
        if isDecidedFirst { try decide() }
        let code = try world.world.server.makeCode(office: "HEALTH", name: "h", profile: [:])
        let request = try health.enrolRequest(code: code, deviceName: "h", server: "test", again: true)
        try health.enrolled(world.world.server.enrol(request).encoded)
        try world.world.sync(health)
        if !isDecidedFirst {
            #expect(try health.refusedChanges().count == 1)
            try decide()
            try world.world.sync(health)
        }
        #expect(try health.refusedChanges().isEmpty && health.status().isSynced)
        #expect(try world.world.server.escrow(includingDecided: true).count == 1)
    }

    @Test func `what a revoked device pushes is kept once, and accepted as its push`() throws {
        _ = try client.write(operator: "x") { transaction in
            try transaction.update("cases", record, ["priority": .integer(3)])
            try transaction.insert("cases", ["title": .text("new")])
        }
        try world.server.revoke(device: 1)
        for _ in 0..<3 { expectRevoked() }
        let kept = try world.storage.read { try $0.quarantined(device: 1) }
        #expect(kept.map(\.number) == [2, 3] && kept.allSatisfy { $0.office == "A" })
        #expect(try world.held("cases", record)?[4].isNull == true)
        #expect(try world.server.acceptQuarantined(of: 1).allSatisfy { $0.refusal == nil })
        #expect(try world.held("cases", record)?[4].value == .integer(3))
        #expect(try world.storage.read { try $0.quarantined(device: nil) }.isEmpty)
        // Reinstated, it pushes the same itself: nothing changes and nothing is in conflict.
        let before = try world.storage.read { try $0.state() }
        try world.server.reinstate(device: 1)
        let summary = try world.sync(client)
        #expect(summary.isAgreed && summary.newConflicts == 0 && summary.pushed == 2)
        #expect(try world.storage.read { try $0.state() }.digest == before.digest)
    }

    @Test func `an accepted change conflicts with what was written meanwhile, as its push would have`() throws {
        let other = try world.client("b")
        try world.sync(other)
        try client.write(operator: "x") { _ = try $0.update("cases", record, ["title": .text("mine")]) }
        try world.server.revoke(device: 1)
        expectRevoked()
        world.clock.advance(seconds: 60)
        try other.write(operator: "y") { _ = try $0.update("cases", record, ["title": .text("theirs")]) }
        try world.sync(other)
        _ = try world.server.acceptQuarantined(of: 1)
        try world.sync(other)
        #expect(try other.conflicts().count == 1)
        #expect(try other.read("cases", record)?["title"] == .text("theirs"))
    }

    @Test func `what a copy pushed while it was revoked is told to the other one of its number`() throws {
        try client.close()
        try world.copy("a", to: "copy")
        let (other, copy) = try (world.client("a"), world.client("copy"))
        world.clock.advance(seconds: 1)
        _ = try copy.write(operator: "y") { try $0.update("cases", record, ["note": .text("of the copy")]) }
        try world.server.revoke(device: 1)
        #expect(throws: Failure.self) { try world.sync(copy) }
        #expect(try world.server.acceptQuarantined(of: 1).map(\.refusal) == [nil])
        try world.server.reinstate(device: 1)
        let summary = try world.sync(other)
        #expect(summary.isAgreed && summary.repaired == 0 && summary.roundTrips == 1)
        #expect(try other.read("cases", record)?["note"] == .text("of the copy"))
    }

    @Test func `what the centre drops is gone, and what can't be applied stays with its reason`() throws {
        let orphan = RecordID(milliseconds: 5, random: (1, 2))
        _ = try client.write(operator: "x") { transaction in
            try transaction.insert("notes", ["case_id": .bytes(orphan.bytes), "text": .text("t")])
        }
        try world.server.revoke(device: 1)
        expectRevoked()
        let results = try world.server.acceptQuarantined(of: 1)
        #expect(results.map { $0.refusal?.reason } == [.unknownReference])
        #expect(try world.storage.read { try $0.quarantined(device: 1) }.count == 1)
        #expect(try world.server.dropQuarantined(of: 1) == 1)
        #expect(try world.storage.read { try $0.quarantined(device: 1) }.isEmpty)
    }

    @Test func `the quarantine of one device is bounded`() throws {
        try client.write(operator: "x") { transaction in
            for _ in 0..<20 { try transaction.insert("cases", ["title": .text("t"), "note": .text(Self.megabyte)]) }
        }
        try world.server.revoke(device: 1)
        expectRevoked()
        let size = try world.storage.read { try $0.quarantineSize(of: 1) }
        #expect(size.bytes <= CentralServer.quarantineLimit.bytes)
    }

    private static let megabyte = String(repeating: "x", count: 1 << 20)

    @Test func `the number to go on under is asked for again where the answer was lost`() throws {
        _ = try client.write(operator: "x") { try $0.update("cases", record, ["priority": .integer(3)]) }
        try world.server.revoke(device: 1)
        expectRevoked()
        let code = try world.server.makeCode(office: "A", name: "a again", profile: [:])
        let request = try client.enrolRequest(code: code, deviceName: "a", server: "test", again: true)
        try client.enrolled(world.server.enrol(request).encoded)
        var session = SyncSession(client)
        for _ in 0..<3 {
            guard case .send(let message) = try session.next() else { return }
            guard case .renumberRequest = try Message(decoding: message) else {
                Issue.record("changes are sent under a number that has no place for them")
                return
            }
        }
        #expect(try world.sync(client).isAgreed)
        #expect(try world.held("cases", record)?[4].value == .integer(3))
    }

    @Test func `a revoked device that enrols again works under a new number and delivers what was pending`() throws {
        _ = try client.write(operator: "x") { transaction in
            try transaction.update("cases", record, ["title": .text("after")])
            try transaction.insert("cases", ["title": .text("made while revoked")])
        }
        try world.server.revoke(device: 1)
        expectRevoked()
        let old = try client.status().replica
        #expect(throws: ClientError.alreadyEnrolled(office: "A")) {
            try client.enrolRequest(code: "x", deviceName: "a", server: "test")
        }
        #expect(throws: ClientError.alreadyEnrolled(office: "A")) {
            try client.enrolRequest(code: "x", deviceName: "a", server: "another", again: true)
        }
        let code = try world.server.makeCode(office: "A", name: "a again", profile: [:])
        let request = try client.enrolRequest(code: code, deviceName: "a", server: "test", again: true)
        // The first answer is lost: the same code works again for the same device.
        _ = world.server.enrol(request)
        #expect(try client.isLocked)
        try client.enrolled(
            world.server.enrol(
                try client.enrolRequest(
                    code: code, deviceName: "a", server: "test", again: true)
            ).encoded)
        #expect(try !client.isLocked)
        let summary = try world.sync(client)
        #expect(summary.isAgreed && summary.pushed == 2 && summary.refused == 0 && summary.newReplica == nil)
        #expect(try client.status().replica != old)
        #expect(try client.status().isSynced)
        #expect(try world.held("cases", record)?[1].value == .text("after"))
        #expect(try world.storage.read { try $0.replicas().count } == 3)
        #expect(try client.conflicts().isEmpty)
        // And on: the old credential stays refused.
        try client.write(operator: "x") { _ = try $0.update("cases", record, ["title": .text("later")]) }
        #expect(try world.sync(client).isAgreed)
    }
}

struct AttemptTests {
    @Test func `wrong codes from one address are limited, others are served, and time heals`() throws {
        let world = try TestWorld()
        func enrol(_ code: String, from caller: String) -> Failure.Code? {
            let request = EnrolRequest(
                time: 0, code: code, credentialHash: [UInt8](repeating: 1, count: 32), deviceName: "d",
                schemaName: "test")
            guard case .failure(let failure) = world.server.enrol(request.encoded, caller: caller) else { return nil }
            if failure.code == .tooManyAttempts { #expect(failure.wait > 0) }
            return failure.code
        }
        var last: Failure.Code?
        for _ in 0..<60 { last = enrol("0000-0000-0000-0000", from: "10.0.0.1") }
        #expect(last == .unknownCode)
        #expect(enrol("0000-0000-0000-0000", from: "10.0.0.1") == .tooManyAttempts)
        let code = try world.server.makeCode(office: "A", name: "d", profile: [:])
        #expect(enrol(code, from: "10.0.0.1") == .tooManyAttempts)
        #expect(enrol("0000-0000-0000-0000", from: "10.0.0.2") == .unknownCode)
        world.clock.advance(seconds: 6)
        #expect(enrol(code, from: "10.0.0.1") == nil)
    }

    @Test func `wrong credentials are limited, and a good one from the same address is served`() throws {
        let world = try TestWorld()
        let client = try world.client("a")
        var codes: [Failure.Code] = []
        for index in 0..<70 {
            let secret = [UInt8](repeating: UInt8(index), count: 32)
            if case .failure(let failure) = world.server.sync([], credential: secret, caller: "nat") {
                codes.append(failure.code)
            }
        }
        #expect(codes.prefix(60).allSatisfy { $0 == .notEnrolled } && codes.last == .tooManyAttempts)
        var session = SyncSession(client)
        guard case .send(let message) = try session.next() else { throw TestFailure("nothing to send") }
        guard case .syncAnswer = world.server.sync(message, credential: try client.credential(), caller: "nat") else {
            throw TestFailure("a good credential was refused")
        }
    }

    @Test func `who shows no device's credential is turned away before its body is read, and counted once`() throws {
        let world = try TestWorld()
        let client = try world.client("a")
        func code(_ secret: [UInt8]?) -> Failure.Code? {
            guard case .failure(let failure)? = world.server.refusal(of: secret, caller: "nat") else { return nil }
            return failure.code
        }
        let codes = (0..<61).map { code([UInt8](repeating: UInt8($0), count: 32)) }
        #expect(codes.dropLast().allSatisfy { $0 == .notEnrolled } && codes.last == .tooManyAttempts)
        #expect(code(nil) == .tooManyAttempts)
        // What a revoked device pushes is kept, so it is read.
        let secret = try client.credential()
        #expect(code(secret) == nil)
        try world.server.revoke(device: 1)
        #expect(code(secret) == nil)
    }

    @Test func `a failure tells how long to wait`() throws {
        var failure = Failure(code: .tooManyAttempts, time: 5, detail: "d")
        failure.wait = 40
        #expect(try Message(decoding: failure.encoded) == .failure(failure))
    }
}
