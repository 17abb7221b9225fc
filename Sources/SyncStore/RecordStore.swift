import SQLite
import SyncProtocol

/// A record as it is stored.
public struct StoredRecord: Sendable {
    /// The record.
    public let state: RecordState
    /// Its place in the order, the row's `seq`.
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
            try select.bind(1, id)
            if try select.step() { return try RowReader(select, table).record() }
        }
        let select = try connection.statement(PackedQueries.select)
        defer { select.reset() }
        try select.bind(1, Int64(collection))
        try select.bind(2, id)
        return try select.step() ? try PackedReader(select).record() : nil
    }

    /// The digest in a `_sync` column that a statement selected.
    package static func digest(_ statement: Statement, column: Int32) -> UInt64? {
        statement.withBytes(column) { bytes in
            bytes.count < 8 ? nil : UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
        }
    }

    /// Whether a record stands apart from its collection's table: deleted, or of no table.
    public func isAside(_ collection: CollectionNumber, _ id: RecordID) throws -> Bool {
        let select = try connection.statement(PackedQueries.contains)
        defer { select.reset() }
        try select.bind(1, Int64(collection))
        try select.bind(2, id)
        return try select.step()
    }

    /// Whether there is a record, deleted or not.
    public func contains(_ collection: CollectionNumber, _ id: RecordID) throws -> Bool {
        if let table = layout.table(collection) {
            let select = try connection.statement(table.contains)
            defer { select.reset() }
            try select.bind(1, id)
            if try select.step() { return true }
        }
        return try isAside(collection, id)
    }

    /// Stores a record unless its table has one of that id already.
    ///
    /// That it has none among the packed rows, where it would stand when it is deleted, is for the caller to know.
    ///
    /// - Parameters:
    ///   - sequence: its place in the order, or nil for the next free one, which only a client has.
    ///   - classNumber: the class that the server put it into.
    /// - Returns: the record's digest, or nil where there is one already: nothing was changed.
    @discardableResult
    public func insert(_ state: RecordState, sequence: Int64? = nil, classNumber: Int64 = 0) throws -> UInt64? {
        let digest = try write(state, sequence: sequence, classNumber: classNumber, over: nil) { _ in nil }
        return connection.changes == 0 ? nil : digest
    }

    /// Stores a record in the place of what was loaded.
    ///
    /// - Parameters:
    ///   - sequence: the row's new key, or nil to leave it (a row that moves to another table gets the next free).
    ///   - classNumber: the class that the server put it into.
    /// - Returns: the digest of `state`.
    @discardableResult
    public func replace(
        _ stored: StoredRecord, with state: RecordState, sequence: Int64? = nil, classNumber: Int64 = 0
    ) throws -> UInt64 {
        try write(state, sequence: sequence, classNumber: classNumber, over: stored) { table in
            table.shape(from: stored.state, to: state, hasSequence: sequence != nil)
        }
    }

    /// Writes a record anew as it is, each value to where the schema of now keeps it.
    func layOut(_ stored: StoredRecord, sequence: Int64?) throws {
        _ = try write(stored.state, sequence: sequence, classNumber: stored.classNumber, over: stored) { table in
            table.wholeShape(hasSequence: sequence != nil)
        }
    }

    /// Removes a row altogether, as if the record had never been there.
    public func remove(_ stored: StoredRecord) throws {
        let collection = stored.state.collection
        if !stored.isPacked, let table = layout.table(collection) {
            let delete = try connection.statement(table.delete)
            try delete.bind(1, stored.state.record)
            try delete.run()
        } else {
            let delete = try connection.statement(PackedQueries.delete)
            try delete.bind(1, Int64(collection))
            try delete.bind(2, stored.state.record)
            try delete.run()
        }
    }

    /// Removes the rows of a record, whether they can be read or not.
    public func remove(_ collection: CollectionNumber, _ id: RecordID) throws {
        if let table = layout.table(collection) {
            let delete = try connection.statement(table.delete)
            try delete.bind(1, id)
            try delete.run()
        }
        let delete = try connection.statement(PackedQueries.delete)
        try delete.bind(1, Int64(collection))
        try delete.bind(2, id)
        try delete.run()
    }

    /// Visits the records whose key is greater than `sequence`, in the order of their keys over all collections.
    ///
    /// - Parameters:
    ///   - readsMost: whether most rows will be read whole; else the fields of each that is are looked up by themselves.
    ///   - body: gets a row that is decoded only as far as it is asked, and says whether to go on.
    public func scan(after sequence: Int64, readsMost: Bool = true, _ body: (RowCursor) throws -> Bool) throws {
        var cursors: [RowCursor] = []
        defer { for cursor in cursors { cursor.statement.reset() } }
        func start(_ statement: Statement, _ table: TableLayout?) throws {
            try statement.bind(1, sequence)
            let cursor = RowCursor(statement, table, headsOf: readsMost ? nil : connection)
            if try statement.step() { cursors.append(cursor) }
        }
        for table in layout.tables {
            try start(try connection.statement(readsMost ? table.selectAfter : table.selectHeadsAfter), table)
        }
        try start(try connection.statement(PackedQueries.selectAfter), nil)
        while let first = cursors.indices.min(by: { cursors[$0].sequence < cursors[$1].sequence }) {
            guard try body(cursors[first]) else { return }
            if try !cursors[first].statement.step() { cursors.remove(at: first) }
        }
    }

    /// Whether there is no record at all.
    public func isEmpty() throws -> Bool {
        for name in layout.tables.map(\.collection.name) + ["_packed"] {
            if try connection.scalar("SELECT 1 FROM \"\(name)\" LIMIT 1") != nil { return false }
        }
        return true
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

    /// - Parameters:
    ///   - held: the record that it takes the place of.
    ///   - shape: the shape of the update, where it stays in the same table.
    private func write(
        _ state: RecordState, sequence: Int64?, classNumber: Int64, over held: StoredRecord?,
        shape: (TableLayout) -> TableLayout.UpdateShape?
    ) throws -> UInt64 {
        let isUpdate = held?.isPacked == isPacked(state)
        if let held, !isUpdate { try remove(held) }
        let digest = state.digest
        var sync: [UInt8] = []
        sync.reserveCapacity(48)
        withUnsafeBytes(of: digest.littleEndian) { sync.append(contentsOf: $0) }
        Varint.append(UInt64(classNumber), to: &sync)
        state.versions.pack(to: &sync)
        if !isPacked(state), let table = layout.table(state.collection) {
            let shape = isUpdate ? shape(table) : nil
            let statement = try connection.statement(shape.map(table.update) ?? table.insert)
            try RowWriter(statement, table, shape).write(state, sequence: sequence, sync: sync)
        } else {
            let statement = try connection.statement(isUpdate ? PackedQueries.update : PackedQueries.insert)
            if let sequence { try statement.bind(1, sequence) }
            try statement.bind(2, Int64(state.collection))
            try statement.bind(3, state.record)
            try statement.bind(4, blob: state.values.encoded[...])
            try statement.bind(5, blob: sync[...])
            try statement.run()
        }
        return digest
    }
}

/// The SQL of `_packed`.
enum PackedQueries {
    static let select = Query("SELECT \(columns) FROM _packed WHERE collection = ?1 AND id = ?2")
    static let contains = Query("SELECT 1 FROM _packed WHERE collection = ?1 AND id = ?2")
    static let selectAfter = Query("SELECT \(columns) FROM _packed WHERE seq > ?1 ORDER BY seq")
    static let insert = Query(
        "INSERT INTO _packed (\(columns)) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (collection, id) DO NOTHING")
    static let update = Query(
        "UPDATE _packed SET seq = coalesce(?1, seq), fields = ?4, _sync = ?5 WHERE collection = ?2 AND id = ?3")
    static let delete = Query("DELETE FROM _packed WHERE collection = ?1 AND id = ?2")

    private static let columns = "seq, collection, id, fields, _sync"
}

extension Statement {
    /// Binds a record's id, as a blob of its 16 bytes.
    package func bind(_ index: Int32, _ id: RecordID) throws(SQLiteError) {
        var halves = (id.high.bigEndian, id.low.bigEndian)
        try withUnsafeBytes(of: &halves) { (bytes) throws(SQLiteError) in try bind(index, blob: bytes) }
    }
}
