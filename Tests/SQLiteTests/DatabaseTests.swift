import Foundation
import SQLite
import Testing

@Suite(.ownThread) struct DatabaseTests {
    struct Stop: Error {}

    let scratch: Scratch
    let database: Database

    init() throws {
        scratch = try Scratch()
        database = try Database(path: scratch.path(), configuration: .numbers)
    }

    @Test func `the writer has a write-ahead log, full syncs, and commits only through write`() throws {
        try database.write { connection throws in
            #expect(try connection.text("PRAGMA journal_mode") == "wal")
            #expect(try connection.scalar("PRAGMA synchronous") == 2)
            #expect(try connection.scalar("PRAGMA foreign_keys") == 1)
        }
        try database.read { connection throws in
            #expect(try connection.scalar("PRAGMA query_only") == 1)
            #expect(try connection.scalar("PRAGMA wal_autocheckpoint") == 0)
            #expect(try connection.text("PRAGMA journal_mode") == "wal")
        }
    }

    @Test func `a write returns what its body returns, and readers see it`() throws {
        let given = try database.write { connection in
            try connection.insert(1)
            return "given"
        }
        #expect(given == "given")
        #expect(try database.read { try $0.count() } == 1)
    }

    @Test func `a write that throws writes nothing`() throws {
        #expect(throws: Stop.self) {
            try database.write { connection in
                try connection.insert(1)
                throw Stop()
            }
        }
        #expect(try database.read { try $0.count() } == 0)
        try database.write { try $0.insert(1) }
        #expect(try database.read { try $0.count() } == 1)
    }

    @Test func `a reader cannot write`() throws {
        let error = #expect(throws: SQLiteError.self) { try database.read { try $0.insert(1) } }
        #expect(error?.isReadOnly == true)
    }

    @Test func `a write inside a write is an error and no deadlock`() throws {
        let error = #expect(throws: DatabaseError.self) {
            try database.write { _ in try database.write { try $0.insert(1) } }
        }
        guard case .reentrant = error else { throw try #require(error) }
        try database.write { try $0.insert(1) }
    }

    @Test func `a read inside a write sees what was committed before`() throws {
        try database.write { connection in
            try connection.insert(1)
            #expect(try database.read { try $0.count() } == 0)
        }
    }

    @Test func `reads nest, however deep, in one snapshot`() throws {
        func nested(_ depth: Int) throws -> Int64? {
            try database.read { try depth == 0 ? $0.count() : nested(depth - 1) }
        }
        try database.read { _ in
            try database.write { try $0.insert(1) }
            #expect(try nested(20) == 0)
        }
        #expect(try nested(20) == 1)
    }

    @Test func `statements left on a row hold no lock after the transaction`() throws {
        try database.write { connection in for number in 1...3 { try connection.insert(Int64(number)) } }
        var left: [Statement] = []
        try database.read { connection in
            let statement = try connection.statement("SELECT n FROM number")
            try statement.step()
            left.append(statement)
        }
        try database.write { connection in
            let statement = try connection.statement("INSERT INTO number (n) VALUES (8), (9) RETURNING n")
            try statement.step()
            left.append(statement)
        }
        #expect(try database.read { try $0.count() } == 5)
        // A reader that still held its snapshot would keep a truncating checkpoint from its end.
        let checkpoint = try Connection(path: scratch.path(), mode: .readWriteCreate, busyTimeoutMilliseconds: 0)
        #expect(try checkpoint.scalar("PRAGMA wal_checkpoint(TRUNCATE)") == 0)
        #expect(left.count == 2)
    }

    @Test func `a full disk fails the transaction with its own code, and space heals it`() throws {
        let pages = try database.write { connection in
            let pages = try #require(try connection.scalar("PRAGMA page_count"))
            _ = try connection.scalar("PRAGMA max_page_count=\(pages + 2)")
            return pages
        }
        let error = #expect(throws: SQLiteError.self) {
            try database.write { connection in
                for number in 0..<100 {
                    let insert = try connection.statement("INSERT INTO number (n, t) VALUES (?, ?)")
                    try insert.bind(1, Int64(number))
                    try insert.bind(2, text: String(repeating: "x", count: 1000))
                    try insert.run()
                }
            }
        }
        #expect(error?.isFull == true)
        #expect(try database.read { try $0.count() } == 0)
        try database.write { connection in
            _ = try connection.scalar("PRAGMA max_page_count=\(pages + 1000)")
            try connection.insert(1)
        }
        #expect(try database.read { try $0.count() } == 1)
    }

    @Test func `what follows a rollback by SQLite is not committed piece by piece`() throws {
        let error = #expect(throws: DatabaseError.self) {
            try database.write { connection in
                try connection.insert(1)
                // What SQLite does by itself when the disk is full or fails.
                try connection.execute("ROLLBACK")
                try? connection.insert(2)
            }
        }
        guard case .rolledBack = error else { throw try #require(error) }
        #expect(try database.read { try $0.count() } == 0)
        try database.write { try $0.insert(3) }
        #expect(try database.read { try $0.count() } == 1)
    }

    @Test func `a body cannot commit by itself`() throws {
        #expect(throws: SQLiteError.self) {
            try database.write { connection in
                try connection.insert(1)
                try connection.execute("COMMIT")
            }
        }
        #expect(try database.read { try $0.count() } == 0)
    }

    @Test func `the log is copied into the file when it is long`() throws {
        let small = try Database(
            path: scratch.path("small.db"), configuration: .numbers.with { $0.checkpointPages = 4 })
        for number in 0..<200 { try small.write { try $0.insert(Int64(number)) } }
        // A frame of the log is 4120 bytes: without checkpoints there were 200 or more.
        #expect(try scratch.bytes("small.db-wal").count < 20 * 4120)
    }

    @Test func `closing removes the log, and later use is an error`() throws {
        try database.write { try $0.insert(1) }
        _ = try database.read { try $0.count() }
        try database.close()
        #expect(try scratch.names() == ["test.db", "test.db.lock"])
        for use in [{ try database.write { _ in } }, { try database.read { _ in } }] {
            let error = #expect(throws: DatabaseError.self) { try use() }
            guard case .closed(let path) = error else { throw try #require(error) }
            #expect(path == scratch.path())
        }
        try database.close()
        let again = try Database(path: scratch.path(), configuration: .numbers)
        #expect(try again.read { try $0.count() } == 1)
    }

    @Test func `closing inside a transaction is an error`() throws {
        for use in [
            { try database.write { _ in try database.close() } }, { try database.read { _ in try database.close() } },
        ] {
            let error = #expect(throws: DatabaseError.self) { try use() }
            guard case .reentrant = error else { throw try #require(error) }
        }
        try database.write { try $0.insert(1) }
    }

    @Test func `a database that is let go is closed`() throws {
        do {
            let other = try Database(path: scratch.path("other.db"), configuration: .numbers)
            try other.write { try $0.insert(1) }
        }
        #expect(try scratch.names().filter { $0.hasPrefix("other") } == ["other.db", "other.db.lock"])
    }

    @Test func `a database in memory writes, reads and refuses as one in a file`() throws {
        let memory = try Database(path: ":memory:", configuration: .numbers)
        try memory.write { try $0.insert(1) }
        #expect(try memory.read { try $0.count() } == 1)
        #expect(throws: SQLiteError.self) { try memory.read { try $0.insert(2) } }
        try memory.write { try $0.insert(3) }
        #expect(try memory.read { try $0.count() } == 2)
        let error = #expect(throws: DatabaseError.self) { try memory.write { _ in try memory.read { _ in } } }
        guard case .reentrant = error else { throw try #require(error) }
        try memory.close()
        #expect(throws: DatabaseError.self) { try memory.read { _ in } }
    }
}
