/// What one replica wrote to one record at one moment: the unit of a push.
///
/// A change with an empty ``base`` makes the record: fields that it does not name are null, written by it.
public struct Change: Hashable, Sendable {
    /// The collection of the record.
    public var collection: CollectionNumber
    /// The record.
    public var record: RecordID
    /// When it was written; with the pushing replica's number this is the version of every field in it.
    public var time: HybridTimestamp
    /// Who wrote it: the operator's name, empty where nobody is named.
    public var `operator`: String
    /// What the writer had seen of the whole record: the versions last received from or acknowledged by the server.
    public var base: Base
    /// The fields written, in ascending order of their numbers.
    public var fields: FieldMap

    /// Makes a change.
    ///
    /// The fields are put in order.
    public init(
        collection: CollectionNumber, record: RecordID, time: HybridTimestamp, operator: String, base: Base,
        fields: [FieldValue]
    ) {
        self.collection = collection
        self.record = record
        self.time = time
        self.operator = `operator`
        self.base = base
        self.fields = FieldMap(fields)
    }

    /// Whether the change makes the record.
    public var isCreation: Bool { base.isEmpty }

    /// The fields that a merge looks at: of a change that makes the record only those with a value, for the others are
    /// null anyway, named or not.
    var written: [FieldValue] {
        isCreation ? fields.filter { !RecordState.isAbsent($0.field, $0.value) } : Array(fields)
    }

    /// Writes the change as an item of a push.
    public func encode(to writer: inout CBORWriter) {
        writer.writeArray(6)
        writer.write(collection)
        writer.write(record)
        writer.write(time.rawValue)
        writer.write(`operator`)
        base.encode(to: &writer)
        writer.write(fields)
    }

    /// The bytes of the change on the wire, over which the chain of its replica runs.
    public var encoded: [UInt8] {
        var writer = CBORWriter(capacity: 256)
        encode(to: &writer)
        return writer.bytes
    }

    /// Reads a change.
    public init(from reader: inout CBORReader) throws(ProtocolError) {
        let start = reader.position
        let head = try ChangeHead(from: &reader)
        (collection, record, time) = (head.collection, head.record, head.time)
        `operator` = try reader.readText(limit: Limits.operatorBytes)
        base = try Base(from: &reader)
        fields = try reader.readFields(valueLimit: Limits.valueBytes)
        guard !fields.isEmpty || isCreation else {
            throw ProtocolError(.invalid, at: start, "a change that neither makes a record nor writes a field")
        }
    }
}

/// What stands before the values of a change.
public struct ChangeHead: Hashable, Sendable {
    /// The collection of the record.
    public let collection: CollectionNumber
    /// The record.
    public let record: RecordID
    /// When it was written.
    public let time: HybridTimestamp

    /// Reads it from the bytes of a change.
    public init(_ change: ArraySlice<UInt8>) throws(ProtocolError) {
        var reader = CBORReader(change)
        self = try Self(from: &reader)
    }

    init(from reader: inout CBORReader) throws(ProtocolError) {
        let start = reader.position
        guard try reader.readArray(limit: 6) == 6 else {
            throw ProtocolError(.invalid, at: start, "a change has six parts")
        }
        collection = try reader.readCollection()
        record = try reader.readRecordID()
        time = try reader.readTime()
    }
}

/// A field with its value.
public struct FieldValue: Hashable, Sendable {
    /// The field's number.
    public let field: FieldNumber
    /// The value.
    public let value: EncodedValue

    /// Pairs a field with its value.
    public init(_ field: FieldNumber, _ value: EncodedValue) {
        self.field = field
        self.value = value
    }
}

/// The versions that a writer had seen of a record: one for all fields, and those that differ from it.
public struct Base: Hashable, Sendable {
    /// A version and the fields that have it.
    public struct Seen: Hashable, Sendable {
        /// The version.
        public let version: Version
        /// The fields, ascending; none for the first entry, which holds for every field that no other entry names.
        public let fields: [FieldNumber]

        /// Pairs a version with the fields that have it.
        public init(version: Version, fields: [FieldNumber]) {
            self.version = version
            self.fields = fields
        }
    }

    /// The entries; none where the server's record was not there yet.
    public let seen: [Seen]

    /// The base of a change that makes a record.
    public static let empty = Base(seen: [])

    /// Makes a base of its entries.
    public init(seen: [Seen]) { self.seen = seen }

    /// Whether the writer had seen nothing of the record at the server.
    public var isEmpty: Bool { seen.isEmpty }

    /// The version that the writer had seen of a field; ``Version/none`` where it had seen nothing.
    public func version(of field: FieldNumber) -> Version {
        for entry in seen.dropFirst() where entry.fields.contains(field) { return entry.version }
        return seen.first?.version ?? .none
    }

    func encode(to writer: inout CBORWriter) {
        writer.writeArray(seen.count)
        for entry in seen {
            writer.writeArray(2 + entry.fields.count)
            writer.write(entry.version.time.rawValue)
            writer.write(UInt64(entry.version.replica.rawValue))
            for field in entry.fields { writer.write(field) }
        }
    }

    init(from reader: inout CBORReader) throws(ProtocolError) {
        let count = try reader.readArray(limit: Limits.fieldsPerRecord + 2)
        var seen: [Seen] = []
        for index in 0..<count {
            let start = reader.position
            let length = try reader.readArray(limit: Limits.fieldsPerRecord + 3)
            guard length >= 2, (length == 2) == (index == 0) else {
                throw ProtocolError(.invalid, at: start, "only the first entry of a base names no fields")
            }
            let version = try reader.readVersion()
            var fields: [FieldNumber] = []
            for _ in 2..<length { fields.append(try reader.readField()) }
            seen.append(Seen(version: version, fields: fields))
        }
        self.init(seen: seen)
    }
}

extension CBORWriter {
    /// Writes a map of fields.
    package mutating func write(_ fields: FieldMap) {
        writeMap(fields.count)
        write(encoded: fields.bytes)
    }
}

extension CBORReader {
    mutating func readCollection() throws(ProtocolError) -> CollectionNumber {
        let start = position
        let number = try readInt()
        guard number >= 1 else { throw ProtocolError(.invalid, at: start, "collections count from 1") }
        return number
    }

    mutating func readField() throws(ProtocolError) -> FieldNumber { try readInt() }

    mutating func readTime() throws(ProtocolError) -> HybridTimestamp {
        let start = position
        let raw = try readUInt64()
        guard raw <= UInt64(Int64.max) else { throw ProtocolError(.overLimit, at: start, "a time is below 2^63") }
        return HybridTimestamp(rawValue: raw)
    }

    /// Reads the number of a replica that there is; only a version may name none.
    mutating func readReplica() throws(ProtocolError) -> ReplicaID {
        let start = position
        let replica = try readReplicaOrNone()
        guard replica != .none else { throw ProtocolError(.invalid, at: start, "replicas count from 1") }
        return replica
    }

    private mutating func readReplicaOrNone() throws(ProtocolError) -> ReplicaID {
        ReplicaID(rawValue: UInt32(try readInt(limit: Int(UInt32.max))))
    }

    mutating func readVersion() throws(ProtocolError) -> Version {
        Version(time: try readTime(), replica: try readReplicaOrNone())
    }

    /// Reads a map of fields, whose keys must ascend.
    ///
    /// - Parameter valueLimit: the longest text or bytes. The log's entries hold what a side wrote in one value, so that
    ///   only the message bounds it where it is not a replica that writes.
    package mutating func readFields(
        valueLimit: Int = Limits.messageBytes
    ) throws(ProtocolError) -> FieldMap {
        let count = try readMap(limit: Limits.fieldsPerRecord + 1)
        var places: [FieldMap.Place] = []
        places.reserveCapacity(count)
        let origin = position
        var last = -1
        for _ in 0..<count {
            let start = position
            let field = try readField()
            guard field > last else { throw ProtocolError(.keyOrder, at: start, "fields ascend, each once") }
            last = field
            let value = position
            try skipValue(limit: valueLimit)
            places.append(
                FieldMap.Place(
                    number: Int32(truncatingIfNeeded: field), start: UInt32(truncatingIfNeeded: value - origin),
                    end: UInt32(truncatingIfNeeded: position - origin)))
        }
        return FieldMap(bytes: bytes[origin..<position], places: places)
    }
}
