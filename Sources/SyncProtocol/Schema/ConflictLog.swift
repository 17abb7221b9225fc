/// The conflict log: collection 1 of every schema, written by the centre, synced like every other one.
public enum ConflictLog {
    /// Its number.
    public static let number: CollectionNumber = 1

    /// The fields of an entry, by their numbers.
    public enum Field {
        /// ``Conflict/Kind`` as text.
        public static let kind = 1
        /// The collection of the record.
        public static let collection = 2
        /// The record's id.
        public static let record = 3
        /// The lowest field of the unit.
        public static let field = 4
        /// What the losing write wrote: a CBOR map from field number to value.
        public static let losingValues = 5
        /// What the winning write wrote.
        public static let winningValues = 6
        /// The losing write's clock (``HybridTimestamp/rawValue``).
        public static let losingTime = 7
        /// The losing write's replica.
        public static let losingReplica = 8
        /// The clock of the version that the losing writer had seen.
        public static let losingBaseTime = 9
        /// The replica of the version that the losing writer had seen.
        public static let losingBaseReplica = 10
        /// The losing write's operator.
        public static let losingOperator = 11
        /// The losing write's office.
        public static let losingOffice = 12
        /// The winning write's clock.
        public static let winningTime = 13
        /// The winning write's replica.
        public static let winningReplica = 14
        /// The clock of the version that the winning writer had seen.
        public static let winningBaseTime = 15
        /// The replica of the version that the winning writer had seen.
        public static let winningBaseReplica = 16
        /// The winning write's operator.
        public static let winningOperator = 17
        /// The winning write's office.
        public static let winningOffice = 18
        /// When the server noted the conflict.
        public static let notedAt = 19
        /// `open`, `information`, `restored` or `accepted`.
        public static let state = 20
        /// Who restored or accepted.
        public static let decidedBy = 21
        /// When.
        public static let decidedAt = 22
    }

    /// The state of an entry.
    public enum State: String, Sendable, CaseIterable {
        /// Waits for a decision.
        case open
        /// A soft conflict, for information.
        case information
        /// The losing value was written back.
        case restored
        /// The winning value was confirmed.
        case accepted
    }

    /// Whether somebody has decided about an entry.
    package static func isDecided(_ entry: RecordState) -> Bool {
        guard case .text(let text) = entry[Field.state].value, let state = State(rawValue: text) else { return false }
        return state == .restored || state == .accepted
    }

    /// The schema of the log.
    public static let collection = CollectionSchema(
        number: number, name: "conflict",
        fields: [
            FieldSchema(Field.kind, "kind", .text, required: true, allowed: ["hard", "delete", "soft"]),
            FieldSchema(Field.collection, "collection", .integer, required: true),
            FieldSchema(Field.record, "record", .bytes, required: true),
            FieldSchema(Field.field, "field", .integer, required: true),
            FieldSchema(Field.losingValues, "losing_values", .bytes, personal: true),
            FieldSchema(Field.winningValues, "winning_values", .bytes, personal: true),
            FieldSchema(Field.losingTime, "losing_time", .integer),
            FieldSchema(Field.losingReplica, "losing_replica", .integer),
            FieldSchema(Field.losingBaseTime, "losing_base_time", .integer),
            FieldSchema(Field.losingBaseReplica, "losing_base_replica", .integer),
            FieldSchema(Field.losingOperator, "losing_operator", .text),
            FieldSchema(Field.losingOffice, "losing_office", .text),
            FieldSchema(Field.winningTime, "winning_time", .integer),
            FieldSchema(Field.winningReplica, "winning_replica", .integer),
            FieldSchema(Field.winningBaseTime, "winning_base_time", .integer),
            FieldSchema(Field.winningBaseReplica, "winning_base_replica", .integer),
            FieldSchema(Field.winningOperator, "winning_operator", .text),
            FieldSchema(Field.winningOffice, "winning_office", .text),
            FieldSchema(Field.notedAt, "noted_at", .dateTime),
            FieldSchema(
                Field.state, "state", .text, required: true, allowed: State.allCases.map(\.rawValue), group: "decision"),
            FieldSchema(Field.decidedBy, "decided_by", .text, group: "decision"),
            FieldSchema(Field.decidedAt, "decided_at", .dateTime, group: "decision"),
        ],
        indexes: [["record"], ["state"]])

    /// The record of a conflict.
    ///
    /// - Parameters:
    ///   - losingOffice: the office of the losing replica; empty where it has none.
    ///   - winningOffice: the office of the winning replica.
    ///   - moment: the server's wall clock, in milliseconds since 1970.
    ///   - write: the centre's write that makes the entry.
    public static func entry(
        _ conflict: Conflict, losingOffice: String, winningOffice: String, at moment: Int64,
        write: RecordVersions.Write
    ) throws(ProtocolError) -> RecordState {
        func time(_ version: Version) -> Value { .integer(Int64(bitPattern: version.time.rawValue)) }
        func replica(_ version: Version) -> Value { .integer(Int64(version.replica.rawValue)) }
        let state: State = conflict.kind == .soft ? .information : .open
        var values: [(FieldNumber, Value)] = [
            (Field.kind, .text(conflict.kind.rawValue)), (Field.collection, .integer(Int64(conflict.collection))),
            (Field.record, .bytes(conflict.record.bytes)), (Field.field, .integer(Int64(conflict.field))),
            (Field.notedAt, .dateTime(moment)), (Field.state, .text(state.rawValue)),
            (Field.losingOperator, .text(conflict.losing.operator)), (Field.losingOffice, .text(losingOffice)),
            (Field.winningOperator, .text(conflict.winning.operator)), (Field.winningOffice, .text(winningOffice)),
        ]
        values += [
            (Field.losingTime, time(conflict.losing.version)), (Field.losingReplica, replica(conflict.losing.version)),
            (Field.losingBaseTime, time(conflict.losing.base)),
            (Field.losingBaseReplica, replica(conflict.losing.base)),
            (Field.winningTime, time(conflict.winning.version)),
            (Field.winningReplica, replica(conflict.winning.version)),
            (Field.winningBaseTime, time(conflict.winning.base)),
            (Field.winningBaseReplica, replica(conflict.winning.base)),
        ]
        var fields = [
            FieldValue(Field.losingValues, encode(FieldMap(conflict.losing.values))),
            FieldValue(Field.winningValues, encode(FieldMap(conflict.winning.values))),
        ]
        for (field, value) in values { fields.append(FieldValue(field, try EncodedValue(value))) }
        return RecordState(
            collection: number, record: conflict.id, versions: RecordVersions(creation: write),
            values: FieldMap(fields))
    }

    /// Encodes the values of one side.
    public static func encode(_ values: FieldMap) -> EncodedValue {
        var writer = CBORWriter()
        writer.write(bytes: values.encoded)
        return EncodedValue(checked: writer.bytes[...])
    }

    /// Decodes the values of one side.
    public static func decode(_ bytes: [UInt8]) throws(ProtocolError) -> FieldMap { try FieldMap(decoding: bytes) }
}
