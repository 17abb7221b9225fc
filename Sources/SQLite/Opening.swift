import CSQLite
import Glibc

/// How a database file becomes a writing connection: look without touching, create, switch on what durability
/// needs, migrate.
struct Opening {
    let path: String
    /// With the attached files' paths resolved.
    let configuration: Database.Configuration
    let writer: Connection
    /// Nil for a database in memory.
    let lock: FileLock?

    static func open(path given: String, configuration wanted: Database.Configuration) throws -> Opening {
        var configuration = wanted
        let isInMemory = given == ":memory:"
        let path = isInMemory ? given : try resolved(given)
        for index in configuration.attached.indices {
            let attached = configuration.attached[index].path
            configuration.attached[index].path = isInMemory ? ":memory:" : try resolved(attached)
        }
        let files = configuration.files(main: path)
        for file in files { try checkMigrations(file) }
        do {
            if isInMemory {
                let writer = try writer(path: path, configuration: configuration)
                try migrate(writer, guardCommits(of: writer), files)
                return Opening(path: path, configuration: configuration, writer: writer, lock: nil)
            }
            let isCurrent = try look(at: files, configuration)
            let lock = try FileLock(path: path + ".lock", programName: configuration.programName)
            let writer = try settle(path, isCurrent: isCurrent, configuration, lock)
            return Opening(path: path, configuration: configuration, writer: writer, lock: lock)
        } catch {
            throw describe(error, path: path)
        }
    }

    /// A read-only connection, which never checkpoints.
    static func reader(path: String, configuration: Database.Configuration) throws(SQLiteError) -> Connection {
        let reader = try Connection(
            path: path, mode: .readOnly, busyTimeoutMilliseconds: configuration.busyTimeoutMilliseconds,
            vfs: configuration.vfs)
        try reader.execute("PRAGMA cache_size=-\(configuration.cacheKibibytes)")
        for file in configuration.attached { try reader.attach(file) }
        return reader
    }

    /// Says in the file's terms what its parts threw; other errors pass as they are.
    static func describe(_ error: any Error, path: String) -> any Error {
        switch error {
        case FileLock.Failure.timedOut(let holder, let seconds):
            return DatabaseError.lockedByOther(path: path, holder: holder, waitedSeconds: seconds)
        case FileLock.Failure.system(let reason):
            return DatabaseError.unusable(path: path, reason: reason)
        case let error as SQLiteError where error.isCorrupt || error.isNotADatabase:
            return DatabaseError.damaged(path: path, error)
        case let error as SQLiteError where error.isFailedSync:
            return DatabaseError.lostDurability(path: path, error)
        case let error as SQLiteError where error.isCannotOpen && !error.isFull:
            return DatabaseError.unusable(path: path, reason: error.message)
        default:
            return error
        }
    }

    // MARK: Steps

    /// Looks at every file, refuses what is not this program's, and tells whether all have the newest format.
    private static func look(
        at files: [Database.AttachedFile], _ configuration: Database.Configuration
    ) throws -> Bool {
        var isCurrent = true
        for file in files {
            do {
                let found = try FileState.look(at: file.path, vfs: configuration.vfs)
                try found.refuseForeign(file)
                isCurrent = isCurrent && found.isCurrent(file)
            } catch {
                throw describe(error, path: file.path)
            }
        }
        return isCurrent
    }

    /// Up-to-date files are opened beside whoever writes; all else waits for the lock.
    private static func settle(
        _ path: String, isCurrent: Bool, _ configuration: Database.Configuration, _ lock: FileLock
    ) throws -> Connection {
        let files = configuration.files(main: path)
        if isCurrent {
            let writer = try writer(path: path, configuration: configuration)
            if try files.allSatisfy({ try writer.text("PRAGMA \($0.name).journal_mode") == "wal" }) {
                try makeDurable(writer, files)
                _ = guardCommits(of: writer)
                return writer
            }
        }
        try lock.acquire(waitingMilliseconds: configuration.lockWaitMilliseconds)
        defer { lock.release() }
        // Another program may have done it meanwhile, or be another program's.
        _ = try look(at: files, configuration)
        // The main file first: an attached one that is found without it has lost it, and was not just being made.
        for file in files.reversed() { try createIfMissing(file.path) }
        let writer = try writer(path: path, configuration: configuration)
        // With what was half done taken back, a file may turn out to be another program's.
        for file in files { try FileState(reading: writer, file.name).refuseForeign(file) }
        try makeDurable(writer, files)
        try migrate(writer, guardCommits(of: writer), files)
        return writer
    }

    private static func writer(path: String, configuration: Database.Configuration) throws(SQLiteError) -> Connection {
        let writer = try Connection(
            path: path, mode: .readWriteCreate, busyTimeoutMilliseconds: configuration.busyTimeoutMilliseconds,
            vfs: configuration.vfs)
        // Closing checkpoints only where it is known to be safe: in `Database.close`.
        try writer.handle.set(option: SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, on: true)
        try writer.execute("PRAGMA cache_size=-\(configuration.writerCacheKibibytes)")
        for file in configuration.attached { try writer.attach(file) }
        return writer
    }

    /// Switches on the write-ahead log and full syncs, and believes neither before it has read it back.
    private static func makeDurable(_ writer: Connection, _ files: [Database.AttachedFile]) throws {
        for file in files {
            let mode = try writer.text("PRAGMA \(file.name).journal_mode=WAL")
            guard mode == "wal" else {
                throw DatabaseError.notDurable(path: file.path, setting: "journal_mode", found: mode)
            }
            // The log is cut back to this size when it starts anew after a large transaction.
            try writer.execute(
                "PRAGMA \(file.name).synchronous=FULL; PRAGMA \(file.name).journal_size_limit=16777216")
            let level = try writer.text("PRAGMA \(file.name).synchronous")
            guard level == "2" else {
                throw DatabaseError.notDurable(path: file.path, setting: "synchronous", found: level)
            }
        }
    }

    private static func guardCommits(of writer: Connection) -> WriterHooks {
        let hooks = WriterHooks()
        writer.hooks = hooks
        hooks.install(on: writer.handle)
        return hooks
    }

    /// Runs the missing migrations, in one transaction for each file.
    private static func migrate(
        _ writer: Connection, _ hooks: WriterHooks, _ files: [Database.AttachedFile]
    ) throws {
        for file in files {
            try writer.execute("BEGIN IMMEDIATE")
            do {
                let found = try FileState(reading: writer, file.name)
                try found.refuseForeign(file)
                for migration in file.migrations where migration.version > found.version {
                    try migration.apply(writer)
                }
                guard writer.isInTransaction else { throw DatabaseError.rolledBack(path: file.path) }
                if !found.isCurrent(file) {
                    try writer.execute("PRAGMA \(file.name).application_id=\(file.applicationID)")
                    try writer.execute("PRAGMA \(file.name).user_version=\(file.lastVersion)")
                }
                hooks.mayCommit = true
                defer { hooks.mayCommit = false }
                try writer.execute("COMMIT")
            } catch {
                if writer.isInTransaction { try? writer.execute("ROLLBACK") }
                throw error
            }
        }
    }

    private static func checkMigrations(_ file: Database.AttachedFile) throws(DatabaseError) {
        var last = 0
        for migration in file.migrations {
            guard migration.version > last, migration.version <= Int(Int32.max) else {
                throw .badMigrations(path: file.path, version: migration.version)
            }
            last = migration.version
        }
    }

    // MARK: Files

    /// Resolves symbolic links, also for a file that does not exist yet.
    private static func resolved(_ path: String) throws(DatabaseError) -> String {
        if let whole = realPath(path) { return whole }
        guard errno == ENOENT else { throw .unusable(path: path, reason: FileLock.reason(errno)) }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard let name = parts.last, !name.isEmpty else { throw .unusable(path: path, reason: "it names no file") }
        let parent = parts.count == 1 ? "." : parts.dropLast().joined(separator: "/") + "/"
        guard let directory = realPath(parent) else {
            throw .unusable(path: path, reason: "its directory \(parent): \(FileLock.reason(errno))")
        }
        return (directory == "/" ? "" : directory) + "/" + name
    }

    private static func realPath(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// Makes the file with rights for its owner alone, whatever the umask; SQLite gives its log the same rights.
    private static func createIfMissing(_ path: String) throws(DatabaseError) {
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        if descriptor < 0 {
            if errno == EEXIST { return }
            throw .unusable(path: path, reason: "creating it: \(FileLock.reason(errno))")
        }
        // Closing is safe for SQLite's own locks on this file (a process loses them all when it closes any
        // descriptor): the file is empty, and nobody opens an empty one without the lock that is held here.
        defer { close(descriptor) }
        if fchmod(descriptor, 0o600) != 0 {
            throw .unusable(path: path, reason: "setting its rights: \(FileLock.reason(errno))")
        }
    }
}
