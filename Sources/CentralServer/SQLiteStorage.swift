import SQLite
import SyncProtocol
import SyncStore

/// The server's storage in two SQLite files: the records, and beside them the accounts, which stay as they are when the
/// records are restored from a backup (``AccountTables``).
public final class SQLiteStorage: CentralStorage {
    /// The name of the accounts' file, beside that of the records.
    public static let accountsFile = "accounts.db"

    let database: Database
    let layout: StoreLayout

    /// The schema of the records.
    public var schema: Schema { layout.schema }

    /// Opens the database at a path, or makes it, with the accounts in the same folder.
    ///
    /// - Parameters:
    ///   - epoch: a random number for the epoch of a new database.
    ///   - configure: changes to the way the file is opened.
    /// - Throws: `DatabaseError` or `StoreError` for a file that can't be used; it is left as it was.
    ///   ``CentralStorageError`` where one of the two files is missing.
    public init(
        path: String, schema: Schema, epoch: UInt32, configure: (inout Database.Configuration) -> Void = { _ in }
    ) throws {
        let layout = StoreLayout(schema, isOrdered: true)
        self.layout = layout
        var configuration = Database.Configuration(
            applicationID: CentralTables.applicationID, migrations: CentralTables.migrations)
        configuration.attached = [
            Database.AttachedFile(
                name: AccountTables.name, path: Self.accountsPath(besides: path),
                applicationID: AccountTables.applicationID, migrations: AccountTables.migrations)
        ]
        // What pushes touch lies all over the tables and their indexes; a page that is not in memory costs a read, and
        // one that is copied into the file at each of many checkpoints costs a write more.
        configuration.writerCacheKibibytes = 65_536
        configuration.checkpointPages = 4000
        configure(&configuration)
        database = try Database(path: path, configuration: configuration)
        try makeAccounts()
        try database.write { connection in
            if try !layout.isPrepared(connection) { try layout.prepare(connection) }
            let transaction = SQLiteTransaction(connection, layout: layout)
            if try connection.scalar("SELECT 1 FROM _central") == nil {
                try transaction.save(
                    CentralState(epoch: max(epoch, 1), sequence: 0, clock: HybridLogicalClock(), digest: 0))
            }
        }
    }

    /// Where the accounts of a records' file lie.
    public static func accountsPath(besides path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return accountsFile }
        return path[...slash] + accountsFile
    }

    /// Sees to it that both files are there: accounts without records would have every device told that the server lost
    /// its work, records without accounts would know no device and give numbers out again.
    private func makeAccounts() throws {
        try database.write { connection in
            let hasRecords = try connection.scalar("SELECT 1 FROM _central") != nil
            let hasAccounts = try connection.scalar("SELECT 1 FROM _account") != nil
            if hasRecords, !hasAccounts {
                throw CentralStorageError.noAccounts(path: Self.accountsPath(besides: database.path))
            }
            if !hasRecords, try connection.scalar("SELECT 1 FROM _office") != nil {
                throw CentralStorageError.noRecords(path: database.path)
            }
            if !hasAccounts {
                try connection.execute("INSERT INTO _account VALUES (1, \(ReplicaID.centre.rawValue + 1))")
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
struct SQLiteTransaction: CentralTransaction {
    let connection: Connection
    let store: RecordStore

    init(_ connection: Connection, layout: StoreLayout) {
        self.connection = connection
        store = RecordStore(connection, layout: layout)
    }

    #if PlantedBugs
        func savepoint<T>(_ body: () throws -> T) throws -> T { try connection.savepoint(body) }
    #endif

    // MARK: Records

    func record(_ collection: CollectionNumber, _ id: RecordID) throws -> StoredRecord? {
        try store.load(collection, id)
    }

    func hasRecord(_ collection: CollectionNumber, _ id: RecordID) throws -> Bool {
        try store.contains(collection, id)
    }

    func scan(after sequence: Int64, readsMost: Bool, _ body: (any ScannedRow) throws -> Bool) throws {
        try store.scan(after: sequence, readsMost: readsMost) { try body($0) }
    }

    func recordCount(after sequence: Int64) throws -> Int { try store.count(after: sequence) }

    func insert(_ record: RecordState, sequence: Int64, classNumber: Int64) throws -> UInt64? {
        try store.insert(record, sequence: sequence, classNumber: classNumber)
    }

    func replace(
        _ stored: StoredRecord, with record: RecordState, sequence: Int64, classNumber: Int64
    ) throws -> UInt64 {
        try store.replace(stored, with: record, sequence: sequence, classNumber: classNumber)
    }

    // MARK: State

    func state() throws -> CentralState {
        let select = try connection.statement(
            "SELECT epoch, sequence, clock, digest, classed_by, restored_from FROM _central")
        defer { select.reset() }
        guard try select.step() else { throw StoreError.damagedState("table _central is empty") }
        return CentralState(
            epoch: UInt32(truncatingIfNeeded: select.int64(0)), sequence: select.int64(1),
            clock: HybridLogicalClock(last: HybridTimestamp(rawValue: UInt64(bitPattern: select.int64(2)))),
            digest: UInt64(bitPattern: select.int64(3)), classedBy: select.int64(4),
            restoredFrom: select.int64(5))
    }

    func save(_ state: CentralState) throws {
        let insert = try connection.statement(
            """
            INSERT OR REPLACE INTO _central (one, epoch, sequence, clock, digest, classed_by, restored_from)
            VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6)
            """)
        try insert.bind(1, Int64(state.epoch))
        try insert.bind(2, state.sequence)
        try insert.bind(3, Int64(bitPattern: state.clock.last.rawValue))
        try insert.bind(4, Int64(bitPattern: state.digest))
        try insert.bind(5, state.classedBy)
        try insert.bind(6, state.restoredFrom)
        try insert.run()
    }

    // MARK: Replicas

    func replica(_ number: ReplicaID) throws -> ReplicaEntry? {
        try rows("WHERE i.number = ?1", { try $0.bind(1, Int64(number.rawValue)) }).first
    }

    func replicas() throws -> [ReplicaEntry] { try rows("ORDER BY i.number") { _ in } }

    private func rows(_ clause: String, _ bind: (Statement) throws -> Void) throws -> [ReplicaEntry] {
        let columns = """
            last_change, chain, last_push, last_sync, clock_offset, schema_version, pulled, given_back, written, refused,
            program
            """
        // The accounts know the replica. It has a row here once it pushed or synced, and after a restore perhaps not yet.
        let query = "SELECT i.number, i.device, \(columns) FROM _identity AS i LEFT JOIN _replica AS r USING (number)"
        return try all("\(query) \(clause)", bind) { row in
            ReplicaEntry(
                number: ReplicaID(rawValue: UInt32(truncatingIfNeeded: row.int64(0))), device: row.int64(1),
                lastChange: row.int64(2), chain: UInt64(bitPattern: row.int64(3)), lastPush: row.int64(4),
                lastSync: row.int64(5), clockOffset: row.int64(6), schemaVersion: Int(row.int64(7)),
                pulled: row.int64(8), written: row.int64(10), refused: Int(row.int64(11)), program: row.string(12),
                givenBack: UInt32(truncatingIfNeeded: row.int64(9)))
        }
    }

    func save(_ replica: ReplicaEntry) throws {
        let insert = try connection.statement(
            """
            INSERT OR REPLACE INTO _replica
              (number, last_change, chain, last_push, last_sync, clock_offset, schema_version, pulled, given_back,
               written, refused, program)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
            """)
        try insert.bind(1, Int64(replica.number.rawValue))
        try insert.bind(2, replica.lastChange)
        try insert.bind(3, Int64(bitPattern: replica.chain))
        try insert.bind(4, replica.lastPush)
        try insert.bind(5, replica.lastSync)
        try insert.bind(6, replica.clockOffset)
        try insert.bind(7, Int64(replica.schemaVersion))
        try insert.bind(8, replica.pulled)
        try insert.bind(9, Int64(replica.givenBack))
        try insert.bind(10, replica.written)
        try insert.bind(11, Int64(replica.refused))
        try insert.bind(12, text: replica.program)
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
}

/// One of the two files of the server's data is missing.
public enum CentralStorageError: Error, Sendable, Equatable, CustomStringConvertible {
    /// There are accounts and no records.
    case noRecords(path: String)
    /// There are records and no accounts.
    case noAccounts(path: String)

    /// What happened and what to do.
    public var description: String {
        switch self {
        case .noRecords(let path): "\(path) is missing or empty beside its accounts: restore a backup"
        case .noAccounts(let path): "\(path) is missing or empty beside its records: put it back, or restore a backup"
        }
    }
}
