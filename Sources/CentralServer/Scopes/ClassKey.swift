import SyncProtocol

/// What decides who sees a record; records that agree in it form a class.
struct ClassKey: Sendable, Hashable {
    let collection: CollectionNumber
    /// The fields that rules look at, as far as they are not null.
    let values: FieldMap
    /// The class of the record that it follows; nil where it follows none.
    let parent: Int64?

    var encoded: [UInt8] {
        var writer = CBORWriter()
        writer.writeArray(parent == nil ? 2 : 3)
        writer.write(collection)
        writer.write(values)
        if let parent { writer.write(parent) }
        return writer.bytes
    }

    init(collection: CollectionNumber, values: FieldMap, parent: Int64?) {
        self.collection = collection
        self.values = values
        self.parent = parent
    }

    init(decoding bytes: [UInt8]) throws(ProtocolError) {
        var reader = CBORReader(bytes)
        let parts = try reader.readArray(limit: 3)
        collection = try reader.readInt()
        values = try reader.readFields()
        parent = parts == 3 ? try reader.readInt64() : nil
        try reader.finish()
    }
}

/// The class of a record, and those of the records that it follows, told by what they hold.
///
/// Unlike a class's number it means the same in another file.
struct ClassPath: Sendable {
    /// The record's own first, each followed by that of what it follows; a number in one of them tells no more than that
    /// there is one.
    var keys: [ClassKey] = []

    init() {}

    init(decoding bytes: [UInt8]) throws(ProtocolError) {
        var reader = CBORReader(bytes)
        for _ in 0..<(try reader.readArray(limit: Limits.depth)) {
            keys.append(try ClassKey(decoding: Array(try reader.readBytes(limit: Limits.messageBytes))))
        }
        try reader.finish()
    }

    var encoded: [UInt8] {
        var writer = CBORWriter()
        writer.writeArray(keys.count)
        for key in keys { writer.write(bytes: key.encoded) }
        return writer.bytes
    }
}
