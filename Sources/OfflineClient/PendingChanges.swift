import SQLite
import SyncProtocol
import SyncStore

/// A change that the server has not acknowledged, or has refused.
struct PendingChange {
    let number: Int64
    let change: Change
    /// The change as it was written and is sent.
    let bytes: [UInt8]
    /// Why the server refused it; nil while it is pending.
    let reason: Refusal.Reason?
    let field: FieldNumber
}

/// The table `_pending`, in one connection.
struct PendingChanges {
    let connection: Connection

    func append(_ change: Change, bytes: [UInt8], number: Int64) throws {
        let insert = try connection.statement(
            "INSERT INTO _pending (number, collection, record, is_creation, change) VALUES (?1, ?2, ?3, ?4, ?5)")
        try insert.bind(1, number)
        try insert.bind(2, Int64(change.collection))
        try insert.bind(3, change.record)
        try insert.bind(4, change.isCreation ? 1 : Int64(0))
        try insert.bind(5, blob: bytes[...])
        try insert.run()
    }

    /// All changes of a record that wait or were refused, in the order in which they were written.
    func of(_ collection: CollectionNumber, _ record: RecordID) throws -> [PendingChange] {
        try ofAny(record).filter { $0.change.collection == collection }
    }

    /// The same of every collection that has a record of that id.
    func ofAny(_ record: RecordID) throws -> [PendingChange] {
        let select = try connection.statement(
            "SELECT number, change, reason, field FROM _pending WHERE record = ?1 ORDER BY number")
        defer { select.reset() }
        try select.bind(1, record)
        return try rows(select)
    }

    /// All refused changes.
    func refused() throws -> [PendingChange] {
        let select = try connection.statement(
            "SELECT number, change, reason, field FROM _pending WHERE reason IS NOT NULL ORDER BY number")
        defer { select.reset() }
        return try rows(select)
    }

    /// The changes that the centre keeps in escrow, as a request names them.
    func escrowed() throws -> [RepairRequest.Escrowed] {
        try refused().filter { $0.reason == .escrowed }.prefix(Limits.changesPerPush)
            .map { RepairRequest.Escrowed(number: $0.number, bytes: $0.bytes[...]) }
    }

    /// The refused change with that number.
    func refused(_ number: Int64) throws -> PendingChange? {
        let select = try connection.statement(
            "SELECT number, change, reason, field FROM _pending WHERE number = ?1 AND reason IS NOT NULL")
        defer { select.reset() }
        try select.bind(1, number)
        return try rows(select).first
    }

    /// The changes after a number, up to another one, that the server has not dealt with.
    func after(_ number: Int64, through last: Int64 = .max) throws -> [PendingChange] {
        let select = try connection.statement(
            """
            SELECT number, change, reason, field FROM _pending
            WHERE number > ?1 AND number <= ?2 AND reason IS NULL ORDER BY number
            """)
        defer { select.reset() }
        try select.bind(1, number)
        try select.bind(2, last)
        return try rows(select)
    }

    /// Whether the changes after a number that the server has not dealt with begin with these.
    func holds(_ changes: [ArraySlice<UInt8>], after number: Int64) throws -> Bool {
        let select = try connection.statement(
            "SELECT change FROM _pending WHERE number > ?1 AND number <= ?2 AND reason IS NULL ORDER BY number")
        defer { select.reset() }
        try select.bind(1, number)
        try select.bind(2, number + Int64(changes.count))
        for change in changes {
            guard try select.step() else { return false }
            guard change.withUnsafeBytes({ select.row[0].holds($0) }) else { return false }
        }
        return true
    }

    /// Whether a record has changes here, and whether the first of them makes it.
    func summary(of collection: CollectionNumber, _ record: RecordID) throws -> (count: Int, hasCreation: Bool) {
        let select = try connection.statement(
            "SELECT count(*), coalesce(max(is_creation), 0) FROM _pending WHERE record = ?1 AND collection = ?2")
        defer { select.reset() }
        try select.bind(1, record)
        try select.bind(2, Int64(collection))
        guard try select.step() else { return (0, false) }
        return (Int(select.int64(0)), select.int64(1) != 0)
    }

    /// Replaces a change that the server has dealt with.
    func rewrite(_ number: Int64, _ bytes: [UInt8]) throws {
        let update = try connection.statement("UPDATE _pending SET change = ?2 WHERE number = ?1")
        try update.bind(1, number)
        try update.bind(2, blob: bytes[...])
        try update.run()
    }

    func delete(_ number: Int64) throws {
        let delete = try connection.statement("DELETE FROM _pending WHERE number = ?1")
        try delete.bind(1, number)
        try delete.run()
    }

    func delete(_ numbers: Range<Int64>) throws {
        if numbers.isEmpty { return }
        let delete = try connection.statement("DELETE FROM _pending WHERE number >= ?1 AND number < ?2")
        try delete.bind(1, numbers.lowerBound)
        try delete.bind(2, numbers.upperBound)
        try delete.run()
    }

    func refuse(_ number: Int64, _ reason: Refusal.Reason, field: FieldNumber) throws {
        let update = try connection.statement("UPDATE _pending SET reason = ?2, field = ?3 WHERE number = ?1")
        try update.bind(1, number)
        try update.bind(2, Int64(reason.rawValue))
        try update.bind(3, Int64(field))
        try update.run()
    }

    private func rows(_ select: Statement) throws -> [PendingChange] {
        var changes: [PendingChange] = []
        while try select.step() {
            let bytes = select.bytes(1)
            var reader = CBORReader(bytes)
            changes.append(
                PendingChange(
                    number: select.int64(0), change: try Change(from: &reader), bytes: bytes,
                    reason: select.isNull(2)
                        ? nil : Refusal.Reason(rawValue: Int(select.int64(2))) ?? .unknown,
                    field: Int(select.int64(3))))
        }
        return changes
    }
}
