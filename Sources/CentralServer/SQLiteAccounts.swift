import SQLite
import SyncProtocol
import SyncStore

/// The accounts, in their own file.
extension SQLiteTransaction {
    func device(credentialHash: [UInt8]) throws -> DeviceEntry? {
        try devices("WHERE credential_hash = ?1", { try $0.bind(1, blob: credentialHash[...]) }).first
    }

    func device(_ id: Int64) throws -> DeviceEntry? { try devices("WHERE id = ?1", { try $0.bind(1, id) }).first }

    func devices() throws -> [DeviceEntry] { try devices("ORDER BY id") { _ in } }

    private func devices(_ clause: String, _ bind: (Statement) throws -> Void) throws -> [DeviceEntry] {
        let columns = "id, office, name, profile, credential_hash, enrolled_at, revoked_at"
        return try all("SELECT \(columns) FROM _device \(clause)", bind) { row in
            DeviceEntry(
                id: row.int64(0), office: row.string(1), name: row.string(2),
                profile: try Profile.decode(row.bytes(3)), credentialHash: row.bytes(4), enrolledAt: row.int64(5),
                revokedAt: row.isNull(6) ? nil : row.int64(6))
        }
    }

    func add(_ device: DeviceEntry) throws -> Int64 {
        let insert = try connection.statement(
            "INSERT INTO _device (office, name, profile, credential_hash, enrolled_at) VALUES (?1, ?2, ?3, ?4, ?5)")
        try insert.bind(1, text: device.office)
        try insert.bind(2, text: device.name)
        try insert.bind(3, blob: Profile.encode(device.profile)[...])
        try insert.bind(4, blob: device.credentialHash[...])
        try insert.bind(5, device.enrolledAt)
        try insert.run()
        return connection.lastInsertRowID
    }

    func save(_ device: DeviceEntry) throws {
        let update = try connection.statement("UPDATE _device SET name = ?2, revoked_at = ?3 WHERE id = ?1")
        try update.bind(1, device.id)
        try update.bind(2, text: device.name)
        if let revokedAt = device.revokedAt { try update.bind(3, revokedAt) }
        try update.run()
    }

    func codesMade(office: String) throws -> Int {
        // A device that was copied has several numbers: each but its first counts as a code does.
        let query = """
            SELECT (SELECT count(*) FROM _code WHERE office = ?1) + (SELECT count(*) - count(DISTINCT i.device)
              FROM _identity AS i JOIN _device AS d ON d.id = i.device WHERE d.office = ?1)
            """
        let made = try all(query, { try $0.bind(1, text: office) }) { Int($0.int64(0)) }
        return (made.first ?? 0) + Int(try setting(SQLiteStorage.forgottenCodes) ?? 0)
    }

    func skipReplicaNumbers(_ count: Int64) throws {
        let update = try connection.statement("UPDATE _account SET next_replica = next_replica + ?1")
        try update.bind(1, count)
        try update.run()
    }

    func setting(_ name: String) throws -> Int64? {
        try all("SELECT value FROM _setting WHERE name = ?1", { try $0.bind(1, text: name) }) { $0.int64(0) }.first
    }

    func set(_ name: String, to value: Int64) throws {
        let insert = try connection.statement("INSERT OR REPLACE INTO _setting (name, value) VALUES (?1, ?2)")
        try insert.bind(1, text: name)
        try insert.bind(2, value)
        try insert.run()
    }

    func takeReplicaNumber(for device: Int64) throws -> ReplicaID {
        guard let next = try connection.scalar("SELECT next_replica FROM _account"), next < Int64(UInt32.max) else {
            throw StoreError.damagedState("table _account has no next replica number")
        }
        try connection.execute("UPDATE _account SET next_replica = next_replica + 1")
        let insert = try connection.statement("INSERT INTO _identity (number, device) VALUES (?1, ?2)")
        try insert.bind(1, next)
        try insert.bind(2, device)
        try insert.run()
        return ReplicaID(rawValue: UInt32(next))
    }

    func offices() throws -> [OfficeEntry] {
        try offices("ORDER BY code") { _ in }
    }

    func office(_ code: String) throws -> OfficeEntry? {
        try offices("WHERE code = ?1", { try $0.bind(1, text: code) }).first
    }

    private func offices(_ clause: String, _ bind: (Statement) throws -> Void) throws -> [OfficeEntry] {
        try all("SELECT code, name, attributes FROM _office \(clause)", bind) { row in
            OfficeEntry(code: row.string(0), name: row.string(1), attributes: try Profile.decode(row.bytes(2)))
        }
    }

    func save(_ office: OfficeEntry) throws {
        let insert = try connection.statement(
            """
            INSERT INTO _office (code, name, attributes) VALUES (?1, ?2, ?3)
            ON CONFLICT (code) DO UPDATE SET name = excluded.name, attributes = excluded.attributes
            """)
        try insert.bind(1, text: office.code)
        try insert.bind(2, text: office.name)
        try insert.bind(3, blob: Profile.encode(office.attributes)[...])
        try insert.run()
    }

    func code(hash: [UInt8]) throws -> CodeEntry? {
        let columns = "hash, office, name, profile, expires_at, used_by"
        return try all("SELECT \(columns) FROM _code WHERE hash = ?1", { try $0.bind(1, blob: hash[...]) }) { row in
            CodeEntry(
                hash: row.bytes(0), office: row.string(1), name: row.string(2),
                profile: try Profile.decode(row.bytes(3)), expiresAt: row.int64(4),
                usedBy: row.isNull(5) ? nil : row.int64(5))
        }.first
    }

    func save(_ code: CodeEntry) throws {
        let insert = try connection.statement(
            """
            INSERT OR REPLACE INTO _code (hash, office, name, profile, expires_at, used_by)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            """)
        try insert.bind(1, blob: code.hash[...])
        try insert.bind(2, text: code.office)
        try insert.bind(3, text: code.name)
        try insert.bind(4, blob: Profile.encode(code.profile)[...])
        try insert.bind(5, code.expiresAt)
        if let usedBy = code.usedBy { try insert.bind(6, usedBy) }
        try insert.run()
    }

    func all<T>(
        _ sql: String, _ bind: (Statement) throws -> Void, _ make: (Statement) throws -> T
    ) throws -> [T] {
        let select = try connection.statement(sql)
        defer { select.reset() }
        try bind(select)
        var rows: [T] = []
        while try select.step() { rows.append(try make(select)) }
        return rows
    }
}
