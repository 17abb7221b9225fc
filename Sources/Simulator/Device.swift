import OfflineClient
import SQLite
import SyncProtocol
import SyncStore
import Synchronization

/// A branch device: one client database, worked on by one or two processes.
final class Device {
    let index: Int
    let path: String
    let disk = SimulatedDisk()
    /// How many pages of log a program of this device lets come together before it writes them into the database.
    var checkpointPages: Int?
    let clock: SimulatedClock
    let random: SharedRandom
    var kind: SimulatedSchema
    var schema: Schema { didSet { layout = StoreLayout(schema) } }
    private(set) var layout: StoreLayout
    /// How often the database was looked at, and the rows that it had then, by what tells them apart.
    var looks = 0
    var rows: [UInt64: Row] = [:]
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
    /// Who writes at it; the same at a copy, for of two writes of one version nobody can tell which names its operator.
    var operatorName: String
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
        operatorName = "op\(index)"
        schema = try kind.schema()
        layout = StoreLayout(schema)
        SimulatedDisk.put([path], on: disk)
    }

    var isEnrolled: Bool { replica != .none }

    /// Any of the processes, to read with.
    var client: OfflineClient? { processes.first?.client }

    /// Opens the database in some processes.
    func open(processes count: Int) throws {
        let (clock, random) = (clock, random)
        let environment = Environment(wallMilliseconds: { clock.now }, random: { random.next() })
        if MemoryFiles.bytes(of: path) == nil { try makeFresh(environment) }
        processes = try (0..<count).map { _ in Process(try client(environment)) }
    }

    /// Ends all processes at once: nothing of what they do on their way out gets to the disk.
    func kill() {
        disk.die()
        // Whoever still holds one of them holds nothing of the file.
        for process in processes { try? process.client.close() }
        processes = []
        disk.heal()
    }

    private func client(_ environment: Environment) throws -> OfflineClient {
        try OfflineClient(path: path, schema: schema, environment: environment) {
            $0.vfs = MemoryFiles.name
            if let checkpointPages { $0.checkpointPages = checkpointPages }
        }
    }

    /// New databases of a program are alike: only the first is made step by step.
    private func makeFresh(_ environment: Environment) throws {
        if let bytes = Self.fresh.withLock({ $0[kind] }) { return MemoryFiles.set(path, to: bytes) }
        try client(environment).close()
        if let bytes = MemoryFiles.bytes(of: path) { Self.fresh.withLock { $0[kind] = bytes } }
    }

    private static let fresh = Mutex<[SimulatedSchema: [UInt8]]>([:])

    // MARK: Files

    /// The database's files, which nobody writes to now, by what their names end in.
    func files() -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for end in ["", "-wal"] { files[end] = MemoryFiles.bytes(of: path + end) }
        return files
    }

    /// Puts files in the place of a database that nobody has open.
    func write(_ files: [String: [UInt8]], to path: String) {
        for end in ["", "-wal"] { MemoryFiles.set(path + end, to: files[end]) }
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

    func place() throws -> Place {
        guard let client else { return Place() }
        return try client.database.read { try Self.place($0) }
    }

    static func place(_ connection: Connection) throws -> Place {
        let select = try connection.statement("SELECT epoch, acknowledged, number, cursor, replica FROM _replica")
        defer { select.reset() }
        guard try select.step() else { return Place() }
        return Place(
            epoch: select.int64(0), acknowledged: select.int64(1), number: select.int64(2), cursor: select.bytes(3),
            replica: ReplicaID(rawValue: UInt32(truncatingIfNeeded: select.int64(4))))
    }

    /// Both in one look.
    func standing() throws -> (pending: [PendingRow], place: Place) {
        guard let client else { return ([], Place()) }
        return try client.database.read { (try Self.pending($0).rows, try Self.place($0)) }
    }

    /// The changes that wait or were refused.
    func pending() throws -> [PendingRow] { try client?.database.read { try Self.pending($0).rows } ?? [] }

    static func pending(_ connection: Connection) throws -> (rows: [PendingRow], made: Set<RecordKey>) {
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
}
