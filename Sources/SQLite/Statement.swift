import CSQLite

/// A prepared statement.
///
/// Parameters count from 1, columns from 0.
///
/// Not Sendable: it is confined to whoever holds its connection. Used after the connection was closed, it throws
/// a misuse error, and its columns read as null.
public final class Statement {
    /// The kinds of value that a column can hold.
    public enum ColumnType: Sendable {
        /// No value.
        case null
        /// A 64-bit signed integer.
        case integer
        /// A double.
        case real
        /// UTF-8 text.
        case text
        /// Bytes.
        case blob
    }

    /// The SQL text.
    public let sql: String
    private let handle: Handle
    /// Kept, so that no other query gets the identity by which the cache finds this one.
    private let query: Query?
    private var pointer: OpaquePointer?
    /// When the cache last gave it out, for choosing what to drop.
    var lastUse: UInt64 = 0

    init(_ sql: String, on handle: Handle, query: Query? = nil) throws(SQLiteError) {
        self.sql = sql
        self.handle = handle
        self.query = query
        var code = SQLITE_MISUSE
        var isAlone = true
        if handle.isOpen {
            code = sql.withCString { text in
                var tail: UnsafePointer<CChar>?
                let flags = UInt32(SQLITE_PREPARE_PERSISTENT)
                let code = sqlite3_prepare_v3(handle.pointer, text, -1, flags, &pointer, &tail)
                if code == SQLITE_OK, let tail, tail.pointee != 0 {
                    var second: OpaquePointer?
                    // Only spaces and comments may follow; they prepare to no statement.
                    let tailCode = sqlite3_prepare_v3(handle.pointer, tail, -1, 0, &second, nil)
                    isAlone = tailCode == SQLITE_OK && second == nil
                    sqlite3_finalize(second)
                }
                return code
            }
        }
        if code != SQLITE_OK { throw handle.failure(code, sql: sql) }
        guard pointer != nil, isAlone else {
            throw SQLiteError(
                code: SQLITE_MISUSE, message: "expected one SQL statement, found none or several", sql: sql,
                path: handle.path)
        }
    }

    deinit { sqlite3_finalize(pointer) }

    /// Frees the statement now; whoever still holds it gets misuse errors.
    func finalize() {
        sqlite3_finalize(pointer)
        pointer = nil
    }

    /// Whether it stands on a row, and so holds a read lock.
    var isBusy: Bool { sqlite3_stmt_busy(pointer) != 0 }

    // MARK: Binding

    /// Binds an integer.
    public func bind(_ index: Int32, _ value: Int64) throws(SQLiteError) {
        try check(sqlite3_bind_int64(pointer, index, value))
    }

    /// Binds a double.
    ///
    /// SQLite stores a NaN as null.
    @_disfavoredOverload  // A literal without a point is an integer.
    public func bind(_ index: Int32, _ value: Double) throws(SQLiteError) {
        try check(sqlite3_bind_double(pointer, index, value))
    }

    /// Binds a text, byte for byte.
    public func bind(_ index: Int32, text: String) throws(SQLiteError) {
        var text = text
        try check(text.withUTF8 { csqlite_bind_text(pointer, index, $0.baseAddress, UInt64($0.count)) })
    }

    /// Binds bytes that are valid UTF-8 as a text, byte for byte.
    public func bind(_ index: Int32, textBytes: ArraySlice<UInt8>) throws(SQLiteError) {
        try check(textBytes.withUnsafeBytes { csqlite_bind_text(pointer, index, $0.baseAddress, UInt64($0.count)) })
    }

    /// Binds a blob; an empty slice is an empty blob, not null.
    public func bind(_ index: Int32, blob: ArraySlice<UInt8>) throws(SQLiteError) {
        try check(blob.withUnsafeBytes { csqlite_bind_blob(pointer, index, $0.baseAddress, UInt64($0.count)) })
    }

    /// Binds UTF-8 as a text without a copy: the bytes must stay until the statement was run or reset.
    public func bind(_ index: Int32, borrowedText: UnsafeRawBufferPointer) throws(SQLiteError) {
        try check(csqlite_bind_borrowed_text(pointer, index, borrowedText.baseAddress, UInt64(borrowedText.count)))
    }

    /// Binds a blob without a copy: the bytes must stay until the statement was run or reset.
    public func bind(_ index: Int32, borrowedBlob: UnsafeRawBufferPointer) throws(SQLiteError) {
        try check(csqlite_bind_borrowed_blob(pointer, index, borrowedBlob.baseAddress, UInt64(borrowedBlob.count)))
    }

    /// Binds a copy of bytes as a blob.
    public func bind(_ index: Int32, blob: UnsafeRawBufferPointer) throws(SQLiteError) {
        try check(csqlite_bind_blob(pointer, index, blob.baseAddress, UInt64(blob.count)))
    }

    /// Binds null.
    public func bindNull(_ index: Int32) throws(SQLiteError) {
        try check(sqlite3_bind_null(pointer, index))
    }

    // MARK: Running

    /// Goes to the next row; false when there is none.
    @discardableResult
    public func step() throws(SQLiteError) -> Bool {
        let code = sqlite3_step(pointer)
        if code == SQLITE_ROW { return true }
        if code == SQLITE_DONE { return false }
        throw handle.failure(code, sql: sql)
    }

    /// Ends a run and clears the bindings.
    ///
    /// A statement that stands on a row holds a read lock until then.
    public func reset() {
        guard let pointer else { return }
        // The code that sqlite3_reset returns is the one that the last step threw.
        sqlite3_reset(pointer)
        sqlite3_clear_bindings(pointer)
    }

    /// Runs to the end, skipping rows, and resets, also when it throws.
    public func run() throws(SQLiteError) {
        var code = sqlite3_step(pointer)
        while code == SQLITE_ROW { code = sqlite3_step(pointer) }
        guard code == SQLITE_DONE else {
            let error = handle.failure(code, sql: sql)
            reset()
            throw error
        }
        reset()
    }

    // MARK: Columns

    /// The row that the statement stands on; all its columns are null if there is none.
    public var row: Row { Row(pointer) }

    /// The number of columns of a row.
    public var columnCount: Int32 { sqlite3_column_count(pointer) }

    /// The name of a column; empty if there is no such column.
    public func columnName(_ i: Int32) -> String {
        guard let pointer, let name = sqlite3_column_name(pointer, i) else { return "" }
        return String(cString: name)
    }

    /// The type of the value in a column of the current row.
    public func type(_ i: Int32) -> ColumnType {
        switch sqlite3_column_type(pointer, i) {
        case SQLITE_INTEGER: .integer
        case SQLITE_FLOAT: .real
        case SQLITE_TEXT: .text
        case SQLITE_BLOB: .blob
        default: .null
        }
    }

    /// Whether a column of the current row is null.
    public func isNull(_ i: Int32) -> Bool { sqlite3_column_type(pointer, i) == SQLITE_NULL }

    /// An integer column; 0 for null, SQLite's conversion for other types.
    public func int64(_ i: Int32) -> Int64 { sqlite3_column_int64(pointer, i) }

    /// A double column; 0 for null, SQLite's conversion for other types.
    public func double(_ i: Int32) -> Double { sqlite3_column_double(pointer, i) }

    /// A text column whole, NUL characters included; empty for null.
    ///
    /// Bytes that are no UTF-8 are replaced.
    public func string(_ i: Int32) -> String {
        withBytes(i) { String(decoding: $0, as: UTF8.self) }
    }

    /// The bytes of a text or blob column; empty for null.
    public func bytes(_ i: Int32) -> [UInt8] {
        withBytes(i) { [UInt8]($0) }
    }

    /// Lends the bytes of a text or blob column without a copy.
    ///
    /// They are valid inside the closure, and only until the statement is stepped or reset, or the same column is read
    /// as another type.
    public func withBytes<T>(_ i: Int32, _ body: (UnsafeRawBufferPointer) throws -> T) rethrows -> T {
        var count: Int32 = 0
        let start = csqlite_column_bytes(pointer, i, &count)
        return try body(UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : Int(count)))
    }

    @inline(__always)
    private func check(_ code: Int32) throws(SQLiteError) {
        if code != SQLITE_OK { throw handle.failure(code, sql: sql) }
    }
}
