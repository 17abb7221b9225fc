import SQLite
import SyncProtocol
import SyncStore

/// An entry of the conflict log.
public struct ConflictEntry: Sendable, Hashable {
    /// The entry's own id.
    public let id: RecordID
    /// How the writes met.
    public let kind: Conflict.Kind
    /// The name of the record's collection, or its number as text where this schema does not know it.
    public let collection: String
    /// The record.
    public let record: RecordID
    /// The write whose value is not current.
    public let losing: Side
    /// The write whose value was current when the conflict was noted.
    public let winning: Side
    /// When the server noted it, in milliseconds since 1970.
    public let notedAt: Int64
    /// What was decided.
    public let state: ConflictLog.State
    /// Who decided, empty while it is open.
    public let decidedBy: String
    /// When it was decided, in milliseconds since 1970.
    public let decidedAt: Int64?

    /// One of the two writes.
    public struct Side: Sendable, Hashable {
        /// Who wrote, and when.
        public let version: Version
        /// The version that the writer had seen.
        public let base: Version
        /// The operator's name.
        public let `operator`: String
        /// The office's code.
        public let office: String
        /// What was written, by the names of the fields; `deleted` is field 0.
        public let values: [String: Value]
        let encoded: FieldMap
    }
}

extension OfflineClient {
    /// The entries of the conflict log, the newest first.
    ///
    /// - Parameters:
    ///   - includingDecided: whether to list also what was decided or is for information only.
    ///   - record: a record to list the entries of, or nil for all.
    public func conflicts(includingDecided: Bool = false, of record: RecordID? = nil) throws -> [ConflictEntry] {
        try readUnlocked { connection in
            var conditions = includingDecided ? [] : ["state = 'open'"]
            if record != nil { conditions.append("record = ?1") }
            let filter = conditions.isEmpty ? "" : " WHERE " + conditions.joined(separator: " AND ")
            let select = try connection.statement("SELECT id FROM conflict\(filter) ORDER BY noted_at DESC, id")
            if let record { try select.bind(1, record) }
            var ids: [RecordID] = []
            while try select.step() { if let id = RecordID(bytes: select.bytes(0)) { ids.append(id) } }
            select.reset()
            let store = RecordStore(connection, layout: layout)
            return try ids.compactMap { id in
                try store.load(ConflictLog.number, id).flatMap { try ConflictEntry($0.state, schema) }
            }
        }
    }

    /// Writes the losing value of a conflict back as a new change, and closes the entry.
    ///
    /// - Parameter evenIfChanged: whether to write it back though the field is no longer what the entry saw.
    /// - Throws: ``ClientError/noSuchConflict(_:)``, ``ClientError/alreadyDecided(_:state:)``,
    ///   ``ClientError/changedSince(record:fields:)`` unless `evenIfChanged`.
    public func restore(_ conflict: RecordID, operator: String, evenIfChanged: Bool = false) throws {
        try decide(conflict, .restored, operator: `operator`) { transaction, entry, schema in
            guard let local = try transaction.store.load(schema.number, entry.record) else {
                throw ClientError.noSuchRecord(entry.record)
            }
            let values =
                entry.kind == .delete
                ? [FieldValue(.deleted, .false)] + entry.losing.encoded.filter { local.state[$0.field] != $0.value }
                : Array(entry.losing.encoded)
            let fields = entry.winning.encoded.map(\.field)
            let changed = fields.filter { local.state.versions.version(of: $0) != entry.winning.version }
            guard changed.isEmpty || evenIfChanged else {
                let names = changed.map { schema[$0]?.name ?? "deleted" }
                throw ClientError.changedSince(record: entry.record, fields: names)
            }
            try transaction.change(local, schema, transaction.completed(values, local, schema))
        }
    }

    /// Confirms the winning value of a conflict and closes the entry.
    public func accept(_ conflict: RecordID, operator: String) throws {
        try decide(conflict, .accepted, operator: `operator`) { _, _, _ in }
    }

    private func decide(
        _ conflict: RecordID, _ state: ConflictLog.State, operator: String,
        _ body: (LocalTransaction, ConflictEntry, CollectionSchema) throws -> Void
    ) throws {
        let touched = try database.write { connection in
            let transaction = try LocalTransaction(
                connection, layout: layout, environment: environment, operator: `operator`)
            guard let stored = try transaction.store.load(ConflictLog.number, conflict),
                let entry = try ConflictEntry(stored.state, schema)
            else { throw ClientError.noSuchConflict(conflict) }
            guard entry.state == .open || entry.state == .information else {
                throw ClientError.alreadyDecided(conflict, state: entry.state.rawValue)
            }
            guard let collection = schema[entry.collection] else {
                throw ClientError.unknownCollection(entry.collection)
            }
            try body(transaction, entry, collection)
            let decision = [
                FieldValue(ConflictLog.Field.state, try EncodedValue(.text(state.rawValue))),
                FieldValue(ConflictLog.Field.decidedBy, try EncodedValue(.text(`operator`))),
                FieldValue(ConflictLog.Field.decidedAt, try EncodedValue(.dateTime(transaction.now))),
            ]
            try transaction.change(stored, ConflictLog.collection, decision)
            try transaction.finish()
            return transaction.touched
        }
        notify(touched)
    }
}

extension ConflictEntry {
    /// Reads an entry; nil for a record of the log that a newer server wrote in a way this program does not know.
    init?(_ record: RecordState, _ schema: Schema) throws {
        typealias Field = ConflictLog.Field
        func integer(_ field: FieldNumber) -> Int64 {
            if case .integer(let value) = record[field].value { return value }
            return 0
        }
        func text(_ field: FieldNumber) -> String {
            if case .text(let value) = record[field].value { return value }
            return ""
        }
        func moment(_ field: FieldNumber) -> Int64? {
            if case .dateTime(let value) = record[field].value { return value }
            return nil
        }
        func bytes(_ field: FieldNumber) -> [UInt8] {
            if case .bytes(let value) = record[field].value { return value }
            return []
        }
        func version(_ time: FieldNumber, _ replica: FieldNumber) -> Version {
            Version(
                time: HybridTimestamp(rawValue: UInt64(bitPattern: integer(time))),
                replica: ReplicaID(rawValue: UInt32(truncatingIfNeeded: integer(replica))))
        }
        guard let kind = Conflict.Kind(rawValue: text(Field.kind)), let id = RecordID(bytes: bytes(Field.record)),
            let state = ConflictLog.State(rawValue: text(Field.state))
        else { return nil }
        let collection = schema[Int(integer(Field.collection))]
        func side(_ values: FieldNumber, _ version: Version, _ base: Version, _ name: String, _ office: String) throws
            -> Side
        {
            let encoded = bytes(values).isEmpty ? FieldMap() : try ConflictLog.decode(bytes(values))
            let named = encoded.map { field in
                (
                    field.field == .deleted ? "deleted" : collection?[field.field]?.name ?? "\(field.field)",
                    field.value.value
                )
            }
            return Side(
                version: version, base: base, operator: name, office: office,
                values: Dictionary(named) { first, _ in first }, encoded: encoded)
        }
        self.id = record.record
        self.kind = kind
        self.collection = collection?.name ?? "\(integer(Field.collection))"
        self.record = id
        losing = try side(
            Field.losingValues, version(Field.losingTime, Field.losingReplica),
            version(Field.losingBaseTime, Field.losingBaseReplica), text(Field.losingOperator),
            text(Field.losingOffice))
        winning = try side(
            Field.winningValues, version(Field.winningTime, Field.winningReplica),
            version(Field.winningBaseTime, Field.winningBaseReplica), text(Field.winningOperator),
            text(Field.winningOffice))
        notedAt = moment(Field.notedAt) ?? 0
        self.state = state
        decidedBy = text(Field.decidedBy)
        decidedAt = moment(Field.decidedAt)
    }
}
