import CSQLite
import Glibc
import SQLite
import Testing

struct StatementTests {
    let connection: Connection

    init() throws {
        connection = try Connection(path: ":memory:", mode: .readWriteCreate)
        try connection.execute("CREATE TABLE item (id INTEGER PRIMARY KEY, v ANY) STRICT")
    }

    private func roundTrip(_ bind: (Statement) throws -> Void) throws -> Statement {
        try connection.execute("DELETE FROM item")
        let insert = try connection.statement("INSERT INTO item (v) VALUES (?)")
        try bind(insert)
        try insert.run()
        let select = try connection.statement("SELECT v, typeof(v), length(CAST(v AS BLOB)) FROM item")
        #expect(try select.step())
        return select
    }

    @Test(arguments: [0, 1, -1, Int64.max, Int64.min])
    func `an integer comes back as it was`(value: Int64) throws {
        let row = try roundTrip { try $0.bind(1, value) }
        #expect(row.int64(0) == value)
        #expect(row.type(0) == .integer)
    }

    @Test(arguments: [0.0, 1.5, -.infinity, .infinity, .leastNonzeroMagnitude, .greatestFiniteMagnitude])
    func `a double comes back as it was`(value: Double) throws {
        let row = try roundTrip { try $0.bind(1, value) }
        #expect(row.double(0) == value)
        #expect(row.type(0) == .real)
    }

    @Test(arguments: [
        "", "a", "Way Kanan", "a\u{0}b", "\u{0}", "e\u{301}", "\u{e9}", "🦁", String(repeating: "x", count: 70_000),
    ])
    func `a text comes back byte for byte`(value: String) throws {
        let utf8 = [UInt8](value.utf8)
        let row = try roundTrip { try $0.bind(1, text: value) }
        #expect(row.type(0) == .text)
        #expect(!row.isNull(0))
        #expect([UInt8](row.string(0).utf8) == utf8)
        #expect(row.bytes(0) == utf8)
        #expect(row.int64(2) == utf8.count)
        row.reset()

        let framed = [0x21] + utf8 + [0x21]
        let slice = framed[1..<(framed.count - 1)]
        let fromBytes = try roundTrip { try $0.bind(1, textBytes: slice) }
        #expect(fromBytes.type(0) == .text)
        #expect(fromBytes.bytes(0) == utf8)
    }

    @Test(arguments: [[], [0], [0xff, 0x00, 0xfe], [UInt8](repeating: 7, count: 100_000)])
    func `a blob comes back byte for byte, and an empty one is not null`(value: [UInt8]) throws {
        let framed = [1] + value + [2]
        let row = try roundTrip { try $0.bind(1, blob: framed[1..<(framed.count - 1)]) }
        #expect(row.type(0) == .blob)
        #expect(row.bytes(0) == value)
        #expect(row.withBytes(0) { $0.elementsEqual(value) })
    }

    @Test func `null is null, and reads as zero and as nothing`() throws {
        let row = try roundTrip { try $0.bindNull(1) }
        #expect(row.isNull(0))
        #expect(row.type(0) == .null)
        #expect(row.int64(0) == 0)
        #expect(row.double(0) == 0)
        #expect(row.string(0) == "")
        #expect(row.bytes(0).isEmpty)
        #expect(row.isNull(99))
    }

    @Test func `a reset clears the bindings`() throws {
        let statement = try connection.statement("SELECT ?")
        try statement.bind(1, text: "kept")
        #expect(try statement.step())
        #expect(statement.string(0) == "kept")
        statement.reset()
        #expect(try statement.step())
        #expect(statement.isNull(0))
    }

    @Test func `run resets also when it throws`() throws {
        try connection.execute("INSERT INTO item (id) VALUES (1)")
        let insert = try connection.statement("INSERT INTO item (id) VALUES (?)")
        try insert.bind(1, 1)
        let error = #expect(throws: SQLiteError.self) { try insert.run() }
        #expect(error?.isConstraint == true)
        #expect(error?.isUniqueViolation == true)
        #expect(error?.message == "UNIQUE constraint failed: item.id")
        try insert.bind(1, 2)
        try insert.run()
        #expect(try connection.scalar("SELECT count(*) FROM item") == 2)
    }

    @Test func `binding to a parameter that is not there is an error`() throws {
        let statement = try connection.statement("SELECT ?")
        #expect(throws: SQLiteError.self) { try statement.bind(2, 1) }
        #expect(throws: SQLiteError.self) { try statement.bind(0, text: "a") }
    }

    @Test func `binding to a statement that stands on a row is an error`() throws {
        let statement = try connection.statement("SELECT ?")
        try statement.bind(1, 1)
        try statement.step()
        let error = #expect(throws: SQLiteError.self) { try statement.bind(1, 2) }
        #expect(error?.isMisuse == true)
    }

    @Test func `columns have their names`() throws {
        let statement = try connection.statement("SELECT id, v AS value FROM item")
        #expect(statement.columnCount == 2)
        #expect(statement.columnName(0) == "id")
        #expect(statement.columnName(1) == "value")
        #expect(statement.columnName(2) == "")
    }

    @Test func `an error names the SQL, the file and the message, and never a bound value`() throws {
        let insert = try connection.statement("INSERT INTO item (id) VALUES (?)")
        try insert.bind(1, text: "secret")
        let error = #expect(throws: SQLiteError.self) { try insert.run() }
        #expect(error?.sql == "INSERT INTO item (id) VALUES (?)")
        #expect(error?.path == ":memory:")
        #expect(error?.description.contains("INSERT INTO item") == true)
        #expect(error?.description.contains("secret") == false)
    }

    @Test(arguments: ["", "  -- nothing\n", "SELECT 1; SELECT 2", "SELEC 1", "SELECT 1; SELEC"])
    func `what is not one statement is refused`(sql: String) {
        #expect(throws: SQLiteError.self) { try connection.statement(sql) }
    }

    @Test func `a comment may follow a statement`() throws {
        #expect(try connection.scalar("SELECT 3; -- three\n ") == 3)
    }

    @Test func `a change of the schema between prepare and step is taken up`() throws {
        let select = try connection.statement("SELECT * FROM item")
        #expect(select.columnCount == 2)
        try connection.execute("INSERT INTO item DEFAULT VALUES; ALTER TABLE item ADD COLUMN w ANY")
        #expect(try select.step())
        #expect(select.columnCount == 3)
    }

    @Test(arguments: [
        "SELECT * FROM lost", "SELECT lost FROM item", "INSERT INTO item (lost) VALUES (1)", "UPDATE item SET lost = 1",
        "INSERT INTO item VALUES (1, 2, 3)", "SELECT * FROM item INDEXED BY lost",
        "INSERT INTO item (v) VALUES (1) ON CONFLICT (v) DO NOTHING",
    ])
    func `what a damaged schema has no more is told from a mistake`(sql: String) {
        #expect { try connection.statement(sql) } throws: { ($0 as? SQLiteError)?.isLostSchema == true }
    }

    @Test func `a mistake is no damaged schema`() {
        #expect { try connection.statement("SELEC 1") } throws: { ($0 as? SQLiteError)?.isLostSchema == false }
    }

    @Test func `a quoted name of no column is no text`() {
        #expect { try connection.statement("SELECT \"lost\" FROM item") } throws: {
            ($0 as? SQLiteError)?.isLostSchema == true
        }
    }

    @Test func `a call that fails for want of room says that the disk is full`() {
        let made = SQLiteError(code: SQLITE_IOERR | 19 << 8, message: "disk I/O error", systemError: ENOSPC)
        #expect(made.isFull && made.isIOError)
        #expect(!SQLiteError(code: SQLITE_IOERR, message: "disk I/O error", systemError: EIO).isFull)
    }
}
