import CentralServer
import Foundation
import OfflineClient
import SyncProtocol
import SyncStore
import Testing

/// Requests that somebody recorded and sends again, each three times and in any order, change nothing.
@Suite struct ReplayTests {
    /// A request as it went over the wire, and what it was answered then.
    private struct Recorded {
        let body: [UInt8]
        /// Nil for an enrolment.
        let credential: [UInt8]?
        let answer: Message
    }

    /// Days of work on few records, so that there are conflicts, pushes of many changes, pages and refusals.
    private struct Days {
        let world: TestWorld
        var recorded: [Recorded] = []
        var random = SplitMix(seed: 15)

        init() throws {
            world = try TestWorld()
            var clients: [OfflineClient] = []
            for name in ["a", "b", "c", "d", "e"] { clients.append(try enrol(name)) }
            let shared = try clients[0].write(operator: "a") { transaction in
                try (0..<6).map { try transaction.insert("cases", ["title": .text("case \($0)")]) }
            }
            for client in clients { try sync(client) }
            for day in 0..<(CampaignLine.isWanted ? 1000 : 100) {
                world.clock.advance(seconds: 600)
                let client = clients[random.below(clients.count)]
                let id = shared[random.below(shared.count)]
                try client.write(operator: "o") { transaction in
                    if try transaction.read("cases", id) != nil {
                        try transaction.update(
                            "cases", id, ["note": .text("day \(day)"), "priority": .integer(Int64(day))])
                    }
                    if day % 5 == 0 { try transaction.insert("cases", ["title": .text("new on day \(day)")]) }
                    // A note on a case that the centre does not know is refused.
                    if day % 23 == 0 {
                        try transaction.insert("notes", ["case_id": .bytes([UInt8](repeating: 9, count: 16))])
                    }
                }
                if random.below(3) > 0 { try sync(client, pageBytes: random.pick([1, 400, Limits.pageBytes])) }
            }
            for client in clients + clients { try sync(client) }
        }

        private mutating func enrol(_ name: String) throws -> OfflineClient {
            let clock = world.clock
            let client = try OfflineClient(
                path: world.folder.appending(path: "\(name).db").path, schema: world.schema,
                environment: Environment(
                    wallMilliseconds: { clock.now }, random: { UInt64.random(in: 0...UInt64.max) }))
            let code = try world.server.makeCode(office: "A", name: name, profile: [:])
            let body = try client.enrolRequest(code: code, deviceName: name, server: "test")
            let answer = world.server.enrol(body)
            recorded.append(Recorded(body: body, credential: nil, answer: answer))
            try client.enrolled(answer.encoded)
            return client
        }

        private mutating func sync(_ client: OfflineClient, pageBytes: Int = Limits.pageBytes) throws {
            var session = SyncSession(client, pageBytes: pageBytes)
            let credential = try client.credential()
            while case .send(let message) = try session.next() {
                let answer = world.server.sync(message, credential: credential)
                recorded.append(Recorded(body: message, credential: credential, answer: answer))
                try session.received(answer.encoded)
            }
        }

        /// Each request three times, in an order of its own.
        mutating func replay(to server: CentralServer, _ check: (Recorded, Message) throws -> Void) rethrows {
            for request in (recorded + recorded + recorded).shuffled(using: &random) {
                let answer =
                    request.credential.map { server.sync(request.body, credential: $0) } ?? server.enrol(request.body)
                try check(request, answer)
            }
        }
    }

    /// All that the centre holds: the state with its digest, every record at its place, replicas, devices, refusals.
    private func contents(_ storage: any CentralStorage) throws -> [String] {
        try storage.read { snapshot in
            var lines = ["\(try snapshot.state())"]
            try snapshot.scan(after: 0) { row in
                lines.append("\(row.sequence) \(try row.versions())")
                return true
            }
            for var replica in try snapshot.replicas() {
                // When a device was last heard of, and what it told of itself; a push of its that is repeated is that, too.
                (replica.lastPush, replica.lastSync, replica.clockOffset) = (0, 0, 0)
                (replica.pulled, replica.schemaVersion, replica.refused, replica.program) = (0, 0, 0, "")
                lines.append("\(replica) \(try snapshot.refusals(of: replica.number, after: 0))")
            }
            return lines + (try snapshot.devices().map { "\($0)" })
        }
    }

    /// Whether it is answered as it was then, or told that the server knows more: a request that was overtaken can't be
    /// told from that of a database which was restored from a backup.
    private func isAnswered(_ request: Recorded, _ answer: Message) -> Bool {
        switch (request.answer, answer) {
        case (.syncAnswer(let then), .syncAnswer(let now)): now.acknowledged >= then.acknowledged
        case (.syncAnswer, .failure(let failure)): failure.code == .forked
        case (.enrolAnswer(let then), .enrolAnswer(let now)): now.replica == then.replica
        default: false
        }
    }

    @Test func recordedRequestsChangeNothingAtTheSameServerOrAfterARestart() throws {
        var days = try Days()
        #expect(days.recorded.count >= (CampaignLine.isWanted ? 1000 : 100))
        let start = Date()
        let before = try contents(days.world.storage)
        days.replay(to: days.world.server) { #expect(isAnswered($0, $1)) }
        #expect(try contents(days.world.storage) == before)

        try days.world.storage.close()
        let path = days.world.folder.appending(path: "server.db").path
        let storage = try SQLiteStorage(path: path, schema: days.world.schema, epoch: 7)
        let clock = days.world.clock
        let server = CentralServer(
            storage: storage, schema: days.world.schema,
            environment: .init(wallMilliseconds: { clock.now }, random: { UInt64.random(in: 0...UInt64.max) }))
        days.replay(to: server) { #expect(isAnswered($0, $1)) }
        #expect(try contents(storage) == before)
        try storage.close()
        // Each three times at the running server, and three times at the one that was started again.
        try CampaignLine.write(
            row: "R15", name: "replays", cell: "restart", since: start, ["requests": days.recorded.count * 6])
    }

    @Test func aRevokedDevicesRequestsAreRefusedFromTheNextOneOn() throws {
        var days = try Days()
        let devices = try days.world.storage.read { try $0.devices() }
        #expect(devices.count == 5)
        for device in devices { try days.world.server.revoke(device: device.id) }
        let before = try contents(days.world.storage)
        days.replay(to: days.world.server) { request, answer in
            guard case .failure(let failure) = answer else {
                Issue.record("a revoked device was answered")
                return
            }
            #expect(failure.code == (request.credential == nil ? .usedCode : .revoked))
        }
        #expect(try contents(days.world.storage) == before)
    }

    @Test func aCodeWorksOnceAndARequestWorksForItsOwnDeviceOnly() throws {
        let days = try Days()
        let before = try contents(days.world.storage)
        let requests = days.recorded
        let credentials = Set(requests.compactMap(\.credential))
        for request in requests {
            guard case .enrolRequest(var enrolment) = try Message(decoding: request.body) else {
                // Somebody else's request with one's own credential, and with none or a made-up one.
                for credential in credentials.union([[]]).union([[UInt8](repeating: 1, count: 32)])
                where credential != request.credential {
                    guard case .failure(let failure) = days.world.server.sync(request.body, credential: credential)
                    else {
                        Issue.record("a request was answered to another device")
                        continue
                    }
                    // After many wrong ones the caller has to wait.
                    #expect([.notEnrolled, .tooManyAttempts].contains(failure.code))
                }
                continue
            }
            enrolment.credentialHash = [UInt8](repeating: 7, count: 32)
            guard case .failure(let failure) = days.world.server.enrol(enrolment.encoded) else {
                Issue.record("a code worked twice")
                continue
            }
            #expect([.usedCode, .tooManyAttempts].contains(failure.code))
        }
        #expect(try contents(days.world.storage) == before)
    }
}

/// SplitMix64 (Steele, Lea and Flood, 2014): the same numbers for the same seed, everywhere.
private struct SplitMix: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return word ^ word >> 31
    }

    mutating func below(_ count: Int) -> Int { Int(next() % UInt64(count)) }
    mutating func pick<Item>(_ items: [Item]) -> Item { items[below(items.count)] }
}
