import SQLite
import SyncProtocol
import SyncStore

/// The server's storage in one SQLite file.
public final class SQLiteStorage: CentralStorage {
    private let database: Database
    private let layout: StoreLayout

    /// Opens the database at a path, or makes it.
    ///
    /// - Parameters:
    ///   - epoch: a random number for the epoch of a new database.
    ///   - configure: changes to the way the file is opened.
    /// - Throws: `DatabaseError` or `StoreError` for a file that can't be used; it is left as it was.
    public init(
        path: String, schema: Schema, epoch: UInt32, configure: (inout Database.Configuration) -> Void = { _ in }
    ) throws {
        let layout = StoreLayout(schema)
        self.layout = layout
        var configuration = Database.Configuration(
            applicationID: CentralTables.applicationID, migrations: CentralTables.migrations)
        configure(&configuration)
        database = try Database(path: path, configuration: configuration)
        try database.write { connection in
            if try !layout.isPrepared(connection) { try layout.prepare(connection, keepsSequence: true) }
            let transaction = SQLiteTransaction(connection, layout: layout)
            if try connection.scalar("SELECT 1 FROM _central") == nil {
                try transaction.save(
                    CentralState(
                        epoch: max(epoch, 1), sequence: 0, clock: HybridLogicalClock(), digest: 0,
                        nextReplica: ReplicaID.centre.rawValue + 1))
            }
        }
    }

    /// Reads a snapshot beside the writer.
    public func read<T>(_ body: (any CentralSnapshot) throws -> T) throws -> T {
        try database.read { try body(SQLiteTransaction($0, layout: layout)) }
    }

    /// Writes in one transaction, durable when this returns.
    public func write<T>(_ body: (any CentralTransaction) throws -> T) throws -> T {
        try database.write { try body(SQLiteTransaction($0, layout: layout)) }
    }

    /// Reads the plain tables, for reports.
    public func query<T>(_ body: (Connection) throws -> T) throws -> T { try database.read(body) }

    /// Closes the database.
    public func close() throws { try database.close() }
}

/// One transaction on a connection of the storage.
private struct SQLiteTransaction: CentralTransaction {
    let connection: Connection
    let store: RecordStore

    init(_ connection: Connection, layout: StoreLayout) {
        self.connection = connection
        store = RecordStore(connection, layout: layout)
    }

    func savepoint<T>(_ body: () throws -> T) throws -> T { try connection.savepoint(body) }

    // MARK: Records

    func record(_ collection: CollectionNumber, _ id: RecordID) throws -> StoredRecord? {
        try store.load(collection, id)
    }

    func scan(after sequence: Int64, _ body: (any ScannedRow) throws -> Bool) throws {
        try store.scan(after: sequence) { try body($0) }
    }

    func insert(_ record: RecordState, sequence: Int64) throws { try store.insert(record, sequence: sequence) }

    func replace(_ stored: StoredRecord, with record: RecordState, sequence: Int64) throws {
        try store.replace(stored, with: record, sequence: sequence)
    }

    // MARK: State

    func state() throws -> CentralState {
        let select = try connection.statement("SELECT epoch, sequence, clock, digest, next_replica FROM _central")
        defer { select.reset() }
        guard try select.step() else { throw StoreError.damagedState("table _central is empty") }
        return CentralState(
            epoch: UInt32(truncatingIfNeeded: select.int64(0)), sequence: select.int64(1),
            clock: HybridLogicalClock(last: HybridTimestamp(rawValue: UInt64(bitPattern: select.int64(2)))),
            digest: UInt64(bitPattern: select.int64(3)), nextReplica: UInt32(truncatingIfNeeded: select.int64(4)))
    }

    func save(_ state: CentralState) throws {
        let insert = try connection.statement(
            """
            INSERT OR REPLACE INTO _central (one, epoch, sequence, clock, digest, next_replica)
            VALUES (1, ?1, ?2, ?3, ?4, ?5)
            """)
        try insert.bind(1, Int64(state.epoch))
        try insert.bind(2, state.sequence)
        try insert.bind(3, Int64(bitPattern: state.clock.last.rawValue))
        try insert.bind(4, Int64(bitPattern: state.digest))
        try insert.bind(5, Int64(state.nextReplica))
        try insert.run()
    }

    // MARK: Replicas, devices, offices, codes

    func replica(_ number: ReplicaID) throws -> ReplicaEntry? {
        try rows("WHERE number = ?1", { try $0.bind(1, Int64(number.rawValue)) }).first
    }

    func replicas() throws -> [ReplicaEntry] { try rows("ORDER BY number") { _ in } }

    private func rows(_ clause: String, _ bind: (Statement) throws -> Void) throws -> [ReplicaEntry] {
        try all("SELECT number, device, last_change, chain, last_push FROM _replica \(clause)", bind) { row in
            ReplicaEntry(
                number: ReplicaID(rawValue: UInt32(truncatingIfNeeded: row.int64(0))), device: row.int64(1),
                lastChange: row.int64(2), chain: UInt64(bitPattern: row.int64(3)), lastPush: row.int64(4))
        }
    }

    func save(_ replica: ReplicaEntry) throws {
        let insert = try connection.statement(
            """
            INSERT OR REPLACE INTO _replica (number, device, last_change, chain, last_push)
            VALUES (?1, ?2, ?3, ?4, ?5)
            """)
        try insert.bind(1, Int64(replica.number.rawValue))
        try insert.bind(2, replica.device)
        try insert.bind(3, replica.lastChange)
        try insert.bind(4, Int64(bitPattern: replica.chain))
        try insert.bind(5, replica.lastPush)
        try insert.run()
    }

    func refusals(of replica: ReplicaID, after number: Int64) throws -> [Refusal] {
        func bind(_ select: Statement) throws {
            try select.bind(1, Int64(replica.rawValue))
            try select.bind(2, number)
        }
        let query = "SELECT number, reason, field FROM _refusal WHERE replica = ?1 AND number > ?2 ORDER BY number"
        return try all(query, bind) { row in
            let reason = Refusal.Reason(rawValue: Int(row.int64(1))) ?? .unknown
            return Refusal(number: row.int64(0), reason: reason, field: Int(row.int64(2)))
        }
    }

    func save(_ refusal: Refusal, of replica: ReplicaID) throws {
        let insert = try connection.statement(
            "INSERT OR REPLACE INTO _refusal (replica, number, reason, field) VALUES (?1, ?2, ?3, ?4)")
        try insert.bind(1, Int64(replica.rawValue))
        try insert.bind(2, refusal.number)
        try insert.bind(3, Int64(refusal.reason.rawValue))
        try insert.bind(4, Int64(refusal.field))
        try insert.run()
    }

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

    func offices() throws -> [OfficeEntry] {
        try all("SELECT code, name FROM _office ORDER BY code", { _ in }) { row in
            OfficeEntry(code: row.string(0), name: row.string(1))
        }
    }

    func save(_ office: OfficeEntry) throws {
        let insert = try connection.statement(
            "INSERT INTO _office (code, name) VALUES (?1, ?2) ON CONFLICT (code) DO UPDATE SET name = excluded.name")
        try insert.bind(1, text: office.code)
        try insert.bind(2, text: office.name)
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

    private func all<T>(
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
