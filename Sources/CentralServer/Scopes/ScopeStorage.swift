import SyncProtocol
import SyncStore

/// What scopes need of the database to read.
public protocol ScopeSnapshot {
    /// Whether what is read here stays: not in a transaction that writes, for it may be undone, and another one may then
    /// give its numbers another meaning.
    var isLasting: Bool { get }
    /// The rules as JSON with the number of their version, which grows by one with every change; nil where there never were any.
    ///
    /// They stand with the accounts: a restore does not bring older rights back.
    func scopeRules() throws -> (version: Int64, json: [UInt8])?
    /// The bytes of a scope that was given a number.
    func scope(_ number: Int64) throws -> [UInt8]?
    /// The number of a scope.
    func scopeNumber(of bytes: [UInt8]) throws -> Int64?
    /// Whether an office has had the scope of a number.
    func has(_ office: String, had scope: Int64) throws -> Bool
    /// The key of a class.
    func classKey(_ number: Int64) throws -> [UInt8]?
    /// The number of a class.
    func classNumber(of key: [UInt8]) throws -> Int64?
    /// The digest of the records of each class, by number.
    func classDigests() throws -> [Int64: UInt64]
    /// The moves from class to class after a place in the order, in its order.
    func moves(after sequence: Int64) throws -> [ClassMove]
    /// The records of a collection in which a field holds the id, deleted or not.
    func records(_ collection: CollectionNumber, where field: FieldNumber, holds id: RecordID) throws -> [StoredRecord]
    /// A change in escrow.
    func escrow(_ replica: ReplicaID, _ number: Int64) throws -> EscrowEntry?
    /// The changes in escrow, in the order of their arrival.
    ///
    /// - Parameter includingDecided: whether to list also those that were applied or dismissed.
    func escrow(includingDecided: Bool) throws -> [EscrowEntry]
    /// The changes in escrow of a number that came from an office, decided or not.
    func escrow(number: Int64, ofOffice office: String) throws -> [EscrowEntry]
    /// What the centre decided about a device's changes after a place in the order, and about those that it claimed.
    func escrowDecisions(ofDevice device: Int64, after sequence: Int64) throws -> [EscrowEntry]
}

/// What scopes need of the database to write.
public protocol ScopeTransaction: ScopeSnapshot {
    /// Stores rules as the next version.
    func saveScopeRules(_ json: [UInt8]) throws
    /// Gives a scope a number.
    func addScope(_ bytes: [UInt8]) throws -> Int64
    /// Notes that an office has the scope of a number.
    func note(_ office: String, has scope: Int64) throws
    /// Gives a class a number.
    func addClass(_ key: [UInt8]) throws -> Int64
    /// Adds to the digest of a class.
    func add(_ digest: UInt64, toClass number: Int64) throws
    /// Notes that a record left a class.
    func note(_ move: ClassMove) throws
    /// Forgets the moves up to a place in the order; returns the place of the last one that was there, or 0.
    func forgetMoves(through sequence: Int64) throws -> Int64
    /// Puts a record into a class and leaves it where it is in the order.
    func setClass(_ number: Int64, of record: StoredRecord) throws
    /// Lets a device be told, too, what is decided about a change in escrow.
    func claim(_ entry: EscrowEntry, for device: Int64) throws
    /// Keeps a change in escrow, or what was decided about it.
    func save(_ entry: EscrowEntry) throws
}

/// That a record left a class, at a place in the server's order.
public struct ClassMove: Sendable, Hashable {
    let sequence: Int64
    let collection: CollectionNumber
    let record: RecordID
    /// The class that it left.
    let from: Int64
}

/// A change to a record that had left the scope of its writer.
public struct EscrowEntry: Sendable, Hashable {
    /// What the centre did with it.
    public enum Decision: Int, Sendable {
        /// It was applied as a push by its writer.
        case applied = 11
        /// It was given up.
        case dismissed = 12
    }

    /// Its writer.
    public let replica: ReplicaID
    /// Its number.
    public let number: Int64
    /// The device that pushed it.
    public let device: Int64
    /// The code of the device's office.
    public let office: String
    /// When it came, on the server's clock in milliseconds since 1970.
    public let arrivedAt: Int64
    /// Its bytes on the wire.
    public var bytes: [UInt8]
    /// What was decided; nil while it waits.
    public var decision: Decision?
    /// Who decided.
    public var decidedBy = ""
    /// When, in milliseconds since 1970; 0 while it waits.
    public var decidedAt: Int64 = 0
    /// The place of the decision in the server's order; 0 while it waits.
    public var sequence: Int64 = 0
}
