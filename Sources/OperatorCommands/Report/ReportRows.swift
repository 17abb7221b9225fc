import CallCenter
import SQLite

/// The cases of one year as the report needs them, read lean from the plain table.
enum ReportRows {
    /// Reads the cases that were received in a year.
    static func of(_ year: Int, _ connection: Connection) throws -> [YearReport.Row] {
        let range = try YearRange(year)
        let select = try connection.statement(
            """
            SELECT category, agency, region, channel, status, closing_reason, class, received_at, verified_at,
              forwarded_at, complete_at, answered_at, closed_at, admitted_at, proof_at, extended_at
            FROM cases WHERE received_at >= ?1 AND received_at < ?2
            """)
        defer { select.reset() }
        try select.bind(1, range.start)
        try select.bind(2, range.end)
        func text(_ column: Int32) -> String? { select.isNull(column) ? nil : select.string(column) }
        func moment(_ column: Int32) -> Int64? { select.isNull(column) ? nil : select.int64(column) }
        var rows: [YearReport.Row] = []
        while try select.step() {
            // A class of a newer schema is counted, with the deadlines of an aspiration.
            let clock = CaseClock(
                caseClass: CaseClass(rawValue: select.string(6)) ?? .aspiration, receivedAt: select.int64(7),
                verifiedAt: moment(8), forwardedAt: moment(9), completeAt: moment(10), answeredAt: moment(11),
                closedAt: moment(12), admittedAt: moment(13), proofAt: moment(14), isExtended: moment(15) != nil)
            rows.append(
                YearReport.Row(
                    category: text(0), agency: text(1), region: text(2), channel: text(3), status: text(4),
                    closingReason: text(5), clock: clock))
        }
        return rows
    }
}
