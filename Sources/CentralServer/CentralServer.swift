import SQLite
import SyncProtocol
import SyncStore

/// The central server: a function from a request to its answer, over a storage.
///
/// It knows no transport. Several tasks may call it at once; those that push share commits through ``CommitQueue``.
public final class CentralServer: Sendable {
    /// The schema of the application.
    public let schema: Schema
    /// The storage.
    public let storage: any CentralStorage
    let environment: Environment
    let catalogue: ScopeCatalogue
    let attempts = AttemptLimit()
    let clock = ServerClock()
    let auditGate = HourlyGate()
    /// Makes the profile of a device that gets another replica number, from the device and how many profiles its office
    /// has had, this one counted: what must differ between two devices is made of that.
    public typealias RenumberedProfile = @Sendable (DeviceEntry, Int) -> [String: String]
    let renumberedProfile: RenumberedProfile

    /// What the server takes from the outside world.
    public struct Environment: Sendable {
        /// The server's wall clock, in milliseconds since 1970.
        public let wallMilliseconds: @Sendable () -> Int64
        /// A clock that nobody sets, in milliseconds since any moment.
        public let monotonicMilliseconds: @Sendable () -> Int64
        /// A random word, from a cryptographic source in a program, from a seed in a simulation.
        public let random: @Sendable () -> UInt64
        /// Takes a line for the log of whoever looks after the server; no personal value is in it.
        public let notice: @Sendable (String) -> Void

        /// Makes an environment.
        ///
        /// - Parameter monotonicMilliseconds: by default the wall clock, where that is never set.
        public init(
            wallMilliseconds: @escaping @Sendable () -> Int64,
            monotonicMilliseconds: (@Sendable () -> Int64)? = nil, random: @escaping @Sendable () -> UInt64,
            notice: @escaping @Sendable (String) -> Void = { _ in }
        ) {
            self.wallMilliseconds = wallMilliseconds
            self.monotonicMilliseconds = monotonicMilliseconds ?? wallMilliseconds
            self.random = random
            self.notice = notice
        }
    }

    /// Makes a server over a storage that was opened with the same schema.
    ///
    /// - Parameter renumberedProfile: what a copied or restored device is told with its new replica number; by default
    ///   the same as before.
    public init(
        storage: any CentralStorage, schema: Schema, environment: Environment,
        renumberedProfile: @escaping RenumberedProfile = { device, _ in device.profile }
    ) {
        self.renumberedProfile = renumberedProfile
        self.storage = storage
        self.schema = schema
        catalogue = ScopeCatalogue(schema)
        self.environment = environment
    }

    /// Answers one request by itself, in the caller's thread.
    ///
    /// - Parameters:
    ///   - credential: the device's secret, or nil where none was shown.
    ///   - caller: the address that the request comes from; wrong credentials are counted by it.
    /// - Returns: the message of the answer or of the ``Failure``.
    public func sync(_ body: [UInt8], credential: [UInt8]?, caller: String = "") -> Message {
        sync(together: [(body, credential)], caller: caller)[0]
    }

    /// The failure that a sync with a credential which is no device's is answered with, whatever it asks; nil for any other.
    public func refusal(of credential: [UInt8]?, caller: String) -> Message? {
        do {
            _ = try device(showing: credential, caller: caller)
            return nil
        } catch {
            return reply { throw error }
        }
    }

    /// Answers requests whose pushes share one commit, in the caller's thread.
    package func sync(together requests: [(body: [UInt8], credential: [UInt8]?)], caller: String = "") -> [Message] {
        let received = requests.map { request in
            Result { try receive(request.body, credential: request.credential, caller: caller) }
        }
        var incoming: [Incoming] = []
        for case .success(.sync(let one)) in received { incoming.append(one) }
        let pushed = Result { try push(incoming) }
        var next = 0
        return received.map { received in
            reply {
                switch try received.get() {
                case .answered(let message): return message
                case .sync(let one):
                    next += 1
                    return try answer(one, try pushed.get()[next - 1].get())
                }
            }
        }
    }

    // MARK: Parts of an answer

    /// A request with the device that its credential belongs to.
    struct Incoming: Sendable {
        let request: SyncRequest
        let device: DeviceEntry
    }

    /// What is left to do once a request was read.
    enum Received: Sendable {
        /// A sync is to be pushed and answered.
        case sync(Incoming)
        /// It is answered already.
        case answered(Message)
    }

    /// Checks the credential, then reads the request.
    func receive(_ body: [UInt8], credential: [UInt8]?, caller: String) throws -> Received {
        let device = try device(showing: credential, caller: caller)
        let message = Result { try Message(decoding: body) }
        #if PlantedBugs
            let isRevoked = device.revokedAt != nil && !PlantedBug.revokedServed.isActive
        #else
            let isRevoked = device.revokedAt != nil
        #endif
        if isRevoked {
            if case .success(.syncRequest(let request)) = message { try keepInQuarantine(request, of: device) }
            auditOnceAnHour(.accessRefused, "device \(device.id)", "revoked")
            throw failure(.revoked, "device \(device.id) was revoked")
        }
        switch try message.get() {
        case .syncRequest(let request): return .sync(Incoming(request: request, device: device))
        case .renumberRequest(let request): return .answered(try renumber(request, of: device))
        case .compareRequest(let request): return .answered(try compare(request, of: device))
        case .repairRequest(let request): return .answered(try repair(request, of: device))
        default: throw ProtocolError(.invalid, at: 0, "a sync request was expected")
        }
    }

    /// The device that a credential belongs to, revoked or not.
    private func device(showing credential: [UInt8]?, caller: String) throws -> DeviceEntry {
        let hash = SHA256.hash(credential ?? [])
        if let device = try storage.read({ try $0.device(credentialHash: hash) }), credential != nil,
            isEqualInConstantTime(device.credentialHash, hash)
        {
            return device
        }
        try refuseTooMany(from: caller)
        attempts.failed(caller, now: environment.monotonicMilliseconds())
        auditOnceAnHour(.accessRefused, "sync", "unknown credential")
        throw failure(.notEnrolled, "no device has this credential")
    }

    /// Refuses whoever was wrong too often lately.
    func refuseTooMany(from caller: String) throws {
        let wait = attempts.wait(caller, now: environment.monotonicMilliseconds())
        if wait > 0 {
            auditOnceAnHour(.accessRefused, "caller", "too many attempts")
            var failure = failure(.tooManyAttempts, "too many wrong attempts: wait \(wait) s")
            failure.wait = wait
            throw failure
        }
    }

    /// Applies pushes in one transaction.
    ///
    /// Each fails or succeeds by itself; all of them fail where the commit does.
    ///
    /// A request without changes takes no part in the transaction.
    func push(_ incoming: [Incoming]) throws -> [Result<PushApplication.Outcome?, any Error>] {
        guard incoming.contains(where: { !$0.request.changes.isEmpty }) else {
            return incoming.map { _ in .success(nil) }
        }
        for incoming in incoming { try auditDecisions(of: incoming) }
        do {
            return try pushTogether(incoming)
        } catch  where incoming.count > 1 {
            // Whatever it was undid the work of all: each by itself, it fails alone.
            return incoming.map { one in Result { try pushTogether([one])[0].get() } }
        }
    }

    /// Applies pushes in one transaction, without savepoints: SQLite would copy every page that they touch.
    ///
    /// - Throws: what kept a change from being stored, or the commit from being made; nothing is applied then. A
    ///   ``Failure`` is found before anything of its push is written, and is that push's alone.
    private func pushTogether(_ incoming: [Incoming]) throws -> [Result<PushApplication.Outcome?, any Error>] {
        try storage.write { transaction in
            if let failure = try clockFailure(transaction) {
                return incoming.map { $0.request.changes.isEmpty ? .success(nil) : .failure(failure) }
            }
            var application = try PushApplication(
                transaction, schema: schema, wall: environment.wallMilliseconds(), catalogue)
            let outcomes = try incoming.map { incoming -> Result<PushApplication.Outcome?, any Error> in
                // What is numbered for another epoch waits until the replica has given back what is lost.
                if incoming.request.changes.isEmpty || !incoming.request.isOf(application.writer.state.epoch) {
                    return .success(nil)
                }
                #if PlantedBugs
                    // The crash between the answer and the commit, at a place that every run meets.
                    if PlantedBug.acknowledgedBeforeCommit.isActive, incoming.request.changes.count > 2 {
                        let before = application
                        var early: PushApplication.Outcome?
                        _ = try? transaction.savepoint {
                            early = try application.apply(incoming.request, of: incoming.device)
                            throw failure(.unavailable, "")
                        }
                        application = before
                        if let early { return .success(early) }
                    }
                #endif
                do {
                    return .success(try application.apply(incoming.request, of: incoming.device))
                } catch let failure as Failure {
                    return .failure(failure)
                }
            }
            try application.finish()
            return outcomes
        }
    }

    /// Makes the answer from one snapshot, taken after the push was committed.
    func answer(_ incoming: Incoming, _ pushed: PushApplication.Outcome?) throws -> Message {
        let request = incoming.request
        let wall = environment.wallMilliseconds()
        try auditEvents(of: incoming)
        let number = try scopeNumber(of: incoming.device)
        if pushed == nil { noteContact(incoming) }
        var differing: AuditHead?
        defer { if let differing { alarm(differing, from: incoming.device.id) } }
        return try storage.read { snapshot in
            let state = try snapshot.state()
            var answer = SyncAnswer()
            answer.request = request.place
            answer.epoch = state.epoch
            answer.time = wall
            answer.schemaVersion = schema.version
            let head = try snapshot.lastAuditEntry()?.head ?? .empty
            if request.auditMark != head.mark { answer.auditHead = head }
            if let shown = request.auditHead, try differs(shown, snapshot) {
                answer.auditDiffers = true
                differing = shown
            }
            guard let replica = try snapshot.replica(request.replica), replica.device == incoming.device.id else {
                throw failure(.notEnrolled, "replica \(request.replica) is not this device's")
            }
            if let pushed {
                answer.acknowledged = pushed.acknowledged
                answer.refusals = pushed.refusals
                answer.redactions = pushed.redactions
            } else if request.isOf(state.epoch) {
                try PushApplication.check(request, replica, wall: wall)
                answer.acknowledged = replica.lastChange
            } else {
                answer.acknowledged = request.after
            }
            if let made = pushed?.madeBefore, !made.isEmpty {
                let reader = try reader(replica.number, scope: number, state, snapshot)
                answer.removals = try made.filter { try !reader.sees($0) }
            }
            if request.pageBytes == 0 || !request.isOf(state.epoch) {
                answer.cursor = request.isOf(state.epoch) ? request.cursor : []
                answer.hasMore = true
                return .syncAnswer(answer)
            }
            // Whoever never synced can't have what is deleted now, unless it made it.
            let skipsDeleted = request.isFirst && replica.lastChange == 0
            var cursor = try PullCursor(request.cursor, state: state, skipsDeleted: skipsDeleted)
            // What an honest device misses by it, whose office's scopes were forgotten with the accounts, the digests show.
            cursor.scopes = try catalogue.scopes(of: cursor, incoming.device.office, snapshot)
            if !request.cursor.isEmpty, try cursor.deletionsThrough < forgotten(snapshot) {
                // It stayed away longer than its lease, perhaps amid a first sync, and was never told of what is gone:
                // it begins anew.
                answer.hasMore = true
                return .syncAnswer(answer)
            }
            let reader = try reader(replica.number, scope: number, state, snapshot)
            answer.wanted = try snapshot.damagedRows(limit: Limits.wantsPerAnswer)
                .filter { try reader.sees($0.classNumber) }.map(\.key)
            let decided = try decisions(for: replica, after: cursor, snapshot)
            #if PlantedBugs
                if !PlantedBug.decisionUntold.isActive { answer.refusals += decided.map(\.told) }
            #else
                answer.refusals += decided.map(\.told)
            #endif
            let page = try PullPage(
                snapshot, state: state, from: cursor, for: reader, letIn: Set(decided.compactMap(\.letIn)),
                hasPushed: replica.lastChange > 0, pageBytes: min(request.pageBytes, Limits.pageBytes))
            answer.page = page.updates
            answer.removals += page.removals
            if !page.hasMore {
                let news = try snapshot.redactions(after: cursor.isHealed ? 0 : cursor.known)
                answer.redactions += news.filter { !answer.redactions.contains($0) }
            }
            answer.cursor = page.cursor.encoded
            answer.hasMore = page.hasMore
            // A later push of this replica may be in the snapshot: then the digest is of what it can't hold yet.
            let isComplete = !page.hasMore && answer.acknowledged == replica.lastChange
            answer.digest = isComplete ? try reader.digest(state) : nil
            return .syncAnswer(answer)
        }
    }

    /// What a replica is to be told of the centre's decisions about changes in escrow.
    ///
    /// The cursor of a healing passes over what was decided before the replica heard that the change is in escrow at all:
    /// then it is told once more. Not of another number of its device, which may have had other changes under these.
    private func decisions(
        for replica: ReplicaEntry, after cursor: PullCursor, _ snapshot: any CentralSnapshot
    ) throws -> [EscrowEntry] {
        try snapshot.escrowDecisions(ofDevice: replica.device, after: cursor.isHealed ? 0 : cursor.known)
            .filter { $0.sequence > cursor.known || $0.replica == replica.number }
    }

    /// Up to where deleted records were collected: who stands before it has not been told of them.
    private func forgotten(_ snapshot: any CentralSnapshot) throws -> Int64 {
        #if PlantedBugs
            if PlantedBug.rebuildSkipped.isActive { return 0 }
        #endif
        return try snapshot.collectionState().through
    }

    /// A replica with the scope of a number.
    ///
    /// - Parameter healing: the cursor that its healing will end with, which names one scope: with another one it begins
    ///   anew.
    func reader(
        _ replica: ReplicaID, scope number: Int64, _ state: CentralState, _ snapshot: any CentralSnapshot,
        healing: [UInt8] = []
    ) throws -> Reader {
        if let begun = PullCursor(told: healing)?.scopes.last, begun != number {
            throw failure(.unavailable, "the scope changed: the comparison begins anew with the next sync")
        }
        guard try catalogue.rules(snapshot).version == state.classedBy,
            let scope = try catalogue.scope(number, snapshot)
        else { throw failure(.unavailable, "the scopes are being changed") }
        return Reader(replica: replica, number: number, scope: scope, catalogue: catalogue, snapshot: snapshot)
    }

    /// Turns whatever goes wrong into a failure that the other side can read.
    func reply(_ body: () throws -> Message) -> Message {
        do {
            return try body()
        } catch let failure as Failure {
            return .failure(failure)
        } catch let error as ProtocolError {
            return .failure(
                failure(error.code == .unsupportedVersion ? .unsupportedVersion : .malformed, error.description))
        } catch is UnknownCursor {
            return .failure(failure(.badCursor, "the cursor is not one of this server's"))
        } catch let error as SQLiteError where error.isFull {
            return .failure(failure(.storageFull, "the server's disk is full"))
        } catch {
            return .failure(failure(.unavailable, "\(error)"))
        }
    }

    func failure(_ code: Failure.Code, _ detail: String) -> Failure {
        Failure(code: code, time: environment.wallMilliseconds(), detail: Text.cut(detail, toBytes: 1000))
    }
}
