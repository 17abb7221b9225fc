import CentralServer
import Foundation
import SyncProtocol
import SyncStore

/// A backup of a world's server, and servers that are restored from it.
struct ServerBackup {
    let world: TestWorld
    let folder: URL

    /// - Parameter other: a server that took the place of the world's own.
    init(of world: TestWorld, _ other: SQLiteStorage? = nil, named name: String = "backup") throws {
        self.world = world
        folder = world.folder.appending(path: name)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try (other ?? world.storage).copy(to: folder.path, recordsFile: "server.db")
    }

    /// A server with the records of the backup and the accounts of now, in an epoch of its own.
    func restored(
        epoch: UInt32 = 99, accountsOf other: SQLiteStorage? = nil
    ) throws -> (server: CentralServer, storage: SQLiteStorage) {
        let place = folder.appending(path: "restored-\(epoch)")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        try (other ?? world.storage).copy(to: place.path, recordsFile: "server.db")
        let records = place.appending(path: "server.db")
        try FileManager.default.removeItem(at: records)
        try FileManager.default.copyItem(at: folder.appending(path: "server.db"), to: records)
        let storage = try SQLiteStorage(path: records.path, schema: world.schema, epoch: 1)
        _ = try storage.beginAfterRestore(epoch: epoch, hasOldAccounts: false)
        let clock = world.clock
        let server = CentralServer(
            storage: storage, schema: world.schema,
            environment: .init(wallMilliseconds: { clock.now }, random: { UInt64.random(in: 0...UInt64.max) }))
        try server.settleAfterRestore()
        return (server, storage)
    }
}

extension SQLiteStorage {
    /// All records by key.
    func allRecords() throws -> [RecordKey: RecordState] {
        try read { snapshot in
            var records: [RecordKey: RecordState] = [:]
            try snapshot.scan(after: 0) { row in
                let state = try row.record().state
                records[state.key] = state
                return true
            }
            return records
        }
    }
}
