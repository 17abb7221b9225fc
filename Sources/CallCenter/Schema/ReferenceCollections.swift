import SyncProtocol

extension CallCenterSchema {
    /// What the centre owns and offices only read.
    static let referenceCollections: [CollectionSchema] = [
        reference(
            Collections.region, "region",
            [
                FieldSchema(1, "code", .text, required: true), FieldSchema(2, "name", .text, required: true),
                FieldSchema(3, "bps_code", .text), FieldSchema(4, "bsni_code", .text), FieldSchema(5, "seat", .text),
                FieldSchema(6, "population", .integer),
            ], key: "code"),
        reference(
            Collections.agency, "agency",
            [
                FieldSchema(1, "code", .text, required: true), FieldSchema(2, "name", .text, required: true),
                FieldSchema(3, "active", .bool),
            ], key: "code"),
        reference(
            Collections.category, "category",
            [
                FieldSchema(1, "key", .text, required: true), FieldSchema(2, "name", .text, required: true),
                FieldSchema(3, "name_en", .text, required: true), FieldSchema(4, "position", .integer),
            ], key: "key"),
        reference(
            Collections.office, "office",
            [
                FieldSchema(1, "code", .text, required: true), FieldSchema(2, "name", .text, required: true),
                FieldSchema(3, "region", .text), FieldSchema(4, "ticket_prefix", .text, required: true),
            ], key: "code"),
        reference(
            Collections.holiday, "holiday",
            [
                FieldSchema(1, "date", .text, required: true), FieldSchema(2, "name", .text, required: true),
                FieldSchema(3, "kind", .text, required: true, allowed: Holiday.Kind.keys),
                FieldSchema(4, "name_en", .text),
            ], key: "date"),
        reference(
            Collections.deadlineRule, "deadline_rule",
            [
                FieldSchema(1, "key", .text, required: true),
                FieldSchema(2, "stage", .text, required: true, allowed: DeadlineStage.keys),
                FieldSchema(3, "class", .text, allowed: CaseClass.keys),
                FieldSchema(4, "starts_at", .text, required: true, allowed: DeadlineStart.keys),
                FieldSchema(5, "amount", .integer, required: true),
                FieldSchema(6, "unit", .text, required: true, allowed: DeadlineUnit.keys),
                FieldSchema(7, "extension", .integer), FieldSchema(8, "regulation", .text, required: true),
                FieldSchema(9, "valid_from", .text), FieldSchema(10, "valid_until", .text),
                FieldSchema(11, "source", .text),
            ], key: "key"),
    ]

    private static func reference(
        _ number: CollectionNumber, _ name: String, _ fields: [FieldSchema], key: String
    ) -> CollectionSchema {
        CollectionSchema(number: number, name: name, isReference: true, fields: fields, indexes: [[key]])
    }
}
