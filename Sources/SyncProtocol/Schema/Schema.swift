/// What an application stores: its collections and their fields, under a version that only grows.
///
/// Numbers are the names on the wire. A number is never used again for anything else, so that a replica with an older
/// schema can keep and pass on what it does not know yet; a newer version only adds collections, fields, allowed
/// values and indexes.
public struct Schema: Sendable, Hashable {
    /// The application that the schema belongs to, for example `callcenter`; a database of another one is refused.
    public let name: String
    /// 1 or more; a newer schema has a greater version.
    public let version: Int
    /// The collections; the conflict log is always the first.
    public let collections: [CollectionSchema]

    /// Declares a schema.
    ///
    /// The conflict log is added by itself.
    ///
    /// - Throws: ``SchemaError`` that names the first declaration that breaks a rule.
    public init(name: String, version: Int, collections: [CollectionSchema]) throws(SchemaError) {
        self.name = name
        self.version = version
        let collections = [ConflictLog.collection] + collections
        self.collections = collections
        byNumber = Dictionary(collections.map { ($0.number, $0) }) { first, _ in first }
        byName = Dictionary(collections.map { ($0.name, $0) }) { first, _ in first }
        try validate()
    }

    /// The collection with that number, or nil for one that this schema does not know.
    public subscript(number: CollectionNumber) -> CollectionSchema? { byNumber[number] }

    /// The collection with that name.
    public subscript(name: String) -> CollectionSchema? { byName[name] }

    private let byNumber: [CollectionNumber: CollectionSchema]
    private let byName: [String: CollectionSchema]

    private func validate() throws(SchemaError) {
        guard byNumber.count == collections.count, byName.count == collections.count else {
            throw SchemaError("schema \(name): two collections share a number or a name")
        }
        for collection in collections { try collection.validate(in: self) }
    }
}

/// The number of a collection on the wire, 1 to 2³¹ − 1; 1 is the conflict log in every schema.
public typealias CollectionNumber = Int

/// The number of a field within its collection on the wire, 1 to 2³¹ − 1; 0 tells whether the record is deleted.
public typealias FieldNumber = Int

/// One collection: a table with a row per record.
///
/// A class, as is ``FieldSchema``: both are looked up for every field of every record, and a copy of a structure would
/// count the references of all its parts.
public final class CollectionSchema: Sendable, Hashable {
    /// Its number on the wire.
    public let number: CollectionNumber
    /// Its name, which is also the name of its table: lower-case letters, digits and `_`.
    public let name: String
    /// Its fields in the order of their columns.
    public let fields: [FieldSchema]
    /// Whether only the centre may write its records.
    public let isReference: Bool
    /// Lists of field names to index, in order of the columns.
    public let indexes: [[String]]

    /// Declares a collection.
    public init(
        number: CollectionNumber, name: String, isReference: Bool = false, fields: [FieldSchema],
        indexes: [[String]] = []
    ) {
        self.number = number
        self.name = name
        self.fields = fields
        self.isReference = isReference
        self.indexes = indexes
        positions = Dictionary(fields.enumerated().map { ($1.number, $0) }) { first, _ in first }
        names = Dictionary(fields.map { ($0.name, $0.number) }) { first, _ in first }
        let groups = Dictionary(grouping: fields.filter { $0.group != nil }, by: \.group)
            .mapValues { $0.map(\.number).sorted() }
        units = fields.map { groups[$0.group] }
        required = fields.filter(\.isRequired).map(\.number)
        references = fields.filter { $0.reference != nil }.sorted { $0.number < $1.number }
    }

    /// The field with that number, or nil for one that this schema does not know.
    public subscript(number: FieldNumber) -> FieldSchema? { position(of: number).map { fields[$0] } }

    /// The field with that name.
    public subscript(name: String) -> FieldSchema? { names[name].flatMap { self[$0] } }

    /// Where the field stands among ``fields``.
    public func position(of number: FieldNumber) -> Int? {
        // Most schemas number their fields in the order of the columns.
        let usual = number - 1
        if fields.indices.contains(usual), fields[usual].number == number { return usual }
        return positions[number]
    }

    /// The fields that win or lose together with this one, itself included, in ascending order.
    ///
    /// A field that is in no group, or unknown, stands alone.
    public func unit(of number: FieldNumber) -> [FieldNumber] {
        position(of: number).flatMap { units[$0] } ?? [number]
    }

    /// Whether both declare the same.
    public static func == (left: CollectionSchema, right: CollectionSchema) -> Bool {
        left === right
            || left.number == right.number && left.name == right.name && left.fields == right.fields
                && left.isReference == right.isReference && left.indexes == right.indexes
    }

    /// Hashes the number.
    public func hash(into hasher: inout Hasher) { hasher.combine(number) }

    private let positions: [FieldNumber: Int]
    private let names: [String: FieldNumber]
    /// By position, the numbers of the field's group; nil for a field without one.
    private let units: [[FieldNumber]?]
    /// The fields that no record may be without.
    let required: [FieldNumber]
    /// The fields that name a record of another collection, in the order of their numbers.
    package let references: [FieldSchema]

    fileprivate func validate(in schema: Schema) throws(SchemaError) {
        func isName(_ text: String) -> Bool {
            !text.isEmpty && text.count <= 63 && text.first?.isLetter == true
                && text.utf8.allSatisfy { ($0 >= 0x61 && $0 <= 0x7A) || ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x5F }
        }
        guard isName(name), number >= 1, number <= Int(Int32.max) else {
            throw SchemaError("collection \(name) (\(number)): bad name or number")
        }
        guard positions.count == fields.count, names.count == fields.count, fields.count <= Limits.fieldsPerRecord
        else {
            throw SchemaError("collection \(name): two fields share a number or a name, or there are too many")
        }
        for field in fields {
            guard isName(field.name), !["id", "seq"].contains(field.name), field.number >= 1,
                field.number <= Int(Int32.max)
            else { throw SchemaError("field \(name).\(field.name) (\(field.number)): bad or reserved name or number") }
            if let target = field.reference {
                guard field.type == .bytes, schema[target] != nil else {
                    throw SchemaError(
                        "field \(name).\(field.name): a reference is of type bytes and names a collection")
                }
            }
        }
        for index in indexes {
            for column in index where self[column] == nil {
                throw SchemaError("collection \(name): an index names the unknown field \(column)")
            }
        }
    }
}

/// One field of a collection: a column.
public final class FieldSchema: Sendable, Hashable {
    /// Its number on the wire.
    public let number: FieldNumber
    /// Its name, which is also the name of its column.
    public let name: String
    /// The type of its values.
    public let type: ValueType
    /// Whether a record without it is refused.
    public let isRequired: Bool
    /// The texts it may hold; empty means any.
    public let allowed: [String]
    private let allowedBytes: [[UInt8]]
    /// Whether it holds data about a person (what *redact* overwrites, and no log ever shows).
    public let isPersonal: Bool
    /// Whether it is kept for the record only and makes no conflict.
    public let isBookkeeping: Bool
    /// The name of the group it belongs to: fields of one group are written, and win or lose, together.
    public let group: String?
    /// The collection whose record id it holds.
    ///
    /// A change whose reference the server can't find is refused.
    public let reference: String?

    /// Declares a field.
    public init(
        _ number: FieldNumber, _ name: String, _ type: ValueType, required: Bool = false, allowed: [String] = [],
        personal: Bool = false, bookkeeping: Bool = false, group: String? = nil, reference: String? = nil
    ) {
        self.number = number
        self.name = name
        self.type = type
        self.isRequired = required
        self.allowed = allowed
        allowedBytes = allowed.map { Array($0.utf8) }
        self.isPersonal = personal
        self.isBookkeeping = bookkeeping
        self.group = group
        self.reference = reference
    }

    /// Whether the field may hold a text.
    func allows(_ utf8: UnsafeRawBufferPointer) -> Bool {
        allowedBytes.isEmpty
            || allowedBytes.contains { $0.count == utf8.count && $0.elementsEqual(utf8) }
    }

    /// Whether both declare the same.
    public static func == (left: FieldSchema, right: FieldSchema) -> Bool {
        left === right
            || left.number == right.number && left.name == right.name && left.type == right.type
                && left.isRequired == right.isRequired && left.allowed == right.allowed
                && left.isPersonal == right.isPersonal && left.isBookkeeping == right.isBookkeeping
                && left.group == right.group && left.reference == right.reference
    }

    /// Hashes the number.
    public func hash(into hasher: inout Hasher) { hasher.combine(number) }
}

/// A schema that breaks its own rules: a mistake of the program, found when it starts.
public struct SchemaError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong, naming the declaration.
    public let description: String

    /// Makes the error.
    public init(_ description: String) { self.description = description }
}
