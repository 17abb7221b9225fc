import SQLite
import SyncProtocol
import SyncStore

extension SQLiteTransaction {
    private static let redactionColumns = """
        id, request, collection, record, fields, why, asked_by, asked_at, confirmed_by, confirmed_at, time
        """

    func redactions() throws -> [RedactionEntry] {
        try redactions("FROM _redaction ORDER BY id") { _ in }
    }

    func unappliedRedactions() throws -> [RedactionEntry] {
        try redactions(
            "FROM _redaction WHERE confirmed_at > 0 AND id NOT IN (SELECT id FROM main._redacted) ORDER BY id"
        ) { _ in }
    }

    func redactions(after sequence: Int64) throws -> [Redaction] {
        try redactions(
            """
            FROM main._redacted AS place JOIN _redaction USING (id)
            WHERE place.sequence > ?1 ORDER BY place.sequence
            """
        ) { try $0.bind(1, sequence) }.compactMap(\.redaction)
    }

    private func redactions(_ clause: String, _ bind: (Statement) throws -> Void) throws -> [RedactionEntry] {
        try all("SELECT \(Self.redactionColumns) \(clause)", bind) { row in
            guard let record = RecordID(bytes: row.bytes(3)) else {
                throw StoreError.damagedState("table _redaction: an id has 16 bytes")
            }
            var entry = RedactionEntry(
                id: row.int64(0), request: row.int64(1),
                key: RecordKey(collection: Int(row.int64(2)), record: record), fields: [], why: row.string(5),
                askedBy: row.string(6), askedAt: row.int64(7), confirmedBy: row.string(8), confirmedAt: row.int64(9),
                time: HybridTimestamp(rawValue: UInt64(bitPattern: row.int64(10))))
            let packed = row.bytes(4)
            var position = 0
            while position < packed.count {
                entry.fields.append(Int(try Varint.read(packed[...], &position, limit: UInt64(Int32.max))))
            }
            return entry
        }
    }

    func save(_ entry: RedactionEntry) throws -> Int64 {
        let id = try entry.id > 0 ? entry.id : (connection.scalar("SELECT max(id) FROM _redaction") ?? 0) + 1
        var fields: [UInt8] = []
        for field in entry.fields { Varint.append(UInt64(field), to: &fields) }
        let insert = try connection.statement(
            """
            INSERT OR REPLACE INTO _redaction (\(Self.redactionColumns))
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
            """)
        try insert.bind(1, id)
        try insert.bind(2, entry.request > 0 ? entry.request : id)
        try insert.bind(3, Int64(entry.key.collection))
        try insert.bind(4, entry.key.record)
        try insert.bind(5, blob: fields[...])
        try insert.bind(6, text: entry.why)
        try insert.bind(7, text: entry.askedBy)
        try insert.bind(8, entry.askedAt)
        try insert.bind(9, text: entry.confirmedBy)
        try insert.bind(10, entry.confirmedAt)
        try insert.bind(11, Int64(bitPattern: entry.time.rawValue))
        try insert.run()
        return id
    }

    func removeRedaction(_ id: Int64) throws {
        let delete = try connection.statement("DELETE FROM _redaction WHERE id = ?1 AND confirmed_at = 0")
        try delete.bind(1, id)
        try delete.run()
    }

    func noteApplied(redaction id: Int64, at sequence: Int64) throws {
        let insert = try connection.statement("INSERT OR REPLACE INTO main._redacted (id, sequence) VALUES (?1, ?2)")
        try insert.bind(1, id)
        try insert.bind(2, sequence)
        try insert.run()
    }

    func replaceQuarantined(_ id: Int64, with bytes: [UInt8]) throws {
        let update = try connection.statement("UPDATE OR REPLACE _quarantine SET change = ?2 WHERE id = ?1")
        try update.bind(1, id)
        try update.bind(2, blob: bytes[...])
        try update.run()
    }
}
