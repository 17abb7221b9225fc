import Foundation
import SQLite
import Synchronization
import Testing

@Suite(.ownThread) struct ConcurrencyTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    @Test func `a reader keeps its snapshot while a writer commits`() throws {
        let database = try Database(path: scratch.path(), configuration: .numbers)
        try database.read { connection in
            // The snapshot is of the moment when the read began, not of its first query.
            try Worker { try database.write { try $0.insert(1) } }.wait()
            #expect(try connection.count() == 0)
            #expect(try Worker { try database.read { try $0.count() } }.wait() == 1)
            #expect(try connection.count() == 0)
        }
        #expect(try database.read { try $0.count() } == 1)
    }

    @Test func `every snapshot is of whole transactions, and none goes back in time`() throws {
        let configuration = Database.Configuration.numbers.with {
            $0.checkpointPages = 8
            $0.readerCount = 2
        }
        let database = try Database(path: scratch.path(), configuration: configuration)
        let readers = (0..<4).map { _ in
            Worker {
                var last: Int64 = 0
                while last < 600 {
                    let (first, second) = try database.read { connection in
                        (try connection.count() ?? -1, try connection.count() ?? -1)
                    }
                    guard first == second, first % 3 == 0, first >= last else { return "\(last) \(first) \(second)" }
                    last = first
                }
                return ""
            }
        }
        for number in 0..<200 {
            try database.write { connection in
                for part in 0..<3 { try connection.insert(Int64(number * 3 + part)) }
            }
        }
        for reader in readers { #expect(try reader.wait() == "") }
    }

    @Test func `as many reads run at once as there are readers`() throws {
        let database = try Database(path: scratch.path(), configuration: .impatient.with { $0.readerCount = 2 })
        let (readers, leave) = twoReaders(of: database)
        let error = #expect(throws: DatabaseError.self) { try database.read { _ in } }
        guard case .lockedByOther(_, _, let seconds) = error else { throw try #require(error) }
        #expect(seconds >= 0.3)
        for _ in readers { leave.signal() }
        for reader in readers { #expect(try reader.wait() == 0) }
    }

    @Test func `a read over their number waits for one of them to end`() throws {
        let database = try Database(path: scratch.path(), configuration: .numbers.with { $0.readerCount = 2 })
        let (readers, leave) = twoReaders(of: database)
        let third = Worker { try database.read { try $0.count() } }
        leave.signal()
        #expect(try third.wait() == 0)
        leave.signal()
        for reader in readers { #expect(try reader.wait() == 0) }
    }

    /// Two that are reading, each until it is told to leave.
    private func twoReaders(of database: Database) -> ([Worker<Int64?>], leave: DispatchSemaphore) {
        let inside = DispatchSemaphore(value: 0)
        let leave = DispatchSemaphore(value: 0)
        let readers = (0..<2).map { _ in
            Worker {
                try database.read { connection in
                    inside.signal()
                    leave.wait()
                    return try connection.count()
                }
            }
        }
        for _ in readers { inside.wait() }
        return (readers, leave)
    }

    @Test func `writes of one database from many threads take turns`() throws {
        let database = try Database(path: scratch.path(), configuration: .numbers)
        let writers = (0..<8).map { thread in
            Worker { for number in 0..<25 { try database.write { try $0.insert(Int64(thread * 25 + number)) } } }
        }
        for writer in writers { try writer.wait() }
        #expect(try database.read { try $0.count() } == 200)
    }

    @Test func `two databases on one file write in turns, and neither starves`() throws {
        let configuration = Database.Configuration.numbers
        let databases = try (0..<2).map { _ in try Database(path: scratch.path(), configuration: configuration) }
        let writers = databases.enumerated().map { index, database in
            Worker { for number in 0..<100 { try database.write { try $0.insert(Int64(index * 100 + number)) } } }
        }
        for writer in writers { try writer.wait() }
        #expect(try databases[0].read { try $0.count() } == 200)

        // Both write without pause until both have had their turns.
        let turns = Turns()
        let pair = databases.enumerated().map { index, database in
            Worker {
                while !turns.bothHave(20), turns.number(of: index) < 1_000_000 {
                    try database.write { try $0.execute("UPDATE number SET t = 'a' WHERE n = 1") }
                    turns.count(index)
                }
            }
        }
        for writer in pair { try writer.wait() }
        #expect(turns.bothHave(20))
    }

    @Test func `a writer waits for another database a bounded time, and names its holder`() throws {
        let first = try Database(path: scratch.path(), configuration: .numbers.with { $0.programName = "import tool" })
        let second = try Database(path: scratch.path(), configuration: .impatient)
        try first.write { _ in
            let error = #expect(throws: DatabaseError.self) { try second.write { try $0.insert(1) } }
            guard case .lockedByOther(_, let holder, let seconds) = error else { throw try #require(error) }
            #expect(holder == "import tool (process \(getpid()))")
            #expect(seconds >= 0.3)
            #expect(try second.read { try $0.count() } == 0)
        }
        try second.write { try $0.insert(1) }
    }

    @Test func `an up-to-date file is opened and closed beside a writer`() throws {
        let first = try Database(path: scratch.path(), configuration: .numbers)
        try first.write { try $0.insert(1) }
        try first.write { connection in
            let second = try Database(path: scratch.path(), configuration: .numbers)
            #expect(try second.read { try $0.count() } == 1)
            try second.close()
            try connection.insert(2)
        }
        #expect(try first.read { try $0.count() } == 2)
    }

    @Test func `many databases that create one file at once agree`() throws {
        let configuration = Database.Configuration.numbers
        let openers = (0..<8).map { [scratch] index in
            Worker {
                let database = try Database(path: scratch.path(), configuration: configuration)
                try database.write { try $0.insert(Int64(index)) }
                try database.close()
            }
        }
        for opener in openers { try opener.wait() }
        let database = try Database(path: scratch.path(), configuration: configuration)
        #expect(try database.read { try $0.count() } == 8)
        #expect(try database.read { try $0.text("PRAGMA integrity_check") } == "ok")
    }

    @Test func `a program that does not know the lock is waited for, a bounded time`() throws {
        let database = try Database(path: scratch.path(), configuration: .impatient)
        let stranger = try Connection(path: scratch.path(), mode: .readWriteCreate)
        try stranger.execute("BEGIN IMMEDIATE")
        let error = #expect(throws: DatabaseError.self) { try database.write { try $0.insert(1) } }
        guard case .lockedByOther(_, nil, _) = error else { throw try #require(error) }
        try stranger.execute("ROLLBACK")
        try database.write { try $0.insert(1) }
    }

    @Test func `a lock file that somebody removed is made anew`() throws {
        let first = try Database(path: scratch.path(), configuration: .numbers)
        try FileManager.default.removeItem(atPath: scratch.path("test.db.lock"))
        let second = try Database(path: scratch.path(), configuration: .impatient)
        try first.write { connection in
            try connection.insert(1)
            let error = #expect(throws: DatabaseError.self) { try second.write { try $0.insert(2) } }
            // With no holder named it would be SQLite's lock that kept the second out, and not this one.
            guard case .lockedByOther(_, .some, _) = error else { throw try #require(error) }
        }
    }

    @Test func `closing waits for the transactions of other threads`() throws {
        let database = try Database(path: scratch.path(), configuration: .numbers)
        let inside = DispatchSemaphore(value: 0)
        let writer = Worker {
            try database.write { connection in
                inside.signal()
                // A database that is being closed takes no more reads.
                while (try? Worker { try database.read { _ in } }.wait()) != nil { usleep(1000) }
                try connection.insert(1)
            }
        }
        inside.wait()
        try database.close()
        try writer.wait()
        #expect(try Database(path: scratch.path(), configuration: .numbers).read { try $0.count() } == 1)
    }
}

private final class Turns: Sendable {
    private let counts = Mutex([0, 0])
    func number(of index: Int) -> Int { counts.withLock { $0[index] } }
    func count(_ index: Int) { counts.withLock { $0[index] += 1 } }
    func bothHave(_ number: Int) -> Bool { counts.withLock { $0.allSatisfy { $0 >= number } } }
}
