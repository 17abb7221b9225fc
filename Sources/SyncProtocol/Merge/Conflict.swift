/// Two writes that did not know of each other.
public struct Conflict: Hashable, Sendable {
    /// How they met.
    public enum Kind: String, Sendable {
        /// Both wrote the same field or group, with different values.
        case hard
        /// One deleted the record that the other edited.
        case delete
        /// They wrote different fields of one record; both values stand.
        case soft
    }

    /// One of the two writes.
    public struct Side: Hashable, Sendable {
        /// Who wrote, and when.
        public let version: Version
        /// The version that the writer had seen.
        public let base: Version
        /// The operator's name, empty where nobody is named.
        public let `operator`: String
        /// What it wrote: the fields of one unit.
        public let values: [FieldValue]

        /// Makes a side.
        public init(version: Version, base: Version, operator: String, values: [FieldValue]) {
            self.version = version
            self.base = base
            self.operator = `operator`
            self.values = values
        }
    }

    /// How the writes met.
    public let kind: Kind
    /// The collection of the record.
    public let collection: CollectionNumber
    /// The record.
    public let record: RecordID
    /// The lowest field of the losing side's unit.
    public let field: FieldNumber
    /// The write whose value is not current (of a soft conflict: the later arrival).
    public let losing: Side
    /// The write whose value is current.
    public let winning: Side

    /// The id of the entry in the conflict log, the same wherever and however often the conflict is found.
    ///
    /// The first 16 bytes of SHA-256 over collection (4 bytes), record (16), field (4), losing time (8) and losing
    /// replica (4), big-endian; for a soft conflict followed by the byte 1, for it has no loser.
    public var id: RecordID {
        var bytes: [UInt8] = []
        func append(_ value: some FixedWidthInteger) {
            withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
        }
        append(UInt32(truncatingIfNeeded: collection))
        append(record.high)
        append(record.low)
        append(UInt32(truncatingIfNeeded: field))
        append(losing.version.time.rawValue)
        append(losing.version.replica.rawValue)
        if kind == .soft { bytes.append(1) }
        return RecordID(bytes: SHA256.hash(bytes).prefix(16)) ?? record
    }
}
