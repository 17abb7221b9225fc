import SyncProtocol

/// A write that a restore had lost and a replica gave back.
public struct GivenWrite: Sendable, Hashable {
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

/// What the server reads of what came back.
public protocol HealingSnapshot {
    /// What came back in an epoch, by giver, then by collection and record.
    func givenWrites(in epoch: UInt32) throws -> [GivenWrite]
}

/// What the server writes of what came back.
public protocol HealingTransaction {
    /// Notes that a write came back, if that is not noted yet.
    func note(_ write: GivenWrite) throws
}
