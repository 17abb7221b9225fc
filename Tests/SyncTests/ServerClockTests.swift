import CentralServer
import Foundation
import OfflineClient
import SQLite
import SyncProtocol
import Synchronization
import Testing

struct ServerClockTests {
    let world: TestWorld
    let clocks = Clocks()

    final class Clocks: Sendable {
        let wall = Atomic<Int64>(1_700_000_000_000)
        let monotonic = Atomic<Int64>(5)
        let notices = Mutex<[String]>([])

        func pass(_ milliseconds: Int64) {
            wall.add(milliseconds, ordering: .relaxed)
            monotonic.add(milliseconds, ordering: .relaxed)
        }
        func jump(_ milliseconds: Int64) { wall.add(milliseconds, ordering: .relaxed) }
    }

    init() throws { world = try TestWorld() }

    /// A server that was just started.
    private func server() -> CentralServer {
        CentralServer(
            storage: world.storage, schema: world.schema,
            environment: .init(
                wallMilliseconds: { [clocks] in clocks.wall.load(ordering: .relaxed) },
                monotonicMilliseconds: { [clocks] in clocks.monotonic.load(ordering: .relaxed) },
                random: { UInt64.random(in: 0...UInt64.max) },
                notice: { [clocks] line in clocks.notices.withLock { $0.append(line) } }))
    }

    /// Writes a record and syncs it.
    private func push(_ client: OfflineClient, to server: CentralServer) throws {
        _ = try client.write(operator: "x") { try $0.insert("cases", ["title": .text("t")]) }
        try world.sync(client, with: server)
    }

    private func expectRefused(_ client: OfflineClient, _ server: CentralServer) throws {
        let pending = try client.status().pending
        let failure = #expect(throws: Failure.self) { try push(client, to: server) }
        #expect(failure?.code == .serverClock)
        #expect(try client.status().pending == pending + 1)
    }

    private func client(_ name: String) throws -> OfflineClient {
        try world.client(name, clock: { [clocks] in clocks.wall.load(ordering: .relaxed) })
    }

    @Test(arguments: [-3_600_000, 3_600_000, 20 * 365 * 86_400_000] as [Int64])
    func `a jump is refused and not spread, pulls go on, and all is well once it is back`(jump: Int64) throws {
        let server = server()
        let (one, other) = (try client("a"), try client("b"))
        try push(one, to: server)
        clocks.pass(60_000)
        try push(one, to: server)
        let before = try world.storage.read { try $0.state() }
        clocks.jump(jump)
        try expectRefused(one, server)
        try expectRefused(one, server)
        #expect(clocks.notices.withLock { $0.count } == 1)
        #expect(try world.storage.read { try $0.state() } == before)
        #expect(try server.clockJump() == jump)
        try world.sync(other, with: server)
        #expect(try other.query { try $0.scalar("SELECT count(*) FROM cases") } == 2)
        clocks.jump(-jump)
        try world.sync(one, with: server)
        #expect(try one.status().isSynced)
        #expect(try server.clockJump() == 0)
    }

    @Test func `a jump that a person confirms is taken`() throws {
        let server = server()
        let one = try client("a")
        try push(one, to: server)
        clocks.jump(7_200_000)
        try expectRefused(one, server)
        // The command is another process.
        #expect(try self.server().confirmClock() == 7_200_000)
        try world.sync(one, with: server)
        #expect(try one.status().isSynced)
        // And the next jump is one again.
        clocks.jump(7_200_000)
        try expectRefused(one, server)
    }

    @Test func `after a clock that was a year ahead was set right, what was written under it can be edited`() throws {
        let server = server()
        let (one, other) = (try client("a"), try client("b"))
        clocks.jump(365 * 86_400_000)
        let id = try one.write(operator: "x") { try $0.insert("cases", ["title": .text("t")]) }
        try world.sync(one, with: server)
        try world.sync(other, with: server)
        clocks.jump(-365 * 86_400_000)
        _ = try self.server().confirmClock()
        for (client, note) in [(one, "first"), (other, "second"), (one, "third")] {
            try world.sync(client, with: server)
            for part in 1...3 {
                _ = try client.write(operator: "x") {
                    try $0.update("cases", id, ["note": .text("\(note) \(part)")])
                }
            }
            _ = try client.write(operator: "x") { try $0.insert("cases", ["title": .text(note)]) }
            #expect(try world.sync(client, with: server).pushed == 4)
            #expect(try client.status().isSynced)
        }
        #expect(try world.held("cases", id)?[5].value == .text("third 3"))
    }

    @Test func `a clock that runs slowly away, or is corrected by little, is no jump`() throws {
        let server = server()
        let one = try client("a")
        for _ in 0..<50 {
            clocks.pass(3_600_000)
            clocks.jump(20_000)
            try push(one, to: server)
        }
        #expect(try one.status().isSynced)
    }

    @Test func `a server that starts with a clock behind its last push, or far beyond it, takes nothing`() throws {
        let one = try client("a")
        try push(one, to: server())
        clocks.jump(-86_400_000)
        try expectRefused(one, server())
        clocks.jump(2 * 86_400_000)
        try world.sync(one, with: server())
        clocks.jump(70 * 86_400_000)
        try expectRefused(one, server())
        let later = server()
        #expect(throws: Failure.self) {
            try later.put([("regions", RecordID(milliseconds: 1, random: (1, 1)), ["name": .text("n")])], operator: "x")
        }
        _ = try later.confirmClock()
        try world.sync(one, with: later)
        #expect(try one.status().isSynced)
    }

    @Test func `the centre sees each device's last sync, clock and schema version`() throws {
        let client = try world.client("a", skew: 90_000)
        func replica() throws -> ReplicaEntry { try #require(try world.storage.read { try $0.replicas().first }) }
        try world.sync(client)
        #expect(try replica().lastSync == world.clock.now && replica().clockOffset == 90_000)
        #expect(try replica().schemaVersion == 1 && replica().lastPush == 0)
        let first = try replica().lastSync
        world.clock.advance(seconds: 240)
        try world.sync(client)
        #expect(try replica().lastSync == first)
        world.clock.advance(seconds: 240)
        try world.sync(client)
        #expect(try replica().lastSync == world.clock.now)
        world.clock.advance(seconds: 5)
        _ = try client.write(operator: "x") { try $0.insert("cases", ["title": .text("t")]) }
        try world.sync(client)
        #expect(try replica().lastSync == world.clock.now && replica().lastPush == world.clock.now)
    }
}
