import SQLite

/// The audit log, with the accounts: it does not go back in time with a restore.
extension SQLiteTransaction {
    func auditEntries(after number: Int64, limit: Int) throws -> [AuditEntry] {
        try auditEntries(
            "WHERE number > ?1 ORDER BY number LIMIT ?2",
            { select in
                try select.bind(1, number)
                try select.bind(2, Int64(limit))
            })
    }

    func lastAuditEntry() throws -> AuditEntry? {
        try auditEntries("ORDER BY number DESC LIMIT 1", { _ in }).first
    }

    func auditCount(_ event: String) throws -> Int {
        try all("SELECT count(*) FROM _audit WHERE event = ?1", { try $0.bind(1, text: event) }) { Int($0.int64(0)) }
            .first ?? 0
    }

    private func auditEntries(_ clause: String, _ bind: (Statement) throws -> Void) throws -> [AuditEntry] {
        try all("SELECT number, time, event, subject, actor, detail, hash FROM _audit \(clause)", bind) { row in
            AuditEntry(
                number: row.int64(0), time: row.int64(1), event: row.string(2), subject: row.string(3),
                actor: row.string(4), detail: row.string(5), hash: row.bytes(6))
        }
    }

    func append(_ entry: AuditEntry) throws {
        let insert = try connection.statement("INSERT INTO _audit VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")
        try insert.bind(1, entry.number)
        try insert.bind(2, entry.time)
        try insert.bind(3, text: entry.event)
        try insert.bind(4, text: entry.subject)
        try insert.bind(5, text: entry.actor)
        try insert.bind(6, text: entry.detail)
        try insert.bind(7, blob: entry.hash[...])
        try insert.run()
    }
}
