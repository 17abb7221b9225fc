import SQLite
import SyncProtocol
import SyncStore

extension OfflineClient {
    /// Stamps the changes that the server has not dealt with anew, in their order, after it said that this device's
    /// clock is wrong.
    ///
    /// It said so before it applied anything, so none of them can be known elsewhere.
    ///
    /// - Parameters:
    ///   - number: the number of the last change that the server had dealt with when it said so.
    ///   - serverTime: the server's clock, in milliseconds since 1970.
    /// - Returns: how many changes were stamped.
    func restamp(after number: Int64, serverTime: Int64) throws -> Int {
        try database.write { connection in
            var replica = try ReplicaState.require(connection)
            guard replica.acknowledged == number else { return 0 }
            let store = RecordStore(connection, layout: layout)
            let view = ServerView(store, connection)
            replica.clockOffset = serverTime - environment.wallMilliseconds()
            replica.clock = HybridLogicalClock(last: replica.seen)
            replica.chain = replica.acknowledgedChain
            let changes = try view.pending.after(replica.acknowledged)
            var records: [(collection: CollectionNumber, record: RecordID)] = []
            for pending in changes {
                var change = pending.change
                if !records.contains(where: { $0.record == change.record }) {
                    records.append((change.collection, change.record))
                }
                change.time = replica.clock.tick(wall: serverTime)
                let bytes = change.encoded
                replica.chain = ChangeChain.next(after: replica.chain, bytes[...])
                try view.pending.rewrite(pending.number, bytes: bytes)
                let update = try connection.statement("UPDATE _undo SET time = ?2 WHERE number = ?1")
                try update.bind(1, pending.number)
                try update.bind(2, Int64(bitPattern: change.time.rawValue))
                try update.run()
            }
            for (collection, record) in records {
                let server = try view.shadow(collection, record)
                try view.set(server, collection, record, replica: replica.replica)
            }
            try replica.save(connection)
            return changes.count
        }
    }
}
