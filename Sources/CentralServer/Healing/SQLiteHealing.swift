import SQLite
import SyncProtocol
import SyncStore

extension SQLiteTransaction {
    func givenWrites(in epoch: UInt32) throws -> [GivenWrite] {
        let query = """
            SELECT collection, record, time, writer, giver, at FROM _given WHERE epoch = ?1
            ORDER BY giver, collection, record, time
            """
        return try all(query, { try $0.bind(1, Int64(epoch)) }) { row in
            guard let record = RecordID(bytes: row.bytes(1)) else {
                throw StoreError.damagedState("table _given: an id has 16 bytes")
            }
            return GivenWrite(
                epoch: epoch, collection: Int(row.int64(0)), record: record,
                version: Version(
                    time: HybridTimestamp(rawValue: UInt64(bitPattern: row.int64(2))),
                    replica: ReplicaID(rawValue: UInt32(truncatingIfNeeded: row.int64(3)))),
                giver: ReplicaID(rawValue: UInt32(truncatingIfNeeded: row.int64(4))), at: row.int64(5))
        }
    }

    func note(_ write: GivenWrite) throws {
        let insert = try connection.statement(
            """
            INSERT OR IGNORE INTO _given (epoch, collection, record, time, writer, giver, at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
            """)
        try insert.bind(1, Int64(write.epoch))
        try insert.bind(2, Int64(write.collection))
        try insert.bind(3, blob: write.record.bytes[...])
        try insert.bind(4, Int64(bitPattern: write.version.time.rawValue))
        try insert.bind(5, Int64(write.version.replica.rawValue))
        try insert.bind(6, Int64(write.giver.rawValue))
        try insert.bind(7, write.at)
        try insert.run()
    }
}
