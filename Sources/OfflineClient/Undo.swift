import SQLite
import SyncProtocol
import SyncStore

/// What an undo did, or would do.
public struct UndoneAction: Sendable, Hashable {
    /// The records it wrote, with the names of their collections.
    public let records: [Written]

    /// One record of the action.
    public struct Written: Sendable, Hashable {
        /// The collection's name.
        public let collection: String
        /// The record.
        public let record: RecordID
        /// Whether the action had made the record, which the undo deletes.
        public let wasCreation: Bool
        /// The names of the fields that get their earlier values back.
        public let fields: [String]
    }
}

extension OfflineClient {
    /// Takes back the last action of this device that was not taken back yet, by writing the earlier values as new
    /// changes; an action that made a record deletes it.
    ///
    /// - Throws: ``ClientError/nothingToUndo``; ``ClientError/changedSince(record:fields:)`` where somebody has
    ///   written one of the fields since: nothing is undone then.
    @discardableResult
    public func undo(operator: String) throws -> UndoneAction {
        let (result, touched) = try database.write { connection in
            let transaction = try LocalTransaction(
                connection, layout: layout, environment: environment, operator: `operator`, isUndo: true)
            let result = try Self.undo(transaction, schema)
            try transaction.finish()
            return (result, transaction.touched)
        }
        notify(touched)
        return result
    }

    private struct Entry {
        let collection: CollectionNumber
        let record: RecordID
        let time: HybridTimestamp
        let before: [FieldValue]?
    }

    private static func undo(_ transaction: LocalTransaction, _ schema: Schema) throws -> UndoneAction {
        let connection = transaction.connection
        guard let action = try connection.scalar("SELECT max(action) FROM _undo WHERE is_undone = 0"), action > 0 else {
            throw ClientError.nothingToUndo
        }
        var written: [UndoneAction.Written] = []
        for entry in try entries(of: action, connection) {
            guard let collection = schema[entry.collection] else { continue }
            guard let local = try transaction.store.load(entry.collection, entry.record) else {
                throw ClientError.noSuchRecord(entry.record)
            }
            let before = entry.before ?? [FieldValue(.deleted, .false)]
            let version = Version(time: entry.time, replica: transaction.replica.replica)
            // A field of this action that a later step of the same undo wrote back already is fine: steps go backwards.
            let foreign = before.filter { local.state.versions.version(of: $0.field) != version }
                .filter { !transaction.wrote(entry.record, $0.field) }
            guard foreign.isEmpty else {
                let names = foreign.map { collection[$0.field]?.name ?? "deleted" }
                throw ClientError.changedSince(record: entry.record, fields: names)
            }
            let values = entry.before ?? [FieldValue(.deleted, .true)]
            try transaction.change(local, collection, values)
            transaction.note(entry.record, values.map(\.field))
            written.append(
                UndoneAction.Written(
                    collection: collection.name, record: entry.record, wasCreation: entry.before == nil,
                    fields: (entry.before ?? []).map { collection[$0.field]?.name ?? "deleted" }))
        }
        let mark = try connection.statement("UPDATE _undo SET is_undone = 1 WHERE action = ?1")
        try mark.bind(1, action)
        try mark.run()
        return UndoneAction(records: written)
    }

    private static func entries(of action: Int64, _ connection: Connection) throws -> [Entry] {
        let select = try connection.statement(
            "SELECT collection, record, time, before FROM _undo WHERE action = ?1 ORDER BY number DESC")
        defer { select.reset() }
        try select.bind(1, action)
        var entries: [Entry] = []
        while try select.step() {
            guard let record = RecordID(bytes: select.bytes(1)) else { continue }
            entries.append(
                Entry(
                    collection: Int(select.int64(0)), record: record,
                    time: HybridTimestamp(rawValue: UInt64(bitPattern: select.int64(2))),
                    before: select.isNull(3) ? nil : Array(try FieldMap(decoding: select.bytes(3)))))
        }
        return entries
    }
}
