import Foundation
import SQLite
import Testing

@Suite(.ownThread) struct ConnectionTests {
    let scratch: Scratch
    let connection: Connection

    init() throws {
        scratch = try Scratch()
        connection = try Connection(path: scratch.path(), mode: .readWriteCreate)
        try connection.execute("CREATE TABLE number (n INTEGER PRIMARY KEY, parent REFERENCES number (n))")
    }

    @Test func `the settings that Debian's library has otherwise are ours`() throws {
        #expect(try connection.scalar("PRAGMA foreign_keys") == 1)
        #expect(try connection.scalar("PRAGMA recursive_triggers") == 0)
        #expect(try connection.scalar("PRAGMA trusted_schema") == 0)
        #expect(try connection.scalar("PRAGMA secure_delete") == 2)
        #expect(try connection.scalar("PRAGMA cell_size_check") == 1)
        #expect(try connection.scalar("PRAGMA busy_timeout") == 5000)
    }

    @Test func `foreign keys are enforced`() throws {
        let error = #expect(throws: SQLiteError.self) {
            try connection.execute("INSERT INTO number (n, parent) VALUES (1, 2)")
        }
        #expect(error?.isConstraint == true)
    }

    @Test func `a read-only connection cannot write`() throws {
        let reader = try Connection(path: scratch.path(), mode: .readOnly)
        #expect(try reader.scalar("PRAGMA query_only") == 1)
        #expect(try reader.scalar("PRAGMA wal_autocheckpoint") == 0)
        let error = #expect(throws: SQLiteError.self) { try reader.execute("INSERT INTO number (n) VALUES (1)") }
        #expect(error?.isReadOnly == true)
    }

    @Test func `a read-only connection creates no file`() throws {
        let error = #expect(throws: SQLiteError.self) {
            try Connection(path: scratch.path("none.db"), mode: .readOnly)
        }
        #expect(error?.isCannotOpen == true)
        #expect(error?.path == scratch.path("none.db"))
        #expect(try !scratch.names().contains("none.db"))
    }

    @Test func `a path that looks like a URI is a plain name`() throws {
        let name = "file:" + UUID().uuidString + "?mode=memory"
        _ = try Connection(path: name, mode: .readWriteCreate).execute("CREATE TABLE t (a)")
        #expect(FileManager.default.fileExists(atPath: "./" + name))
        try FileManager.default.removeItem(atPath: "./" + name)
    }

    @Test func `one SQL text is prepared once`() throws {
        let first = try connection.statement("SELECT 1")
        #expect(try connection.statement("SELECT 1") === first)
        #expect(try connection.statement("SELECT  1") !== first)
    }

    @Test func `a cached statement comes reset and without bindings`() throws {
        try connection.statement("SELECT ?").bind(1, 5)
        #expect(try connection.scalar("SELECT ?") == nil)
        let again = try connection.statement("SELECT ?")
        #expect(try again.step())
        #expect(again.isNull(0))
    }

    @Test func `the same SQL may run inside a loop over its rows`() throws {
        try connection.execute("INSERT INTO number (n) VALUES (1), (2), (3)")
        var pairs = 0
        let outer = try connection.statement("SELECT n FROM number")
        while try outer.step() {
            let inner = try connection.statement("SELECT n FROM number")
            while try inner.step() { pairs += 1 }
        }
        #expect(pairs == 9)
    }

    @Test func `the cache is bounded and drops what was used longest ago`() throws {
        let kept = try connection.statement("SELECT 0")
        let dropped = try connection.statement("SELECT 1")
        for number in 2..<600 {
            _ = try connection.statement("SELECT \(number)")
            _ = try connection.statement("SELECT 0")
        }
        #expect(try connection.statement("SELECT 0") === kept)
        #expect(try connection.statement("SELECT 1") !== dropped)
        #expect(try dropped.step())
        let prepared = try connection.scalar("SELECT count(*) FROM sqlite_stmt")
        #expect(try #require(prepared) <= 258)
    }

    @Test func `a statement that outlives its connection throws and does not crash`() throws {
        let database = try Database(path: scratch.path("other.db"), configuration: .numbers)
        var escaped: Statement?
        try database.write { escaped = try $0.statement("SELECT n FROM number") }
        try database.close()
        let statement = try #require(escaped)
        let error = #expect(throws: SQLiteError.self) { try statement.step() }
        #expect(error?.isMisuse == true)
        #expect(throws: SQLiteError.self) { try statement.bind(1, 1) }
        #expect(statement.string(0) == "")
        #expect(statement.columnCount == 0)
        statement.reset()
    }

    @Test func `a connection that is gone leaves its statements harmless`() throws {
        var escaped: Statement?
        var gone: Connection? = try Connection(path: scratch.path(), mode: .readWriteCreate)
        escaped = try gone?.statement("SELECT 1")
        gone = nil
        #expect(throws: SQLiteError.self) { try escaped?.step() }
    }

    @Test func `changes and the last row id are those of the last statement`() throws {
        try connection.execute("INSERT INTO number (n) VALUES (7), (9)")
        #expect(connection.changes == 2)
        #expect(connection.lastInsertRowID == 9)
    }

    @Test func `scalar is nil for no row and for null`() throws {
        #expect(try connection.scalar("SELECT n FROM number") == nil)
        #expect(try connection.scalar("SELECT max(n) FROM number") == nil)
        #expect(try connection.scalar("SELECT 4") == 4)
    }

    @Test func `execute runs every statement up to the one that fails`() throws {
        #expect(throws: SQLiteError.self) {
            try connection.execute("INSERT INTO number (n) VALUES (1); INSERT INTO none VALUES (2); DELETE FROM number")
        }
        #expect(try connection.scalar("SELECT count(*) FROM number") == 1)
    }

    @Test func `a savepoint that throws undoes its own writes alone`() throws {
        try connection.execute("BEGIN")
        try connection.execute("INSERT INTO number (n) VALUES (1)")
        try connection.savepoint {
            try connection.execute("INSERT INTO number (n) VALUES (2)")
            #expect(throws: SQLiteError.self) {
                try connection.savepoint {
                    try connection.execute("INSERT INTO number (n) VALUES (3)")
                    try connection.execute("INSERT INTO number (n) VALUES (1)")
                }
            }
            try connection.execute("INSERT INTO number (n) VALUES (4)")
        }
        try connection.execute("COMMIT")
        #expect(try connection.text("SELECT group_concat(n) FROM number") == "1,2,4")
    }

    @Test func `a savepoint gives what its body gives`() throws {
        #expect(try connection.savepoint { 5 } == 5)
        #expect(!connection.isInTransaction)
    }

    @Test func `an interrupt stops a running statement`() throws {
        // The interrupt comes from another thread, which SQLite allows while the connection is open. One that comes
        // before the statement runs is lost.
        let interrupter = Interrupter(connection: connection)
        let isOver = DispatchSemaphore(value: 0)
        let thread = Worker {
            repeat {
                interrupter.connection.interrupt()
            } while isOver.wait(timeout: .now() + .milliseconds(20)) != .success
        }
        let error = #expect(throws: SQLiteError.self) {
            try connection.scalar(
                "WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c")
        }
        isOver.signal()
        try thread.wait()
        #expect(error?.isInterrupt == true)
    }

    @Test func `errors are equal by their extended code`() {
        let one = SQLiteError(code: 2067, message: "a")
        #expect(one == SQLiteError(code: 2067, message: "b", sql: "c"))
        #expect(one != SQLiteError(code: 1555, message: "a"))
        #expect(one.primaryCode == 19)
    }
}

/// The guard of this unchecked Sendable: SQLite allows an interrupt from any thread.
private struct Interrupter: @unchecked Sendable {
    let connection: Connection
}
