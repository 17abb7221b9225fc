import SyncProtocol

extension CallCenterSchema {
    /// The cases.
    ///
    /// The fields that change most, and those of every case, have the numbers below 24: one byte on the wire.
    static let cases = CollectionSchema(
        number: Collections.cases, name: "cases",
        fields: identityAndStatus + matter + handling + reporter + publication,
        indexes: [["ticket"], ["status"], ["received_at"], ["agency"], ["region"], ["office"], ["reporter_phone"]])

    private static let identityAndStatus = [
        FieldSchema(1, "ticket", .text, required: true),
        FieldSchema(2, "status", .text, required: true, allowed: CaseStatus.keys, group: "status"),
        FieldSchema(3, "status_at", .dateTime, group: "status"),
        FieldSchema(4, "status_by", .text, group: "status"),
        FieldSchema(5, "closing_reason", .text, allowed: ClosingReason.keys, group: "status"),
        FieldSchema(6, "closed_at", .dateTime, group: "status"),
        FieldSchema(7, "class", .text, required: true, allowed: CaseClass.keys),
        FieldSchema(8, "channel", .text, required: true, allowed: Channel.keys),
        FieldSchema(9, "received_at", .dateTime, required: true),
        FieldSchema(10, "entered_at", .dateTime, bookkeeping: true),
        FieldSchema(11, "office", .text, required: true),
        FieldSchema(12, "operator", .text, bookkeeping: true),
    ]

    private static let matter = [
        FieldSchema(13, "title", .text, required: true, personal: true),
        FieldSchema(14, "narrative", .text, personal: true),
        FieldSchema(15, "category", .text),
        FieldSchema(16, "sub_category", .text),
        FieldSchema(17, "region", .text),
        FieldSchema(18, "urgency", .text, allowed: Urgency.keys),
        FieldSchema(24, "place", .text, personal: true),
        FieldSchema(25, "event_date", .text),
        FieldSchema(26, "reported_party", .text, personal: true),
        FieldSchema(27, "language", .text),
    ]

    private static let handling = [
        // The agency's clock starts when the case is passed on to it.
        FieldSchema(19, "agency", .text, group: "assignment"),
        FieldSchema(20, "forwarded_at", .dateTime, group: "assignment"),
        FieldSchema(21, "answer", .text, personal: true, group: "answer"),
        FieldSchema(22, "answered_at", .dateTime, group: "answer"),
        FieldSchema(28, "answered_by", .text, group: "answer"),
        FieldSchema(29, "verified_at", .dateTime, group: "verification"),
        FieldSchema(30, "verified_by", .text, group: "verification"),
        FieldSchema(31, "complete_at", .dateTime),
        FieldSchema(32, "extended_at", .dateTime, group: "extension"),
        FieldSchema(33, "extension_reason", .text, personal: true, group: "extension"),
        FieldSchema(34, "admitted_at", .dateTime),
        FieldSchema(35, "proof_at", .dateTime),
        FieldSchema(36, "external_id", .text),
        FieldSchema(37, "duplicate_of", .bytes, reference: "cases"),
    ]

    private static let reporter = [
        FieldSchema(23, "reporter_name", .text, personal: true),
        FieldSchema(38, "reporter_phone", .text, personal: true, group: "phone"),
        FieldSchema(39, "reporter_phone_typed", .text, personal: true, group: "phone"),
        FieldSchema(40, "reporter_address", .text, personal: true),
        FieldSchema(41, "reporter_nik", .text, personal: true),
        FieldSchema(42, "reporter_profession", .text, personal: true),
        FieldSchema(43, "on_behalf_of", .text, personal: true),
        FieldSchema(44, "anonymous", .bool),
        FieldSchema(45, "confidential", .bool),
        FieldSchema(46, "consent", .bool),
    ]

    private static let publication = [
        FieldSchema(47, "public_text", .text, group: "publication"),
        FieldSchema(48, "publish", .bool, group: "publication"),
        FieldSchema(49, "redacted_by", .text, group: "publication"),
    ]
}
