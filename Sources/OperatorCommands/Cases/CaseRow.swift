import CallCenter
import OfflineClient
import SQLite
import SyncProtocol

/// A case as a list shows it: some of its fields.
struct CaseRow {
    let id: RecordID
    private let values: [String: Value]

    subscript(field: String) -> Value { values[field] ?? .null }

    var ticket: String { self["ticket"].text ?? id.description }
    var isConfidential: Bool { self["confidential"].isTrue }
    var status: CaseStatus? { self["status"].text.flatMap(CaseStatus.init(rawValue:)) }

    /// The fields of a row in a list.
    static let fields =
        CaseClock.fields + [
            "ticket", "status", "closing_reason", "title", "category", "agency", "region", "office", "channel",
            "urgency",
            "confidential",
        ]

    init(_ record: Record) {
        id = record.id
        values = record.fields
    }

    private init(id: RecordID, values: [String: Value]) {
        self.id = id
        self.values = values
    }

    /// The rows that a condition selects.
    ///
    /// - Parameter bind: gives the condition's placeholders their values.
    static func select(
        _ connection: Connection, where condition: String, order: String, bind: (Statement) throws -> Void
    ) throws -> [CaseRow] {
        let cases = try CallCenterSchema.schema["cases"]
        let columns = fields.map { "\"\($0)\"" }.joined(separator: ", ")
        let select = try connection.statement("SELECT id, \(columns) FROM cases WHERE \(condition) ORDER BY \(order)")
        defer { select.reset() }
        try bind(select)
        var rows: [CaseRow] = []
        while try select.step() {
            guard let id = RecordID(bytes: select.bytes(0)) else { continue }
            var values: [String: Value] = [:]
            for (index, field) in fields.enumerated() where !select.isNull(Int32(index + 1)) {
                let column = Int32(index + 1)
                switch cases?[field]?.type {
                case .dateTime: values[field] = .dateTime(select.int64(column))
                case .bool: values[field] = .bool(select.int64(column) != 0)
                default: values[field] = .text(select.string(column))
                }
            }
            rows.append(CaseRow(id: id, values: values))
        }
        return rows
    }
}
