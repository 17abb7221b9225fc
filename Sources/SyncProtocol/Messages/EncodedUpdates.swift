/// The updates of a page as they go over the wire, one behind the other.
public struct EncodedUpdates: Hashable, Sendable {
    /// How many there are.
    public private(set) var count = 0
    private(set) var writer: CBORWriter

    /// None, with room for some bytes.
    public init(capacity: Int = 0) { writer = CBORWriter(capacity: capacity) }

    /// How many bytes they take.
    public var byteCount: Int { writer.bytes.count }

    /// Adds an update.
    public mutating func append(_ update: RecordUpdate) {
        update.encode(to: &writer)
        count += 1
    }

    /// Adds a record that nobody has edited since it was made.
    ///
    /// - Parameters:
    ///   - creation: the write that made it.
    ///   - fields: how many fields have a value.
    ///   - body: writes them, ascending, each its number and its value.
    package mutating func append<Trouble>(
        _ collection: CollectionNumber, _ record: RecordID, madeBy creation: RecordVersions.Write, fields: Int,
        _ body: (inout CBORWriter) throws(Trouble) -> Void
    ) throws(Trouble) {
        RecordUpdate.start(collection, record, isWhole: true, writes: 1, to: &writer)
        RecordUpdate.start(creation.version, creation.operator, to: &writer)
        writer.writeMap(fields)
        try body(&writer)
        count += 1
    }
}
