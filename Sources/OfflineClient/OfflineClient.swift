import SQLite
import SyncProtocol
import SyncStore
import Synchronization

/// The offline client: a local database that an application writes and reads with no network, and that a
/// ``SyncSession`` brings together with the centre when there is one.
///
/// Several processes may have the same database open.
public final class OfflineClient: Sendable {
    /// The schema of the application.
    public var schema: Schema { layout.schema }
    package let database: Database
    let layout: StoreLayout
    let environment: Environment
    private let observers = Mutex<Observers>(Observers())

    private struct Observers {
        var next = 0
        var handlers: [Int: @Sendable (Set<String>) -> Void] = [:]
    }

    /// Opens the database at a path, or makes it.
    ///
    /// - Throws: `DatabaseError` for a file that is no database, belongs to something else, is damaged or newer;
    ///   ``StoreError`` for another or a newer schema. The file is left as it was.
    public convenience init(path: String, schema: Schema, environment: Environment) throws {
        try self.init(path: path, schema: schema, environment: environment) { _ in }
    }

    /// Opens the database at a path, or makes it.
    ///
    /// - Parameter configure: changes to the way the file is opened.
    package init(
        path: String, schema: Schema, environment: Environment, configure: (inout Database.Configuration) -> Void
    ) throws {
        self.environment = environment
        let layout = StoreLayout(schema)
        self.layout = layout
        var configuration = Database.Configuration(
            applicationID: ClientTables.applicationID, migrations: ClientTables.migrations)
        // What a pull touches lies all over the tables and their indexes.
        configuration.writerCacheKibibytes = 12_288
        configuration.checkpointPages = 4000
        configure(&configuration)
        database = try Database(path: path, configuration: configuration)
        if try !database.read({ try layout.isPrepared($0) }) {
            try database.write { try layout.prepare($0) }
        }
    }

    /// Closes the database.
    public func close() throws { try database.close() }

    // MARK: Writing

    /// Writes as one action: all of it is durable when this returns, or none of it.
    ///
    /// - Parameter operator: the name of the person who writes.
    /// - Throws: ``ClientError``, or what `body` throws; nothing is written then.
    public func write<T>(operator: String, _ body: (LocalTransaction) throws -> T) throws -> T {
        let (result, touched) = try database.write { connection in
            let transaction = try LocalTransaction(
                connection, layout: layout, environment: environment, operator: `operator`)
            let result = try body(transaction)
            if !transaction.touched.isEmpty { try transaction.finish() }
            return (result, transaction.touched)
        }
        notify(touched)
        return result
    }

    // MARK: Reading

    /// Reads a record, deleted or not; nil where there is none.
    public func read(_ collection: String, _ id: RecordID) throws -> Record? {
        guard let schema = schema[collection] else { throw ClientError.unknownCollection(collection) }
        return try readUnlocked { connection in
            try RecordStore(connection, layout: layout).load(schema.number, id).map { Record($0.state, schema) }
        }
    }

    /// Runs a query over the plain tables, on a read-only snapshot.
    public func query<T>(_ body: (Connection) throws -> T) throws -> T { try readUnlocked(body) }

    /// How far a record's changes have come.
    public func syncState(_ id: RecordID) throws -> SyncState {
        try readUnlocked { connection in
            let changes = try PendingChanges(connection: connection).ofAny(id)
            if let reason = changes.lazy.compactMap(\.reason).first { return .refused(reason) }
            if !changes.isEmpty { return .pending }
            let conflict = try connection.statement(
                "SELECT 1 FROM conflict WHERE record = ?1 AND state = 'open' LIMIT 1")
            defer { conflict.reset() }
            try conflict.bind(1, id)
            return try conflict.step() ? .inConflict : .synced
        }
    }

    // MARK: Observing

    /// Calls a handler with the names of the collections that a write or a sync of this process changed, after the
    /// commit, until the observation is cancelled.
    ///
    /// - Parameter handler: must be quick; it runs where the write ran.
    public func observe(_ handler: @escaping @Sendable (Set<String>) -> Void) -> Observation {
        let key = observers.withLock { observers in
            observers.next += 1
            observers.handlers[observers.next] = handler
            return observers.next
        }
        return Observation { [weak self] in
            _ = self?.observers.withLock { $0.handlers.removeValue(forKey: key) }
        }
    }

    func notify(_ touched: Set<CollectionNumber>) {
        if touched.isEmpty { return }
        let names = Set(touched.compactMap { schema[$0]?.name })
        for handler in observers.withLock({ Array($0.handlers.values) }) { handler(names) }
    }
}

/// Keeps an observer registered until it is cancelled or let go.
public final class Observation: Sendable {
    private let onCancel: @Sendable () -> Void

    init(_ onCancel: @escaping @Sendable () -> Void) { self.onCancel = onCancel }

    /// Ends the observation.
    public func cancel() { onCancel() }

    deinit { onCancel() }
}
