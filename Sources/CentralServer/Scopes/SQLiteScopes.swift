import SQLite
import SyncProtocol
import SyncStore

/// Scopes, classes and escrow.
extension SQLiteTransaction {
    // MARK: Rules and scopes

    var isLasting: Bool { !connection.isWriting }

    func scopeRules() throws -> (version: Int64, json: [UInt8])? {
        try all("SELECT version, json FROM _rules", { _ in }) { ($0.int64(0), $0.bytes(1)) }.first
    }

    func saveScopeRules(_ json: [UInt8]) throws {
        let insert = try connection.statement(
            """
            INSERT INTO _rules (one, version, json) VALUES (1, 1, ?1)
            ON CONFLICT (one) DO UPDATE SET version = version + 1, json = excluded.json
            """)
        try insert.bind(1, blob: json[...])
        try insert.run()
    }

    func scope(_ number: Int64) throws -> [UInt8]? {
        try all("SELECT grants FROM _scope WHERE number = ?1", { try $0.bind(1, number) }) { $0.bytes(0) }.first
    }

    func scopeNumber(of bytes: [UInt8]) throws -> Int64? {
        try all("SELECT number FROM _scope WHERE grants = ?1", { try $0.bind(1, blob: bytes[...]) }) { $0.int64(0) }
            .first
    }

    func addScope(_ bytes: [UInt8]) throws -> Int64 {
        let insert = try connection.statement("INSERT INTO _scope (grants) VALUES (?1)")
        try insert.bind(1, blob: bytes[...])
        try insert.run()
        return connection.lastInsertRowID
    }

    func has(_ office: String, had scope: Int64) throws -> Bool {
        let select = try connection.statement("SELECT 1 FROM _had WHERE office = ?1 AND scope = ?2")
        defer { select.reset() }
        try select.bind(1, text: office)
        try select.bind(2, scope)
        return try select.step()
    }

    func note(_ office: String, has scope: Int64) throws {
        let insert = try connection.statement("INSERT OR IGNORE INTO _had (office, scope) VALUES (?1, ?2)")
        try insert.bind(1, text: office)
        try insert.bind(2, scope)
        try insert.run()
    }

    // MARK: Classes

    func classKey(_ number: Int64) throws -> [UInt8]? {
        try all("SELECT key FROM _class WHERE number = ?1", { try $0.bind(1, number) }) { $0.bytes(0) }.first
    }

    func classNumber(of key: [UInt8]) throws -> Int64? {
        try all("SELECT number FROM _class WHERE key = ?1", { try $0.bind(1, blob: key[...]) }) { $0.int64(0) }.first
    }

    func addClass(_ key: [UInt8]) throws -> Int64 {
        let insert = try connection.statement("INSERT INTO _class (key, digest) VALUES (?1, 0)")
        try insert.bind(1, blob: key[...])
        try insert.run()
        return connection.lastInsertRowID
    }

    /// The records outside any class are class 0.
    func classDigests() throws -> [Int64: UInt64] {
        let rows = try all("SELECT number, digest FROM _class", { _ in }) {
            ($0.int64(0), UInt64(bitPattern: $0.int64(1)))
        }
        return Dictionary(rows) { first, _ in first }
    }

    func add(_ digest: UInt64, toClass number: Int64) throws {
        let held = try all("SELECT digest FROM _class WHERE number = ?1", { try $0.bind(1, number) }) {
            UInt64(bitPattern: $0.int64(0))
        }.first
        let insert = try connection.statement(
            """
            INSERT INTO _class (number, key, digest) VALUES (?1, x'', ?2)
            ON CONFLICT (number) DO UPDATE SET digest = excluded.digest
            """)
        try insert.bind(1, number)
        try insert.bind(2, Int64(bitPattern: (held ?? 0) &+ digest))
        try insert.run()
    }

    func moves(after sequence: Int64) throws -> [ClassMove] {
        let query = "SELECT sequence, collection, record, class FROM _moved WHERE sequence > ?1 ORDER BY sequence"
        return try all(query, { try $0.bind(1, sequence) }) { row in
            ClassMove(
                sequence: row.int64(0), collection: Int(row.int64(1)), record: try id(row.bytes(2), "_moved"),
                from: row.int64(3))
        }
    }

    func note(_ move: ClassMove) throws {
        let insert = try connection.statement(
            "INSERT INTO _moved (sequence, collection, record, class) VALUES (?1, ?2, ?3, ?4)")
        try insert.bind(1, move.sequence)
        try insert.bind(2, Int64(move.collection))
        try insert.bind(3, move.record)
        try insert.bind(4, move.from)
        try insert.run()
    }

    func forgetMoves(through sequence: Int64) throws -> Int64 {
        let forgotten = try all("SELECT max(sequence) FROM _moved WHERE sequence <= ?1", { try $0.bind(1, sequence) }) {
            $0.isNull(0) ? 0 : $0.int64(0)
        }
        let delete = try connection.statement("DELETE FROM _moved WHERE sequence <= ?1")
        try delete.bind(1, sequence)
        try delete.run()
        return forgotten.first ?? 0
    }

    func setClass(_ number: Int64, of record: StoredRecord) throws {
        try store.replace(record, with: record.state, sequence: record.sequence, classNumber: number)
    }

    // MARK: Records

    func records(
        _ collection: CollectionNumber, where field: FieldNumber, holds id: RecordID
    ) throws -> [StoredRecord] { try store.records(collection, where: field, holds: id) }

    func allKeys() throws -> [RecordKey] {
        try store.allKeys().map { RecordKey(collection: $0.collection, record: $0.record) }
    }

    // MARK: Escrow

    func escrow(_ replica: ReplicaID, _ number: Int64) throws -> EscrowEntry? {
        try entries("WHERE replica = ?1 AND number = ?2") { select in
            try select.bind(1, Int64(replica.rawValue))
            try select.bind(2, number)
        }.first
    }

    func escrow(includingDecided: Bool) throws -> [EscrowEntry] {
        try entries((includingDecided ? "" : "WHERE decision IS NULL ") + "ORDER BY arrived_at, replica, number") { _ in
        }
    }

    func escrowDecisions(ofDevice device: Int64, after sequence: Int64) throws -> [EscrowEntry] {
        let claimed = "SELECT replica, number FROM _escrow_claim WHERE device = ?1"
        let clause = "WHERE (device = ?1 OR (replica, number) IN (\(claimed))) AND sequence > ?2 ORDER BY sequence"
        return try entries(clause) { select in
            try select.bind(1, device)
            try select.bind(2, sequence)
        }
    }

    func escrow(number: Int64, ofOffice office: String) throws -> [EscrowEntry] {
        try entries("WHERE number = ?1 AND office = ?2 ORDER BY replica") { select in
            try select.bind(1, number)
            try select.bind(2, text: office)
        }
    }

    func claim(_ entry: EscrowEntry, for device: Int64) throws {
        let insert = try connection.statement(
            "INSERT OR IGNORE INTO _escrow_claim (device, replica, number) VALUES (?1, ?2, ?3)")
        try insert.bind(1, device)
        try insert.bind(2, Int64(entry.replica.rawValue))
        try insert.bind(3, entry.number)
        try insert.run()
    }

    private func entries(_ clause: String, _ bind: (Statement) throws -> Void) throws -> [EscrowEntry] {
        let columns =
            "replica, number, device, office, arrived_at, change, decision, decided_by, decided_at, sequence"
        return try all("SELECT \(columns) FROM _escrow \(clause)", bind) { row in
            EscrowEntry(
                replica: ReplicaID(rawValue: UInt32(truncatingIfNeeded: row.int64(0))), number: row.int64(1),
                device: row.int64(2), office: row.string(3), arrivedAt: row.int64(4), bytes: row.bytes(5),
                decision: row.isNull(6) ? nil : EscrowEntry.Decision(rawValue: Int(row.int64(6))),
                decidedBy: row.string(7), decidedAt: row.int64(8), sequence: row.int64(9))
        }
    }

    func save(_ entry: EscrowEntry) throws {
        let insert = try connection.statement(
            """
            INSERT OR REPLACE INTO _escrow
              (replica, number, device, office, arrived_at, change, decision, decided_by, decided_at, sequence)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
            """)
        try insert.bind(1, Int64(entry.replica.rawValue))
        try insert.bind(2, entry.number)
        try insert.bind(3, entry.device)
        try insert.bind(4, text: entry.office)
        try insert.bind(5, entry.arrivedAt)
        try insert.bind(6, blob: entry.bytes[...])
        if let decision = entry.decision { try insert.bind(7, Int64(decision.rawValue)) }
        try insert.bind(8, text: entry.decidedBy)
        try insert.bind(9, entry.decidedAt)
        try insert.bind(10, entry.sequence)
        try insert.run()
    }

    private func id(_ bytes: [UInt8], _ table: String) throws -> RecordID {
        guard let id = RecordID(bytes: bytes) else {
            throw StoreError.damagedState("table \(table): an id has 16 bytes")
        }
        return id
    }
}
