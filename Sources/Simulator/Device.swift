import Foundation
import OfflineClient
import SQLite
import SyncProtocol
import SyncStore

/// A branch device: one client database, worked on by one or two processes.
final class Device {
    let index: Int
    let path: String
    let clock: SimulatedClock
    let random: SharedRandom
    var kind: SimulatedSchema
    var schema: Schema { didSet { layout = StoreLayout(schema) } }
    private var layout: StoreLayout
    /// How often the database was looked at.
    var looks = 0
    var replica = ReplicaID.none
    var credential: [UInt8] = []
    /// The code of its office.
    var office = "A"
    /// What the server's accounts know it by.
    var account: Int64 = 0
    /// The processes that have the database open; none before the device is enrolled.
    var processes: [Process] = []
    /// Whether messages to the server, or answers to the device, get lost for now.
    var isCutOut = false
    var isCutIn = false
    var isFull = false
    /// Whether the database was restored or copied, so that another one has its number.
    var isCopy = false
    /// A copy of the database's files, and what the oracle knew of it then.
    var backup:
        (files: [String: [UInt8]], model: ModelDevice, schema: SimulatedSchema, account: Int64, credential: [UInt8])?

    /// One program with the database open, and the sync it is in.
    final class Process {
        let client: OfflineClient
        var sync: Sync?

        init(_ client: OfflineClient) { self.client = client }
    }

    /// A sync under way.
    final class Sync {
        var session: SyncSession
        /// Names the request that an answer must belong to.
        var attempt = 0
        var request: Asked?
        var deadline: Int64 = 0

        init(_ client: OfflineClient, pageBytes: Int) { session = SyncSession(client, pageBytes: pageBytes) }
    }

    init(index: Int, path: String, clock: SimulatedClock, seed: UInt64, kind: SimulatedSchema) throws {
        self.index = index
        self.path = path
        self.clock = clock
        self.kind = kind
        random = SharedRandom(seed: seed)
        schema = try kind.schema()
        layout = StoreLayout(schema)
    }

    var isEnrolled: Bool { replica != .none }

    /// Any of the processes, to read with.
    var client: OfflineClient? { processes.first?.client }

    /// Opens the database in some processes.
    func open(processes count: Int) throws {
        let (clock, random) = (clock, random)
        let environment = Environment(wallMilliseconds: { clock.now }, random: { random.next() })
        processes = try (0..<count).map { _ in
            Process(try OfflineClient(path: path, schema: schema, environment: environment))
        }
    }

    // MARK: Files

    /// The database's files, which nobody writes to now, by what their names end in.
    func files() throws -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for end in ["", "-wal"] {
            if let data = FileManager.default.contents(atPath: path + end) { files[end] = Array(data) }
        }
        return files
    }

    /// Puts files in the place of a database that nobody has open.
    func write(_ files: [String: [UInt8]], to path: String) throws {
        for end in ["", "-wal", "-shm"] {
            if let bytes = files[end] {
                try Data(bytes).write(to: URL(filePath: path + end))
            } else {
                try? FileManager.default.removeItem(atPath: path + end)
            }
        }
    }

    // MARK: What the database holds

    struct PendingRow {
        let number: Int64
        let bytes: [UInt8]
        let isRefused: Bool
    }

    struct Place: Equatable {
        var epoch: Int64 = 0
        var acknowledged: Int64 = 0
        var number: Int64 = 0
        var cursor: [UInt8] = []
        var replica = ReplicaID.none

        /// Whether the database stood there when it made a request.
        func isAt(_ request: SyncRequest) -> Bool {
            epoch == Int64(request.epoch) && acknowledged == request.after && cursor == request.cursor
                && replica == request.replica
        }
    }

    /// Everything that the oracle compares.
    struct Contents {
        var place = Place()
        var pending: [PendingRow] = []
        var local: [RecordKey: ModelRecord] = [:]
        var serverView: [RecordKey: ModelRecord] = [:]
    }

    func place() throws -> Place {
        guard let client else { return Place() }
        return try client.database.read { try Self.place($0) }
    }

    private static func place(_ connection: Connection) throws -> Place {
        let select = try connection.statement("SELECT epoch, acknowledged, number, cursor, replica FROM _replica")
        defer { select.reset() }
        guard try select.step() else { return Place() }
        return Place(
            epoch: select.int64(0), acknowledged: select.int64(1), number: select.int64(2), cursor: select.bytes(3),
            replica: ReplicaID(rawValue: UInt32(truncatingIfNeeded: select.int64(4))))
    }

    /// The changes that wait or were refused.
    func pending() throws -> [PendingRow] { try client?.database.read { try Self.pending($0).rows } ?? [] }

    private static func pending(_ connection: Connection) throws -> (rows: [PendingRow], made: Set<RecordKey>) {
        let select = try connection.statement(
            "SELECT number, change, reason IS NOT NULL, collection, record, is_creation FROM _pending ORDER BY number")
        defer { select.reset() }
        var (rows, made): ([PendingRow], Set<RecordKey>) = ([], [])
        while try select.step() {
            rows.append(
                PendingRow(number: select.int64(0), bytes: select.bytes(1), isRefused: select.int64(2) != 0))
            if select.int64(5) != 0, let id = RecordID(bytes: select.bytes(4)) {
                made.insert(RecordKey(Int(select.int64(3)), id))
            }
        }
        return (rows, made)
    }

    /// Reads the tables as they are, without the client's own code for it.
    func contents() throws -> Contents {
        guard let client else { return Contents() }
        return try client.database.read { connection in
            var contents = Contents()
            contents.place = try Self.place(connection)
            let made: Set<RecordKey>
            (contents.pending, made) = try Self.pending(connection)
            try RecordStore(connection, layout: layout).scan(after: Int64.min) { row in
                let state = try row.record().state
                contents.local[RecordKey(state.collection, state.record)] = ModelRecord(state)
                return true
            }
            contents.serverView = contents.local.filter { !made.contains($0.key) }
            let shadow = try connection.statement("SELECT collection, record, fields, _sync FROM _shadow")
            defer { shadow.reset() }
            while try shadow.step() {
                guard let id = RecordID(bytes: shadow.bytes(1)) else { continue }
                let key = RecordKey(Int(shadow.int64(0)), id)
                let sync = shadow.bytes(3)
                contents.serverView[key] =
                    sync.isEmpty
                    ? nil
                    : ModelRecord(
                        RecordState(
                            collection: key.collection, record: id, versions: try RecordVersions(unpacking: sync[...]),
                            values: try FieldMap(decoding: shadow.bytes(2))))
            }
            return contents
        }
    }
}
