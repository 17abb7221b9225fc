import CentralServer
import SyncProtocol

/// What the server does with a change.
enum Verdict {
    case apply
    case refuse
    /// It is kept for the centre to decide, for its record left the scope of its writer.
    case escrow
}

/// Names a change in escrow.
struct EscrowKey: Hashable, Comparable {
    let replica: ReplicaID
    let number: Int64

    static func < (left: EscrowKey, right: EscrowKey) -> Bool {
        (left.replica, left.number) < (right.replica, right.number)
    }
}

/// A change in escrow.
struct ModelEscrow {
    /// As its writer keeps it.
    let bytes: [UInt8]
    var decision: EscrowEntry.Decision?
}

extension Oracle {
    /// What has to become of a change that a replica pushes.
    func verdict(on change: Change, by replica: ReplicaID) -> Verdict {
        if mustRefuse(change) { return .refuse }
        guard let office = officeOf[replica] else { return .apply }
        let key = RecordKey(change.collection, change.record)
        let record = server[key] ?? ModelRecord.applying(change, by: replica, to: nil)
        guard let rules = scopes.fitting(key, record, for: office, in: server) else { return .apply }
        if rules.isEmpty { return server[key] != nil || ModelScopes.parent(key, record) != nil ? .escrow : .refuse }
        let mayWrite = change.fields.allSatisfy { written in
            ModelScopes.allow(rules, written, isCreation: change.isCreation, held: server[key])
        }
        return mayWrite ? .apply : .refuse
    }

    /// Whether the server has to refuse a change, whoever writes it, by rules written down a second time.
    func mustRefuse(_ change: Change) -> Bool {
        let key = RecordKey(change.collection, change.record)
        if change.collection == SimulatedSchema.regions { return true }
        if change.collection == ConflictLog.number {
            // A restore may have lost the entry for good.
            if server[key] == nil || change.isCreation { return true }
            return change.fields.contains { ![20, 21, 22].contains($0.field) }
        }
        if server[key] == nil, !change.isCreation || gone.contains(key) { return true }
        for written in change.fields {
            let value = written.value.value
            guard let type = rules.type(change.collection, written.field) else { continue }
            if value == .null, !rules.isRequired(change.collection, written.field), written.field != 0 { continue }
            if value.type != type { return true }
            if change.collection == 2, written.field == 2 {
                if ![.text("new"), .text("open"), .text("done")].contains(value) { return true }
            }
            if rules.isReference(change.collection, written.field), case .bytes(let bytes) = value {
                guard let id = RecordID(bytes: bytes), server[RecordKey(2, id)] != nil else { return true }
            }
        }
        let fields = Set(change.fields.map(\.field))
        if change.isCreation {
            return [1].contains { rules.isRequired(change.collection, $0) && !fields.contains($0) }
        }
        return fields.contains { !Set(rules.unit(change.collection, $0)).isSubset(of: fields) }
    }
}
