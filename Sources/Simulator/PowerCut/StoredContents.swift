import SQLite
import SyncProtocol

/// All that a database file holds, row by row, read with plain SQL.
enum StoredContents {
    /// A hash over every row of every table.
    static func hash(ofFile path: String) throws -> UInt64 {
        let connection = try Connection(path: path, mode: .readOnly, busyTimeoutMilliseconds: 0)
        try connection.execute("BEGIN")
        var hash: UInt64 = 0
        for table in try tables(connection) {
            var rows: [String] = []
            try visit(table, connection) { rows.append($0) }
            for row in [table.name] + rows.sorted() { hash = XXHash64.hash(Array(row.utf8), seed: hash) }
        }
        try connection.execute("COMMIT")
        return hash
    }

    /// The texts of one column.
    static func texts(_ sql: String, ofFile path: String) throws -> [String] {
        let connection = try Connection(path: path, mode: .readOnly)
        let select = try connection.statement(sql)
        defer { select.reset() }
        var texts: [String] = []
        while try select.step() { texts.append(select.string(0)) }
        return texts
    }

    private struct Table {
        let name: String
        let columns: [String]
    }

    private static func tables(_ connection: Connection) throws -> [Table] {
        let select = try connection.statement(
            """
            SELECT s.name, group_concat(quote(c.name), char(10)) FROM sqlite_schema s, pragma_table_info(s.name) c
            WHERE s.type = 'table' AND s.name NOT LIKE 'sqlite!_%' ESCAPE '!' GROUP BY s.name ORDER BY s.name
            """)
        defer { select.reset() }
        var tables: [Table] = []
        while try select.step() {
            let columns = select.string(1).split(separator: "\n").map { "\"\($0.dropFirst().dropLast())\"" }
            tables.append(Table(name: select.string(0), columns: columns))
        }
        return tables
    }

    private static func visit(_ table: Table, _ connection: Connection, _ body: (String) -> Void) throws {
        let row = table.columns.map { "quote(\($0))" }.joined(separator: " || ',' || ")
        let select = try connection.statement("SELECT \(row) FROM \"\(table.name)\"")
        defer { select.reset() }
        while try select.step() { body(select.string(0)) }
    }
}
