import CallCenter
import SQLite
import SyncProtocol

/// Cases that are chosen and ordered by SQL, so that what nobody will see is neither read nor computed.
struct CaseSelection: Sendable {
    /// One condition: SQL with a `?` for each value.
    struct Condition: Sendable {
        let sql: String
        var values: [Value] = []

        /// Not closed.
        static let open = Condition(sql: "closed_at IS NULL")

        /// In a stretch of the table.
        static func places(_ range: Range<Int64>) -> Condition {
            Condition(
                sql: "seq >= ? AND seq < ?", values: [.integer(range.lowerBound), .integer(range.upperBound)])
        }
    }

    /// What a chosen case must fulfil; none chooses every case.
    var conditions: [Condition]

    init(conditions: [Condition]) { self.conditions = conditions }

    /// The cases of a reporter's telephone number in the form of E.164.
    init(reporterPhone: String) {
        conditions = [Condition(sql: "reporter_phone = ?", values: [.text(reporterPhone)])]
    }

    /// Counting goes no further than this: what a list costs is not to grow with what it does not show.
    static let mostCounted = 10_000

    /// How many cases there are, or nil for more than ``mostCounted``.
    func count(_ connection: Connection) throws -> Int? {
        let some = "SELECT 1 FROM cases WHERE \(condition) LIMIT \(Self.mostCounted + 1)"
        let select = try connection.statement("SELECT count(*) FROM (\(some))")
        try bind(select)
        defer { select.reset() }
        let count = try select.step() ? Int(select.int64(0)) : 0
        return count > Self.mostCounted ? nil : count
    }

    /// The first rows in an order.
    ///
    /// - Parameter limit: at most so many, or 0 for all.
    func rows(_ connection: Connection, order: String, limit: Int = 0) throws -> [CaseRow] {
        // Chosen first, so that only the chosen are read whole.
        let chosen = "SELECT seq FROM cases WHERE \(condition) ORDER BY \(order)" + (limit > 0 ? " LIMIT \(limit)" : "")
        let select = try connection.statement(
            "SELECT \(CaseRow.columns) FROM cases WHERE seq IN (\(chosen)) ORDER BY \(order)")
        try bind(select)
        defer { select.reset() }
        var rows: [CaseRow] = []
        while try select.step() { if let row = CaseRow(select) { rows.append(row) } }
        return rows
    }

    /// Every chosen case's place in the table, for ``CaseRow/at(_:_:)``, and what a look at each of them makes of it.
    ///
    /// - Parameters:
    ///   - columns: what to select behind the place.
    ///   - look: reads them, from column 1 on; nil leaves the case out.
    func places<Found>(
        _ connection: Connection, _ columns: String, suffix: String = "", look: (Statement) throws -> Found?
    ) throws -> [(place: Int64, found: Found)] {
        let select = try connection.statement("SELECT seq, \(columns) FROM cases WHERE \(condition) \(suffix)")
        try bind(select)
        defer { select.reset() }
        var places: [(place: Int64, found: Found)] = []
        while try select.step() {
            if let found = try look(select) { places.append((select.int64(0), found)) }
        }
        return places
    }

    private var condition: String { conditions.isEmpty ? "1" : conditions.map(\.sql).joined(separator: " AND ") }

    private func bind(_ select: Statement) throws {
        for (index, value) in conditions.flatMap(\.values).enumerated() {
            switch value {
            case .dateTime(let number), .integer(let number): try select.bind(Int32(index + 1), number)
            default: try select.bind(Int32(index + 1), text: value.text ?? "")
            }
        }
    }
}
