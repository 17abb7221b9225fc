import SyncProtocol

/// A redaction that one person asked for and another one confirms.
public struct RedactionEntry: Sendable, Hashable {
    /// Its number; 0 before it is stored.
    public var id: Int64 = 0
    /// The number that those which were asked for together share: that of the first.
    public var request: Int64 = 0
    /// The record.
    public var key: RecordKey
    /// The fields, ascending.
    public var fields: [FieldNumber]
    /// Why; no personal value is in it.
    public var why: String
    /// Who asked.
    public var askedBy: String
    /// When, in milliseconds since 1970.
    public var askedAt: Int64
    /// Who confirmed; empty while nobody did.
    public var confirmedBy = ""
    /// When, in milliseconds since 1970; 0 while nobody did.
    public var confirmedAt: Int64 = 0
    /// The time up to which it erases; 0 before it is confirmed.
    public var time = HybridTimestamp(rawValue: 0)

    /// What is erased; nil before it is confirmed.
    public var redaction: Redaction? {
        confirmedAt == 0 ? nil : Redaction(key: key, fields: fields, time: time)
    }
}

/// What the server reads of redactions.
public protocol RedactionSnapshot {
    /// All that were asked for, in the order in which they were.
    func redactions() throws -> [RedactionEntry]
    /// The confirmed ones that these records have not been through.
    func unappliedRedactions() throws -> [RedactionEntry]
    /// Those that took a place in the server's order after another one.
    func redactions(after sequence: Int64) throws -> [Redaction]
}

/// What the server writes of redactions.
public protocol RedactionTransaction {
    /// Stores one, under a new number where it has none; that number is returned.
    func save(_ entry: RedactionEntry) throws -> Int64
    /// Forgets one that nobody confirmed.
    func removeRedaction(_ id: Int64) throws
    /// Notes the place in the order at which the records went through one.
    func noteApplied(redaction id: Int64, at sequence: Int64) throws
    /// Replaces the bytes of a change in quarantine.
    func replaceQuarantined(_ id: Int64, with bytes: [UInt8]) throws
}

/// Why nothing was redacted.
public enum RedactionError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Nobody asked for that.
    case unknown(Int64)
    /// It was confirmed before.
    case confirmed(Int64)
    /// Who asked can't confirm.
    case samePerson(String)
    /// The server has no such record.
    case noRecord(RecordID)
    /// Nothing to erase was named.
    case nothing

    /// What happened.
    public var description: String {
        switch self {
        case .unknown(let number): "no redaction \(number) waits"
        case .confirmed(let number): "redaction \(number) was confirmed before"
        case .samePerson(let name): "\(name) asked for it: another person has to confirm"
        case .noRecord(let id): "there is no record \(id)"
        case .nothing: "no field is named"
        }
    }
}
