import SyncProtocol

/// Why the client did not do what it was asked.
///
/// Nothing was changed.
public enum ClientError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The database has no replica number yet: enrol first.
    case notEnrolled
    /// The database has a replica number already.
    case alreadyEnrolled(office: String)
    /// The centre revoked this device: nothing is lost, and nothing can be read or written until the centre reinstates it
    /// (sync again then) or it enrols again with a new code.
    case locked
    /// The schema has no such collection.
    case unknownCollection(String)
    /// The collection has no such field.
    case unknownField(collection: String, field: String)
    /// The schema does not allow the value.
    case notAllowed(collection: String, field: String, reason: Refusal.Reason)
    /// The centre alone writes this collection.
    case readOnly(collection: String)
    /// A record of that id exists.
    case recordExists(RecordID)
    /// There is no such record, or it is deleted.
    case noSuchRecord(RecordID)
    /// The record is not deleted.
    case notDeleted(RecordID)
    /// What was to be undone or restored has been written by somebody since.
    case changedSince(record: RecordID, fields: [String])
    /// There is nothing left to undo.
    case nothingToUndo
    /// The conflict log has no such entry.
    case noSuchConflict(RecordID)
    /// The conflict needs no decision any more.
    case alreadyDecided(RecordID, state: String)
    /// The record has no refused change.
    case notRefused(RecordID)

    /// What happened.
    public var description: String {
        switch self {
        case .notEnrolled: "the database is not enrolled"
        case .alreadyEnrolled(let office): "the database is enrolled for office \(office)"
        case .locked: "the centre revoked this device: sync once it is reinstated, or enrol again with a new code"
        case .unknownCollection(let name): "no collection is named \(name)"
        case .unknownField(let collection, let field): "\(collection) has no field \(field)"
        case .notAllowed(let collection, let field, let reason): "\(collection).\(field): \(reason)"
        case .readOnly(let collection): "\(collection) is written by the centre only"
        case .recordExists(let id): "record \(id) exists"
        case .noSuchRecord(let id): "there is no record \(id)"
        case .notDeleted(let id): "record \(id) is not deleted"
        case .changedSince(let record, let fields):
            "record \(record) was changed since: \(fields.joined(separator: ", "))"
        case .nothingToUndo: "there is nothing to undo"
        case .noSuchConflict(let id): "there is no conflict \(id)"
        case .alreadyDecided(let id, let state): "conflict \(id) is \(state)"
        case .notRefused(let id): "record \(id) has no refused change"
        }
    }
}
