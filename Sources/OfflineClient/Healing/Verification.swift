import SQLite
import SyncProtocol
import SyncStore

/// What a computation from the rows has shown.
public struct Verification: Sendable, Hashable {
    /// How many records were looked at.
    public var records = 0
    /// The digest of the server view.
    public var digest: UInt64 = 0
    /// The records that can't be read, or whose row is not what was stored.
    public var damaged: [RecordKey] = []
    /// Whether everything is as it was stored.
    public var isSound = false
}

extension OfflineClient {
    /// Computes everything anew from the rows.
    ///
    /// Where that shows a difference, the replica no longer counts as agreeing with the server, and its next sync
    /// finds the records and puts them right.
    public func verify() throws -> Verification {
        let found = try database.read { connection in
            let view = ServerView(RecordStore(connection, layout: layout), connection)
            var found = Verification()
            try view.store.scan(after: Int64.min) { row in
                found.records += 1
                let (collection, record) = try row.key()
                if (try? row.record()).map({ $0.digest == $0.state.digest }) != true {
                    found.damaged.append(RecordKey(collection: collection, record: record))
                }
                return true
            }
            try view.scan { _, state in found.digest &+= state?.digest ?? 0 }
            found.isSound = try ReplicaState.load(connection)?.digest == found.digest && found.damaged.isEmpty
            return found
        }
        if found.isSound { return found }
        try database.write { connection in
            // Anew: another process may have synced meanwhile.
            guard var replica = try ReplicaState.load(connection) else { return }
            var digest: UInt64 = 0
            let view = ServerView(RecordStore(connection, layout: layout), connection)
            for key in found.damaged { try view.rebuild(key, replica: replica.replica) }
            try view.scan { _, state in digest &+= state?.digest ?? 0 }
            guard digest != replica.digest else { return }
            replica.digest = digest
            replica.isAgreed = false
            try replica.save(connection)
        }
        return found
    }
}

extension ServerView {
    /// Makes a damaged row anew from what the server holds and the changes on top, as far as these are here; else takes
    /// away what can't be read, which the next sync fetches.
    fileprivate func rebuild(_ key: RecordKey, replica: ReplicaID) throws {
        let stored = try? store.load(key.collection, key.record)
        if let stored, stored.digest == stored.state.digest { return }
        let server = try? shadow(key.collection, key.record)
        if try server != nil || pending.of(key.collection, key.record).first?.change.isCreation == true {
            try store.remove(key.collection, key.record)
            try set(server, key.collection, key.record, replica: replica)
        } else if stored == nil {
            try store.remove(key.collection, key.record)
        }
    }
}
