import SyncProtocol
import SyncStore
import Synchronization

/// What the audit log tells of.
///
/// The names are kept for ever, and part of the hashes.
public enum AuditEvent: String, Sendable, CaseIterable {
    /// A device was enrolled.
    case enrolled
    /// An enrolment was refused.
    case enrolmentRefused = "enrolment-refused"
    /// An enrolment code was made.
    case codeMade = "code-made"
    /// An office was added or named anew.
    case officeSaved = "office-saved"
    /// A device got another replica number.
    case renumbered
    /// A device was revoked.
    case deviceRevoked = "device-revoked"
    /// A revoked device was let in again.
    case deviceReinstated = "device-reinstated"
    /// A revoked device asked, or nobody knows the credential, or an address had too many wrong attempts.
    case accessRefused = "access-refused"
    /// A backup was taken.
    case backupTaken = "backup-taken"
    /// The records were restored from a backup.
    case restored
    /// Changes were accepted out of the quarantine.
    case quarantineAccepted = "quarantine-accepted"
    /// Changes were dropped out of the quarantine.
    case quarantineDropped = "quarantine-dropped"
    /// A setting was changed.
    case settingChanged = "setting-changed"
    /// The server's clock was confirmed.
    case clockConfirmed = "clock-confirmed"
    /// Deleted records were forgotten.
    case collected
    /// A replica gave back what a restore had lost.
    case givenBack = "given-back"
    /// A conflict was decided.
    case conflictDecided = "conflict-decided"
    /// A change in escrow was applied or dismissed.
    case escrowDecided = "escrow-decided"
    /// The scope rules were changed.
    case scopesChanged = "scopes-changed"
    /// A value or a record's personal data was overwritten everywhere.
    case redacted
    /// An operator let a device show masked personal data.
    case personalShown = "personal-shown"
    /// An operator wrote personal data of cases to a file.
    case personalExported = "personal-exported"
    /// Somebody asked for that.
    case redactionAsked = "redaction-asked"
    /// It was given up before anybody confirmed.
    case redactionWithdrawn = "redaction-withdrawn"
    /// A device holds another head of this log than the log has.
    case logDiffers = "log-differs"
}

/// An entry of the audit log.
///
/// It names devices, offices, counts and staff of the centre, and never holds a value of a record.
public struct AuditEntry: Sendable, Hashable {
    /// Its number, 1 and up.
    public var number: Int64
    /// When, in milliseconds since 1970.
    public var time: Int64
    /// What, as ``AuditEvent`` or a later version's name.
    public var event: String
    /// Whom or what it concerns: `device 3`, `office LIW`.
    public var subject: String
    /// Who did it: a person of the centre, `device 3`, or `server`.
    public var actor: String
    /// More about it.
    public var detail: String
    /// SHA-256 over the entry before and this one.
    public var hash: [UInt8]

    /// The hash that the entry has where it follows another one.
    ///
    /// It is SHA-256 over the hash before, 32 zeros for the first, and the deterministic CBOR array of the entry's parts.
    public func hash(after previous: [UInt8]) -> [UInt8] {
        var writer = CBORWriter(capacity: 128)
        writer.writeArray(6)
        writer.write(number)
        writer.write(time)
        for text in [event, subject, actor, detail] { writer.write(text) }
        return SHA256.hash(previous + writer.bytes)
    }

    /// What stands before the first entry.
    public static let beginning = [UInt8](repeating: 0, count: 32)

    /// The head of a log that ends with this entry.
    public var head: AuditHead {
        AuditHead(count: number, hash: hash.prefix(8).reduce(0) { $0 << 8 | UInt64($1) })
    }
}

/// What the server reads of the audit log.
public protocol AuditSnapshot {
    /// The entries after a number, at most so many.
    func auditEntries(after number: Int64, limit: Int) throws -> [AuditEntry]
    /// The last entry.
    func lastAuditEntry() throws -> AuditEntry?
    /// How many entries there are of an event.
    func auditCount(_ event: String) throws -> Int
    /// The number of the last event that a replica told.
    func lastEvent(of replica: ReplicaID) throws -> Int64
}

/// What the server writes of the audit log.
public protocol AuditTransaction {
    /// Appends an entry whose number and hash follow on from the last one.
    func append(_ entry: AuditEntry) throws
    /// Stores the number of the last event that a replica told.
    func save(lastEvent number: Int64, of replica: ReplicaID) throws
}

extension CentralServer {
    /// Notes an event in a transaction of the accounts.
    func note(
        _ event: AuditEvent, _ subject: String, by actor: String, _ detail: String = "",
        in transaction: any CentralTransaction
    ) throws {
        let last = try transaction.lastAuditEntry()
        var entry = AuditEntry(
            number: (last?.number ?? 0) + 1, time: environment.wallMilliseconds(), event: event.rawValue,
            subject: subject, actor: Text.cut(actor, toBytes: Limits.operatorBytes), detail: detail, hash: [])
        entry.hash = entry.hash(after: last?.hash ?? AuditEntry.beginning)
        try transaction.append(entry)
    }

    /// Notes an event in a transaction of its own.
    ///
    /// What changes the records is noted before it is done: a crash between may leave an entry for what did not happen,
    /// and never the reverse.
    public func audit(_ event: AuditEvent, _ subject: String, by actor: String, _ detail: String = "") throws {
        try storage.write { try note(event, subject, by: actor, detail, in: $0) }
    }

    /// Notes what strangers can cause, at most once an hour for each event and subject, so that they can't fill the disk.
    ///
    /// The request is refused in any case, also where this fails.
    func auditOnceAnHour(_ event: AuditEvent, _ subject: String, _ detail: String) {
        let now = environment.monotonicMilliseconds()
        guard auditGate.opens(event.rawValue + " " + subject + " " + detail, now: now) else { return }
        do {
            try audit(event, subject, by: "server", detail)
        } catch {
            environment.notice("the audit log could not be written: \(error)")
        }
    }

    /// Notes what devices tell of what was done with personal data there.
    ///
    /// Each event is noted once, however often it is told; names that this server does not know are passed over.
    func auditEvents(of incoming: Incoming) throws {
        let (request, device) = (incoming.request, incoming.device)
        guard let newest = request.events.last?.number else { return }
        try storage.write { transaction in
            guard try transaction.replica(request.replica)?.device == device.id else { return }
            let last = try transaction.lastEvent(of: request.replica)
            for told in request.events where told.number > last {
                guard let event = AuditEvent(rawValue: told.name), event == .personalShown || event == .personalExported
                else { continue }
                try note(
                    event, told.subject, by: "\(told.operator), device \(device.id)",
                    "device time \(told.time)" + (told.detail.isEmpty ? "" : ", \(told.detail)"), in: transaction)
            }
            if newest > last { try transaction.save(lastEvent: newest, of: request.replica) }
        }
    }

    /// Notes the decisions about conflicts that a push brings, as far as it stands where the server does and the entries
    /// that it decides about are there.
    func auditDecisions(of incoming: Incoming) throws {
        let (request, device) = (incoming.request, incoming.device)
        // Nearly no push has one.
        guard request.changes.contains(where: PushApplication.isDecision) else { return }
        let decisions = try storage.read { snapshot -> [Change] in
            guard let replica = try snapshot.replica(request.replica), replica.device == device.id,
                try request.isOf(snapshot.state().epoch)
            else { return [] }
            return try PushApplication.decisions(of: request, replica, wall: environment.wallMilliseconds())
                .filter { try snapshot.record($0.collection, $0.record) != nil }
        }
        if decisions.isEmpty { return }
        try storage.write { transaction in
            for decision in decisions {
                guard case .text(let utf8)? = decision.fields.value(of: ConflictLog.Field.state)?.form else { continue }
                try note(
                    .conflictDecided, "conflict \(decision.record)", by: "device \(device.id)",
                    Text.cut(String(decoding: utf8, as: UTF8.self), toBytes: 32), in: transaction)
            }
        }
    }

    // MARK: The branches as witnesses

    /// Compares the head that a replica was told earlier with the log as it is.
    ///
    /// - Returns: whether the log is another one now.
    func differs(_ shown: AuditHead, _ snapshot: any CentralSnapshot) throws -> Bool {
        try snapshot.auditEntries(after: shown.count - 1, limit: 1).first?.head != shown
    }

    /// Tells whoever looks after the server that a replica holds another head than the log has.
    func alarm(_ shown: AuditHead, from device: Int64) {
        environment.notice("device \(device) holds head \(shown) of the audit log, which the log does not have")
        auditOnceAnHour(.logDiffers, "device \(device)", "\(shown)")
    }

    // MARK: Verification

    /// What a check of the audit log found.
    public enum AuditVerdict: Sendable, Equatable {
        /// Every entry is as it was written, and the log has the head that was shown, where one was.
        case intact(AuditHead?)
        /// An entry was changed, or one is missing before it: the first bad number.
        case changed(number: Int64)
        /// The log is whole in itself and shorter than it was: entries after this number are missing.
        case tailMissing(after: Int64)
        /// The log is whole in itself and another one than it was, at this number or before.
        case rewritten(number: Int64)
    }

    /// Recomputes the audit log from its entries.
    ///
    /// - Parameter shown: a head that a branch was told, from its `status`.
    public func verifyAudit(_ shown: AuditHead? = nil) throws -> AuditVerdict {
        try storage.read { snapshot in
            var previous = AuditEntry.beginning
            var last: AuditHead?
            var isRewritten = false
            while true {
                // From the very beginning, so that what somebody put before the first entry is met too.
                let entries = try snapshot.auditEntries(after: last?.count ?? .min, limit: 1000)
                if entries.isEmpty { break }
                for entry in entries {
                    let hash = entry.hash(after: previous)
                    guard entry.number == (last?.count ?? 0) + 1, isEqualInConstantTime(hash, entry.hash) else {
                        return .changed(number: (last?.count ?? 0) + 1)
                    }
                    previous = hash
                    last = entry.head
                    if let shown, shown.count == entry.number, shown != entry.head { isRewritten = true }
                }
            }
            if isRewritten, let shown { return .rewritten(number: shown.count) }
            if let shown, shown.count > last?.count ?? 0 { return .tailMissing(after: last?.count ?? 0) }
            return .intact(last)
        }
    }
}

/// Lets each name through once an hour, and not more than so many names.
final class HourlyGate: Sendable {
    private static let hour: Int64 = 3_600_000
    private static let names = 1000

    private let passed = Mutex<[String: Int64]>([:])

    func opens(_ name: String, now: Int64) -> Bool {
        passed.withLock { passed in
            if let last = passed[name], now - last < Self.hour { return false }
            if passed.count >= Self.names {
                passed = passed.filter { now - $0.value < Self.hour }
                if passed.count >= Self.names { return false }
            }
            passed[name] = now
            return true
        }
    }
}
