import SQLite
import SyncProtocol

/// One row of a scan.
///
/// It is valid only while the scan stands on it.
public struct RowCursor {
    let statement: Statement
    let table: TableLayout?
    /// Where the row's fields are to be read, if only its head was selected.
    let headsOf: Connection?

    init(_ statement: Statement, _ table: TableLayout?, headsOf: Connection? = nil) {
        self.statement = statement
        self.table = table
        self.headsOf = headsOf
    }

    /// The record's place in the order, the row's `seq`.
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
        guard let table else { return try PackedReader(statement).record() }
        return try whole(table) { try $0.record() }
    }

    /// Adds the whole record to a page, its values from where SQLite has them.
    ///
    /// - Parameter versions: the record's.
    /// - Returns: whether it did; not where a part of the record stands in no column of its own.
    public func append(_ versions: RecordVersions, to page: inout EncodedUpdates) throws -> Bool {
        guard let table else { return false }
        return try whole(table) { try $0.append(versions, to: &page) }
    }

    private func whole<T>(_ table: TableLayout, _ body: (RowReader) throws -> T) throws -> T {
        guard let headsOf else { return try body(RowReader(statement, table)) }
        let select = try headsOf.statement(table.selectAt)
        defer { select.reset() }
        try select.bind(1, sequence)
        guard try select.step() else {
            throw StoreError.damagedState("table \(table.collection.name) has no row \(sequence)")
        }
        return try body(RowReader(select, table))
    }
}

/// Reads a row of a collection's table.
struct RowReader {
    let row: Row
    let table: TableLayout

    init(_ statement: Statement, _ table: TableLayout) {
        row = statement.row
        self.table = table
    }

    func id() throws -> RecordID {
        guard let id = RecordID(row[1].bytes) else {
            throw StoreError.damagedState("table \(table.collection.name): an id has 16 bytes")
        }
        return id
    }

    func sync() throws -> SyncColumn {
        try unpackSync(row[TableLayout.syncColumn].bytes, table: table.collection.name, record: try id())
    }

    func record() throws -> StoredRecord {
        let id = try id()
        let sync = try sync()
        var builder = FieldMap.Builder(capacity: 512, fields: table.columns.count)
        for column in table.ascending {
            let value = row[column.index]
            if value.isNull { continue }
            builder.begin(column.field)
            try write(value, of: column, to: &builder.writer)
            builder.end(column.field)
        }
        var values = builder.map
        let extra = row[table.extraColumn]
        if !extra.isNull {
            do {
                values = FieldMap(Array(values) + Array(try FieldMap(decoding: Array(extra.bytes))))
            } catch {
                throw StoreError.damagedRecord(table: table.collection.name, record: id)
            }
        }
        return StoredRecord(
            state: RecordState(
                collection: table.collection.number, record: id, versions: sync.versions, values: values),
            sequence: row[0].int64, digest: sync.digest, classNumber: sync.classNumber, isPacked: false)
    }

    func append(_ versions: RecordVersions, to page: inout EncodedUpdates) throws -> Bool {
        guard row[table.extraColumn].isNull else { return false }
        func isOfCreation(_ column: TableLayout.Column) -> Bool {
            !row[column.index].isNull && !versions.isLater(column.field)
        }
        let fields = table.ascending.count { isOfCreation($0) }
        try page.append(whole: table.collection.number, try id(), versions, fields: fields) { write, writer in
            // The creation names no fields: it holds for all that no later write names.
            if write.fields.isEmpty {
                for column in table.ascending where isOfCreation(column) {
                    writer.write(column.field)
                    try self.write(row[column.index], of: column, to: &writer)
                }
            }
            for field in write.fields {
                writer.write(field)
                if let column = table.column(of: field), case let value = row[column.index], !value.isNull {
                    try self.write(value, of: column, to: &writer)
                } else {
                    writer.write(encoded: RecordState.absent(field).bytes)
                }
            }
        }
        return true
    }

    /// Appends a value that is not null.
    private func write(_ value: Row.Column, of column: TableLayout.Column, to writer: inout CBORWriter) throws {
        switch column.type {
        case .bool: writer.write(value.int64 != 0)
        case .integer: writer.write(value.int64)
        case .dateTime: writer.write(dateTime: value.int64)
        case .double: writer.write(value.double)
        case .bytes: writer.write(bytes: value.bytes)
        case .text:
            let bytes = value.bytes
            // Text that a fault of the disk changed must not reach the wire, where it would damage a whole page.
            guard Text.isUTF8(bytes) else {
                throw StoreError.damagedRecord(table: table.collection.name, record: try id())
            }
            writer.write(textBytes: bytes)
        }
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
        try unpackSync(statement.row[4].bytes, table: "_packed", record: try id())
    }

    func record() throws -> StoredRecord {
        let id = try id()
        let sync = try sync()
        do {
            return StoredRecord(
                state: RecordState(
                    collection: Int(statement.int64(1)), record: id, versions: sync.versions,
                    values: try FieldMap(decoding: statement.bytes(3))),
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
    _ bytes: UnsafeRawBufferPointer, table: String, record: RecordID
) throws -> SyncColumn {
    do {
        guard bytes.count > 9 else { throw ProtocolError(.truncated, at: 0, "the packed column is damaged") }
        let digest = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
        var position = 8
        let classNumber = Int64(try Varint.read(bytes, &position, limit: UInt64(Int64.max)))
        return SyncColumn(
            digest: digest, classNumber: classNumber,
            versions: try RecordVersions(unpacking: UnsafeRawBufferPointer(rebasing: bytes[position...])))
    } catch {
        throw StoreError.damagedRecord(table: table, record: record)
    }
}

/// Binds a record to the insert or update statement of its table.
struct RowWriter {
    let statement: Statement
    let table: TableLayout
    /// Of an update, the columns that it writes.
    let shape: TableLayout.UpdateShape?

    init(_ statement: Statement, _ table: TableLayout, _ shape: TableLayout.UpdateShape?) {
        self.statement = statement
        self.table = table
        self.shape = shape
    }

    /// Runs the statement with the values of a record, which SQLite reads where they lie.
    func write(_ state: RecordState, sequence: Int64?, sync: [UInt8]) throws {
        if let sequence { try statement.bind(1, sequence) }
        try statement.bind(2, state.record)
        try statement.bind(TableLayout.syncColumn + 1, blob: sync[...])
        var extra: [FieldNumber] = []
        try state.values.lend { values in
            try values.visit { field, value in
                guard let position = table.collection.position(of: field),
                    value.type == table.columns[position].type
                else { return extra.append(field) }
                if let shape, !table.writes(field, shape) { return }
                let index = table.columns[position].index + 1
                switch value.form {
                case .null: break
                case .bool(let value): try statement.bind(index, value ? 1 : Int64(0))
                case .integer(let value), .dateTime(let value): try statement.bind(index, value)
                case .double(let value): try statement.bind(index, value)
                case .text(let utf8): try statement.bind(index, borrowedText: utf8)
                case .bytes(let content): try statement.bind(index, borrowedBlob: content)
                }
            }
            if !extra.isEmpty {
                let rest = FieldMap(state.values.filter { extra.contains($0.field) })
                try statement.bind(table.extraColumn + 1, blob: rest.encoded[...])
            }
            try statement.run()
        }
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
    /// Adds the whole record, whose versions are given, to a page; false where it has to be read first.
    func append(_ versions: RecordVersions, to page: inout EncodedUpdates) throws -> Bool
}

extension RowCursor: ScannedRow {}
