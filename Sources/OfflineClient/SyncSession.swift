import SQLite
import SyncProtocol
import SyncStore

/// One sync of a client, without any I/O of its own: it says what to send and takes what came back.
///
/// All that must survive stands in the database, changed in one transaction per answer. A session can be dropped at
/// any point, and the next one goes on where the database stands.
public struct SyncSession: ~Copyable {
    /// What to do next.
    public enum Action: Sendable {
        /// Send the message to the server's `/sync` and give the answer to ``received(_:)``.
        case send([UInt8])
        /// The sync is over.
        case finish(SyncSummary)
    }

    enum State {
        /// A request is to be made.
        case ready
        /// A request is under way.
        case waiting(SyncRequest)
        /// The database was restored or copied: a number of its own is to be asked for, in place of this one.
        case forked(ReplicaID)
        /// The new number is asked for.
        case renumbering(RenumberRequest)
        /// The records that differ from the server's are being found.
        case comparing(CompareRequest)
        /// They are being put right.
        case repairing(RepairRequest)
        /// Both sides agree, or as far as they could.
        case finished
    }

    let client: OfflineClient
    var state = State.ready
    var summary = SyncSummary()
    /// Each of these mends once; a second need within one sync is reported instead.
    private var hasHealed = false
    private var hasRestamped = false
    private var hasAskedAgain = false
    private var hasBegunAnew = false
    /// Whether the new number is that of a new enrolment: the database was neither restored nor copied.
    private var hasEnrolledAgain = false

    /// The head of the audit log that was held when the last request was made.
    private var knownHead: AuditHead?

    /// Damaged records that the server asks for; nil once they were given, once in a sync.
    var toMend: [RecordKey]? = []
    /// The repair under way.
    var healing: Healing?

    /// The size at which pages are closed, of pushes and of pulls.
    private let pageBytes: Int

    /// Starts a sync of an enrolled client.
    public init(_ client: OfflineClient) { self.init(client, pageBytes: Limits.pageBytes) }

    /// Starts a sync with pages of another size, at most ``Limits/pageBytes``.
    package init(_ client: OfflineClient, pageBytes: Int) {
        self.client = client
        self.pageBytes = pageBytes
    }

    /// What was done so far.
    public var progress: SyncSummary { summary }

    /// The next action.
    ///
    /// A request that got no answer may be asked for again.
    public mutating func next() throws -> Action {
        if case .finished = state { return .finish(summary) }
        if try needsNumber() {
            let request = try client.renumberRequest()
            state = .renumbering(request)
            return sending(request.encoded)
        }
        if let action = try heal() { return action }
        if let action = try mend() { return action }
        let sentAt = client.environment.wallMilliseconds()
        var mustOverwrite = false
        let request = try client.database.read { connection in
            let standing = try Standing.load(connection)
            knownHead = standing.head
            mustOverwrite = standing.toOverwrite > 0
            return try self.request(ReplicaState.require(connection), standing, connection, wall: sentAt)
        }
        // What an earlier process did not come to, or a failing disk kept it from.
        if mustOverwrite { try? client.overwriteErased() }
        state = .waiting(request)
        return sending(request.encoded)
    }

    /// Whether a number of its own is to be asked for, again if there was no answer: what is pending waits for it.
    private mutating func needsNumber() throws -> Bool {
        let old: ReplicaID?
        switch state {
        case .ready: old = nil
        case .forked(let replica): old = replica
        case .renumbering(let request): old = request.replica
        default: return false
        }
        let (replica, mustRenumber) = try client.database.read {
            try (ReplicaState.require($0).replica, Standing.load($0).mustRenumber)
        }
        if replica == old { return true }
        // Another process of this database may have got it meanwhile.
        state = .ready
        if mustRenumber { hasEnrolledAgain = true }
        return mustRenumber
    }

    mutating func sending(_ bytes: [UInt8]) -> Action {
        summary.roundTrips += 1
        summary.bytesSent += bytes.count
        return .send(bytes)
    }

    /// Takes the server's answer.
    ///
    /// Everything that it says is durable when this returns.
    ///
    /// - Throws: ``Failure`` that the server sent, ``ProtocolError`` for what is no answer, or an error of the database.
    ///   The work is safe in each case.
    public mutating func received(_ bytes: [UInt8]) throws {
        let asked = state
        state = .ready
        summary.bytesReceived += bytes.count
        var place: SyncRequest.Place?
        if case .waiting(let request) = asked { place = request.place }
        let message = try Message(decoding: bytes, answering: place)
        switch (asked, message) {
        case (.waiting(let request), .syncAnswer(let answer)): try apply(answer, to: request)
        case (.waiting(let request), .failure(let failure)): try mend(failure, of: request)
        case (.renumbering(let request), .enrolAnswer(let answer)):
            if try client.renumbered(answer, after: request), !hasEnrolledAgain { summary.newReplica = answer.replica }
        case (.comparing(let request), .compareAnswer(let answer)): try take(answer, to: request)
        case (.repairing(let request), .repairAnswer(let answer)): try take(answer, to: request)
        case (.repairing(let request), .failure(let failure))
        where failure.code == .forked && summary.newReplica == nil:
            if try isInPlace() { state = .forked(request.replica) }
            healing = nil
        case (.repairing(let request), .failure(let failure))
        where failure.code == .badCursor && request.into != request.epoch && !hasBegunAnew:
            // It was never restored: the epoch that was kept is damaged.
            let place = healing?.place
            healing = nil
            try beginAnew(asEpoch: 0) { $0.replica.place == place }
        case (.renumbering, .failure(let failure)), (.comparing, .failure(let failure)),
            (.repairing, .failure(let failure)):
            if failure.code == .revoked { try client.lock() }
            throw failure
        default: throw ProtocolError(.invalid, at: 0, "this message is no answer to what was asked")
        }
    }

    /// Does what a failure asks for, once in a sync, or passes it on.
    private mutating func mend(_ failure: Failure, of request: SyncRequest) throws {
        switch failure.code {
        case .clock where !hasRestamped:
            hasRestamped = true
            summary.restamped = try client.restamp(after: request, serverTime: failure.time)
        case .forked where summary.newReplica == nil:
            if try isAllThatWasWritten(request) {
                state = .forked(request.replica)
            } else if hasAskedAgain {
                throw failure
            } else {
                hasAskedAgain = true
            }
        case .badCursor where !request.cursor.isEmpty && !hasBegunAnew:
            try beginAnew { try $0.isPlace(of: request) }
        case .revoked:
            try client.lock()
            throw failure
        default: throw failure
        }
    }

    /// Lets the server tell everything again, for the place that was kept is damaged.
    ///
    /// - Parameters:
    ///   - epoch: the epoch to ask under; nil for the one that is kept.
    ///   - isInPlace: whether the database stands where the request was made.
    private mutating func beginAnew(
        asEpoch epoch: UInt32? = nil, where isInPlace: (AnswerApplication) throws -> Bool
    ) throws {
        hasBegunAnew = true
        let layout = client.layout
        try client.database.write { connection in
            var application = try AnswerApplication(connection, layout: layout)
            guard try isInPlace(application) else { return }
            try application.startResync()
            application.replica.isDoubtful = true
            if let epoch { application.replica.epoch = epoch }
            try application.replica.save(connection)
        }
    }

    /// Whether the database still stands where it was when it made the request, and the request told all it could.
    ///
    /// If not, another process that syncs the same database may have been quicker, which is no fork.
    private func isAllThatWasWritten(_ request: SyncRequest) throws -> Bool {
        try client.database.read { connection in
            let application = try AnswerApplication(connection, layout: client.layout)
            let last = request.after + Int64(request.changes.count)
            let isWhole = request.pageBytes == 0 || application.replica.number == last
            return try isWhole && application.isPlace(of: request)
        }
    }

    // MARK: Requests

    private func request(
        _ replica: ReplicaState, _ standing: Standing, _ connection: Connection, wall: Int64
    ) throws -> SyncRequest {
        var request = SyncRequest()
        request.epoch = replica.epoch
        request.time = wall
        request.replica = replica.replica
        request.after = replica.acknowledged
        request.chain = replica.acknowledgedChain
        request.cursor = replica.cursor
        request.schemaVersion = client.schema.version
        request.refused = Int(try connection.scalar("SELECT count(*) FROM _pending WHERE reason IS NOT NULL") ?? 0)
        request.program = client.environment.program
        request.events = try DeviceEvent.untold(connection)
        request.pageBytes = pageBytes
        request.auditHead = standing.oldHead
        request.auditMark = standing.mark(at: wall, lastSync: replica.lastSync)
        var size = 0
        let select = try connection.statement(
            "SELECT number, change FROM _pending WHERE number > ?1 AND reason IS NULL ORDER BY number")
        defer { select.reset() }
        try select.bind(1, replica.acknowledged)
        while try select.step() {
            if size >= pageBytes || request.changes.count == Limits.changesPerPush {
                // More is to be pushed first: a page would only make the answer wait.
                request.pageBytes = 0
                break
            }
            guard select.int64(0) == request.after + Int64(request.changes.count) + 1 else {
                throw StoreError.damagedState("a pending change is missing before number \(select.int64(0))")
            }
            let bytes = select.bytes(1)
            size += bytes.count
            request.changes.append(bytes[...])
        }
        // Where this is all that was written here, its own numbers tell so.
        if replica.number > request.after + Int64(request.changes.count) { request.written = replica.number }
        return request
    }

    // MARK: Answers

    private mutating func apply(_ answer: SyncAnswer, to request: SyncRequest) throws {
        let receivedAt = client.environment.wallMilliseconds()
        let layout = client.layout
        var alarm: AuditAlarm?
        let outcome = try client.database.write { connection -> AnswerApplication.Outcome? in
            var application = try AnswerApplication(connection, layout: layout)
            guard try application.isPlace(of: request) else { return nil }
            try application.acknowledge(answer, of: request)
            #if PlantedBugs
                if PlantedBug.answerTorn.isActive {
                    try application.replica.save(connection)
                    try connection.tear()
                }
            #endif
            try application.pull(answer, asksForPage: request.pageBytes > 0)
            application.replica.clockOffset = answer.time - (request.time + receivedAt) / 2
            application.replica.lastSync = receivedAt
            try application.replica.save(connection)
            try DeviceEvent.told(request.events, connection)
            alarm = try Standing.served(connection, answer, to: request, knowing: knownHead)
            return application.outcome
        }
        guard let outcome else { return }
        if let alarm { summary.auditAlarm = alarm }
        took(outcome)
        let isOfOtherEpoch = outcome.differsFrom.map { $0 != request.epoch && request.epoch != 0 } ?? false
        if let into = outcome.differsFrom, isOfOtherEpoch || !hasHealed {
            // Within one epoch once in a sync: what differs still is reported.
            if !isOfOtherEpoch { hasHealed = true }
            healing = try client.database.read { connection in
                try Healing(AnswerApplication(connection, layout: layout), into: into)
            }
            return
        }
        let isPushed = outcome.acknowledged == outcome.written
        guard isPushed, !answer.hasMore, !outcome.startedResync, answer.digest != nil else { return }
        if toMend != nil, !answer.wanted.isEmpty { toMend = answer.wanted } else { state = .finished }
    }
}

/// What a sync did.
public struct SyncSummary: Sendable, Hashable {
    /// Changes that the server acknowledged.
    public var pushed = 0
    /// Changes that the server refused.
    public var refused = 0
    /// Changes that the centre keeps in escrow, for their records had left this replica's scope.
    public var escrowed = 0
    /// Records that the server told of.
    public var pulled = 0
    /// Records that left this replica's scope.
    public var left = 0
    /// Entries that are new in the conflict log, and that nobody has decided about.
    public var newConflicts = 0
    /// Requests sent.
    public var roundTrips = 0
    /// Bytes of the requests, before content coding.
    public var bytesSent = 0
    /// Bytes of the answers, after content coding was taken off.
    public var bytesReceived = 0
    /// Changes that were stamped anew because this device's clock was wrong.
    public var restamped = 0
    /// The number that this replica got because its database had been restored from a backup or copied.
    public var newReplica: ReplicaID?
    /// The records that differed from the server's and were put right.
    public var repairedRecords: [RecordKey] = []
    /// Records of which the centre had something erased.
    public var redacted = 0
    /// Records that were given back to a server that had been restored from a backup.
    public var givenBack = 0
    /// Whether the digests of both sides were compared and equal.
    ///
    /// Only then, and with nothing pending, is it synced.
    public var isAgreed = false
    /// What is wrong with the centre's audit log, as far as this replica can witness.
    public var auditAlarm: AuditAlarm?

    /// How many records differed from the server's and were put right.
    public var repaired: Int { repairedRecords.count }

    mutating func add(_ outcome: AnswerApplication.Outcome) {
        pushed += outcome.pushed
        refused += outcome.refused
        escrowed += outcome.escrowed
        pulled += outcome.pulled
        left += outcome.left
        newConflicts += outcome.newConflicts
        redacted += outcome.redacted
        repairedRecords += outcome.repairedRecords
        isAgreed = outcome.isAgreed
    }
}
