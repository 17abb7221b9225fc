import SyncProtocol
import SyncStore

/// What the server needs from a database: snapshots to read, and transactions to write, one at a time.
///
/// SQLite implements it here; the protocol is narrow so that another database can.
public protocol CentralStorage: Sendable {
    /// Reads a snapshot beside the writer.
    func read<T>(_ body: (any CentralSnapshot) throws -> T) throws -> T
    /// Writes in one transaction, durable when this returns; nothing of it stays if `body` throws.
    func write<T>(_ body: (any CentralTransaction) throws -> T) throws -> T
    /// Rewrites the records' file without what was erased from it.
    func scrub() throws
}

/// One consistent view of the server's database.
public protocol CentralSnapshot: AccountSnapshot, QuarantineSnapshot, ScopeSnapshot, ClockSnapshot, CollectionSnapshot,
    AuditSnapshot, HealingSnapshot, RedactionSnapshot
{
    /// The state of the whole database.
    func state() throws -> CentralState
    /// A record, deleted or not.
    func record(_ collection: CollectionNumber, _ id: RecordID) throws -> StoredRecord?
    /// Whether there is a record, deleted or not.
    func hasRecord(_ collection: CollectionNumber, _ id: RecordID) throws -> Bool
    /// Visits the records after a place in the server's order; `body` says whether to go on.
    ///
    /// - Parameter readsMost: whether most of the records will be read whole, or of most only what precedes the values.
    func scan(after sequence: Int64, readsMost: Bool, _ body: (any ScannedRow) throws -> Bool) throws
    /// How many records were changed after a place in the server's order.
    func recordCount(after sequence: Int64) throws -> Int
    /// A replica by its number; one that never pushed stands at number 0.
    func replica(_ number: ReplicaID) throws -> ReplicaEntry?
    /// The refused changes of a replica after a number, in ascending order.
    func refusals(of replica: ReplicaID, after number: Int64) throws -> [Refusal]
    /// All replicas, by number.
    func replicas() throws -> [ReplicaEntry]
}

extension CentralSnapshot {
    /// Visits the records after a place in the server's order, to read them whole; `body` says whether to go on.
    package func scan(after sequence: Int64, _ body: (any ScannedRow) throws -> Bool) throws {
        try scan(after: sequence, readsMost: true, body)
    }
}

/// A transaction that writes.
public protocol CentralTransaction: CentralSnapshot, AccountTransaction, QuarantineTransaction, ScopeTransaction,
    ClockTransaction, CollectionTransaction, AuditTransaction, HealingTransaction,
    RedactionTransaction
{
    #if PlantedBugs
        /// Runs a part whose writes are taken back if it throws.
        func savepoint<T>(_ body: () throws -> T) throws -> T
    #endif
    /// Stores the state of the whole database.
    func save(_ state: CentralState) throws
    /// Stores a new record at its place in the order; gives its digest, or nil where its collection's table has a
    /// record of that id, and then nothing was changed.
    func insert(_ record: RecordState, sequence: Int64, classNumber: Int64) throws -> UInt64?
    /// Stores a record in place of what was loaded, at its new place in the order; gives its digest.
    func replace(
        _ stored: StoredRecord, with record: RecordState, sequence: Int64, classNumber: Int64
    ) throws -> UInt64
    /// All records there are, deleted ones too.
    func allKeys() throws -> [RecordKey]
    /// Stores how far a replica has come; which device writes as it stands with the accounts.
    func save(_ replica: ReplicaEntry) throws
    /// Keeps that a change of a replica was refused.
    func save(_ refusal: Refusal, of replica: ReplicaID) throws
}

/// The state of the server's database as a whole.
public struct CentralState: Sendable, Hashable {
    /// One life of the database: a random number that a restore changes.
    public var epoch: UInt32
    /// The last place given out in the server's order.
    public var sequence: Int64
    /// The centre's clock.
    public var clock: HybridLogicalClock
    /// The digest of all live records.
    public var digest: UInt64
    /// The version of the scope rules by which records stand in their classes; 0 for none.
    public var classedBy: Int64 = 0
    /// Where the order stood when this epoch began with a restore: what lies beyond was written since; -1 for never.
    public var restoredFrom: Int64 = -1
}

/// How far the server has applied a replica's changes.
public struct ReplicaEntry: Sendable, Hashable {
    /// Its number.
    public var number: ReplicaID
    /// The device that writes as it.
    public var device: Int64
    /// The number of its last change that was dealt with.
    public var lastChange: Int64
    /// The hash of the chain over its changes up to that one.
    public var chain: UInt64
    /// When it last pushed, in milliseconds since 1970; 0 for never.
    public var lastPush: Int64
    /// When it last synced, in milliseconds since 1970, to the accuracy of ``CentralServer/contactInterval``; 0 for never.
    public var lastSync: Int64 = 0
    /// Its clock minus the server's at that time, in milliseconds.
    public var clockOffset: Int64 = 0
    /// The version of its schema at that time; 0 for unknown.
    public var schemaVersion = 0
    /// Every change up to this place in the server's order had reached it by then.
    public var pulled: Int64 = 0
    /// The number of its last change as it told then: what lies beyond ``lastChange`` is at the device alone.
    public var written: Int64 = 0
    /// How many refused changes it kept then.
    public var refused = 0
    /// Its program at that time; empty for unknown.
    public var program = ""
    /// The epoch in which it has given back everything that a restore lost, or in which it began.
    public var givenBack: UInt32 = 0
}
