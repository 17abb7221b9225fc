import SQLite
import SyncProtocol
import SyncStore

/// A change that the server refused and the client keeps.
public struct RefusedChange: Sendable, Hashable {
    /// The change's number.
    public let number: Int64
    /// The name of the record's collection.
    public let collection: String
    /// The record.
    public let record: RecordID
    /// Why it was refused.
    public let reason: Refusal.Reason
    /// The name of the field at fault; empty for the record as a whole.
    public let field: String
    /// What it writes, by the names of the fields.
    public let values: [String: Value]
}

extension OfflineClient {
    /// The changes that the server refused, in the order in which they were written.
    public func refusedChanges() throws -> [RefusedChange] {
        try readUnlocked { connection in
            try PendingChanges(connection: connection).refused().map { pending in
                let collection = schema[pending.change.collection]
                func name(_ field: FieldNumber) -> String {
                    field == .deleted ? "deleted" : collection?[field]?.name ?? "\(field)"
                }
                let values = pending.change.fields.map { (name($0.field), $0.value.value) }
                return RefusedChange(
                    number: pending.number, collection: collection?.name ?? "\(pending.change.collection)",
                    record: pending.change.record, reason: pending.reason ?? .unknown,
                    field: pending.field == .deleted ? "" : name(pending.field),
                    values: Dictionary(values) { first, _ in first })
            }
        }
    }

    /// Sends what was refused of a record again, as the record stands here now: correct it first.
    ///
    /// What was refused only because it refers to this record goes after it, and so through once this one does.
    ///
    /// - Returns: the records that go with it.
    @discardableResult
    public func resend(_ record: RecordID, operator: String) throws -> [RecordID] {
        var followers: [RecordID] = []
        var waiting = [record]
        try work(operator: `operator`) { transaction in
            followers = []
            waiting = [record]
            while !waiting.isEmpty {
                let next = waiting.removeFirst()
                try resend(next, in: transaction)
                let referring = try transaction.view.pending.refused()
                    .filter { $0.refers(to: next) && !waiting.contains($0.change.record) }.map(\.change.record)
                waiting += referring
                followers += referring
            }
        }
        return followers
    }

    private func resend(_ record: RecordID, in transaction: LocalTransaction) throws {
        try rework(record, in: transaction) { transaction, collection, schema, refused in
            guard let local = try transaction.store.load(collection, record) else {
                throw ClientError.noSuchRecord(record)
            }
            let server = try transaction.view.load(collection, record, local: local)
            for pending in refused { try transaction.view.pending.delete(pending.number) }
            let isUnknown = server == nil && refused.contains { $0.change.isCreation }
            let fields =
                isUnknown
                ? Array(local.state.values)
                : Set(refused.flatMap { $0.change.fields.map(\.field) }).sorted()
                    .map { FieldValue($0, local.state[$0]) }
            // What was made here and refused is made once more; its later pending edits are part of what stands here.
            if isUnknown {
                try transaction.store.remove(local)
            } else if let server {
                // The row is made anew without what was refused, and the new change goes on top.
                try transaction.view.set(server, collection, record, replica: transaction.replica.replica)
                try transaction.view.keep(server)
            }
            // A creation that wrote no field says nothing to a server that has the record by now.
            if !isUnknown, fields.isEmpty { return }
            try transaction.append(
                schema, record, base: isUnknown ? .empty : LocalTransaction.base(server), fields: fields,
                before: isUnknown ? nil : fields)
        }
    }

    /// Gives up what was refused of a record: it shows again what the server holds, with what is pending on top.
    public func discard(_ record: RecordID, operator: String) throws {
        try work(operator: `operator`) { transaction in
            try rework(record, in: transaction) { transaction, collection, _, refused in
                let local = try transaction.store.load(collection, record)
                let server = try transaction.view.load(collection, record, local: local)
                for pending in refused { try transaction.view.pending.delete(pending.number) }
                #if PlantedBugs
                    if PlantedBug.discardLeavesValue.isActive { return }
                #endif
                try transaction.view.set(server, collection, record, replica: transaction.replica.replica)
            }
        }
    }

    private func work(operator: String, _ body: (LocalTransaction) throws -> Void) throws {
        let touched = try database.write { connection in
            let transaction = try LocalTransaction(
                connection, layout: layout, environment: environment, operator: `operator`)
            try body(transaction)
            try transaction.finish()
            return transaction.touched
        }
        notify(touched)
    }

    private func rework(
        _ record: RecordID, in transaction: LocalTransaction,
        _ body: (LocalTransaction, CollectionNumber, CollectionSchema, [PendingChange]) throws -> Void
    ) throws {
        let refused = try transaction.view.pending.ofAny(record).filter { $0.reason != nil }
        guard let first = refused.first else { throw ClientError.notRefused(record) }
        let collection = first.change.collection
        guard let schema = schema[collection] else { throw ClientError.unknownCollection("\(collection)") }
        try body(transaction, collection, schema, refused.filter { $0.change.collection == collection })
        transaction.touched.insert(collection)
    }
}

extension PendingChange {
    /// Whether it was refused because a record that it refers to was not at the centre.
    fileprivate func refers(to record: RecordID) -> Bool {
        reason == .unknownReference
            && change.fields.contains { written in
                if written.field == field, case .bytes(let bytes) = written.value.form {
                    return RecordID(bytes: bytes) == record
                }
                return false
            }
    }
}
