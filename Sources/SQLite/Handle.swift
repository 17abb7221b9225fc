import CSQLite

/// What a connection and its statements share: SQLite's handle, and what is remembered about it.
final class Handle {
    let pointer: OpaquePointer
    let path: String
    private(set) var isOpen = true
    /// The first failed sync, even if the caller swallowed the error: nothing may be committed after it.
    private(set) var failedSync: SQLiteError?

    init(pointer: OpaquePointer, path: String) {
        self.pointer = pointer
        self.path = path
    }

    deinit { close() }

    /// Builds the error for a code that a call on this handle just returned.
    func failure(_ code: Int32, sql: String?) -> SQLiteError {
        let isOfSystem = [SQLITE_IOERR, SQLITE_CANTOPEN].contains(code & 0xff)
        let error = SQLiteError(
            code: code, message: message(for: code), sql: sql, path: path,
            systemError: isOfSystem ? sqlite3_system_errno(pointer) : 0)
        if error.isFailedSync, failedSync == nil { failedSync = error }
        return error
    }

    /// Switches one of the options of `sqlite3_db_config`.
    func set(option: Int32, on: Bool) throws(SQLiteError) {
        let code = csqlite_db_config(pointer, option, on ? 1 : 0, nil)
        if code != SQLITE_OK { throw failure(code, sql: nil) }
    }

    /// Closes for good.
    ///
    /// Whoever still holds a statement of this handle keeps the file open until it lets go (`sqlite3_close_v2`), and
    /// nobody knows when: such a late close must not checkpoint.
    func close() {
        guard isOpen else { return }
        if sqlite3_next_stmt(pointer, nil) != nil {
            _ = csqlite_db_config(pointer, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nil)
        }
        isOpen = false
        sqlite3_close_v2(pointer)
    }

    private func message(for code: Int32) -> String {
        // A call that SQLite refuses as misuse may leave an older error on the handle.
        if isOpen, sqlite3_extended_errcode(pointer) == code { return String(cString: sqlite3_errmsg(pointer)) }
        return String(cString: sqlite3_errstr(code))
    }
}
