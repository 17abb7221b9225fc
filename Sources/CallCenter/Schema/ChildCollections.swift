import SyncProtocol

extension CallCenterSchema {
    /// What people add to a case one after another: records of their own, so that no office overwrites another's.
    static let childCollections: [CollectionSchema] = [
        child(
            Collections.disposition, "disposition",
            [
                FieldSchema(5, "kind", .text, required: true, allowed: DispositionKind.keys),
                FieldSchema(6, "from_agency", .text),
                FieldSchema(7, "to_agency", .text),
                FieldSchema(8, "to_body", .text),
                FieldSchema(9, "note", .text, personal: true),
            ], indexes: [["to_agency"]]),
        child(
            Collections.note, "note",
            [
                FieldSchema(5, "kind", .text, required: true, allowed: NoteKind.keys),
                FieldSchema(6, "text", .text, required: true, personal: true),
                FieldSchema(7, "agency", .text),
            ]),
        child(
            Collections.statusChange, "status_change",
            [
                FieldSchema(5, "from_status", .text, allowed: CaseStatus.keys),
                FieldSchema(6, "to_status", .text, required: true, allowed: CaseStatus.keys),
                FieldSchema(7, "closing_reason", .text, allowed: ClosingReason.keys),
                FieldSchema(8, "note", .text, personal: true),
            ]),
        child(
            Collections.feedback, "feedback",
            [
                FieldSchema(5, "rating", .integer), FieldSchema(6, "satisfied", .bool),
                FieldSchema(7, "comment", .text, personal: true),
            ]),
    ]

    /// A child begins with its case, when and by whom it was written, and in which office.
    private static func child(
        _ number: CollectionNumber, _ name: String, _ fields: [FieldSchema], indexes: [[String]] = []
    ) -> CollectionSchema {
        let common = [
            FieldSchema(1, "case_id", .bytes, required: true, reference: "cases"),
            FieldSchema(2, "written_at", .dateTime, required: true),
            FieldSchema(3, "written_by", .text),
            FieldSchema(4, "office", .text, required: true),
        ]
        return CollectionSchema(number: number, name: name, fields: common + fields, indexes: [["case_id"]] + indexes)
    }
}
