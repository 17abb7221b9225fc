import SQLite
import SyncProtocol
import SyncStore

/// Collection, in the records' file: a record and its place among the collected change in one transaction.
extension SQLiteTransaction {
    func collectionState() throws -> CollectionState {
        try all("SELECT through, ran_at FROM _collection", { _ in }) { row in
            CollectionState(through: row.int64(0), ranAt: row.int64(1))
        }.first ?? CollectionState()
    }

    func save(_ state: CollectionState) throws {
        let insert = try connection.statement("INSERT OR REPLACE INTO _collection VALUES (1, ?1, ?2)")
        try insert.bind(1, state.through)
        try insert.bind(2, state.ranAt)
        try insert.run()
    }

    func isCollected(_ collection: CollectionNumber, _ id: RecordID) throws -> Bool {
        let select = try connection.statement("SELECT 1 FROM _collected WHERE collection = ?1 AND id = ?2")
        defer { select.reset() }
        try select.bind(1, Int64(collection))
        try select.bind(2, blob: id.bytes[...])
        return try select.step()
    }

    func scanDeleted(_ body: (StoredRecord) throws -> Bool) throws {
        try store.scanPacked { row in
            let record = try row.record()
            return record.state.isDeleted ? try body(record) : true
        }
    }

    func collect(_ record: StoredRecord) throws {
        let insert = try connection.statement("INSERT OR IGNORE INTO _collected (collection, id) VALUES (?1, ?2)")
        try insert.bind(1, Int64(record.state.collection))
        try insert.bind(2, blob: record.state.record.bytes[...])
        try insert.run()
        try store.remove(record)
    }
}
