import SQLite
import SyncProtocol
import SyncStore

/// What the server is known to hold of each record: what it sent, and what it acknowledged.
///
/// Without changes on top, the row itself is the server view. A record with changes on top keeps its server view in
/// `_shadow`; one that was made here and not acknowledged has none.
struct ServerView {
    let store: RecordStore
    let pending: PendingChanges
    /// Whether it is known that nothing here is pending or refused: each row is the server view.
    private(set) var isQuiet = false

    init(_ store: RecordStore, _ connection: Connection) {
        self.store = store
        pending = PendingChanges(connection: connection)
    }

    /// Finds out whether nothing is pending or refused, for a transaction that goes on to write what the server tells.
    mutating func lookWhetherQuiet() throws {
        let rows = "SELECT EXISTS (SELECT 1 FROM _pending) OR EXISTS (SELECT 1 FROM _shadow)"
        isQuiet = try pending.connection.scalar(rows) == 0
    }

    /// The server view of a record, or nil where the server has nothing.
    ///
    /// - Parameter local: the record's row.
    func load(_ collection: CollectionNumber, _ record: RecordID, local: StoredRecord?) throws -> RecordState? {
        if isQuiet { return local?.state }
        if try hasShadow(collection, record) { return try shadow(collection, record) }
        if try pending.summary(of: collection, record).hasCreation { return nil }
        return local?.state
    }

    /// Keeps the server view of a record that is about to get its first change on top.
    func keep(_ state: RecordState) throws {
        #if PlantedBugs
            if PlantedBug.shadowForgotten.isActive { return }
        #endif
        if try !hasShadow(state.collection, state.record) { try write(state, state.collection, state.record) }
    }

    /// Sets the server view, and makes the row what it and the changes on top give.
    ///
    /// - Parameter state: what the server holds, or nil for nothing.
    func set(_ state: RecordState?, _ collection: CollectionNumber, _ record: RecordID, replica: ReplicaID) throws {
        try set(state, collection, record, local: try store.load(collection, record), replica: replica)
    }

    /// Sets the server view, and makes the row what it and the changes on top give.
    ///
    /// - Parameters:
    ///   - state: what the server holds, or nil for nothing.
    ///   - local: the record's row.
    func set(
        _ state: RecordState?, _ collection: CollectionNumber, _ record: RecordID, local: StoredRecord?,
        replica: ReplicaID
    ) throws {
        let changes = isQuiet ? [] : try pending.of(collection, record)
        guard !changes.isEmpty else {
            if !isQuiet { try erase(collection, record) }
            switch (local, state) {
            case (let local?, let state?):
                if local.state != state { try store.replace(local, with: state) }
            case (nil, let state?): try store.insert(state)
            case (let local?, nil): try store.remove(local)
            case (nil, nil): break
            }
            return
        }
        // Without a server view and without the change that makes the record, the row is all there is: it stays. Of what
        // left the scope there is none, and edits alone make no record.
        let made = changes.first { $0.change.isCreation }.map { RecordState(making: $0.change, by: replica) }
        guard var merged = state ?? made ?? local?.state else { return try erase(collection, record) }
        // That a record which is made here is not at the server is told by its pending creation.
        if state == nil, changes[0].change.isCreation {
            try erase(collection, record)
        } else {
            try write(state, collection, record)
        }
        #if PlantedBugs
            if PlantedBug.pendingOverwritten.isActive, let state, let local {
                try store.replace(local, with: state)
                return
            }
        #endif
        for change in changes { merged.merge(change.change, by: replica) }
        if let local { try store.replace(local, with: merged) } else { try store.insert(merged) }
    }

    /// Of the changes after a number, those that made a record which nothing else here touched: its row is what the
    /// server holds once it has taken the change.
    ///
    /// - Parameter changes: the changes after that number, one after another.
    /// - Returns: the digests of these rows, by the number of the change.
    func untouchedCreations(after number: Int64, _ changes: ArraySlice<ArraySlice<UInt8>>) throws -> [Int64: UInt64] {
        var digests: [Int64: UInt64] = [:]
        for collection in try Set(changes.map { try ChangeHead($0).collection }) {
            guard let name = store.layout.schema[collection]?.name else { continue }
            let select = try pending.connection.statement(
                """
                SELECT p.number, r._sync FROM _pending AS p JOIN "\(name)" AS r ON r.id = p.record
                WHERE p.number > ?1 AND p.number <= ?2 AND p.collection = ?3 AND p.is_creation = 1
                  AND NOT EXISTS (
                    SELECT 1 FROM _pending AS q
                    WHERE q.record = p.record AND q.collection = ?3 AND q.number <> p.number)
                  AND NOT EXISTS (SELECT 1 FROM _shadow AS s WHERE s.collection = ?3 AND s.record = p.record)
                """)
            defer { select.reset() }
            try select.bind(1, number)
            try select.bind(2, number + Int64(changes.count))
            try select.bind(3, Int64(collection))
            while try select.step() { digests[select.int64(0)] = RecordStore.digest(select, column: 1) }
        }
        return digests
    }

    /// Visits what the server holds of each record.
    ///
    /// - Parameter body: gets the record, and what the server holds, or nil where the row can't be read.
    func scan(_ body: (RecordKey, RecordState?) throws -> Void) throws {
        let shadowed = try keys("SELECT collection, record FROM _shadow")
        let created = try created()
        try store.scan(after: Int64.min) { row in
            let (collection, record) = try row.key()
            let key = RecordKey(collection: collection, record: record)
            do {
                if shadowed.contains(key) {
                    if let state = try shadow(collection, record) { try body(key, state) }
                } else if !created.contains(key) {
                    try body(key, try row.record().state)
                }
            } catch let error where error is StoreError || error is ProtocolError {
                try body(key, nil)
            }
            return true
        }
    }

    /// The records that are made here and not acknowledged.
    func created() throws -> Set<RecordKey> {
        try keys("SELECT collection, record FROM _pending WHERE is_creation = 1")
    }

    private func keys(_ query: String) throws -> Set<RecordKey> {
        let select = try pending.connection.statement(query)
        defer { select.reset() }
        var keys: Set<RecordKey> = []
        while try select.step() {
            if let id = RecordID(bytes: select.bytes(1)) {
                keys.insert(RecordKey(collection: Int(select.int64(0)), record: id))
            }
        }
        return keys
    }

    /// Removes all that is here of a record that can't be read, but for the changes that wait or were refused.
    func clear(_ key: RecordKey) throws {
        try erase(key.collection, key.record)
        try store.remove(key.collection, key.record)
    }

    /// Removes all that is here of a record but the changes that wait or were refused.
    func drop(_ collection: CollectionNumber, _ record: RecordID, local: StoredRecord?) throws {
        try erase(collection, record)
        if let local { try store.remove(local) }
        let forget = try pending.connection.statement("DELETE FROM _undo WHERE collection = ?1 AND record = ?2")
        try forget.bind(1, Int64(collection))
        try forget.bind(2, record)
        try forget.run()
    }

    private func hasShadow(_ collection: CollectionNumber, _ record: RecordID) throws -> Bool {
        try row(collection, record) { _ in true } ?? false
    }

    /// What `_shadow` says the server holds of a record; nil where that is nothing, or where there is no such row.
    func shadow(_ collection: CollectionNumber, _ record: RecordID) throws -> RecordState? {
        try row(collection, record) { select -> RecordState? in
            let sync = select.row[1].bytes
            if sync.isEmpty { return nil }
            return RecordState(
                collection: collection, record: record, versions: try RecordVersions(unpacking: sync),
                values: try FieldMap(decoding: select.bytes(0)))
        } ?? nil
    }

    private func row<T>(
        _ collection: CollectionNumber, _ record: RecordID, _ body: (Statement) throws -> T
    ) throws -> T? {
        let select = try pending.connection.statement(
            "SELECT fields, _sync FROM _shadow WHERE collection = ?1 AND record = ?2")
        defer { select.reset() }
        try select.bind(1, Int64(collection))
        try select.bind(2, record)
        return try select.step() ? try body(select) : nil
    }

    private func write(_ state: RecordState?, _ collection: CollectionNumber, _ record: RecordID) throws {
        var sync: [UInt8] = []
        state?.versions.pack(to: &sync)
        let insert = try pending.connection.statement(
            "INSERT OR REPLACE INTO _shadow (collection, record, fields, _sync) VALUES (?1, ?2, ?3, ?4)")
        try insert.bind(1, Int64(collection))
        try insert.bind(2, record)
        try insert.bind(3, blob: (state?.values ?? FieldMap()).encoded[...])
        try insert.bind(4, blob: sync[...])
        try insert.run()
    }

    private func erase(_ collection: CollectionNumber, _ record: RecordID) throws {
        let delete = try pending.connection.statement("DELETE FROM _shadow WHERE collection = ?1 AND record = ?2")
        try delete.bind(1, Int64(collection))
        try delete.bind(2, record)
        try delete.run()
    }
}
