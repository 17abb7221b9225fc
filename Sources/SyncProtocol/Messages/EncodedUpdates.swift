/// The updates of a page as they go over the wire, one behind the other.
public struct EncodedUpdates: Sendable {
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

    /// Adds a whole record, part by part, as ``RecordState/update(since:for:)`` would have it.
    ///
    /// - Parameters:
    ///   - versions: who wrote which field.
    ///   - fields: how many fields with a value the creation wrote.
    ///   - body: writes these fields, ascending, each its number and its value; then, for each later write, its fields.
    ///     Where it throws, a part of the record stands here: the page is of no use any more.
    package mutating func append(
        whole collection: CollectionNumber, _ record: RecordID, _ versions: RecordVersions, fields: Int,
        _ body: (RecordVersions.Write, inout CBORWriter) throws -> Void
    ) throws {
        RecordUpdate.start(collection, record, isWhole: true, writes: 1 + versions.later.count, to: &writer)
        RecordUpdate.start(versions.creation.version, versions.creation.operator, to: &writer)
        writer.writeMap(fields)
        try body(versions.creation, &writer)
        for write in versions.later {
            RecordUpdate.start(write.version, write.operator, to: &writer)
            writer.writeMap(write.fields.count)
            try body(write, &writer)
        }
        count += 1
    }
}

extension EncodedUpdates: Hashable {
    /// Whether both are the same bytes.
    public static func == (left: Self, right: Self) -> Bool { left.writer.bytes == right.writer.bytes }
    /// Hashes the bytes.
    public func hash(into hasher: inout Hasher) { hasher.combine(writer.bytes) }
}
