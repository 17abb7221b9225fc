import SQLite
import SyncProtocol
import Synchronization

/// The SQL of one collection's table: a plain table with a column per field.
///
/// Before the fields stand `seq` (at the server the place of the record's last change in its order, at a client the
/// order of arrival, which is the row's key there), `id`, and `_sync` (the record's digest, 8 bytes little-endian, its class as LEB128,
/// and its packed versions), so that a scan that needs no more reads only the head of a row; behind them `_extra`
/// (fields that this schema does not know or whose value its type can't hold, as a CBOR map).
///
/// A class: it goes along with every row.
final class TableLayout: Sendable {
    let collection: CollectionSchema
    /// The fields in the order of their columns, with no more of each than reading a row takes.
    let columns: [Column]
    /// The same in the order of their numbers, as a record has them.
    let ascending: [Column]
    let select: Query
    let contains: Query
    /// Whole rows after a place in the order.
    let selectAfter: Query
    /// The columns before the fields, of rows after a place in the order.
    let selectHeadsAfter: Query
    /// The row at a place in the order.
    let selectAt: Query
    let insert: Query
    let delete: Query
    /// The fields that an index names.
    private let indexed: [FieldNumber]
    private let isOrdered: Bool
    private let updates = Mutex<[UpdateShape: Query]>([:])

    /// A field's column.
    struct Column: Sendable {
        let field: FieldNumber
        let type: ValueType
        /// Where it stands in a selected row.
        let index: Int32
    }

    /// The columns before the fields in a selected row.
    static let leadingColumns: Int32 = 3
    /// The column of the digest, class and versions.
    static let syncColumn: Int32 = 2

    /// The column of the packed rest, which follows the fields.
    var extraColumn: Int32 { Self.leadingColumns + Int32(columns.count) }

    /// - Parameter isOrdered: whether the order of the records' changes is kept, as it is at the server.
    init(_ collection: CollectionSchema, isOrdered: Bool) {
        self.collection = collection
        self.isOrdered = isOrdered
        let indexedNames = Set(collection.indexes.joined())
        indexed = collection.fields.filter { indexedNames.contains($0.name) }.map(\.number)
        columns = collection.fields.enumerated().map { position, field in
            Column(field: field.number, type: field.type, index: Self.leadingColumns + Int32(position))
        }
        ascending = columns.sorted { $0.field < $1.field }
        let table = Self.quoted(collection.name)
        let heads = ["seq", "id", "_sync"]
        let names = heads + collection.fields.map { Self.quoted($0.name) } + ["_extra"]
        let list = names.joined(separator: ", ")
        select = Query("SELECT \(list) FROM \(table) WHERE id = ?1")
        contains = Query("SELECT 1 FROM \(table) WHERE id = ?1")
        selectAfter = Query("SELECT \(list) FROM \(table) WHERE seq > ?1 ORDER BY seq")
        selectHeadsAfter = Query(
            "SELECT \(heads.joined(separator: ", ")) FROM \(table) WHERE seq > ?1 ORDER BY seq")
        selectAt = Query("SELECT \(list) FROM \(table) WHERE seq = ?1")
        let parameters = names.indices.map { "?\($0 + 1)" }.joined(separator: ", ")
        insert = Query("INSERT INTO \(table) (\(list)) VALUES (\(parameters)) ON CONFLICT (id) DO NOTHING")
        delete = Query("DELETE FROM \(table) WHERE id = ?1")
    }

    /// The column of a field, where it has one.
    func column(of field: FieldNumber) -> Column? { collection.position(of: field).map { columns[$0] } }

    // MARK: Updates

    /// Which columns an update writes: all but those that stay as they are and have an index, for SQLite takes the entry
    /// of every index that a statement names out and puts it in again, whether it differs or not.
    struct UpdateShape: Hashable {
        let hasSequence: Bool
        /// The fields with an index that get another value.
        let indexed: [FieldNumber]
    }

    /// The shape of the update that makes one record of another, both laid out as this schema has it.
    func shape(from held: RecordState, to state: RecordState, hasSequence: Bool) -> UpdateShape {
        UpdateShape(hasSequence: hasSequence, indexed: indexed.filter { held[$0] != state[$0] })
    }

    /// The shape of an update that writes every column.
    func wholeShape(hasSequence: Bool) -> UpdateShape { UpdateShape(hasSequence: hasSequence, indexed: indexed) }

    /// Whether an update of that shape writes a field's column.
    func writes(_ field: FieldNumber, _ shape: UpdateShape) -> Bool {
        !indexed.contains(field) || shape.indexed.contains(field)
    }

    /// The statement of an update of that shape, with the parameters of ``insert``.
    func update(_ shape: UpdateShape) -> Query {
        updates.withLock { updates in
            if let known = updates[shape] { return known }
            var columns = [("_sync", Self.syncColumn), ("_extra", extraColumn)]
            if shape.hasSequence { columns.append(("seq", 0)) }
            for (field, column) in zip(collection.fields, self.columns) where writes(field.number, shape) {
                columns.append((Self.quoted(field.name), column.index))
            }
            let assignments = columns.map { "\($0) = ?\($1 + 1)" }.joined(separator: ", ")
            let query = Query("UPDATE \(Self.quoted(collection.name)) SET \(assignments) WHERE id = ?2")
            updates[shape] = query
            return query
        }
    }

    /// The statement that makes the table.
    ///
    /// STRICT keeps every column to its type. At the server `seq` is not the row's key: each change of a record gives it
    /// another, and with its key every index entry of a row would move.
    var create: String {
        let fields = collection.fields.map { "\(Self.quoted($0.name)) \(Self.columnType($0.type))" }
        let key = isOrdered ? "seq INTEGER NOT NULL" : "seq INTEGER PRIMARY KEY"
        let columns = [key, "id BLOB NOT NULL UNIQUE", "_sync BLOB NOT NULL"] + fields + ["_extra BLOB"]
        return "CREATE TABLE \(Self.quoted(collection.name)) (\(columns.joined(separator: ", "))) STRICT"
    }

    /// The statements that make the indexes.
    var createIndexes: [String] {
        func index(_ columns: [String], _ kind: String) -> String {
            let list = columns.map(Self.quoted).joined(separator: ", ")
            return "CREATE \(kind) IF NOT EXISTS \(indexName(columns)) ON \(Self.quoted(collection.name)) (\(list))"
        }
        return (isOrdered ? [index(["seq"], "UNIQUE INDEX")] : []) + collection.indexes.map { index($0, "INDEX") }
    }

    /// The statements that take away the indexes of the schema.
    var dropIndexes: [String] { collection.indexes.map { "DROP INDEX IF EXISTS \(indexName($0))" } }

    private func indexName(_ columns: [String]) -> String {
        Self.quoted("\(collection.name)_by_\(columns.joined(separator: "_"))")
    }

    static func quoted(_ name: String) -> String { "\"\(name)\"" }

    static func columnType(_ type: ValueType) -> String {
        switch type {
        case .bool, .integer, .dateTime: "INTEGER"
        case .double: "REAL"
        case .text: "TEXT"
        case .bytes: "BLOB"
        }
    }
}
