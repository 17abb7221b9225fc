import SyncProtocol

/// What one office's replicas see and may write: rules with the office's own values put in.
struct Scope: Sendable, Hashable {
    /// What a grant allows to write.
    enum Writes: Sendable, Hashable {
        case only([FieldNumber])
        case allBut([FieldNumber])

        func allow(_ field: FieldNumber) -> Bool {
            switch self {
            case .only(let fields): fields.contains(field)
            case .allBut(let fields): !fields.contains(field)
            }
        }
    }

    /// One rule that is for this office.
    struct Grant: Sendable, Hashable {
        let collection: CollectionNumber
        /// What the record must hold.
        let conditions: FieldMap
        let throughParent: Bool
        let writes: Writes
    }

    /// The collections that rules name, ascending; of all others everything is seen and written.
    let governed: [CollectionNumber]
    let grants: [Grant]

    /// The scope of everything, where there are no rules.
    static let everything = Scope(governed: [], grants: [])

    /// Whether nothing is kept from it.
    var isEverything: Bool { governed.isEmpty }

    /// The grants that fit records of a class.
    ///
    /// - Parameter parentIsSeen: whether the record that it follows is seen.
    func grants(for key: ClassKey, parentIsSeen: Bool) -> [Grant] {
        grants.filter { grant in
            grant.collection == key.collection && (!grant.throughParent || parentIsSeen)
                && grant.conditions.allSatisfy { condition in key.values.contains(condition) }
        }
    }

    // MARK: The bytes by which a scope is known

    var encoded: [UInt8] {
        var writer = CBORWriter()
        writer.writeArray(2)
        writer.write(numbers: governed)
        writer.writeArray(grants.count)
        for grant in grants {
            writer.writeArray(5)
            writer.write(grant.collection)
            writer.write(grant.throughParent)
            writer.write(grant.conditions)
            switch grant.writes {
            case .only(let fields):
                writer.write(false)
                writer.write(numbers: fields)
            case .allBut(let fields):
                writer.write(true)
                writer.write(numbers: fields)
            }
        }
        return writer.bytes
    }

    init(governed: [CollectionNumber], grants: [Grant]) {
        self.governed = governed
        self.grants = grants
    }

    init(decoding bytes: [UInt8]) throws(ProtocolError) {
        var reader = CBORReader(bytes)
        _ = try reader.readArray(limit: 2)
        governed = try reader.readNumbers()
        var grants: [Grant] = []
        for _ in 0..<(try reader.readArray(limit: Limits.messageBytes)) {
            _ = try reader.readArray(limit: 5)
            let collection = try reader.readInt()
            let throughParent = try reader.readBool()
            let conditions = try reader.readFields()
            let isAllBut = try reader.readBool()
            let fields = try reader.readNumbers()
            grants.append(
                Grant(
                    collection: collection, conditions: conditions, throughParent: throughParent,
                    writes: isAllBut ? .allBut(fields) : .only(fields)))
        }
        try reader.finish()
        self.grants = grants
    }
}

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

    init(_ bytes: [UInt8]) throws(ProtocolError) {
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

extension CBORWriter {
    fileprivate mutating func write(numbers: [Int]) {
        writeArray(numbers.count)
        for number in numbers { write(number) }
    }
}

extension CBORReader {
    fileprivate mutating func readNumbers() throws(ProtocolError) -> [Int] {
        var numbers: [Int] = []
        for _ in 0..<(try readArray(limit: Limits.messageBytes)) { numbers.append(try readInt()) }
        return numbers
    }
}
