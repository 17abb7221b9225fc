import CallCenter
import CommandFrame
import OfflineClient
import SQLite
import SyncProtocol

extension Workplace {
    /// The case that a person named: by its ticket in any spelling (`LIW-26-000123`, `liw-26-123`), by a beginning or
    /// an end of it that only one ticket has (`123`), or by its record id.
    ///
    /// - Parameter includingDeleted: whether a deleted case is found as well.
    /// - Throws: ``CommandFrame/CommandError``: `no-such-case` (66), `ambiguous-case` or `deleted-case` (64).
    public func findCase(_ reference: String, includingDeleted: Bool = false) throws -> Record {
        let wanted = reference.filter { !$0.isWhitespace }
        if let id = RecordID(wanted), let record = try client.read("cases", id) {
            return try live(record, includingDeleted)
        }
        let candidates = try candidates(for: wanted)
        if candidates.count == 1, let record = try client.read("cases", candidates[0].id) {
            return try live(record, includingDeleted)
        }
        if candidates.count > 1 { throw Self.ambiguous(reference, candidates.map(\.ticket)) }
        let deleted = try deletedCases().filter { Self.isMatch($0["ticket"].text ?? "", wanted) }
        if deleted.count == 1 { return try live(deleted[0], includingDeleted) }
        if deleted.count > 1 { throw Self.ambiguous(reference, deleted.map { $0["ticket"].text ?? "" }) }
        throw CommandError(
            .noInput, "no-such-case", id: "Tidak ada kasus '\(reference)' di perangkat ini.",
            en: "There is no case '\(reference)' on this device.",
            advice: Words(
                id: "Cari dengan: sambung cari KATA, atau ambil yang baru dengan: sambung sinkron",
                en: "Look for it with: sambung search WORD, or fetch what is new with: sambung sync"))
    }

    /// The deleted cases.
    ///
    /// They stand in no plain table.
    public func deletedCases() throws -> [Record] {
        try client.query(Self.deletedIDs).compactMap { try client.read("cases", $0) }
    }

    /// The ids of the deleted cases, in a connection of a query or a write.
    static func deletedIDs(_ connection: Connection) throws -> [RecordID] {
        let select = try connection.statement("SELECT id FROM _packed WHERE collection = ?1 ORDER BY seq DESC")
        defer { select.reset() }
        try select.bind(1, Int64(CallCenterSchema.Collections.cases))
        var ids: [RecordID] = []
        while try select.step() { if let id = RecordID(bytes: select.bytes(0)) { ids.append(id) } }
        return ids
    }

    private typealias Candidate = (id: RecordID, ticket: String)

    /// The best matches: the same ticket, else the same serial, else a beginning or an end.
    private func candidates(for wanted: String) throws -> [Candidate] {
        guard (1...64).contains(wanted.utf8.count), wanted.utf8.allSatisfy(Self.isOfTicket) else { return [] }
        let exact = TicketNumber(wanted)?.description ?? wanted.uppercased()
        var found = try client.query { connection in
            try Self.rows(connection, "ticket = ?1", exact)
        }
        if found.isEmpty {
            found = try client.query { connection in
                try Self.rows(connection, "ticket LIKE ?1 || '%' OR ticket LIKE '%' || ?1", exact)
            }
            let sameSerial = found.filter { Self.hasSerial($0.ticket, wanted) }
            if !sameSerial.isEmpty { found = sameSerial }
        }
        return found
    }

    /// Letters, digits and hyphens: nothing that LIKE takes for a pattern.
    private static func isOfTicket(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D: true
        default: false
        }
    }

    private static func rows(_ connection: Connection, _ condition: String, _ value: String) throws -> [Candidate] {
        let select = try connection.statement(
            "SELECT id, ticket FROM cases WHERE \(condition) ORDER BY ticket LIMIT 21")
        defer { select.reset() }
        try select.bind(1, text: value)
        var rows: [Candidate] = []
        while try select.step() {
            if let id = RecordID(bytes: select.bytes(0)) { rows.append((id, select.string(1))) }
        }
        return rows
    }

    private static func isMatch(_ ticket: String, _ wanted: String) -> Bool {
        let exact = TicketNumber(wanted)?.description ?? wanted.uppercased()
        return ticket == exact || hasSerial(ticket, wanted)
    }

    private static func hasSerial(_ ticket: String, _ wanted: String) -> Bool {
        guard let serial = Int(wanted) else { return false }
        return TicketNumber(ticket)?.serial == serial
    }

    private func live(_ record: Record, _ includingDeleted: Bool) throws -> Record {
        if includingDeleted || !record.isDeleted { return record }
        let ticket = record["ticket"].text ?? "\(record.id)"
        throw CommandError(
            .usage, "deleted-case", id: "Kasus \(ticket) sudah dihapus.", en: "Case \(ticket) is deleted.",
            advice: Words(
                id: "Pulihkan dengan: sambung pulihkan \(ticket)", en: "Bring it back with: sambung undelete \(ticket)")
        )
    }

    private static func ambiguous(_ reference: String, _ tickets: [String]) -> CommandError {
        let shown = tickets.prefix(20).joined(separator: ", ") + (tickets.count > 20 ? ", …" : "")
        return CommandError(
            .usage, "ambiguous-case", id: "'\(reference)' cocok dengan beberapa kasus: \(shown).",
            en: "'\(reference)' fits several cases: \(shown).",
            advice: Words(id: "Tulis nomor tiketnya lebih lengkap.", en: "Write more of the ticket number."),
            details: ["candidates": .array(tickets.map { .string($0) })])
    }
}
