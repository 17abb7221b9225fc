import SQLite
import SyncProtocol

/// One row of a scan.
///
/// It is valid only while the scan stands on it.
public struct RowCursor {
    let statement: Statement
    let table: TableLayout?

    init(_ statement: Statement, _ table: TableLayout?) {
        self.statement = statement
        self.table = table
    }

    /// The row's key.
    public var sequence: Int64 { statement.int64(0) }

    /// The record's versions, without its values.
    public func versions() throws -> RecordVersions { try sync().versions }

    /// The digest that was stored with the record.
    public func digest() throws -> UInt64 { try sync().digest }

    /// The class that the server put the record into.
    public func classNumber() throws -> Int64 { try sync().classNumber }

    private func sync() throws -> SyncColumn {
        if let table { return try RowReader(statement, table).sync() }
        return try PackedReader(statement).sync()
    }

    /// Which record it is.
    public func key() throws -> (collection: CollectionNumber, record: RecordID) {
        if let table { return (table.collection.number, try RowReader(statement, table).id()) }
        return (Int(statement.int64(1)), try PackedReader(statement).id())
    }

    /// The whole record.
    public func record() throws -> StoredRecord {
        if let table { return try RowReader(statement, table).record() }
        return try PackedReader(statement).record()
    }
}

/// Reads a row of a collection's table.
struct RowReader {
    let statement: Statement
    let table: TableLayout

    init(_ statement: Statement, _ table: TableLayout) {
        self.statement = statement
        self.table = table
    }

    func id() throws -> RecordID {
        guard let id = RecordID(bytes: statement.bytes(1)) else {
            throw StoreError.damagedState("table \(table.collection.name): an id has 16 bytes")
        }
        return id
    }

    func sync() throws -> SyncColumn {
        try unpackSync(statement, column: table.extraColumn + 1, table: table.collection.name, record: try id())
    }

    func record() throws -> StoredRecord {
        let id = try id()
        let sync = try sync()
        // All values go into one buffer, of which each is a slice.
        var writer = CBORWriter(capacity: 512)
        var ends: [(FieldNumber, Int)] = []
        ends.reserveCapacity(table.columns.count)
        var index = TableLayout.leadingColumns
        for column in table.columns {
            if try read(column, index, into: &writer, of: id) { ends.append((column.field, writer.bytes.count)) }
            index += 1
        }
        let buffer = writer.bytes
        var values: [FieldValue] = []
        values.reserveCapacity(ends.count)
        var start = 0
        for (field, end) in ends {
            values.append(FieldValue(field, EncodedValue(checked: buffer[start..<end])))
            start = end
        }
        if !statement.isNull(table.extraColumn) {
            do {
                values += try FieldMap.decode(statement.bytes(table.extraColumn))
            } catch {
                throw StoreError.damagedRecord(table: table.collection.name, record: id)
            }
        }
        return StoredRecord(
            state: RecordState(
                collection: table.collection.number, record: id, versions: sync.versions, values: values),
            sequence: statement.int64(0), digest: sync.digest, classNumber: sync.classNumber, isPacked: false)
    }

    /// Appends the value of a column; false where it is null.
    private func read(
        _ column: TableLayout.Column, _ index: Int32, into writer: inout CBORWriter, of record: RecordID
    ) throws -> Bool {
        if statement.isNull(index) { return false }
        switch column.type {
        case .bool: writer.write(statement.int64(index) != 0)
        case .integer: writer.write(statement.int64(index))
        case .dateTime: writer.write(dateTime: statement.int64(index))
        case .double: writer.write(statement.double(index))
        case .bytes: statement.withBytes(index) { writer.write(bytes: $0) }
        case .text:
            let isText = statement.withBytes(index) { bytes in
                writer.write(textBytes: bytes)
                return Text.isUTF8(bytes)
            }
            // Text that a fault of the disk changed must not reach the wire, where it would damage a whole page.
            guard isText else {
                throw StoreError.damagedRecord(table: table.collection.name, record: record)
            }
        }
        return true
    }
}

/// Reads a row of `_packed`.
struct PackedReader {
    let statement: Statement

    init(_ statement: Statement) { self.statement = statement }

    func id() throws -> RecordID {
        guard let id = RecordID(bytes: statement.bytes(2)) else {
            throw StoreError.damagedState("table _packed: an id has 16 bytes")
        }
        return id
    }

    func sync() throws -> SyncColumn {
        try unpackSync(statement, column: 4, table: "_packed", record: try id())
    }

    func record() throws -> StoredRecord {
        let id = try id()
        let sync = try sync()
        do {
            return StoredRecord(
                state: RecordState(
                    collection: Int(statement.int64(1)), record: id, versions: sync.versions,
                    values: try FieldMap.decode(statement.bytes(3))),
                sequence: statement.int64(0), digest: sync.digest, classNumber: sync.classNumber, isPacked: true)
        } catch {
            throw StoreError.damagedRecord(table: "_packed", record: id)
        }
    }
}

/// What the packed column of a row holds.
struct SyncColumn {
    /// The record's digest as it was stored.
    let digest: UInt64
    let classNumber: Int64
    let versions: RecordVersions
}

private func unpackSync(
    _ statement: Statement, column: Int32, table: String, record: RecordID
) throws -> SyncColumn {
    let bytes = statement.bytes(column)
    do {
        guard bytes.count > 9 else { throw ProtocolError(.truncated, at: 0, "the packed column is damaged") }
        let digest = bytes[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        var position = 8
        let classNumber = Int64(try Varint.read(bytes[...], &position, limit: UInt64(Int64.max)))
        return SyncColumn(
            digest: digest, classNumber: classNumber, versions: try RecordVersions(unpacking: bytes[position...]))
    } catch {
        throw StoreError.damagedRecord(table: table, record: record)
    }
}

/// Binds a record to the insert or update statement of its table.
struct RowWriter {
    let statement: Statement
    let table: TableLayout

    init(_ statement: Statement, _ table: TableLayout) {
        self.statement = statement
        self.table = table
    }

    func write(_ state: RecordState, sequence: Int64?, sync: [UInt8]) throws {
        if let sequence { try statement.bind(1, sequence) }
        try statement.bind(2, blob: state.record.bytes[...])
        var extra: [FieldValue] = []
        for field in state.values {
            guard let position = table.collection.position(of: field.field) else {
                extra.append(field)
                continue
            }
            let index = TableLayout.leadingColumns + Int32(position) + 1
            switch (field.value.form, table.columns[position].type) {
            case (.bool(let value), .bool): try statement.bind(index, value ? 1 : Int64(0))
            case (.integer(let value), .integer): try statement.bind(index, value)
            case (.dateTime(let value), .dateTime): try statement.bind(index, value)
            case (.double(let value), .double): try statement.bind(index, value)
            case (.text(let utf8), .text): try statement.bind(index, textBytes: utf8)
            case (.bytes(let content), .bytes): try statement.bind(index, blob: content)
            default: extra.append(field)
            }
        }
        let extraIndex = table.extraColumn + 1
        if !extra.isEmpty { try statement.bind(extraIndex, blob: FieldMap.encode(extra)[...]) }
        try statement.bind(extraIndex + 1, blob: sync[...])
        try statement.run()
    }
}

/// A row of a scan over the server's order, decoded only as far as it is asked.
public protocol ScannedRow {
    /// The place of the record's last change in the order.
    var sequence: Int64 { get }
    /// Which record it is.
    func key() throws -> (collection: CollectionNumber, record: RecordID)
    /// The digest that was stored with the record.
    func digest() throws -> UInt64
    /// The class that the server put the record into.
    func classNumber() throws -> Int64
    /// The record's versions, without its values.
    func versions() throws -> RecordVersions
    /// The whole record.
    func record() throws -> StoredRecord
}

extension RowCursor: ScannedRow {}
