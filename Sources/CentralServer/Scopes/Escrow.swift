import SyncProtocol
import SyncStore

/// Changes to records that had left the scope of their writer, for the centre to decide.
extension CentralServer {
    /// The changes in escrow, the oldest first.
    public func escrow(includingDecided: Bool = false) throws -> [EscrowEntry] {
        try storage.read { try $0.escrow(includingDecided: includingDecided) }
    }

    /// Applies a change in escrow as a push by its writer, with the base that it names, conflicts and all.
    ///
    /// Its writer is told at its next sync.
    ///
    /// - Throws: ``EscrowError``; the change stays in escrow then.
    public func apply(escrowed number: Int64, of replica: ReplicaID, operator: String) throws {
        try decide(number, of: replica, .applied, operator: `operator`) { entry, application in
            guard let change = PushApplication.decoded(entry.bytes[...]) else {
                throw EscrowError.refused(replica, number, .malformed)
            }
            // As in the quarantine: it would win for ever, and its writer can't stamp it anew.
            guard !application.writer.state.clock.isFromTheFuture(change.time, wall: application.wall) else {
                throw EscrowError.refused(replica, number, .notAllowed)
            }
            let centre = application.forCentre(replica)
            if let refusal = try application.apply(change, by: centre, size: entry.bytes.count) {
                throw EscrowError.refused(replica, number, refusal.reason)
            }
        }
    }

    /// Gives a change in escrow up; it stays readable here.
    ///
    /// - Throws: ``EscrowError``.
    public func dismiss(escrowed number: Int64, of replica: ReplicaID, operator: String) throws {
        try decide(number, of: replica, .dismissed, operator: `operator`) { _, _ in }
    }

    private func decide(
        _ number: Int64, of replica: ReplicaID, _ decision: EscrowEntry.Decision, operator: String,
        _ body: (EscrowEntry, inout PushApplication) throws -> Void
    ) throws {
        let wall = environment.wallMilliseconds()
        try audit(.escrowDecided, "change \(number) of replica \(replica.rawValue)", by: `operator`, "\(decision)")
        try storage.write { transaction in
            if let failure = try clockFailure(transaction) { throw failure }
            guard var entry = try transaction.escrow(replica, number) else {
                throw EscrowError.unknown(replica, number)
            }
            if let made = entry.decision { throw EscrowError.decided(replica, number, made) }
            var application = try PushApplication(transaction, schema: schema, wall: wall, catalogue)
            try body(entry, &application)
            entry.decision = decision
            entry.decidedBy = Text.cut(`operator`, toBytes: Limits.operatorBytes)
            entry.decidedAt = wall
            entry.sequence = application.takePlace()
            try transaction.save(entry)
            try application.finish()
        }
    }
}

extension PushApplication {
    /// Lets a device be told of a change in escrow that its database pushed as another device, before it enrolled again.
    ///
    /// Whoever has the bytes of a change of its office is taken for its writer: they name the moment of the write and all
    /// that was written.
    ///
    /// - Returns: the change; nil where there is none.
    func claim(_ escrowed: RepairRequest.Escrowed, for device: DeviceEntry) throws -> EscrowEntry? {
        let entry = try transaction.escrow(number: escrowed.number, ofOffice: device.office).first { entry in
            redactions.cleaned(bytes: escrowed.bytes, by: entry.replica) == entry.bytes
        }
        if let entry, entry.device != device.id { try transaction.claim(entry, for: device.id) }
        return entry
    }
}

extension EscrowEntry {
    /// The change; nil where its bytes are none.
    public var change: Change? { PushApplication.decoded(bytes[...]) }

    /// What its writer is told of the decision: a refusal's place, with what became of the change.
    var told: Refusal {
        Refusal(number: number, reason: decision.flatMap { Refusal.Reason(rawValue: $0.rawValue) } ?? .unknown)
    }

    /// The record that the change was let in to.
    ///
    /// Its writer forgets the change with the decision, and so has to be told the record whole, though it is its own.
    var letIn: RecordKey? {
        guard decision == .applied, let change else { return nil }
        return RecordKey(collection: change.collection, record: change.record)
    }
}

/// Why nothing was decided about a change in escrow.
public enum EscrowError: Error, Sendable, Equatable, CustomStringConvertible {
    /// There is no such change.
    case unknown(ReplicaID, Int64)
    /// It was decided before.
    case decided(ReplicaID, Int64, EscrowEntry.Decision)
    /// It can't be applied.
    case refused(ReplicaID, Int64, Refusal.Reason)

    /// What happened.
    public var description: String {
        switch self {
        case .unknown(let replica, let number): "no change \(number) of replica \(replica) is in escrow"
        case .decided(let replica, let number, let decision):
            "change \(number) of replica \(replica) was \(decision) already"
        case .refused(let replica, let number, let reason):
            "change \(number) of replica \(replica) can't be applied: \(reason)"
        }
    }
}
