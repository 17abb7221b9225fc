import CallCenter
import OfflineClient
import SQLite
import SyncProtocol

/// A case as a list shows it: some of its fields.
struct CaseRow {
    let id: RecordID
    /// When the agency first followed up.
    private let followedUpAt: Int64?
    private let values: [String: Value]

    subscript(field: String) -> Value { values[field] ?? .null }

    var ticket: String { self["ticket"].text ?? id.description }
    var isConfidential: Bool { self["confidential"].isTrue }
    var status: CaseStatus? { self["status"].text.flatMap(CaseStatus.init(rawValue:)) }
    var clock: CaseClock? { CaseClock(followedUpAt: followedUpAt) { self[$0] } }

    init(_ record: Record, followedUpAt: Int64?) {
        id = record.id
        values = record.fields
        self.followedUpAt = followedUpAt
    }

    // MARK: From the table

    /// The fields of a row in a list.
    private static let fields =
        CaseClock.fields + [
            "ticket", "status", "closing_reason", "title", "category", "agency", "region", "office", "channel",
            "urgency",
            "confidential",
        ]

    /// Their types, as the schema has them.
    private static let types = fields.map { field in (try? CallCenterSchema.schema)?["cases"]?[field]?.type }

    /// What ``init(_:)`` reads.
    static let columns =
        "id, \(CaseClock.firstFollowUp), " + fields.map { "\"\($0)\"" }.joined(separator: ", ")

    /// Reads a row that was selected with ``columns``.
    init?(_ select: Statement) {
        guard let id = RecordID(bytes: select.bytes(0)) else { return nil }
        var values: [String: Value] = [:]
        for (index, field) in Self.fields.enumerated() where !select.isNull(Int32(index + 2)) {
            let column = Int32(index + 2)
            switch Self.types[index] {
            case .dateTime: values[field] = .dateTime(select.int64(column))
            case .bool: values[field] = .bool(select.int64(column) != 0)
            default: values[field] = .text(select.string(column))
            }
        }
        self.id = id
        self.values = values
        followedUpAt = select.isNull(1) ? nil : select.int64(1)
    }

    /// The row at a place in the table.
    static func at(_ place: Int64, _ connection: Connection) throws -> CaseRow? {
        let select = try connection.statement("SELECT \(columns) FROM cases WHERE seq = ?1")
        defer { select.reset() }
        try select.bind(1, place)
        return try select.step() ? CaseRow(select) : nil
    }
}
