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
