import CentralServer
import Foundation
import SQLite
import SyncProtocol
import SyncStore
import Synchronization

/// The simulated centre: the real server over its real store.
final class Centre {
    let path: String
    let disk = SimulatedDisk()
    let clock: SimulatedClock
    let random: SharedRandom
    private(set) var kind: SimulatedSchema
    private(set) var storage: SQLiteStorage
    private(set) var server: CentralServer

    init(path: String, clock: SimulatedClock, seed: UInt64, kind: SimulatedSchema) throws {
        self.path = path
        self.clock = clock
        self.kind = kind
        random = SharedRandom(seed: seed)
        SimulatedDisk.put([path, SQLiteStorage.accountsPath(besides: path)], on: disk)
        (storage, server) = try Self.open(path, kind, clock, random)
    }

    /// Kills the process and starts it again, perhaps with a newer schema.
    func restart(_ kind: SimulatedSchema) throws {
        disk.die()
        // A dead process gets none of what it would write to the disk, which it can't but notice.
        try? storage.close()
        disk.heal()
        self.kind = kind
        (storage, server) = try Self.open(path, kind, clock, random)
        try server.settleAfterRestore()
    }

    private static func open(
        _ path: String, _ kind: SimulatedSchema, _ clock: SimulatedClock, _ random: SharedRandom
    ) throws -> (SQLiteStorage, CentralServer) {
        let schema = try kind.schema()
        let accounts = SQLiteStorage.accountsPath(besides: path)
        let (isNew, kept) = (MemoryFiles.bytes(of: path) == nil, fresh.withLock { $0[kind] })
        if isNew, let kept {
            MemoryFiles.set(path, to: kept.records)
            MemoryFiles.set(accounts, to: kept.accounts)
        }
        let storage = try SQLiteStorage(path: path, schema: schema, epoch: 7) { $0.vfs = MemoryFiles.name }
        if isNew, kept == nil {
            // New databases are alike: only the first is made step by step.
            try storage.close()
            if let records = MemoryFiles.bytes(of: path), let accounts = MemoryFiles.bytes(of: accounts) {
                fresh.withLock { $0[kind] = (records, accounts) }
            }
            return try open(path, kind, clock, random)
        }
        let environment = CentralServer.Environment(
            wallMilliseconds: { clock.now }, random: { random.next() })
        return (storage, CentralServer(storage: storage, schema: schema, environment: environment))
    }

    private static let fresh = Mutex<[SimulatedSchema: (records: [UInt8], accounts: [UInt8])]>([:])

    /// Copies the records as a backup does; the accounts stay out of it.
    func backUp() throws -> [UInt8] {
        let folder = path + "-backup"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try storage.copy(to: folder, recordsFile: "records.db")
        return Array(try Data(contentsOf: URL(filePath: folder + "/records.db")))
    }

    /// Puts records of before in the place of those of now, and begins a new life of them.
    ///
    /// - Returns: where the order ended in the backup.
    func restore(_ bytes: [UInt8]) throws -> Int64 {
        try storage.close()
        MemoryFiles.set(path + "-wal", to: nil)
        MemoryFiles.set(path, to: bytes)
        (storage, server) = try Self.open(path, kind, clock, random)
        let epoch = UInt32(truncatingIfNeeded: random.next())
        let state = try storage.beginAfterRestore(epoch: epoch, hasOldAccounts: false)
        try server.settleAfterRestore()
        try storage.scrub()
        return state.sequence
    }

    var sequence: Int64 { get throws { try storage.read { try $0.state().sequence } } }

    /// The records that changed after a place in the server's order.
    func records(after sequence: Int64) throws -> [RecordKey: RecordState] {
        try storage.read { snapshot in
            var records: [RecordKey: RecordState] = [:]
            try snapshot.scan(after: sequence) { row in
                let state = try row.record().state
                records[RecordKey(state.collection, state.record)] = state
                return true
            }
            return records
        }
    }

    /// Lets a new life of the database begin with nothing lost.
    func changeEpoch() throws {
        let epoch = try storage.read { try $0.state().epoch }
        _ = try storage.beginAfterRestore(epoch: epoch + 1, hasOldAccounts: false)
    }
}

extension ModelEntry {
    /// Reads an entry of the conflict log, and what it is about.
    static func read(_ state: RecordState) throws -> (key: EntryKey, entry: ModelEntry) {
        typealias Field = ConflictLog.Field
        func integer(_ field: Int) throws -> Int64 {
            guard case .integer(let value) = state[field].value else {
                throw Violation("I2", "entry \(state.record) has no integer in field \(field)")
            }
            return value
        }
        func bytes(_ field: Int) throws -> [UInt8] {
            guard case .bytes(let value) = state[field].value else {
                throw Violation("I2", "entry \(state.record) has no bytes in field \(field)")
            }
            return value
        }
        func version(_ time: Int, _ replica: Int) throws -> Version {
            Version(
                time: HybridTimestamp(rawValue: UInt64(bitPattern: try integer(time))),
                replica: ReplicaID(rawValue: UInt32(truncatingIfNeeded: try integer(replica))))
        }
        func side(_ values: Int, _ version: Version) throws -> Side {
            let pairs = try ConflictLog.decode(try bytes(values)).map { ($0.field, Array($0.value.bytes)) }
            return Side(version: version, values: Dictionary(pairs) { first, _ in first })
        }
        guard case .text(let text) = state[Field.kind].value, let kind = Conflict.Kind(rawValue: text),
            let id = RecordID(bytes: try bytes(Field.record))
        else { throw Violation("I2", "entry \(state.record) can't be read") }
        let losing = try version(Field.losingTime, Field.losingReplica)
        let entry = ModelEntry(
            kind: kind, losing: try side(Field.losingValues, losing),
            winning: try side(Field.winningValues, try version(Field.winningTime, Field.winningReplica)))
        let key = EntryKey(
            record: RecordKey(Int(try integer(Field.collection)), id), field: Int(try integer(Field.field)),
            losing: losing, isSoft: kind == .soft)
        return (key, entry)
    }
}
