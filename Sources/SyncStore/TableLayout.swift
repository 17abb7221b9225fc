import SyncProtocol

/// The SQL of one collection's table: a plain table with a column per field.
///
/// Beside the fields stand `seq` (the row's key: at the server the place of the record's last change in its order, at
/// a client the order of arrival), `id`, `_extra` (fields that this schema does not know or whose value its type can't
/// hold, as a CBOR map) and `_sync` (the record's digest, 8 bytes little-endian, its class as LEB128, and its packed
/// versions).
///
/// A class: it goes along with every row.
final class TableLayout: Sendable {
    let collection: CollectionSchema
    /// The fields in the order of their columns, with no more of each than reading a row takes.
    let columns: [Column]
    let select: String
    let selectAfter: String
    let insert: String
    let update: String
    let delete: String

    /// A field's column.
    struct Column: Sendable {
        let field: FieldNumber
        let type: ValueType
    }

    /// The columns before the fields in a selected row.
    static let leadingColumns: Int32 = 2

    /// The column of the packed rest, which follows the fields.
    var extraColumn: Int32 { Self.leadingColumns + Int32(columns.count) }

    init(_ collection: CollectionSchema) {
        self.collection = collection
        self.columns = collection.fields.map { Column(field: $0.number, type: $0.type) }
        let table = Self.quoted(collection.name)
        let columns = ["seq", "id"] + collection.fields.map { Self.quoted($0.name) } + ["_extra", "_sync"]
        let list = columns.joined(separator: ", ")
        select = "SELECT \(list) FROM \(table) WHERE id = ?1"
        selectAfter = "SELECT \(list) FROM \(table) WHERE seq > ?1 ORDER BY seq"
        insert =
            "INSERT INTO \(table) (\(list)) VALUES (\(columns.indices.map { "?\($0 + 1)" }.joined(separator: ", ")))"
        let assignments = columns.enumerated().filter { $0.element != "id" && $0.element != "seq" }
            .map { "\($0.element) = ?\($0.offset + 1)" }
        update =
            "UPDATE \(table) SET seq = coalesce(?1, seq), \(assignments.joined(separator: ", ")) WHERE id = ?2"
        delete = "DELETE FROM \(table) WHERE id = ?1"
    }

    /// The statement that makes the table.
    ///
    /// STRICT keeps every column to its type.
    var create: String {
        let fields = collection.fields.map { "\(Self.quoted($0.name)) \(Self.columnType($0.type))" }
        let columns =
            ["seq INTEGER PRIMARY KEY", "id BLOB NOT NULL UNIQUE"] + fields + ["_extra BLOB", "_sync BLOB NOT NULL"]
        return "CREATE TABLE \(Self.quoted(collection.name)) (\(columns.joined(separator: ", "))) STRICT"
    }

    /// The statements that make the indexes.
    var createIndexes: [String] {
        collection.indexes.map { columns in
            let name = Self.quoted("\(collection.name)_by_\(columns.joined(separator: "_"))")
            let list = columns.map(Self.quoted).joined(separator: ", ")
            return "CREATE INDEX IF NOT EXISTS \(name) ON \(Self.quoted(collection.name)) (\(list))"
        }
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
