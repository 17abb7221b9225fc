import SyncProtocol

/// A record as an application reads it.
public struct Record: Sendable {
    /// Its id.
    public let id: RecordID
    /// The name of its collection.
    public let collection: String
    /// Its fields by name; those that are null are left out.
    public let fields: [String: Value]
    /// Whether it is deleted.
    public let isDeleted: Bool
    /// Who wrote each field last, by name; fields that only the creation wrote have ``creation``.
    public let lastWrites: [String: LastWrite]
    /// Who made the record.
    public let creation: LastWrite

    /// Who wrote, and when.
    public struct LastWrite: Hashable, Sendable {
        /// Time and replica.
        public let version: Version
        /// The operator's name, empty where nobody is named.
        public let `operator`: String
    }

    package init(_ state: RecordState, _ schema: CollectionSchema) {
        id = state.record
        collection = schema.name
        isDeleted = state.isDeleted
        fields = Dictionary(
            state.values.compactMap { field in schema[field.field].map { ($0.name, field.value.value) } }
        ) { first, _ in first }
        creation = LastWrite(
            version: state.versions.creation.version, operator: state.versions.creation.operator)
        var lastWrites: [String: LastWrite] = [:]
        for write in state.versions.later {
            for field in write.fields {
                guard let name = field == .deleted ? "deleted" : schema[field]?.name else { continue }
                lastWrites[name] = LastWrite(version: write.version, operator: write.operator)
            }
        }
        self.lastWrites = lastWrites
    }

    /// The value of a field; null where there is none.
    public subscript(field: String) -> Value { fields[field] ?? .null }
}

/// How far a record's changes have come.
public enum SyncState: Hashable, Sendable {
    /// The server holds what is here, as of the last sync.
    case synced
    /// Changes wait for a sync.
    case pending
    /// The server refused a change; it is kept with the reason.
    case refused(Refusal.Reason)
    /// An open entry of the conflict log names the record.
    case inConflict
}
