import CSQLite
import Glibc

/// The row that a statement stands on; valid until the statement is stepped or reset.
///
/// It reads many columns at less cost than the statement does, which looks after itself at each.
public struct Row {
    @usableFromInline let pointer: OpaquePointer?

    @usableFromInline init(_ pointer: OpaquePointer?) { self.pointer = pointer }

    /// A column, counted from 0.
    ///
    /// SQLite calls such values unprotected, for another thread could change them; a statement belongs to one thread.
    @inlinable public subscript(index: Int32) -> Column { Column(sqlite3_column_value(pointer, index)) }

    /// One column of a row.
    public struct Column {
        @usableFromInline let value: OpaquePointer?

        @usableFromInline init(_ value: OpaquePointer?) { self.value = value }

        /// Whether it is null.
        @inlinable public var isNull: Bool { sqlite3_value_type(value) == SQLITE_NULL }
        /// An integer; 0 for null, SQLite's conversion for other types.
        @inlinable public var int64: Int64 { sqlite3_value_int64(value) }
        /// A double; 0 for null, SQLite's conversion for other types.
        @inlinable public var double: Double { sqlite3_value_double(value) }
        /// The bytes of a text or blob, where SQLite keeps them as long as the row is valid; empty for null.
        @inlinable public var bytes: UnsafeRawBufferPointer {
            // The order matters: asking for the length first could convert the value twice.
            let start: UnsafeRawPointer? =
                sqlite3_value_type(value) == SQLITE_BLOB
                ? sqlite3_value_blob(value) : UnsafeRawPointer(sqlite3_value_text(value))
            return UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : Int(sqlite3_value_bytes(value)))
        }

        /// Whether these are its bytes.
        public func holds(_ other: UnsafeRawBufferPointer) -> Bool {
            let bytes = bytes
            guard bytes.count == other.count else { return false }
            guard let left = bytes.baseAddress, let right = other.baseAddress else { return true }
            return memcmp(left, right, bytes.count) == 0
        }
    }
}
