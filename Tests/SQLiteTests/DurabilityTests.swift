import SQLite
import Synchronization
import Testing

@Suite(.serialized)
struct DurabilityTests {
    let scratch: Scratch
    let configuration: Database.Configuration

    init() throws {
        FailingDisk.register
        scratch = try Scratch()
        configuration = .numbers.with { $0.vfs = FailingDisk.name }
    }

    private func expectLost(_ body: () throws -> Void) throws {
        let error = #expect(throws: DatabaseError.self) { try body() }
        guard case .lostDurability(let path, let reason) = error else { throw try #require(error) }
        #expect(path == scratch.path())
        #expect(reason.isFailedSync)
    }

    @Test func `after a failed sync of a commit every further write is refused, also when the disk heals`() throws {
        let database = try Database(path: scratch.path(), configuration: configuration)
        try database.write { try $0.insert(1) }
        FailingDisk.failsLog.store(true, ordering: .relaxed)
        defer { FailingDisk.failsLog.store(false, ordering: .relaxed) }
        try expectLost { try database.write { try $0.insert(2) } }
        FailingDisk.failsLog.store(false, ordering: .relaxed)
        try expectLost { try database.write { try $0.insert(3) } }
        #expect(try database.read { try $0.count() } == 1)
        try expectLost { try database.close() }

        let restarted = try Database(path: scratch.path(), configuration: configuration)
        let numbers = try restarted.read { try $0.text("SELECT group_concat(n) FROM number") }
        // The second was never acknowledged: it may have reached the disk or not. The third was never written.
        #expect(["1", "1,2"].contains(numbers))
        try restarted.write { try $0.insert(4) }
    }

    @Test func `a failed sync of a checkpoint keeps the commit and refuses the next write`() throws {
        let database = try Database(
            path: scratch.path(), configuration: configuration.with { $0.checkpointPages = 1 })
        try database.write { try $0.insert(1) }
        FailingDisk.failsMain.store(true, ordering: .relaxed)
        defer { FailingDisk.failsMain.store(false, ordering: .relaxed) }
        try database.write { try $0.insert(2) }
        FailingDisk.failsMain.store(false, ordering: .relaxed)
        try expectLost { try database.write { try $0.insert(3) } }
        try expectLost { try database.close() }
        let restarted = try Database(path: scratch.path(), configuration: configuration)
        #expect(try restarted.read { try $0.text("SELECT group_concat(n) FROM number") } == "1,2")
    }

    @Test func `a failed sync while the file is made refuses to open`() throws {
        FailingDisk.failsMain.store(true, ordering: .relaxed)
        defer { FailingDisk.failsMain.store(false, ordering: .relaxed) }
        try expectLost { _ = try Database(path: scratch.path(), configuration: configuration) }
    }
}
