import CSQLite

extension Database {
    /// Copies files of the database, as of one read, into new files beside whoever writes.
    ///
    /// - Parameter targets: paths that nothing stands at yet, by the name of the file: `main` or an attached one's.
    /// - Throws: `SQLiteError`; what was made so far is then for the caller to remove.
    public func copy(to targets: [(name: String, path: String)]) throws {
        try read { connection in
            for target in targets { try connection.copy(target.name, to: target.path) }
        }
    }

    /// Copies a database file as it stands, with what its write-ahead log holds, to a path that nothing stands at yet.
    public static func copyFile(at source: String, to target: String) throws(SQLiteError) {
        let connection = try Connection(path: source, mode: .readOnly)
        defer { connection.close() }
        try connection.execute("BEGIN")
        try connection.copy("main", to: target)
    }

    /// Checks the files from page to page and row to row.
    ///
    /// - Returns: what is wrong, in SQLite's words, at most a hundred things; nothing where all is well.
    public func integrityFaults() throws -> [String] {
        try read { connection in
            var faults: [String] = []
            for file in configuration.files(main: path) {
                let check = try connection.statement("PRAGMA \(file.name).integrity_check")
                defer { check.reset() }
                while try check.step() {
                    if check.string(0) != "ok" { faults.append("\(file.name): \(check.string(0))") }
                }
            }
            return faults
        }
    }
}

extension Connection {
    /// Copies a file through this connection, which has a read transaction open.
    fileprivate func copy(_ name: String, to path: String) throws(SQLiteError) {
        let target = try Connection(path: path, mode: .readWriteCreate)
        defer { target.close() }
        // One step copies everything: within a snapshot there is nothing to wait for.
        guard let backup = sqlite3_backup_init(target.handle.pointer, "main", handle.pointer, name) else {
            throw target.handle.failure(sqlite3_extended_errcode(target.handle.pointer), sql: nil)
        }
        let code = sqlite3_backup_step(backup, -1)
        let end = sqlite3_backup_finish(backup)
        if code != SQLITE_DONE { throw target.handle.failure(code, sql: nil) }
        if end != SQLITE_OK { throw target.handle.failure(end, sql: nil) }
    }
}
