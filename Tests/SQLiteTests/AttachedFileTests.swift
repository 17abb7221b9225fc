import Foundation
import SQLite
import Testing

struct AttachedFileTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func configuration(version: Int = 1, id: Int32 = 0x4241) -> Database.Configuration {
        var migrations = [Migration(version: 1, sql: "CREATE TABLE side.word (w TEXT NOT NULL) STRICT")]
        if version > 1 { migrations.append(Migration(version: version, sql: "")) }
        return Database.Configuration.numbers.with {
            $0.attached = [
                Database.AttachedFile(
                    name: "side", path: scratch.path("side.db"), applicationID: id, migrations: migrations)
            ]
        }
    }

    @Test func `both files are written in one transaction and read by the same readers`() throws {
        let database = try Database(path: scratch.path(), configuration: configuration())
        try database.write { connection in
            try connection.insert(1)
            try connection.execute("INSERT INTO word VALUES ('a')")
        }
        struct Stop: Error {}
        #expect(throws: Stop.self) {
            try database.write { connection in
                try connection.insert(2)
                try connection.execute("INSERT INTO side.word VALUES ('b')")
                throw Stop()
            }
        }
        try database.read { connection throws in
            #expect(try connection.count() == 1)
            #expect(try connection.text("SELECT group_concat(w) FROM side.word") == "a")
        }
    }

    @Test func `an attached file is as durable and as private as the main one`() throws {
        let database = try Database(path: scratch.path(), configuration: configuration())
        try database.write { connection throws in
            #expect(try connection.text("PRAGMA side.journal_mode") == "wal")
            #expect(try connection.scalar("PRAGMA side.synchronous") == 2)
            #expect(try connection.scalar("PRAGMA side.application_id") == 0x4241)
            #expect(try connection.scalar("PRAGMA side.user_version") == 1)
            #expect(try connection.scalar("PRAGMA main.user_version") == 1)
        }
        let rights = try FileManager.default.attributesOfItem(atPath: scratch.path("side.db"))[.posixPermissions]
        #expect((rights as? NSNumber)?.intValue == 0o600)
    }

    @Test func `readers can't write an attached file`() throws {
        let database = try Database(path: scratch.path(), configuration: configuration())
        #expect(throws: SQLiteError.self) {
            try database.read { try $0.execute("INSERT INTO side.word VALUES ('x')") }
        }
    }

    @Test func `a reader sees one state of an attached file`() throws {
        let database = try Database(path: scratch.path(), configuration: configuration())
        try database.read { connection throws in
            try database.write { try $0.execute("INSERT INTO side.word VALUES ('x')") }
            #expect(try connection.scalar("SELECT count(*) FROM side.word") == 0)
        }
        #expect(try database.read { try $0.scalar("SELECT count(*) FROM side.word") } == 1)
    }

    @Test func `a newer or foreign attached file is refused by its own name, and nothing is changed`() throws {
        try Database(path: scratch.path(), configuration: configuration(version: 5)).close()
        let before = try scratch.bytes("side.db")
        let newer = #expect(throws: DatabaseError.self) {
            try Database(path: scratch.path(), configuration: configuration())
        }
        guard case .newerFormat(let path, 5, 1) = newer else { throw try #require(newer) }
        #expect(path == scratch.path("side.db"))
        let foreign = #expect(throws: DatabaseError.self) {
            try Database(path: scratch.path(), configuration: configuration(version: 5, id: 0x99))
        }
        guard case .foreignFile(scratch.path("side.db")) = foreign else { throw try #require(foreign) }
        #expect(try scratch.bytes("side.db") == before)
    }

    @Test func `the attached file's steps run before the main file's and may read it`() throws {
        try Database(path: scratch.path(), configuration: .numbers).write { try $0.insert(41) }
        let moved = Database.Configuration.numbers.with {
            $0.attached = [
                Database.AttachedFile(
                    name: "side", path: scratch.path("side.db"), applicationID: 1,
                    migrations: [
                        Migration(version: 1, sql: "CREATE TABLE side.moved AS SELECT n FROM main.number")
                    ])
            ]
            $0.migrations.append(Migration(version: 2, sql: "DROP TABLE main.number"))
        }
        let database = try Database(path: scratch.path(), configuration: moved)
        #expect(try database.read { try $0.scalar("SELECT n FROM moved") } == 41)
    }

    @Test func `the log of an attached file is copied into it too`() throws {
        let database = try Database(
            path: scratch.path(), configuration: configuration().with { $0.checkpointPages = 4 })
        for _ in 0..<20 {
            try database.write { connection in
                try connection.execute("INSERT INTO side.word VALUES (hex(randomblob(3000)))")
            }
        }
        #expect(try scratch.bytes("side.db").count > 40_000)
    }

    @Test func `a database in memory has its attached files there too`() throws {
        let database = try Database(path: ":memory:", configuration: configuration())
        try database.write { try $0.execute("INSERT INTO side.word VALUES ('x')") }
        #expect(try database.read { try $0.scalar("SELECT count(*) FROM side.word") } == 1)
        #expect(try scratch.names() == [])
    }
}
