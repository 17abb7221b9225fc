import CallCenter
import CommandFrame
import OfflineClient
import SQLite
import SyncProtocol

/// Ticket numbers within a transaction.
enum Tickets {
    /// The greatest serial that this device gave out this year, deleted cases included; 0 for none.
    static func lastSerial(prefix: String, at now: Int64, _ transaction: LocalTransaction) throws -> Int {
        let series = TicketNumber.series(prefix: prefix, at: now)
        let (living, deleted) = try transaction.query { connection in
            let select = try connection.statement(
                """
                SELECT ticket FROM cases WHERE ticket >= ?1 AND ticket < ?1 || ':'
                ORDER BY length(ticket) DESC, ticket DESC LIMIT 1
                """)
            defer { select.reset() }
            try select.bind(1, text: series)
            return (try select.step() ? select.string(0) : nil, try Workplace.deletedIDs(connection))
        }
        let others = try deleted.compactMap { try transaction.read("cases", $0)?["ticket"].text }
        return (others + [living].compactMap { $0 }).filter { $0.hasPrefix(series) }
            .compactMap { TicketNumber($0)?.serial }.max() ?? 0
    }

    /// The centre gave this device no prefix that a ticket can have.
    static var noPrefix: CommandError {
        CommandError(
            .configuration, "no-ticket-prefix", id: "Perangkat ini belum mempunyai awalan nomor tiket.",
            en: "This device has no prefix for ticket numbers yet.", advice: safe(tellCentre))
    }
}
