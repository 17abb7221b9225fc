import SyncProtocol

/// A write that came to the server on another way than its writer's pushes: a restore had lost it and a replica gave it
/// back, or the centre let it in out of the quarantine.
///
/// Whoever has the writer's number is told of it, though it is its own.
public struct GivenWrite: Sendable, Hashable {
    /// In the place of an epoch: what was let in out of the quarantine.
    static let outOfQuarantine: UInt32 = 0

    /// The epoch that began with the restore.
    public var epoch: UInt32
    /// The record's collection.
    public var collection: CollectionNumber
    /// The record.
    public var record: RecordID
    /// Who wrote, and when.
    public var version: Version
    /// The replica that gave it back: not always its writer.
    public var giver: ReplicaID
    /// When it came back, in milliseconds since 1970.
    public var at: Int64
}

/// A record whose row is not what was stored, with what is known of the row as it was.
public struct DamagedRow: Sendable, Hashable {
    /// Which record it is.
    public var key: RecordKey
    /// The row's place in the order.
    public var sequence: Int64
    /// The row's class.
    public var classNumber: Int64
    /// The digest that was stored with it; 0 for a deleted record, which nobody can show to be the same.
    public var digest: UInt64
}

/// What the server reads of what came back and what is to come back.
public protocol HealingSnapshot {
    /// The records whose rows were found damaged, up to a number of them.
    func damagedRows(limit: Int) throws -> [DamagedRow]
    /// What came back in an epoch, by giver, then by collection and record.
    func givenWrites(in epoch: UInt32) throws -> [GivenWrite]
    /// Whether any write of a replica was let in out of the quarantine.
    func wasInQuarantine(_ replica: ReplicaID) throws -> Bool
    /// Whether a write to a record came back in an epoch, or was let in out of the quarantine.
    func isGiven(_ version: Version, _ key: RecordKey, in epoch: UInt32) throws -> Bool
    /// The least place at which the order stood when an epoch after a given one began, or any one where that is not known
    /// (0 is no epoch's number).
    ///
    /// What lies beyond it was written by people who could know what was lost since only from whoever gave it back. Nil
    /// where no epoch is known to have begun.
    func leastPlace(since epoch: UInt32) throws -> Int64?
}

/// What the server writes of what came back and what is to come back.
public protocol HealingTransaction {
    /// Keeps which rows were found damaged, in place of those that were kept before.
    func save(_ rows: [DamagedRow]) throws
    /// Puts a record in the place of its damaged row, and forgets that this was damaged.
    ///
    /// - Parameter record: nil where the row turned out to be sound.
    func mend(_ row: DamagedRow, with record: RecordState?) throws
    /// Notes that a write came back, if that is not noted yet.
    func note(_ write: GivenWrite) throws
    /// Notes in the accounts that an epoch begins with a restore, and at which place in the order.
    func note(epoch: UInt32, from sequence: Int64) throws
}
