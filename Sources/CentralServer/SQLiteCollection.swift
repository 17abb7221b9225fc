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
        try exists(Self.collected, collection, id)
    }

    func classPath(ofCollected key: RecordKey) throws -> [UInt8]? {
        let query = "SELECT class FROM _gone WHERE collection = ?1 AND id = ?2 AND class != x''"
        return try all(query) { select in
            try select.bind(1, Int64(key.collection))
            try select.bind(2, key.record)
        } _: {
            $0.bytes(0)
        }.first
    }

    func isAside(_ collection: CollectionNumber, _ id: RecordID) throws -> Bool {
        try exists(Self.aside, collection, id)
    }

    private static let collected = Query(
        """
        SELECT 1 FROM _collected WHERE collection = ?1 AND id = ?2
        UNION ALL SELECT 1 FROM _gone WHERE collection = ?1 AND id = ?2
        """)

    private static let aside = Query(
        "\(collected.sql) UNION ALL SELECT 1 FROM _packed WHERE collection = ?1 AND id = ?2")

    private func exists(_ query: Query, _ collection: CollectionNumber, _ id: RecordID) throws -> Bool {
        let select = try connection.statement(query)
        defer { select.reset() }
        try select.bind(1, Int64(collection))
        try select.bind(2, id)
        return try select.step()
    }

    func scanDeleted(_ body: (StoredRecord) throws -> Bool) throws {
        try store.scanPacked { row in
            let record = try row.record()
            return record.state.isDeleted ? try body(record) : true
        }
    }

    func isGone(_ key: RecordKey) throws -> Bool {
        let select = try connection.statement("SELECT 1 FROM _gone WHERE collection = ?1 AND id = ?2")
        defer { select.reset() }
        try select.bind(1, Int64(key.collection))
        try select.bind(2, key.record)
        return try select.step()
    }

    func gone() throws -> [RecordKey] {
        try all("SELECT collection, id FROM _gone", { _ in }) { row in
            guard let id = RecordID(bytes: row.bytes(1)) else {
                throw StoreError.damagedState("table _gone: an id has 16 bytes")
            }
            return RecordKey(collection: Int(row.int64(0)), record: id)
        }
    }

    func setGone(_ records: [(key: RecordKey, classPath: [UInt8])]) throws {
        let insert = try connection.statement(
            "INSERT OR REPLACE INTO _gone (collection, id, class) VALUES (?1, ?2, ?3)")
        for (key, classPath) in records {
            try insert.bind(1, Int64(key.collection))
            try insert.bind(2, key.record)
            try insert.bind(3, blob: classPath[...])
            try insert.run()
        }
    }

    func clearGone(_ keys: [RecordKey]) throws {
        let delete = try connection.statement("DELETE FROM _gone WHERE collection = ?1 AND id = ?2")
        for key in keys {
            try delete.bind(1, Int64(key.collection))
            try delete.bind(2, key.record)
            try delete.run()
        }
    }

    func collect(_ record: StoredRecord) throws {
        let insert = try connection.statement("INSERT OR IGNORE INTO _collected (collection, id) VALUES (?1, ?2)")
        try insert.bind(1, Int64(record.state.collection))
        try insert.bind(2, record.state.record)
        try insert.run()
        try store.remove(record)
    }
}
