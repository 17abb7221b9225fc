import Foundation
import SQLite
import Synchronization
import Testing

@Suite(.ownThread) struct OpeningTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// Opens and expects a refusal that leaves the file, and whatever lies beside it, as it was.
    private func refusal(_ configuration: Database.Configuration = .numbers) throws -> DatabaseError {
        let names = try scratch.names()
        let contents = try names.map { try scratch.bytes($0) }
        let error = #expect(throws: DatabaseError.self) {
            try Database(path: scratch.path(), configuration: configuration)
        }
        #expect(try scratch.names() == names)
        // The index of the log (-shm) holds the readers' marks, and is no data.
        for (name, content) in zip(names, contents) where !name.hasSuffix("-shm") {
            #expect(try scratch.bytes(name) == content, "\(name) was changed")
        }
        return try #require(error)
    }

    @Test func `files are for their owner alone`() throws {
        let database = try Database(path: scratch.path(), configuration: .numbers)
        try database.write { try $0.insert(1) }
        #expect(try scratch.names() == ["test.db", "test.db-shm", "test.db-wal", "test.db.lock"])
        for name in try scratch.names() {
            let attributes = try FileManager.default.attributesOfItem(atPath: scratch.path(name))
            #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600, "\(name)")
        }
    }

    /// A file with no log is read without a lock: whoever opens, writes and closes it meanwhile leaves half of each state
    /// to be seen.
    @Test(arguments: [true, false])
    func `a file that changes while it is looked at is looked at again`(isSoundInTheEnd: Bool) throws {
        let path = scratch.path()
        try Database(path: path, configuration: .numbers).close()
        let sound = try scratch.bytes()
        var half = sound
        half[100] = 0xFF  // what kind of page the first one is
        try half.write(to: URL(fileURLWithPath: path))
        _ = BusyFile.register
        let looks = Atomic<Int>(0)
        BusyFile.set(path) {
            let count = looks.add(1, ordering: .relaxed).newValue
            if count == 6, isSoundInTheEnd { try? sound.write(to: URL(fileURLWithPath: path)) }
            var times = [timespec](repeating: timespec(tv_sec: count, tv_nsec: 0), count: 2)
            if count <= 6 { utimensat(AT_FDCWD, path, &times, 0) }
        }
        defer { BusyFile.set(path, nil) }
        var configuration = Database.Configuration.numbers
        configuration.vfs = BusyFile.name
        if isSoundInTheEnd {
            try Database(path: path, configuration: configuration).close()
        } else {
            #expect(throws: DatabaseError.self) { try Database(path: path, configuration: configuration) }
            #expect(try scratch.bytes() == half)
        }
        #expect(looks.load(ordering: .relaxed) >= 6)
    }

    @Test func `migrations run once each, in order, and are remembered`() throws {
        var configuration = Database.Configuration.numbers
        _ = try Database(path: scratch.path(), configuration: configuration)
        configuration.migrations.append(Migration(version: 3, sql: "ALTER TABLE number ADD COLUMN a INTEGER"))
        configuration.migrations.append(
            Migration(version: 7) { connection in try connection.execute("INSERT INTO number (n, a) VALUES (1, 2)") })
        for _ in 0..<2 {
            let database = try Database(path: scratch.path(), configuration: configuration)
            try database.read { connection throws in
                #expect(try connection.scalar("PRAGMA user_version") == 7)
                #expect(try connection.scalar("PRAGMA application_id") == Int64(testApplicationID))
                #expect(try connection.text("SELECT group_concat(n || a) FROM number") == "12")
            }
        }
    }

    @Test func `migrations are done all or not at all`() throws {
        _ = try Database(path: scratch.path(), configuration: .numbers)
        let broken = Database.Configuration.numbers.with {
            $0.migrations.append(Migration(version: 2, sql: "INSERT INTO number (n) VALUES (5)"))
            $0.migrations.append(Migration(version: 3, sql: "INSERT INTO nowhere VALUES (5)"))
        }
        #expect(throws: SQLiteError.self) { try Database(path: scratch.path(), configuration: broken) }
        let database = try Database(path: scratch.path(), configuration: .numbers)
        #expect(try database.read { try $0.count() } == 0)
        #expect(try database.read { try $0.scalar("PRAGMA user_version") } == 1)
    }

    @Test(arguments: [[0], [2, 2], [3, 1], [-1]])
    func `migrations out of order are refused`(versions: [Int]) throws {
        let migrations = versions.map { Migration(version: $0, sql: "") }
        let error = #expect(throws: DatabaseError.self) {
            try Database(path: scratch.path(), configuration: Database.Configuration(migrations: migrations))
        }
        guard case .badMigrations = error else { throw try #require(error) }
        #expect(try scratch.names() == [])
    }

    @Test(arguments: [true, false])
    func `a newer format is refused`(isOpenElsewhere: Bool) throws {
        let newer = Database.Configuration.numbers.with { $0.migrations.append(Migration(version: 9, sql: "")) }
        let database = try Database(path: scratch.path(), configuration: newer)
        try database.write { try $0.insert(1) }
        if !isOpenElsewhere { try database.close() }
        let error = try refusal()
        guard case .newerFormat(let path, 9, 1) = error else { throw error }
        #expect(path == scratch.path())
        #expect(error.description.contains(path))
        try database.close()
    }

    @Test(arguments: ["DELETE", "WAL"], [0, 77])
    func `a database of another program is refused`(journal: String, id: Int) throws {
        let other = try Connection(path: scratch.path(), mode: .readWriteCreate)
        try other.execute("PRAGMA journal_mode=\(journal); PRAGMA application_id=\(id); CREATE TABLE t (a)")
        // With the log, what marks the file may stand in the log alone: it is open still.
        let error = try refusal()
        guard case .foreignFile = error else { throw error }
        #expect(try other.scalar("SELECT count(*) FROM t") == 0)
    }

    @Test func `a database of another program that is closed keeps its journal mode and gets no file beside`() throws {
        do {
            let other = try Connection(path: scratch.path(), mode: .readWriteCreate)
            try other.execute("PRAGMA journal_mode=WAL; CREATE TABLE t (a)")
        }
        #expect(try scratch.names() == ["test.db"])
        guard case .foreignFile = try refusal() else { throw try refusal() }
        #expect(try scratch.names() == ["test.db"])
    }

    @Test func `a file that is no database is refused`() throws {
        try Data("nama,alamat\nSiti,Metro\n".utf8).write(to: URL(fileURLWithPath: scratch.path()))
        let error = try refusal()
        guard case .damaged(let path, let reason) = error else { throw error }
        #expect(reason.isNotADatabase)
        #expect(error.description.contains(path))
        try Data([0]).write(to: URL(fileURLWithPath: scratch.path()))
        guard case .damaged = try refusal() else { throw try refusal() }
    }

    @Test func `a file cut short is refused`() throws {
        let database = try Database(path: scratch.path(), configuration: .numbers)
        try database.write { connection in for number in 0..<5000 { try connection.insert(Int64(number)) } }
        try database.close()
        try scratch.bytes().prefix(8192).write(to: URL(fileURLWithPath: scratch.path()))
        guard case .damaged = try refusal() else { throw try refusal() }
    }

    @Test func `damage met later is told as damage`() throws {
        let database = try Database(path: scratch.path(), configuration: .numbers)
        try database.write { connection in for number in 0..<5000 { try connection.insert(Int64(number)) } }
        try database.close()
        var bytes = try scratch.bytes()
        for index in 4096..<bytes.count { bytes[index] = 0xa5 }
        try bytes.write(to: URL(fileURLWithPath: scratch.path()))
        let damaged = try Database(path: scratch.path(), configuration: .numbers)
        for use in [{ try damaged.read { _ = try $0.count() } }, { try damaged.write { try $0.insert(-1) } }] {
            let error = #expect(throws: DatabaseError.self) { try use() }
            guard case .damaged = error else { throw try #require(error) }
        }
    }

    @Test func `an empty file is a new database`() throws {
        try Data().write(to: URL(fileURLWithPath: scratch.path()))
        let database = try Database(path: scratch.path(), configuration: .numbers)
        try database.write { try $0.insert(1) }
    }

    @Test(arguments: ["no/such/directory.db", "", "file.txt/test.db", ".", "dangling.db"])
    func `a path where no file can be is named in the error`(name: String) throws {
        try Data("text".utf8).write(to: URL(fileURLWithPath: scratch.path("file.txt")))
        try FileManager.default.createSymbolicLink(
            atPath: scratch.path("dangling.db"), withDestinationPath: scratch.path("nowhere/none.db"))
        let path = name.isEmpty ? "" : scratch.path(name)
        let error = #expect(throws: DatabaseError.self) { try Database(path: path, configuration: .numbers) }
        guard case .unusable(let named, _) = error else { throw try #require(error) }
        #expect(named.hasSuffix(name == "." ? "" : path))
    }

    @Test(.enabled(if: getuid() != 0, "root writes everywhere"))
    func `a directory that may not be written is named in the error`() throws {
        chmod(scratch.directory, 0o500)
        defer { chmod(scratch.directory, 0o700) }
        let error = #expect(throws: DatabaseError.self) {
            try Database(path: scratch.path(), configuration: .numbers)
        }
        guard case .unusable(let path, let reason) = error else { throw try #require(error) }
        #expect(path == scratch.path())
        #expect(reason.contains("denied"))
    }

    @Test func `a symbolic link leads to the same file and the same lock`() throws {
        let database = try Database(path: scratch.path(), configuration: .numbers)
        try FileManager.default.createSymbolicLink(
            atPath: scratch.path("link.db"), withDestinationPath: scratch.path())
        let linked = try Database(path: scratch.path("link.db"), configuration: .impatient)
        #expect(linked.path == database.path)
        let error = #expect(throws: DatabaseError.self) { try database.write { _ in try linked.write { _ in } } }
        guard case .lockedByOther(_, .some, _) = error else { throw try #require(error) }
    }

    /// What a power cut leaves of a file in journaled form whose first pages were being written: the journal, synced,
    /// and a first page of which the first sector never arrived.
    private func tear(_ sql: String) throws {
        do {
            let half = try Connection(path: scratch.path("half.db"), mode: .readWriteCreate)
            try half.execute(sql)
            try half.execute(
                """
                PRAGMA cache_size=1; BEGIN; CREATE TABLE filler (n, t);
                WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 500)
                INSERT INTO filler SELECT n, randomblob(500) FROM c
                """)
            for end in ["", "-journal"] {
                var bytes = try scratch.bytes("half.db" + end)
                #expect(bytes.count >= 1024)
                if end.isEmpty { bytes.replaceSubrange(0..<512, with: Data(count: 512)) }
                try bytes.write(to: URL(fileURLWithPath: scratch.path() + end))
            }
        }
        for end in ["", "-journal"] { try? FileManager.default.removeItem(atPath: scratch.path("half.db" + end)) }
    }

    @Test func `a file that was being made when the power failed is made anew`() throws {
        try tear("")
        let database = try Database(path: scratch.path(), configuration: .numbers)
        try database.write { try $0.insert(1) }
        #expect(try database.read { try $0.count() } == 1)
    }

    @Test func `what was half done to a database of another program is taken back, and it is refused`() throws {
        try tear("PRAGMA application_id=77; CREATE TABLE t (a)")
        let error = #expect(throws: DatabaseError.self) {
            try Database(path: scratch.path(), configuration: .numbers)
        }
        guard case .foreignFile = error else { throw try #require(error) }
        let other = try Connection(path: scratch.path(), mode: .readOnly)
        #expect(try other.text("PRAGMA journal_mode") == "delete")
        #expect(try other.scalar("SELECT count(*) FROM sqlite_schema") == 1)
    }

    @Test func `the log of a process that died is recovered`() throws {
        let database = try Database(path: scratch.path(), configuration: .numbers)
        try database.write { try $0.insert(1) }
        // What a killed process leaves: the file and its log, without the index and without a checkpoint.
        for name in ["test.db", "test.db-wal"] {
            try scratch.bytes(name).write(to: URL(fileURLWithPath: scratch.path("copy." + name)))
        }
        let recovered = try Database(path: scratch.path("copy.test.db"), configuration: .numbers)
        #expect(try recovered.read { try $0.count() } == 1)
    }
}
