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
}

/// One consistent view of the server's database.
public protocol CentralSnapshot {
    /// The state of the whole database.
    func state() throws -> CentralState
    /// A record, deleted or not.
    func record(_ collection: CollectionNumber, _ id: RecordID) throws -> StoredRecord?
    /// Visits the records after a place in the server's order; `body` says whether to go on.
    func scan(after sequence: Int64, _ body: (any ScannedRow) throws -> Bool) throws
    /// A replica by its number.
    func replica(_ number: ReplicaID) throws -> ReplicaEntry?
    /// The refused changes of a replica after a number, in ascending order.
    func refusals(of replica: ReplicaID, after number: Int64) throws -> [Refusal]
    /// The device whose credential has that hash.
    func device(credentialHash: [UInt8]) throws -> DeviceEntry?
    /// A device by its id.
    func device(_ id: Int64) throws -> DeviceEntry?
    /// The enrolment code with that hash.
    func code(hash: [UInt8]) throws -> CodeEntry?
    /// All offices, by code.
    func offices() throws -> [OfficeEntry]
    /// All devices, by id.
    func devices() throws -> [DeviceEntry]
    /// All replicas, by number.
    func replicas() throws -> [ReplicaEntry]
}

/// A transaction that writes.
public protocol CentralTransaction: CentralSnapshot {
    /// Runs a part whose writes are taken back if it throws.
    func savepoint<T>(_ body: () throws -> T) throws -> T
    /// Stores the state of the whole database.
    func save(_ state: CentralState) throws
    /// Stores a new record at its place in the order.
    func insert(_ record: RecordState, sequence: Int64) throws
    /// Stores a record in place of what was loaded, at its new place in the order.
    func replace(_ stored: StoredRecord, with record: RecordState, sequence: Int64) throws
    /// Stores a replica, new or known.
    func save(_ replica: ReplicaEntry) throws
    /// Keeps that a change of a replica was refused.
    func save(_ refusal: Refusal, of replica: ReplicaID) throws
    /// Stores an office, new or known.
    func save(_ office: OfficeEntry) throws
    /// Adds a device and returns its id.
    func add(_ device: DeviceEntry) throws -> Int64
    /// Stores a known device.
    func save(_ device: DeviceEntry) throws
    /// Stores a code, new or known.
    func save(_ code: CodeEntry) throws
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
    /// The next replica number to give out.
    public var nextReplica: UInt32
}

/// A branch office.
public struct OfficeEntry: Sendable, Hashable {
    /// Its code.
    public var code: String
    /// Its name.
    public var name: String

    /// Makes an office.
    public init(code: String, name: String) {
        self.code = code
        self.name = name
    }
}

/// A device that was enrolled.
public struct DeviceEntry: Sendable, Hashable {
    /// Its id; 0 before it is added.
    public var id: Int64
    /// The code of its office.
    public var office: String
    /// Its name, for people.
    public var name: String
    /// What the centre tells its application.
    public var profile: [String: String]
    /// SHA-256 of its secret.
    public var credentialHash: [UInt8]
    /// When it was enrolled, in milliseconds since 1970.
    public var enrolledAt: Int64
    /// When it was revoked.
    public var revokedAt: Int64?
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
}

/// An enrolment code.
public struct CodeEntry: Sendable, Hashable {
    /// SHA-256 of the code without hyphens.
    public var hash: [UInt8]
    /// The office that it enrols for.
    public var office: String
    /// The name of the device that it was made for.
    public var name: String
    /// What the centre tells the device's application.
    public var profile: [String: String]
    /// When it ceases to work, in milliseconds since 1970.
    public var expiresAt: Int64
    /// The device that used it.
    public var usedBy: Int64?
}
