import SyncProtocol

/// A broken invariant.
struct Violation: Error, CustomStringConvertible {
    let invariant: String
    let what: String
    let record: RecordKey?

    init(_ invariant: String, _ what: String, _ record: RecordKey? = nil) {
        self.invariant = invariant
        self.what = what
        self.record = record
    }

    var description: String { "\(invariant): \(what)" + (record.map { " (record \($0))" } ?? "") }
}

/// A record of a collection.
struct RecordKey: Hashable, Comparable, CustomStringConvertible {
    let collection: Int
    let id: RecordID

    init(_ collection: Int, _ id: RecordID) {
        self.collection = collection
        self.id = id
    }

    init(_ key: SyncProtocol.RecordKey) { self.init(key.collection, key.record) }

    static func < (left: RecordKey, right: RecordKey) -> Bool {
        left.collection == right.collection ? left.id < right.id : left.collection < right.collection
    }

    var description: String { "\(collection)/\(id)" }
}

/// A record, as a dictionary of the fields that somebody named.
struct ModelRecord: Equatable, CustomStringConvertible {
    struct Field: Equatable {
        var value: [UInt8]
        var version: Version
        var `operator`: String
        /// Whether it was written after the record was made.
        var isLater: Bool

        static func == (left: Field, right: Field) -> Bool {
            left.value == right.value && left.version == right.version && left.operator == right.operator
        }

        /// Whether another write takes its place: a later one, or a copy's of the same version with the greater bytes.
        func gives(wayTo other: Field) -> Bool {
            version == other.version ? value.lexicographicallyPrecedes(other.value) : version < other.version
        }
    }

    /// The version of every field that nobody named.
    var creation: Version
    var fields: [Int: Field] = [:]

    var isDeleted: Bool { fields[0]?.value == [0xF5] }

    func value(_ field: Int) -> [UInt8] { fields[field]?.value ?? (field == 0 ? [0xF4] : [0xF6]) }

    static func isNamed(_ field: FieldValue) -> Bool {
        field.field == 0 ? field.value == .true : !field.value.isNull
    }

    /// The record after a change: per field the greater version, of two equal ones the greater bytes.
    static func applying(_ change: Change, by replica: ReplicaID, to old: ModelRecord?) -> ModelRecord {
        let version = Version(time: change.time, replica: replica)
        var record = old ?? ModelRecord(creation: version)
        for written in change.fields where !change.isCreation || isNamed(written) {
            let field = Field(
                value: Array(written.value.bytes), version: version, operator: change.operator,
                isLater: old != nil)
            record.take(field, at: written.field)
        }
        if change.isCreation, version > record.creation {
            record.creation = version
            for field in record.fields.keys { record.fields[field]?.isLater = true }
        }
        return record
    }

    /// The record after what a server told of it.
    static func applying(_ update: RecordUpdate, to old: ModelRecord?) -> ModelRecord? {
        guard var record = update.isWhole ? ModelRecord(creation: update.writes[0].version) : old else { return nil }
        for (index, write) in update.writes.enumerated() {
            for written in write.fields {
                let field = Field(
                    value: Array(written.value.bytes), version: write.version, operator: write.operator,
                    isLater: index > 0 || !update.isWhole)
                record.take(field, at: written.field)
            }
        }
        return record
    }

    private mutating func take(_ field: Field, at number: Int) {
        if let held = fields[number], !held.gives(wayTo: field) { return }
        fields[number] = field
    }

    /// The same, read from a record of the product.
    init(_ state: RecordState) {
        creation = state.versions.creation.version
        for field in state.values { add(field.field, state) }
        for write in state.versions.later { for field in write.fields { add(field, state) } }
    }

    private mutating func add(_ field: Int, _ state: RecordState) {
        let write = state.versions.write(of: field)
        fields[field] = Field(
            value: Array(state[field].bytes), version: write.version, operator: write.operator,
            isLater: state.versions.isLater(field))
    }

    init(creation: Version) { self.creation = creation }

    var description: String {
        let parts = fields.sorted { $0.key < $1.key }.map { field, held in
            let value = (try? EncodedValue(decoding: held.value[...]).value).map { "\($0)" } ?? "?"
            return "\(field)=\(value)@\(Self.text(held.version))"
        }
        return "made \(Self.text(creation)) " + parts.joined(separator: " ")
    }

    static func text(_ version: Version) -> String {
        "\(version.time.milliseconds).\(version.time.rawValue & 0xFFFF)r\(version.replica)"
    }
}

/// What an entry of the conflict log is about.
struct EntryKey: Hashable, CustomStringConvertible {
    let record: RecordKey
    let field: Int
    let losing: Version
    let isSoft: Bool

    var description: String { "\(record) field \(field) losing \(ModelRecord.text(losing))\(isSoft ? " soft" : "")" }
}

/// What an entry holds.
struct ModelEntry: Equatable {
    struct Side: Equatable {
        var version: Version
        var values: [Int: [UInt8]]
    }

    var kind: Conflict.Kind
    var losing: Side
    var winning: Side

    /// Whether an entry says what another one does.
    ///
    /// Of a soft one, any of several fields of the last write may be named.
    func says(_ other: ModelEntry) -> Bool {
        kind == other.kind && losing == other.losing && winning.version == other.winning.version
            && (kind == .soft || winning.values == other.winning.values)
    }
}

/// What a device has seen of a record.
struct ModelSeen {
    /// The versions that ever stood in it.
    private(set) var versions: Set<Version> = []
    /// The fields in which each stood: two copies may give one version to two writes.
    private var fields: [Int: Set<Version>] = [:]

    mutating func add(_ record: ModelRecord) {
        versions.insert(record.creation)
        for (number, field) in record.fields {
            versions.insert(field.version)
            fields[number, default: []].insert(field.version)
        }
    }

    /// Whether it saw a version in a field.
    func holds(_ version: Version, of field: Int) -> Bool { fields[field]?.contains(version) ?? false }

    /// The same without what some replicas wrote.
    func without(_ replicas: Set<ReplicaID>) -> ModelSeen {
        var seen = self
        seen.versions = versions.filter { !replicas.contains($0.replica) }
        seen.fields = fields.mapValues { $0.filter { !replicas.contains($0.replica) } }
        return seen
    }
}

/// A change as a device wrote it.
struct ModelWrite {
    var change: Change
    var bytes: [UInt8]
    /// What the writer had seen of the record.
    let seen: ModelSeen
}

/// A change that the server has dealt with.
struct ModelDealt {
    let bytes: [UInt8]
    var fate = Verdict.apply
}

/// A device's database, as the oracle knows it.
struct ModelDevice {
    var replica: ReplicaID
    /// The numbers that it had before.
    var former: Set<ReplicaID> = []
    /// What the server told or acknowledged.
    var view: [RecordKey: ModelRecord] = [:]
    /// What ever stood in the view.
    var seen: [RecordKey: ModelSeen] = [:]
    /// What was written and not acknowledged.
    var pending: [Int64: ModelWrite] = [:]
    /// What the server refused and the device keeps.
    var refused: [Int64: ModelWrite] = [:]
    /// Which of these the server keeps in escrow, and under which number of the device.
    var escrowed: [Int64: ReplicaID] = [:]
    /// While a first sync is run again: what was not told again so far.
    var unconfirmed: Set<RecordKey>?
    /// What it held when it found that the server began a new epoch, until it is through with giving back.
    var before: [RecordKey: ModelRecord] = [:]
    /// The bytes of the changes that were acknowledged to this database.
    var acknowledged: [[UInt8]] = []
    /// The number of the last change.
    var number: Int64 = 0
    /// Whether the last answer compared digests, and they were equal.
    var isAgreed = false
    /// Whether the server told it that it is revoked, and it keeps its data to itself.
    var isLocked = false
    /// Whether it enrolled again and has not got the number yet under which its own go on.
    var isBetweenNumbers = false

    init(replica: ReplicaID) { self.replica = replica }

    mutating func set(_ key: RecordKey, _ record: ModelRecord) {
        view[key] = record
        seen[key, default: ModelSeen()].add(record)
    }

    /// What left the device's scope is there no more.
    mutating func drop(_ key: RecordKey) {
        view[key] = nil
        unconfirmed?.remove(key)
    }

    /// Everything is to be told again, and what is not was lost or is out of scope.
    mutating func beginAgain() { unconfirmed = Set(view.keys) }

    mutating func hasBeenToldAll() {
        for key in unconfirmed ?? [] { view[key] = nil }
        unconfirmed = nil
    }

    /// What the device must show: what the server told, with what was written here on top.
    ///
    /// Nil for a record of which only edits are left, since its creation was given up.
    func local(_ key: RecordKey) -> ModelRecord? {
        var record = view[key]
        let own = [pending, refused].flatMap { $0.filter { RecordKey($0.value.change) == key } }
        for change in own.sorted(by: { $0.key < $1.key }).map(\.value.change) {
            if record == nil, !change.isCreation { return nil }
            record = ModelRecord.applying(change, by: replica, to: record)
        }
        return record
    }

    /// Whether the changes that the server has dealt with are those of this database: if not, one of them was restored
    /// or copied.
    func agrees(with dealt: [ModelDealt]) -> Bool {
        let ours = acknowledged + pending.sorted { $0.key < $1.key }.map(\.value.bytes)
        return acknowledged.count <= dealt.count && dealt.count <= ours.count
            && zip(ours, dealt).allSatisfy { $0 == $1.bytes }
    }
}
