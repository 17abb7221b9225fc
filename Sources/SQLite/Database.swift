import CSQLite

/// A database file: one writing connection behind a lock, read-only connections beside it.
///
/// Writes, checkpoints and the closing of the writing connection happen under a lock on the file `<path>.lock`,
/// which other programs and other `Database` objects respect. The path `:memory:` makes a database for tests, whose
/// reads take turns with its writes.
public final class Database: Sendable {
    /// The database file: absolute, with symbolic links resolved, so that one file has one lock.
    public let path: String
    let configuration: Configuration
    private let writers: ConnectionPool
    /// Nil for a database in memory, which other connections cannot see.
    private let readers: ConnectionPool?
    private let lock: FileLock?

    /// Opens a database file, creates it if it is missing, and brings it to the newest format.
    ///
    /// A file that is damaged, belongs to another program, or has a newer format is refused unchanged.
    public init(path: String, configuration: Configuration) throws {
        let opened = try Opening.open(path: path, configuration: configuration)
        let configuration = opened.configuration
        self.path = opened.path
        self.configuration = configuration
        let (file, closed) = (opened.path, DatabaseError.closed(path: opened.path))
        // There is one writing connection for the whole life of the file; a second is never opened.
        writers = ConnectionPool(capacity: 1, idle: [opened.writer]) { throw closed }
        lock = opened.lock
        readers = opened.lock.map { _ in
            ConnectionPool(capacity: max(configuration.readerCount, 1)) {
                try Opening.reader(path: file, configuration: configuration)
            }
        }
    }

    deinit { try? close() }

    /// Runs a body in a transaction that is durable when this returns; if the body throws, nothing is written.
    public func write<T>(_ body: (Connection) throws -> T) throws -> T {
        let connection = try takeWriter()
        defer { writers.giveBack(connection) }
        try refuseAfterFailedSync(connection)
        return try underLock { try transaction(on: connection, body) }
    }

    /// Runs a body on a snapshot of the last committed state, beside a writer and other readers.
    ///
    /// A read inside a read of the same thread sees the same snapshot.
    public func read<T>(_ body: (Connection) throws -> T) throws -> T {
        guard let readers else { return try readInMemory(body) }
        let loan: ConnectionPool.Loan
        do {
            loan = try readers.take(waitingMilliseconds: configuration.lockWaitMilliseconds)
        } catch {
            throw describe(error, holder: "other reads of this program")
        }
        if loan.isNested { return try body(loan.connection) }
        defer { readers.giveBack(loan.connection) }
        do {
            return try snapshot(on: loan.connection, body)
        } catch {
            throw describe(error)
        }
    }

    /// Waits for running transactions, copies the write-ahead log into the file, and closes it.
    ///
    /// Later use throws.
    ///
    /// If another program holds the lock the log stays, which loses nothing: that program copies it.
    public func close() throws {
        if writers.isHeldByThisThread || readers?.isHeldByThisThread == true {
            throw DatabaseError.reentrant(path: path)
        }
        let wait = configuration.lockWaitMilliseconds
        let connections: (writers: [Connection], readers: [Connection])
        do {
            let reading = try readers?.drain(waitingMilliseconds: wait) ?? []
            connections = (try writers.drain(waitingMilliseconds: wait), reading)
        } catch {
            throw describe(error, holder: "a transaction of this program")
        }
        for reader in connections.readers { reader.close() }
        for writer in connections.writers { try closeWriter(writer) }
    }

    // MARK: Transactions

    private func transaction<T>(on connection: Connection, _ body: (Connection) throws -> T) throws -> T {
        let result: T
        do {
            try connection.statement("BEGIN IMMEDIATE").run()
        } catch let error where error.isBusy {
            // The lock is ours, so it is no program of this kind.
            let waited = Double(configuration.busyTimeoutMilliseconds) / 1000
            throw DatabaseError.lockedByOther(path: path, holder: nil, waitedSeconds: waited)
        }
        do {
            result = try body(connection)
            try refuseAfterFailedSync(connection)
            guard connection.isInTransaction else { throw DatabaseError.rolledBack(path: path) }
            try commit(connection)
        } catch {
            // SQLite may have rolled back already.
            if connection.isInTransaction { try? connection.execute("ROLLBACK") }
            if connection.holdsLock { connection.resetBusyStatements() }
            try refuseAfterFailedSync(connection)
            throw error
        }
        if connection.holdsLock { connection.resetBusyStatements() }
        checkpointIfDue(connection)
        return result
    }

    private func commit(_ connection: Connection) throws(SQLiteError) {
        connection.hooks?.mayCommit = true
        defer { connection.hooks?.mayCommit = false }
        let commit = try connection.statement("COMMIT")
        do {
            try commit.run()
        } catch  where error.isBusy {
            // A writing statement with RETURNING was left standing on a row; its work is done.
            connection.resetBusyStatements()
            try commit.run()
        }
    }

    private func snapshot<T>(on connection: Connection, _ body: (Connection) throws -> T) throws -> T {
        try connection.statement("BEGIN").run()
        defer {
            // A read has nothing to lose: whatever ends it is right, as long as it ends.
            try? connection.statement("COMMIT").run()
            if connection.isInTransaction { try? connection.execute("ROLLBACK") }
            if connection.holdsLock { connection.resetBusyStatements() }
        }
        // BEGIN alone takes no snapshot; the first read does.
        try connection.statement("SELECT rootpage FROM sqlite_schema LIMIT 1").run()
        // Each file has its own: an attached one may be a commit ahead of the main one.
        for file in configuration.attached {
            try connection.statement("SELECT rootpage FROM \(file.name).sqlite_schema LIMIT 1").run()
        }
        return try body(connection)
    }

    private func readInMemory<T>(_ body: (Connection) throws -> T) throws -> T {
        let connection = try takeWriter()
        defer { writers.giveBack(connection) }
        try connection.statement("PRAGMA query_only=ON").run()
        defer { try? connection.statement("PRAGMA query_only=OFF").run() }
        return try snapshot(on: connection, body)
    }

    // MARK: Traces

    /// Rewrites the file without what was deleted or overwritten, and empties the write-ahead log.
    ///
    /// It takes as long as to write the whole file, and other writers wait for it. Readers that hold an old snapshot
    /// keep the log from being emptied; later commits overwrite it then.
    public func scrub() throws {
        let connection = try takeWriter()
        defer { writers.giveBack(connection) }
        try refuseAfterFailedSync(connection)
        try underLock {
            try connection.execute("VACUUM main")
            let handle = connection.handle
            let code = sqlite3_wal_checkpoint_v2(handle.pointer, nil, SQLITE_CHECKPOINT_TRUNCATE, nil, nil)
            if code != SQLITE_OK, code & 0xff != SQLITE_BUSY { throw handle.failure(code, sql: nil) }
        }
    }

    // MARK: Locks

    private func takeWriter() throws -> Connection {
        let loan: ConnectionPool.Loan
        do {
            loan = try writers.take(waitingMilliseconds: configuration.lockWaitMilliseconds)
        } catch {
            throw describe(error, holder: "another transaction of this program")
        }
        if loan.isNested { throw DatabaseError.reentrant(path: path) }
        return loan.connection
    }

    private func underLock<T>(_ body: () throws -> T) throws -> T {
        do {
            try lock?.acquire(waitingMilliseconds: configuration.lockWaitMilliseconds)
            defer { lock?.release() }
            return try body()
        } catch {
            throw describe(error)
        }
    }

    // MARK: Durability

    /// After a failed sync nobody knows what the disk holds, and trying again can seem to succeed: the kernel drops
    /// the pages that it could not write.
    private func refuseAfterFailedSync(_ connection: Connection) throws(DatabaseError) {
        if let error = connection.handle.failedSync { throw .lostDurability(path: path, error) }
    }

    private func checkpointIfDue(_ connection: Connection) {
        guard let hooks = connection.hooks, hooks.pagesInLog >= configuration.checkpointPages else { return }
        // The commit is durable without it, so its error is not the caller's; a failed sync is remembered by the
        // handle and stops the next write, and anything else is tried again after that.
        try? checkpoint(connection)
    }

    private func checkpoint(_ connection: Connection) throws(SQLiteError) {
        let handle = connection.handle
        let code = sqlite3_wal_checkpoint_v2(handle.pointer, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
        if code != SQLITE_OK, code & 0xff != SQLITE_BUSY { throw handle.failure(code, sql: nil) }
    }

    private func closeWriter(_ writer: Connection) throws {
        guard let lock else { return writer.close() }
        let isLocked = (try? lock.acquire(waitingMilliseconds: 0)) != nil
        defer { if isLocked { lock.release() } }
        defer { writer.close() }
        try refuseAfterFailedSync(writer)
        guard isLocked else { return }
        try? checkpoint(writer)
        try refuseAfterFailedSync(writer)
        // The last connection to the file may now remove the log.
        try writer.handle.set(option: SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, on: false)
    }

    // MARK: Errors

    /// Says in this database's terms what its parts threw; other errors pass as they are.
    private func describe(_ error: any Error, holder: String? = nil) -> any Error {
        switch error {
        case ConnectionPool.Failure.closed:
            return DatabaseError.closed(path: path)
        case ConnectionPool.Failure.timedOut(let seconds):
            return DatabaseError.lockedByOther(path: path, holder: holder, waitedSeconds: seconds)
        default:
            return Opening.describe(error, path: path)
        }
    }
}
