/// A record with the versions of its fields: what a merge works on.
public struct RecordState: Hashable, Sendable {
    /// The collection of the record.
    public let collection: CollectionNumber
    /// The record.
    public let record: RecordID
    /// Who wrote which field, and when.
    public var versions: RecordVersions
    /// The fields that are not null, ascending by number; field 0 is there only when it is true.
    public private(set) var values: [FieldValue]

    /// Makes a record of its parts.
    ///
    /// Nulls are left out and the fields put in order.
    public init(collection: CollectionNumber, record: RecordID, versions: RecordVersions, values: [FieldValue]) {
        self.collection = collection
        self.record = record
        self.versions = versions
        self.values =
            Self.isTidy(values)
            ? values : values.filter { !Self.isAbsent($0.field, $0.value) }.sorted { $0.field < $1.field }
    }

    /// Whether the fields ascend and none is null, as they come from a store and in most changes.
    private static func isTidy(_ values: [FieldValue]) -> Bool {
        var last = -1
        for field in values {
            if field.field <= last || isAbsent(field.field, field.value) { return false }
            last = field.field
        }
        return true
    }

    /// Whether the record is deleted.
    public var isDeleted: Bool { values.first?.field == FieldNumber.deleted }

    /// The value of a field; null where there is none, and true or false for field 0.
    public subscript(field: FieldNumber) -> EncodedValue {
        if let found = values.first(where: { $0.field == field }) { return found.value }
        return field == .deleted ? .false : .null
    }

    /// Sets a value and the write that it carries.
    public mutating func set(_ field: FieldNumber, _ value: EncodedValue, write: RecordVersions.Write) {
        versions.set(field, to: write)
        let place = values.firstIndex { $0.field >= field } ?? values.endIndex
        let exists = place < values.endIndex && values[place].field == field
        switch (exists, Self.isAbsent(field, value)) {
        case (true, true): values.remove(at: place)
        case (true, false): values[place] = FieldValue(field, value)
        case (false, true): break
        case (false, false): values.insert(FieldValue(field, value), at: place)
        }
    }

    /// Whether a write gave the field its value.
    ///
    /// A field that none did is null under the version of the creation.
    public func isWritten(_ field: FieldNumber) -> Bool {
        values.contains { $0.field == field } || versions.isLater(field)
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
