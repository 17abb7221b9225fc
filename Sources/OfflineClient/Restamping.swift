import SQLite
import SyncProtocol
import SyncStore

extension OfflineClient {
    /// Stamps the changes that the server has not dealt with anew, in their order, after it said that this device's
    /// clock is wrong.
    ///
    /// It said so before it applied anything, so none of them can be known elsewhere; unless another process of this
    /// database was told the same and has stamped and sent them already: then nothing is done.
    ///
    /// - Parameters:
    ///   - request: what the server said so to.
    ///   - serverTime: the server's clock, in milliseconds since 1970.
    /// - Returns: how many changes were stamped.
    func restamp(after request: SyncRequest, serverTime: Int64) throws -> Int {
        try database.write { connection in
            var replica = try ReplicaState.require(connection)
            let store = RecordStore(connection, layout: layout)
            let view = ServerView(store, connection)
            let changes = try view.pending.after(replica.acknowledged)
            guard replica.acknowledged == request.after, try view.pending.holds(request.changes, after: request.after)
            else { return 0 }
            replica.clockOffset = serverTime - environment.wallMilliseconds()
            replica.clock = HybridLogicalClock(last: replica.seen)
            replica.chain = replica.acknowledgedChain
            var records: [(collection: CollectionNumber, record: RecordID)] = []
            for pending in changes {
                var change = pending.change
                if !records.contains(where: { $0.record == change.record }) {
                    records.append((change.collection, change.record))
                }
                change.time = replica.clock.tick(wall: serverTime)
                #if PlantedBugs
                    if PlantedBug.restampInOneInstant.isActive {
                        change.time = HybridTimestamp(milliseconds: serverTime)
                    }
                #endif
                let bytes = change.encoded
                replica.chain = ChangeChain.next(after: replica.chain, bytes[...])
                try view.pending.rewrite(pending.number, bytes)
                let update = try connection.statement("UPDATE _undo SET time = ?2 WHERE number = ?1")
                try update.bind(1, pending.number)
                try update.bind(2, Int64(bitPattern: change.time.rawValue))
                try update.run()
            }
            for (collection, record) in records {
                // What has left, with edits that wait, is not shown.
                guard let local = try store.load(collection, record) else { continue }
                let server = try view.shadow(collection, record)
                try view.set(server, collection, record, local: local, replica: replica.replica)
            }
            try replica.save(connection)
            return changes.count
        }
    }
}
