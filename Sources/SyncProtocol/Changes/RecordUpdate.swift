/// What a server tells a replica of one record: the unit of a pull.
public struct RecordUpdate: Hashable, Sendable {
    /// The collection of the record.
    public var collection: CollectionNumber
    /// The record.
    public var record: RecordID
    /// Whether the update holds the whole record: the first write is then the one that made it, and fields that no
    /// write names are null, written by that one.
    public var isWhole: Bool
    /// Writes with the fields that each left its value in, in the order in which the record keeps them.
    public var writes: [Write]

    /// One write, as far as it is still visible in the record.
    public struct Write: Hashable, Sendable {
        /// Who wrote, and when.
        public var version: Version
        /// The operator's name, empty where nobody is named.
        public var `operator`: String
        /// The fields whose current value it wrote, ascending.
        public var fields: FieldMap

        /// Makes a write.
        public init(version: Version, operator: String, fields: FieldMap) {
            self.version = version
            self.operator = `operator`
            self.fields = fields
        }
    }

    /// Makes an update.
    public init(collection: CollectionNumber, record: RecordID, isWhole: Bool, writes: [Write]) {
        self.collection = collection
        self.record = record
        self.isWhole = isWhole
        self.writes = writes
    }

    /// About how many bytes the update takes on the wire, to close pages by.
    public var estimatedBytes: Int {
        writes.reduce(24) { $0 + 16 + $1.fields.bytes.count }
    }

    /// Writes the update as an item of an answer.
    public func encode(to writer: inout CBORWriter) {
        Self.start(collection, record, isWhole: isWhole, writes: writes.count, to: &writer)
        for write in writes {
            Self.start(write.version, write.operator, to: &writer)
            writer.write(write.fields)
        }
    }

    /// Starts an update of that many writes.
    static func start(
        _ collection: CollectionNumber, _ record: RecordID, isWhole: Bool, writes: Int, to writer: inout CBORWriter
    ) {
        writer.writeArray(4)
        writer.write(collection)
        writer.write(record)
        writer.write(isWhole)
        writer.writeArray(writes)
    }

    /// Starts a write, whose fields are to follow.
    static func start(_ version: Version, _ operator: String, to writer: inout CBORWriter) {
        writer.writeArray(4)
        writer.write(version.time.rawValue)
        writer.write(UInt64(version.replica.rawValue))
        writer.write(`operator`)
    }

    /// Reads an update.
    public init(from reader: inout CBORReader) throws(ProtocolError) {
        let start = reader.position
        guard try reader.readArray(limit: 4) == 4 else {
            throw ProtocolError(.invalid, at: start, "an update has four parts")
        }
        collection = try reader.readCollection()
        record = try reader.readRecordID()
        isWhole = try reader.readBool()
        let count = try reader.readArray(limit: Limits.fieldsPerRecord + 2)
        guard count >= 1 else { throw ProtocolError(.invalid, at: start, "an update has at least one write") }
        writes = []
        for _ in 0..<count {
            let start = reader.position
            guard try reader.readArray(limit: 4) == 4 else {
                throw ProtocolError(.invalid, at: start, "a write has four parts")
            }
            writes.append(
                Write(
                    version: try reader.readVersion(), operator: try reader.readText(limit: Limits.operatorBytes),
                    fields: try reader.readFields()))
        }
    }
}
