import CSQLite

/// One connection.
///
/// Not Sendable: confined to whoever holds it.
public final class Connection {
    /// What a connection may do.
    public enum Mode: Sendable {
        /// Reads and writes; the file is created if it is missing.
        case readWriteCreate
        /// Reads; never writes, checkpoints or creates the database.
        case readOnly
    }

    /// The version of the SQLite library, such as 3.40.1.
    public static var libraryVersion: String { String(cString: sqlite3_libversion()) }

    static let cachedStatements = 256

    /// The path of the database file.
    public let path: String
    let handle: Handle
    /// Set on the writing connection of a `Database`.
    var hooks: WriterHooks?
    private var cache: [Key: Statement] = [:]
    private var uses: UInt64 = 0

    /// Opens a database file.
    public convenience init(path: String, mode: Mode, busyTimeoutMilliseconds: Int32 = 5000) throws(SQLiteError) {
        try self.init(path: path, mode: mode, busyTimeoutMilliseconds: busyTimeoutMilliseconds, vfs: nil)
    }

    /// Opens a file, through a named VFS if one is given.
    ///
    /// `immutable` reads the main file alone, without its write-ahead log: no lock is taken and no file beside it is
    /// made.
    init(
        path: String, mode: Mode, busyTimeoutMilliseconds: Int32, vfs: String?, immutable: Bool = false
    ) throws(SQLiteError) {
        self.path = path
        var flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        flags |= mode == .readOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
        var name = path
        if immutable {
            flags |= SQLITE_OPEN_URI
            name = "file:" + Self.escaped(path) + "?immutable=1"
        } else if path.hasPrefix("file:") {
            name = "./" + path  // Debian's library takes any name with this prefix for a URI.
        }
        var pointer: OpaquePointer?
        let code = sqlite3_open_v2(name, &pointer, flags, vfs)
        guard let pointer else {
            throw SQLiteError(code: code, message: String(cString: sqlite3_errstr(code)), path: path)
        }
        handle = Handle(pointer: pointer, path: path)
        if code != SQLITE_OK { throw handle.failure(code, sql: nil) }

        sqlite3_busy_timeout(pointer, busyTimeoutMilliseconds)
        try handle.set(option: SQLITE_DBCONFIG_ENABLE_FKEY, on: true)
        try handle.set(option: SQLITE_DBCONFIG_TRUSTED_SCHEMA, on: false)
        // Else a quoted name of a column that a damaged schema no longer has would be read as a text.
        try handle.set(option: SQLITE_DBCONFIG_DQS_DML, on: false)
        try handle.set(option: SQLITE_DBCONFIG_DQS_DDL, on: false)
        try handle.set(option: SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, on: mode == .readOnly)
        // Debian's library turns recursive triggers and full secure deletion on.
        try execute("PRAGMA recursive_triggers=OFF; PRAGMA secure_delete=FAST; PRAGMA cell_size_check=ON")
        if mode == .readOnly {
            sqlite3_wal_autocheckpoint(pointer, 0)
            try execute("PRAGMA query_only=ON")
        }
    }

    deinit { close() }

    /// Attaches a file, with the rights and the VFS of this connection.
    func attach(_ file: Database.AttachedFile) throws(SQLiteError) {
        let attach = try Statement("ATTACH ?1 AS \(file.name)", on: handle)
        defer { attach.finalize() }
        try attach.bind(1, text: file.path)
        try attach.run()
    }

    /// Finalizes what this connection cached, and closes it.
    func close() {
        for statement in cache.values { statement.finalize() }
        cache = [:]
        handle.close()
    }

    #if PlantedBugs
        /// Makes two transactions of one.
        package func tear() throws(SQLiteError) {
            hooks?.mayCommit = true
            defer { hooks?.mayCommit = false }
            try execute("COMMIT; BEGIN IMMEDIATE")
        }
    #endif

    /// Runs one or several SQL statements, without parameters and without results.
    public func execute(_ sql: String) throws(SQLiteError) {
        guard handle.isOpen else { throw handle.failure(SQLITE_MISUSE, sql: sql) }
        let code = sqlite3_exec(handle.pointer, sql, nil, nil, nil)
        if code != SQLITE_OK { throw handle.failure(code, sql: sql) }
    }

    /// The prepared statement for an SQL text, from a bounded cache, reset and with no bindings.
    ///
    /// If the cached one stands on a row and somebody still holds it, a second one is prepared, so that a loop
    /// over rows may run the same SQL inside.
    public func statement(_ sql: String) throws(SQLiteError) -> Statement {
        try statement(.text(sql)) { () throws(SQLiteError) in try Statement(sql, on: handle) }
    }

    /// The prepared statement for a query, as for a text, but found by the query's identity.
    ///
    /// A text is hashed whole at each use, which for a table of fifty columns takes as long as to find a row.
    public func statement(_ query: Query) throws(SQLiteError) -> Statement {
        try statement(.query(ObjectIdentifier(query))) { () throws(SQLiteError) in
            try Statement(query.sql, on: handle, query: query)
        }
    }

    /// What a cached statement is found by.
    private enum Key: Hashable {
        case text(String)
        case query(ObjectIdentifier)
    }

    private func statement(
        _ key: Key, prepare: () throws(SQLiteError) -> Statement
    ) throws(SQLiteError) -> Statement {
        uses += 1
        if let index = cache.index(forKey: key) {
            let isShared = !isKnownUniquelyReferenced(&cache.values[index])
            let cached = cache.values[index]
            if isShared, cached.isBusy { return try prepare() }
            cached.reset()
            cached.lastUse = uses
            return cached
        }
        let statement = try prepare()
        statement.lastUse = uses
        if cache.count >= Self.cachedStatements, let oldest = cache.min(by: { $0.value.lastUse < $1.value.lastUse }) {
            cache[oldest.key] = nil
        }
        cache[key] = statement
        return statement
    }

    /// Runs a body inside a savepoint, which may be nested; if the body throws, its writes are undone.
    public func savepoint<T>(_ body: () throws -> T) throws -> T {
        try statement("SAVEPOINT inner_step").run()
        do {
            let result = try body()
            try statement("RELEASE inner_step").run()
            return result
        } catch {
            // A full disk and the like make SQLite roll back the whole transaction by itself.
            if isInTransaction {
                do {
                    try execute("ROLLBACK TO inner_step; RELEASE inner_step")
                } catch {
                    // Half of the body must not be committed by a caller that goes on.
                    try? execute("ROLLBACK")
                }
            }
            throw error
        }
    }

    /// The first column of the first row; nil for null, or if there is no row.
    public func scalar(_ sql: String) throws(SQLiteError) -> Int64? {
        let statement = try statement(sql)
        defer { statement.reset() }
        return try statement.step() && !statement.isNull(0) ? statement.int64(0) : nil
    }

    /// The number of rows that the last insert, update or delete changed.
    public var changes: Int { handle.isOpen ? Int(sqlite3_changes64(handle.pointer)) : 0 }

    /// The row id of the last insert.
    public var lastInsertRowID: Int64 { handle.isOpen ? sqlite3_last_insert_rowid(handle.pointer) : 0 }

    /// Whether a transaction is open that may write.
    public var isWriting: Bool { sqlite3_txn_state(handle.pointer, nil) == SQLITE_TXN_WRITE }

    /// Whether a transaction is open.
    public var isInTransaction: Bool { handle.isOpen && sqlite3_get_autocommit(handle.pointer) == 0 }

    /// Makes the running statement, if there is one, throw an interrupt error as soon as it can.
    public func interrupt() {
        if handle.isOpen { sqlite3_interrupt(handle.pointer) }
    }

    /// Resets statements that were left standing on a row: they would hold their snapshot for ever.
    func resetBusyStatements() {
        var statement = sqlite3_next_stmt(handle.pointer, nil)
        while statement != nil {
            if sqlite3_stmt_busy(statement) != 0 { sqlite3_reset(statement) }
            statement = sqlite3_next_stmt(handle.pointer, statement)
        }
    }

    /// Whether any lock on the file is held: by an open transaction or by a statement left standing on a row.
    var holdsLock: Bool { sqlite3_txn_state(handle.pointer, nil) != SQLITE_TXN_NONE }

    /// The first column of the first row as a text; empty if there is none.
    func text(_ sql: String) throws(SQLiteError) -> String {
        let statement = try statement(sql)
        defer { statement.reset() }
        return try statement.step() ? statement.string(0) : ""
    }

    /// Escapes what has a meaning in a URI's path.
    private static func escaped(_ path: String) -> String {
        path.reduce(into: "") { result, character in
            switch character {
            case "%": result += "%25"
            case "?": result += "%3f"
            case "#": result += "%23"
            default: result.append(character)
            }
        }
    }
}
