import SQLite
import SyncProtocol

/// Where the records of a schema stand in a database: a table per collection, and `_packed` for the rest.
///
/// `_packed` holds the records that have no row in a table of their own: deleted ones, so that a plain table shows
/// only what lives, and those of collections that this schema does not know yet.
public struct StoreLayout: Sendable {
    /// The schema.
    public let schema: Schema
    /// Whether the order of the records' changes is kept, as it is at the server.
    let isOrdered: Bool
    let tables: [TableLayout]
    private let byNumber: [CollectionNumber: Int]

    /// Lays out a schema.
    ///
    /// - Parameter isOrdered: whether the places of records in an order mean something, as they do at the server.
    public init(_ schema: Schema, isOrdered: Bool = false) {
        self.schema = schema
        self.isOrdered = isOrdered
        tables = schema.collections.map { TableLayout($0, isOrdered: isOrdered) }
        byNumber = Dictionary(tables.enumerated().map { ($1.collection.number, $0) }) { first, _ in first }
    }

    func table(_ number: CollectionNumber) -> TableLayout? { byNumber[number].map { tables[$0] } }

    /// Whether the tables are those of this schema version already.
    ///
    /// - Throws: as ``prepare(_:)`` for a database of another or a newer schema.
    public func isPrepared(_ connection: Connection) throws -> Bool {
        guard try connection.scalar("SELECT 1 FROM sqlite_schema WHERE name = '_schema'") != nil else { return false }
        return try foundVersion(connection) == schema.version
    }

    /// Makes the tables, or brings them up to this schema where they are of an older version.
    ///
    /// Data stays.
    ///
    /// To be called in a write transaction, whenever a database is opened.
    ///
    /// - Throws: ``StoreError/otherSchema(found:expected:)``, ``StoreError/newerSchema(found:known:)``,
    ///   ``StoreError/notAdditive(table:column:)``, or `SQLiteError`.
    public func prepare(_ connection: Connection) throws {
        try connection.execute(
            """
            CREATE TABLE IF NOT EXISTS _schema (name TEXT NOT NULL, version INTEGER NOT NULL) STRICT;
            CREATE TABLE IF NOT EXISTS _packed (
              seq INTEGER PRIMARY KEY, collection INTEGER NOT NULL, id BLOB NOT NULL, fields BLOB NOT NULL,
              _sync BLOB NOT NULL, UNIQUE (collection, id)) STRICT;
            """)
        if try foundVersion(connection) == schema.version { return }
        for table in tables { try bringUp(table, connection) }
        try promote(connection)
        try connection.execute("DELETE FROM _schema")
        let insert = try connection.statement("INSERT INTO _schema (name, version) VALUES (?1, ?2)")
        try insert.bind(1, text: schema.name)
        try insert.bind(2, Int64(schema.version))
        try insert.run()
    }

    private func foundVersion(_ connection: Connection) throws -> Int? {
        let select = try connection.statement("SELECT name, version FROM _schema")
        defer { select.reset() }
        guard try select.step() else { return nil }
        let (name, version) = (select.string(0), Int(select.int64(1)))
        guard name == schema.name else { throw StoreError.otherSchema(found: name, expected: schema.name) }
        guard version <= schema.version else { throw StoreError.newerSchema(found: version, known: schema.version) }
        return version
    }

    private func bringUp(_ table: TableLayout, _ connection: Connection) throws {
        var columns: [String: String] = [:]
        let info = try connection.statement("SELECT name, type FROM pragma_table_info(?1)")
        try info.bind(1, text: table.collection.name)
        while try info.step() { columns[info.string(0)] = info.string(1) }
        info.reset()
        if columns.isEmpty {
            try connection.execute(table.create)
        } else {
            for field in table.collection.fields {
                let type = TableLayout.columnType(field.type)
                if let existing = columns[field.name] {
                    guard existing == type else {
                        throw StoreError.notAdditive(table: table.collection.name, column: field.name)
                    }
                } else {
                    let name = TableLayout.quoted(table.collection.name)
                    try connection.execute("ALTER TABLE \(name) ADD COLUMN \(TableLayout.quoted(field.name)) \(type)")
                }
            }
        }
        for index in table.createIndexes { try connection.execute(index) }
    }

    /// Takes away the schema's indexes, for a database that is about to be filled: made at the end, from sorted rows,
    /// they cost a fraction of what a row at a time does.
    ///
    /// To be called in a write transaction.
    public func dropIndexes(_ connection: Connection) throws {
        for index in tables.flatMap(\.dropIndexes) { try connection.execute(index) }
    }

    /// Makes the indexes that are missing.
    ///
    /// To be called in a write transaction.
    public func makeIndexes(_ connection: Connection) throws {
        // SQLite sorts in runs of the size of its page cache: with half of that, both together take no more than before.
        let cache = try connection.scalar("PRAGMA cache_size") ?? 0
        try connection.execute("PRAGMA cache_size=\(cache / 2)")
        defer { try? connection.execute("PRAGMA cache_size=\(cache)") }
        for index in tables.flatMap(\.createIndexes) { try connection.execute(index) }
    }

    /// Moves what an older schema had to set aside to where this one keeps it.
    private func promote(_ connection: Connection) throws {
        let store = RecordStore(connection, layout: self)
        var waiting: [(CollectionNumber, RecordID)] = []
        for table in tables {
            let name = TableLayout.quoted(table.collection.name)
            let extra = try connection.statement("SELECT id FROM \(name) WHERE _extra IS NOT NULL")
            while try extra.step() {
                if let id = RecordID(bytes: extra.bytes(0)) { waiting.append((table.collection.number, id)) }
            }
            extra.reset()
        }
        let packed = try connection.statement("SELECT collection, id FROM _packed")
        while try packed.step() {
            if let id = RecordID(bytes: packed.bytes(1)) { waiting.append((Int(packed.int64(0)), id)) }
        }
        packed.reset()
        for (collection, id) in waiting {
            guard let record = try store.load(collection, id) else { continue }
            try store.layOut(record, sequence: isOrdered ? record.sequence : nil)
        }
    }
}
