/// A record with the versions of its fields: what a merge works on.
public struct RecordState: Hashable, Sendable {
    /// The collection of the record.
    public let collection: CollectionNumber
    /// The record.
    public let record: RecordID
    /// Who wrote which field, and when.
    public var versions: RecordVersions
    /// The fields that are not null, ascending by number; field 0 is there only when it is true.
    public private(set) var values: FieldMap

    /// Makes a record of its parts.
    ///
    /// Nulls are left out.
    public init(collection: CollectionNumber, record: RecordID, versions: RecordVersions, values: FieldMap) {
        self.collection = collection
        self.record = record
        self.versions = versions
        var hasAbsent = false
        values.visit { field, value in if value.isNull || field == .deleted { hasAbsent = true } }
        self.values =
            hasAbsent ? FieldMap(values.filter { !Self.isAbsent($0.field, $0.value) }) : values
    }

    /// Whether the record is deleted.
    public var isDeleted: Bool { values.names(.deleted) }

    /// The value of a field; null where there is none, and true or false for field 0.
    public subscript(field: FieldNumber) -> EncodedValue {
        values.value(of: field) ?? Self.absent(field)
    }

    /// What a field is that the record has no value of.
    package static func absent(_ field: FieldNumber) -> EncodedValue { field == .deleted ? .false : .null }

    /// Sets a value and the write that it carries.
    public mutating func set(_ field: FieldNumber, _ value: EncodedValue, write: RecordVersions.Write) {
        versions.set(field, to: write)
        let isAbsent = Self.isAbsent(field, value)
        if !isAbsent || values.names(field) { values = values.with(isAbsent ? nil : value, for: field) }
    }

    /// Whether a write gave the field its value.
    ///
    /// A field that none did is null under the version of the creation.
    public func isWritten(_ field: FieldNumber) -> Bool {
        values.names(field) || versions.isLater(field)
    }

    /// Whether the value is what a record has without being told: null, and false for field 0.
    static func isAbsent(_ field: FieldNumber, _ value: EncodedValue) -> Bool {
        value.isNull || field == .deleted && value != .true
    }
}

extension FieldNumber {
    /// Field 0: true for a deleted record.
    ///
    /// It is written, versioned and merged like every other field.
    public static let deleted = 0
}
