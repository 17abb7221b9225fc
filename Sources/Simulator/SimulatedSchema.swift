import SyncProtocol

/// The schemas of the simulated devices.
enum SimulatedSchema: String {
    case old
    case new
    /// A program whose schema says otherwise than the server's, so that its writes are refused.
    case wrong

    static let cases = 2
    static let notes = 3
    static let regions = 4
    static let visits = 5

    func schema() throws -> Schema {
        let isNew = self != .old
        let isWrong = self == .wrong
        var cases = [
            FieldSchema(1, "title", .text, required: !isWrong),
            FieldSchema(
                2, "status", .text, allowed: isWrong ? [] : ["new", "open", "done"], group: isWrong ? nil : "status"),
            FieldSchema(3, "closed_at", .dateTime, group: isWrong ? nil : "status"),
            FieldSchema(4, "priority", isWrong ? .text : .integer),
            FieldSchema(5, "note", .text),
            FieldSchema(6, "entered_by", .text, bookkeeping: true),
            // What rules of scope look at, and what names a person.
            FieldSchema(10, "office", .text), FieldSchema(11, "agency", .text), FieldSchema(12, "person", .text),
        ]
        if isNew {
            cases += [
                FieldSchema(7, "channel", .text), FieldSchema(8, "village", .text, group: "place"),
                FieldSchema(9, "district", .text, group: "place"),
            ]
        }
        var collections = [
            CollectionSchema(number: Self.cases, name: "cases", fields: cases, indexes: [["status"]]),
            CollectionSchema(
                number: Self.notes, name: "notes",
                fields: [
                    FieldSchema(1, "case_id", .bytes, required: true, reference: "cases"),
                    FieldSchema(2, "text", .text),
                ]),
            CollectionSchema(
                number: Self.regions, name: "regions", isReference: !isWrong, fields: [FieldSchema(1, "name", .text)]),
        ]
        if isNew {
            collections.append(
                CollectionSchema(
                    number: Self.visits, name: "visits",
                    fields: [
                        FieldSchema(1, "case_id", .bytes, reference: "cases"), FieldSchema(2, "minutes", .integer),
                    ]))
        }
        return try Schema(name: "simulated", version: isNew ? 2 : 1, collections: collections)
    }
}

/// What the oracle knows of the server's schema, written down a second time.
struct SimulatedRules {
    let isNew: Bool

    /// The fields that win or lose together with a field of a collection.
    func unit(_ collection: Int, _ field: Int) -> [Int] {
        guard collection == SimulatedSchema.cases else { return [field] }
        if [2, 3].contains(field) { return [2, 3] }
        return isNew && [8, 9].contains(field) ? [8, 9] : [field]
    }

    /// Whether a field makes no conflict.
    func isBookkeeping(_ collection: Int, _ field: Int) -> Bool { collection == SimulatedSchema.cases && field == 6 }

    /// The type of a field, or nil for one that the server does not know.
    func type(_ collection: Int, _ field: Int) -> ValueType? {
        switch (collection, field) {
        case (_, 0): .bool
        case (2, 1), (2, 2), (2, 5), (2, 6), (2, 10), (2, 11), (2, 12), (3, 2): .text
        case (2, 3): .dateTime
        case (2, 4): .integer
        case (2, 7), (2, 8), (2, 9): isNew ? .text : nil
        case (3, 1): .bytes
        case (5, 1): isNew ? .bytes : nil
        case (5, 2): isNew ? .integer : nil
        case (1, 20), (1, 21): .text
        case (1, 22): .dateTime
        default: nil
        }
    }

    /// Whether a field must have a value.
    func isRequired(_ collection: Int, _ field: Int) -> Bool { field == 1 && (collection == 2 || collection == 3) }

    /// Whether a field holds the id of a case.
    func isReference(_ collection: Int, _ field: Int) -> Bool {
        field == 1 && (collection == 3 || collection == 5 && isNew)
    }
}
