import SyncProtocol

/// What the whole system must hold, kept by the simplest means: every record as a dictionary of fields, every replica
/// with what it was told and what it wrote.
///
/// It shares the codec with the product, and none of its merging.
///
/// It is told of every write where it happens, of every request that reaches the server, and of every answer that
/// reaches a device, and says what must then be found.
struct Oracle {
    /// How far ahead of the centre's clock a write may be that it takes, in milliseconds: five minutes, by the protocol.
    static let mostAhead: Int64 = 300_000

    var rules: SimulatedRules
    /// What the server must hold.
    var server: [RecordKey: ModelRecord] = [:]
    /// The entries that the conflict log must have; no others.
    var entries: [EntryKey: ModelEntry] = [:]
    /// What each device has, and has seen.
    var devices: [Int: ModelDevice] = [:]
    /// What the server has dealt with of each replica, in the order of the numbers.
    var dealt: [ReplicaID: [ModelDealt]] = [:]
    /// Everything that was ever written as a replica.
    var written: [ReplicaID: [[UInt8]: ModelWrite]] = [:]
    /// The versions that two writes have, of copies.
    var twins: Set<Version> = []
    /// Who may see and write what.
    var scopes = ModelScopes()
    /// The office of each replica.
    var officeOf: [ReplicaID: String] = [:]
    /// The changes that the centre keeps to decide about.
    var escrow: [EscrowKey: ModelEscrow] = [:]
    /// What came since the records were restored from a backup.
    var restored = ModelRestore()
    /// The epochs that the centre had, each with how many there were before it.
    var epochs: [UInt32: Int] = [7: 0]
    /// In which of them a write was pushed that the centre has not lost since.
    var pushedIn: [Version: Int] = [:]
    /// The writes that a write found in its fields, where they are its own writer's and it names such a one as its base:
    /// what it stands on is known.
    var upon: [Version: [Int: Version]] = [:]
    /// The records that were deleted and forgotten.
    var gone: Set<RecordKey> = []
    /// When the server last answered a replica's sync.
    var served: [ReplicaID: Int64] = [:]
    /// Which device a replica number was given to, and which of these are revoked.
    var accountOf: [ReplicaID: Int64] = [:]
    var revoked: Set<Int64> = []
    /// What revoked devices pushed.
    var quarantine: [ModelKept] = []
    /// What was erased.
    var redactions: [ModelRedaction] = []
    /// The versions that the centre let in, which their writer may push once more.
    var letIn: Set<Version> = []

    /// What the server holds that an office sees.
    func visible(to office: String) -> [RecordKey: ModelRecord] { scopes.visible(to: office, of: server) }

    // MARK: The server deals with a change

    /// Applies one change to the model of the server, noting the conflicts that must follow.
    ///
    /// - Parameters:
    ///   - seen: what the writer had seen of the record when it wrote.
    ///   - isLetIn: whether the centre lets it in, perhaps after what its writer wrote later.
    mutating func apply(
        _ change: Change, by replica: ReplicaID, seen: ModelSeen, isLetIn: Bool = false
    ) throws {
        let key = RecordKey(change)
        let change = cleaned(change, by: replica)
        let version = Version(time: change.time, replica: replica)
        restored.pushed.insert(version)
        pushedIn[version] = epochs.count - 1
        if isLetIn { letIn.insert(version) }
        if let held = server[key] {
            upon[version] = nil
            for field in change.fields.map(\.field) where change.base.version(of: field).replica == replica {
                guard let found = held.fields[field]?.version, found.replica == replica else { continue }
                upon[version, default: [:]][field] = found
            }
            let found = conflicts(change, version, seen, held)
            for (key, entry) in found where entries[key] == nil { entries[key] = entry }
            if change.collection != ConflictLog.number {
                let noted = found.map { entries[$0.0] ?? $0.1 }
                try checkNothingIsLost(change, by: replica, seen, held, noted, isLetIn: isLetIn)
            }
        }
        server[key] = redacted(key, ModelRecord.applying(change, by: replica, to: server[key]))
    }

    /// I3: an entry exists only where neither writer knew of the other; I2: and there it must.
    private func conflicts(
        _ change: Change, _ version: Version, _ seen: ModelSeen, _ held: ModelRecord
    ) -> [(EntryKey, ModelEntry)] {
        let collection = change.collection
        if collection == ConflictLog.number { return [] }
        func isUnseen(_ field: Int) -> Bool {
            guard let written = held.fields[field] else { return false }
            return written.version.replica != version.replica && !knew(seen, of: written.version, in: field)
        }
        func units(_ fields: some Sequence<Int>) -> [[Int]] {
            var units: [[Int]] = []
            for field in fields.sorted() where !rules.isBookkeeping(collection, field) {
                let unit = rules.unit(collection, field)
                if !units.contains(unit) { units.append(unit) }
            }
            return units
        }
        func ours(_ unit: [Int]) -> ModelEntry.Side {
            let values = change.fields.filter { unit.contains($0.field) }.map { ($0.field, Array($0.value.bytes)) }
            return ModelEntry.Side(version: version, values: Dictionary(values) { first, _ in first })
        }
        func theirs(_ unit: [Int], _ field: Int) -> ModelEntry.Side {
            ModelEntry.Side(
                version: held.fields[field]?.version ?? held.creation,
                values: Dictionary(unit.map { ($0, held.value($0)) }) { first, _ in first })
        }
        var found: [(EntryKey, ModelEntry)] = []
        func note(_ kind: Conflict.Kind, _ unit: [Int], losing: ModelEntry.Side, winning: ModelEntry.Side) {
            let key = EntryKey(
                record: RecordKey(collection, change.record), field: unit[0], losing: losing.version,
                isSoft: kind == .soft)
            if !found.contains(where: { $0.0 == key }) {
                found.append((key, ModelEntry(kind: kind, losing: losing, winning: winning)))
            }
        }
        let named = change.isCreation ? change.fields.filter { ModelRecord.isNamed($0) } : Array(change.fields)
        let changed = units(named.map(\.field))
        // The same unit, with another value.
        for unit in changed {
            var met: Set<Version> = []
            for written in named where unit.contains(written.field) && isUnseen(written.field) {
                let (a, b) = (ours(unit), theirs(unit, written.field))
                let isSame = held.value(written.field) == Array(written.value.bytes)
                if isSame || !met.insert(b.version).inserted { continue }
                if a.version > b.version {
                    note(.hard, unit, losing: b, winning: a)
                } else {
                    note(.hard, unit, losing: a, winning: b)
                }
            }
        }
        // What was written after the record was made, and without knowing of this change.
        let edits = held.fields.filter { field, written in
            written.isLater && written.version != held.creation && isUnseen(field)
        }
        let others = edits.filter { field, _ in !change.fields.contains { $0.field == field } }
        func side(_ unit: [Int], of fields: [Int: ModelRecord.Field]) -> ModelEntry.Side {
            theirs(unit, fields.keys.filter(unit.contains).min() ?? unit[0])
        }
        let deletion = change.fields.first { $0.field == 0 }
        if deletion == nil, held.isDeleted, isUnseen(0) {
            for unit in changed { note(.delete, unit, losing: ours(unit), winning: theirs([0], 0)) }
        } else if let deletion, deletion.value == .true, !held.isDeleted {
            let isGone = held.fields[0].map { version > $0.version } ?? true
            for unit in isGone ? units(edits.keys.filter { $0 != 0 }) : [] {
                note(.delete, unit, losing: side(unit, of: edits), winning: ours([0]))
            }
        }
        if found.isEmpty, deletion == nil, !held.isDeleted, let unit = changed.first {
            let latest = units(others.keys).map { side($0, of: others) }.max { $0.version < $1.version }
            if let latest { note(.soft, unit, losing: ours(unit), winning: latest) }
        }
        return found
    }

    /// Whether an entry that came of a restore is about two writes neither of which knew of the other.
    ///
    /// What is given back may have lost against a write in between that knew of both, and whoever wrote upon a write of
    /// its own names that alone as base; nobody can tell any more, and an entry too many is no loss.
    ///
    /// - Parameter isLetIn: whether a change was let in from a device that did not give back first: then the base alone
    ///   tells what its writer knew, for it may have written upon what is lost.
    func isJust(_ entry: ModelEntry, isLetIn: Bool) -> Bool {
        func knew(_ one: ModelEntry.Side, of other: ModelEntry.Side) -> Bool {
            // An erasure knows nothing of what it erases.
            if redactions.contains(where: { $0.version == one.version }) { return false }
            let writes = written[one.version.replica]?.values.filter { $0.change.time == one.version.time } ?? []
            return writes.isEmpty
                || writes.contains { write in
                    other.values.keys.contains { field in
                        let base = write.base(field)
                        if isLetIn { return base == other.version }
                        return self.knew(write.seen, of: other.version, in: field)
                            && base.replica != one.version.replica
                            && tells(write, by: one.version.replica, of: other.version, field)
                    }
                }
        }
        let (losing, winning) = (entry.losing, entry.winning)
        return losing.version.replica != winning.version.replica && !knew(losing, of: winning)
            && !knew(winning, of: losing)
    }

    /// Whether the centre can tell from a write what its writer knew of a field: a record keeps of each write the base of
    /// what it wrote, and a deletion wrote no other field.
    private func tells(_ write: ModelWrite, by replica: ReplicaID, of version: Version, _ field: Int) -> Bool {
        func shows(_ other: ModelWrite) -> Bool {
            other.change.record == write.change.record && other.change.time <= write.change.time
                && other.wrote(field) && other.base(field) == version
        }
        return write.wrote(field) || written[replica]?.values.contains(where: shows) == true
    }

    /// Whether who saw that had seen the write of a field.
    ///
    /// A write is seen whole; where two have one version, only by what stood in the field.
    func knew(_ seen: ModelSeen, of version: Version, in field: Int) -> Bool {
        twins.contains(version) ? seen.holds(version, of: field) : seen.versions.contains(version)
    }

    /// I1: a value that gives way was known to the one who wrote over it, or is the same, or stands in an entry.
    private func checkNothingIsLost(
        _ change: Change, by replica: ReplicaID, _ seen: ModelSeen, _ held: ModelRecord, _ noted: [ModelEntry],
        isLetIn: Bool
    ) throws {
        let key = RecordKey(change.collection, change.record)
        let version = Version(time: change.time, replica: replica)
        for written in change.fields where !rules.isBookkeeping(change.collection, written.field) {
            guard let old = held.fields[written.field], !change.isCreation || ModelRecord.isNamed(written),
                old.value != Array(written.value.bytes)
            else { continue }
            func isNoted(_ value: [UInt8]) -> Bool {
                // Or before, in an entry of its own: fields that go together in a later schema did not in an earlier one.
                noted.contains { $0.losing.values[written.field] == value }
                    || entries.contains { about, entry in
                        about.record == key && about.losing == min(version, old.version)
                            && entry.losing.values[written.field] == value
                    }
            }
            let isOurs = old.version.replica == replica
            let isKnown = knew(seen, of: old.version, in: written.field)
            if version > old.version {
                if isOurs || isKnown || isNoted(old.value) { continue }
            } else if isOurs, isLetIn || letIn.contains(old.version) || !restored.pushed.contains(old.version) {
                // Its later write was let in, or came back after a restore, before this one was pushed again.
                continue
            } else if !isOurs, !isKnown, isNoted(Array(written.value.bytes)) {
                continue
            }
            throw Violation("I1", "field \(written.field): \(version) meets \(old.version), the loser is lost", key)
        }
    }
}
