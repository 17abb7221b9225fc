import SQLite
import SyncProtocol

/// A record as it is stored.
public struct StoredRecord: Sendable {
    /// The record.
    public let state: RecordState
    /// Its row's key.
    public let sequence: Int64
    /// The digest that was stored with it.
    ///
    /// `verify` compares it with ``RecordState/digest``.
    public let digest: UInt64
    /// The class that the server put the record into, by which it decides who sees it; 0 at a client.
    public let classNumber: Int64
    /// Whether the row stands in `_packed`.
    let isPacked: Bool
}

/// Reads and writes records in one connection, within the caller's transaction.
public struct RecordStore {
    let connection: Connection
    /// The layout.
    public let layout: StoreLayout

    /// Works on a connection that the caller confines.
    public init(_ connection: Connection, layout: StoreLayout) {
        self.connection = connection
        self.layout = layout
    }

    /// Loads a record, deleted or not; nil where there is none.
    public func load(_ collection: CollectionNumber, _ id: RecordID) throws -> StoredRecord? {
        if let table = layout.table(collection) {
            let select = try connection.statement(table.select)
            defer { select.reset() }
            try select.bind(1, blob: id.bytes[...])
            if try select.step() { return try RowReader(select, table).record() }
        }
        let select = try connection.statement(
            "SELECT seq, collection, id, fields, _sync FROM _packed WHERE collection = ?1 AND id = ?2")
        defer { select.reset() }
        try select.bind(1, Int64(collection))
        try select.bind(2, blob: id.bytes[...])
        return try select.step() ? try PackedReader(select).record() : nil
    }

    /// Stores a record that is not there yet.
    ///
    /// - Parameters:
    ///   - sequence: the row's key, or nil for the next free one.
    ///   - classNumber: the class that the server put it into.
    public func insert(_ state: RecordState, sequence: Int64? = nil, classNumber: Int64 = 0) throws {
        try write(state, sequence: sequence, classNumber: classNumber, isNew: true)
    }

    /// Stores a record in the place of what was loaded.
    ///
    /// - Parameters:
    ///   - sequence: the row's new key, or nil to leave it (a row that moves to another table gets the next free).
    ///   - classNumber: the class that the server put it into.
    public func replace(
        _ stored: StoredRecord, with state: RecordState, sequence: Int64? = nil, classNumber: Int64 = 0
    ) throws {
        let staysPut = stored.isPacked == isPacked(state)
        if !staysPut { try remove(stored) }
        try write(state, sequence: sequence, classNumber: classNumber, isNew: !staysPut)
    }

    /// Removes a row altogether, as if the record had never been there.
    public func remove(_ stored: StoredRecord) throws {
        let collection = stored.state.collection
        if !stored.isPacked, let table = layout.table(collection) {
            let delete = try connection.statement(table.delete)
            try delete.bind(1, blob: stored.state.record.bytes[...])
            try delete.run()
        } else {
            let delete = try connection.statement("DELETE FROM _packed WHERE collection = ?1 AND id = ?2")
            try delete.bind(1, Int64(collection))
            try delete.bind(2, blob: stored.state.record.bytes[...])
            try delete.run()
        }
    }

    /// Removes the rows of a record, whether they can be read or not.
    public func remove(_ collection: CollectionNumber, _ id: RecordID) throws {
        if let table = layout.table(collection) {
            let delete = try connection.statement(table.delete)
            try delete.bind(1, blob: id.bytes[...])
            try delete.run()
        }
        let delete = try connection.statement("DELETE FROM _packed WHERE collection = ?1 AND id = ?2")
        try delete.bind(1, Int64(collection))
        try delete.bind(2, blob: id.bytes[...])
        try delete.run()
    }

    /// Visits the records whose key is greater than `sequence`, in the order of their keys over all collections.
    ///
    /// - Parameter body: gets a row that is decoded only as far as it is asked, and says whether to go on.
    public func scan(after sequence: Int64, _ body: (RowCursor) throws -> Bool) throws {
        var cursors: [RowCursor] = []
        defer { for cursor in cursors { cursor.statement.reset() } }
        func start(_ statement: Statement, _ table: TableLayout?) throws {
            try statement.bind(1, sequence)
            let cursor = RowCursor(statement, table)
            if try statement.step() { cursors.append(cursor) }
        }
        for table in layout.tables { try start(try connection.statement(table.selectAfter), table) }
        try start(
            try connection.statement(
                "SELECT seq, collection, id, fields, _sync FROM _packed WHERE seq > ?1 ORDER BY seq"), nil)
        while let first = cursors.indices.min(by: { cursors[$0].sequence < cursors[$1].sequence }) {
            guard try body(cursors[first]) else { return }
            if try !cursors[first].statement.step() { cursors.remove(at: first) }
        }
    }

    /// How many rows have a greater key.
    public func count(after sequence: Int64) throws -> Int {
        var count: Int64 = 0
        for name in layout.tables.map(\.collection.name) + ["_packed"] {
            let select = try connection.statement("SELECT count(*) FROM \"\(name)\" WHERE seq > ?1")
            defer { select.reset() }
            try select.bind(1, sequence)
            if try select.step() { count += select.int64(0) }
        }
        return Int(count)
    }

    private func isPacked(_ state: RecordState) -> Bool { state.isDeleted || layout.table(state.collection) == nil }

    private func write(_ state: RecordState, sequence: Int64?, classNumber: Int64, isNew: Bool) throws {
        var sync: [UInt8] = []
        sync.reserveCapacity(48)
        withUnsafeBytes(of: state.digest.littleEndian) { sync.append(contentsOf: $0) }
        Varint.append(UInt64(classNumber), to: &sync)
        state.versions.pack(to: &sync)
        if !isPacked(state), let table = layout.table(state.collection) {
            let statement = try connection.statement(isNew ? table.insert : table.update)
            try RowWriter(statement, table).write(state, sequence: sequence, sync: sync)
        } else {
            let statement = try connection.statement(
                isNew
                    ? "INSERT INTO _packed (seq, collection, id, fields, _sync) VALUES (?1, ?2, ?3, ?4, ?5)"
                    : """
                    UPDATE _packed SET seq = coalesce(?1, seq), fields = ?4, _sync = ?5
                    WHERE collection = ?2 AND id = ?3
                    """)
            if let sequence { try statement.bind(1, sequence) }
            try statement.bind(2, Int64(state.collection))
            try statement.bind(3, blob: state.record.bytes[...])
            try statement.bind(4, blob: FieldMap.encode(state.values)[...])
            try statement.bind(5, blob: sync[...])
            try statement.run()
        }
    }
}

/// Fields as a CBOR map in one column.
public enum FieldMap {
    /// Encodes fields, which are in ascending order.
    public static func encode(_ fields: [FieldValue]) -> [UInt8] {
        var writer = CBORWriter()
        writer.writeFields(fields)
        return writer.bytes
    }

    /// Decodes fields.
    public static func decode(_ bytes: [UInt8]) throws(ProtocolError) -> [FieldValue] {
        var reader = CBORReader(bytes)
        let fields = try reader.readFields()
        try reader.finish()
        return fields
    }
}
