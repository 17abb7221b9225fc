import SyncProtocol
import SyncStore

/// All that was redacted, by record: what comes in late is cleaned of it before anything else looks at it.
struct Redactions {
    /// All of them, as they were asked for.
    let all: [Redaction]
    private let byRecord: [RecordKey: [Redaction]]

    init(_ snapshot: any RedactionSnapshot) throws { self.init(try snapshot.redactions().compactMap(\.redaction)) }

    init(_ redactions: [Redaction]) {
        all = redactions
        byRecord = Dictionary(grouping: redactions, by: \.key)
    }

    var isEmpty: Bool { byRecord.isEmpty }

    /// Whether a write of a record is an erasure, which nobody is in conflict with.
    func has(_ version: Version, of key: RecordKey) -> Bool {
        byRecord[key]?.contains { $0.version == version } ?? false
    }

    func cleaned(_ change: Change, by replica: ReplicaID) -> Change {
        if isEmpty { return change }
        #if PlantedBugs
            if PlantedBug.erasedPushedAgain.isActive { return change }
        #endif
        let key = RecordKey(collection: change.collection, record: change.record)
        return (byRecord[key] ?? []).reduce(change) { $1.cleaned($0, by: replica) }
    }

    /// A whole record as a replica gives it back.
    func cleaned(_ update: RecordUpdate) -> RecordUpdate {
        let key = RecordKey(collection: update.collection, record: update.record)
        guard let redactions = byRecord[key] else { return update }
        var update = update
        for index in update.writes.indices {
            let write = update.writes[index]
            update.writes[index].fields = redactions.reduce(write.fields) { $1.cleaned($0, of: write.version) }
        }
        return update
    }

    /// The bytes of a change; as they came where nothing is erased.
    func cleaned(bytes: ArraySlice<UInt8>, by replica: ReplicaID) -> [UInt8] {
        guard !isEmpty, let change = PushApplication.decoded(bytes) else { return Array(bytes) }
        let cleaned = cleaned(change, by: replica)
        return cleaned == change ? Array(bytes) : cleaned.encoded
    }

    /// A record with nulls in the place of what is erased; of an entry of the conflict log, the values that it holds.
    ///
    /// - Parameter write: gives the write that stands for the change of an entry, where there is one.
    func cleaned(
        _ record: RecordState, sequence: Int64, entryWrite write: () -> RecordVersions.Write
    ) throws -> RecordState {
        if isEmpty { return record }
        #if PlantedBugs
            if PlantedBug.logNotErased.isActive, record.collection == ConflictLog.number { return record }
        #endif
        if record.collection == ConflictLog.number { return try cleaned(entry: record, write) }
        return (byRecord[record.key] ?? []).reduce(record) { $1.cleaned($0, sequence: sequence) }
    }

    private func cleaned(entry: RecordState, _ write: () -> RecordVersions.Write) throws -> RecordState {
        typealias Field = ConflictLog.Field
        guard case .integer(let collection) = entry[Field.collection].value,
            case .bytes(let bytes) = entry[Field.record].value, let id = RecordID(bytes: bytes),
            let redactions = byRecord[RecordKey(collection: Int(collection), record: id)]
        else { return entry }
        var cleaned = entry
        for (values, time, replica) in [
            (Field.losingValues, Field.losingTime, Field.losingReplica),
            (Field.winningValues, Field.winningTime, Field.winningReplica),
        ] {
            guard case .bytes(let held) = entry[values].value, case .integer(let at) = entry[time].value,
                case .integer(let number) = entry[replica].value
            else { continue }
            let version = Version(
                time: HybridTimestamp(rawValue: UInt64(bitPattern: at)),
                replica: ReplicaID(rawValue: UInt32(truncatingIfNeeded: number)))
            let before = try ConflictLog.decode(held)
            let after = redactions.reduce(before) { $1.cleaned($0, of: version) }
            if after != before { cleaned.set(values, ConflictLog.encode(after), write: write()) }
        }
        return cleaned
    }
}
