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
        try insert.bind(3, write.record)
        try insert.bind(4, Int64(bitPattern: write.version.time.rawValue))
        try insert.bind(5, Int64(write.version.replica.rawValue))
        try insert.bind(6, Int64(write.giver.rawValue))
        try insert.bind(7, write.at)
        try insert.run()
    }

    func wasInQuarantine(_ replica: ReplicaID) throws -> Bool {
        let select = try connection.statement(
            "SELECT 1 FROM _given WHERE epoch = \(GivenWrite.outOfQuarantine) AND writer = ?1")
        defer { select.reset() }
        try select.bind(1, Int64(replica.rawValue))
        return try select.step()
    }

    func isGiven(_ version: Version, _ key: RecordKey, in epoch: UInt32) throws -> Bool {
        let select = try connection.statement(
            """
            SELECT 1 FROM _given WHERE epoch IN (\(GivenWrite.outOfQuarantine), ?1)
            AND collection = ?2 AND record = ?3 AND time = ?4 AND writer = ?5
            """)
        defer { select.reset() }
        try select.bind(1, Int64(epoch))
        try select.bind(2, Int64(key.collection))
        try select.bind(3, key.record)
        try select.bind(4, Int64(bitPattern: version.time.rawValue))
        try select.bind(5, Int64(version.replica.rawValue))
        return try select.step()
    }

    func leastPlace(since epoch: UInt32) throws -> Int64? {
        let query = """
            SELECT min(began_at) FROM _epoch
            WHERE number > coalesce((SELECT max(number) FROM _epoch WHERE epoch = ?1), 0)
            """
        return try all(query, { try $0.bind(1, Int64(epoch)) }) { $0.isNull(0) ? nil : $0.int64(0) }.first ?? nil
    }

    func note(epoch: UInt32, from sequence: Int64) throws {
        let insert = try connection.statement("INSERT INTO _epoch (epoch, began_at) VALUES (?1, ?2)")
        try insert.bind(1, Int64(epoch))
        try insert.bind(2, sequence)
        try insert.run()
    }

    func damagedRows(limit: Int) throws -> [DamagedRow] {
        let query = "SELECT collection, record, sequence, class, digest FROM _damaged LIMIT ?1"
        return try all(query, { try $0.bind(1, Int64(limit)) }) { row in
            guard let record = RecordID(bytes: row.bytes(1)) else {
                throw StoreError.damagedState("table _damaged: an id has 16 bytes")
            }
            return DamagedRow(
                key: RecordKey(collection: Int(row.int64(0)), record: record), sequence: row.int64(2),
                classNumber: row.int64(3), digest: UInt64(bitPattern: row.int64(4)))
        }
    }

    func save(_ rows: [DamagedRow]) throws {
        try connection.execute("DELETE FROM _damaged")
        let insert = try connection.statement(
            "INSERT INTO _damaged (collection, record, sequence, class, digest) VALUES (?1, ?2, ?3, ?4, ?5)")
        for row in rows {
            try insert.bind(1, Int64(row.key.collection))
            try insert.bind(2, row.key.record)
            try insert.bind(3, row.sequence)
            try insert.bind(4, row.classNumber)
            try insert.bind(5, Int64(bitPattern: row.digest))
            try insert.run()
        }
    }

    func mend(_ row: DamagedRow, with record: RecordState?) throws {
        if let record {
            try store.remove(row.key.collection, row.key.record)
            try store.insert(record, sequence: row.sequence, classNumber: row.classNumber)
        }
        let delete = try connection.statement("DELETE FROM _damaged WHERE collection = ?1 AND record = ?2")
        try delete.bind(1, Int64(row.key.collection))
        try delete.bind(2, row.key.record)
        try delete.run()
    }
}
