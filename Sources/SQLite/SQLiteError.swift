import CSQLite
import Glibc

/// An error that SQLite reported.
///
/// Two errors are equal when their extended codes are.
public struct SQLiteError: Error, Sendable, Equatable, CustomStringConvertible {
    /// SQLite's extended result code.
    public let code: Int32
    /// SQLite's own message; it names tables and columns, never a bound value.
    public let message: String
    /// The SQL text that failed, with its placeholders.
    public let sql: String?
    /// The database file, where it is known.
    public let path: String?
    /// The system's own error number behind a failed call on a file; 0 where there is none.
    public let systemError: Int32

    /// Makes an error from an extended result code.
    public init(code: Int32, message: String, sql: String? = nil, path: String? = nil, systemError: Int32 = 0) {
        self.code = code
        self.message = message
        self.sql = sql
        self.path = path
        self.systemError = systemError
    }

    /// Whether both have the same extended code.
    public static func == (left: SQLiteError, right: SQLiteError) -> Bool { left.code == right.code }

    /// The primary result code: the kind of error without its detail.
    public var primaryCode: Int32 { code & 0xff }

    /// Another connection holds the lock that this one needs.
    public var isBusy: Bool { primaryCode == SQLITE_BUSY }
    /// The disk, the user's share of it, or the database's greatest size, is full.
    ///
    /// Only for a write SQLite says so itself; where a file can't be made, made longer or synced, the system does.
    public var isFull: Bool {
        primaryCode == SQLITE_FULL || (isIOError || isCannotOpen) && [ENOSPC, EDQUOT].contains(systemError)
    }
    /// The database file is damaged.
    public var isCorrupt: Bool { primaryCode == SQLITE_CORRUPT }
    /// The file is not an SQLite database.
    public var isNotADatabase: Bool { primaryCode == SQLITE_NOTADB }
    /// Something that the program made is not there, a table, column, index or constraint: its schema is damaged, or
    /// another program changed it.
    public var isLostSchema: Bool {
        code == SQLITE_ERROR
            && [
                "no such table: ", "no such column: ", "no such index: ", " has no column named ", " columns but ",
                "ON CONFLICT clause does not match",
            ].contains { message.contains($0) }
    }
    /// The file or the connection may only be read.
    public var isReadOnly: Bool { primaryCode == SQLITE_READONLY }
    /// The operating system failed to read, write or sync.
    public var isIOError: Bool { primaryCode == SQLITE_IOERR }
    /// The file could not be opened.
    public var isCannotOpen: Bool { primaryCode == SQLITE_CANTOPEN }
    /// A constraint of the table refused the row.
    public var isConstraint: Bool { primaryCode == SQLITE_CONSTRAINT }
    /// A unique or primary key constraint refused the row.
    public var isUniqueViolation: Bool {
        isConstraint && [6, 8, 10].contains(code >> 8)  // PRIMARYKEY, UNIQUE, ROWID
    }
    /// The operation was interrupted.
    public var isInterrupt: Bool { primaryCode == SQLITE_INTERRUPT }
    /// SQLite was called in a way it forbids, for instance a statement used after its connection was closed.
    public var isMisuse: Bool { primaryCode == SQLITE_MISUSE }

    /// The system failed to make written data durable: what the disk holds is no longer known.
    public var isFailedSync: Bool {
        isIOError && [4, 5, 30].contains(code >> 8)  // FSYNC, DIR_FSYNC, COMMIT_ATOMIC
    }

    /// The message, the code, the file and the SQL; safe to log.
    public var description: String {
        var text = "SQLite error \(code): \(message)"
        if let path { text += ", in \(path)" }
        if let sql { text += ", while running: \(sql)" }
        return text
    }
}
