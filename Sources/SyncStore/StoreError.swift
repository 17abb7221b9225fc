import SyncProtocol

/// A database that this program can't use as it is, or a row of it.
public enum StoreError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The database belongs to another application's schema.
    case otherSchema(found: String, expected: String)
    /// The database was written by a program with a newer schema. Nothing was changed; upgrade this program.
    case newerSchema(found: Int, known: Int)
    /// The schema changed in a way that is no addition: a column has another type.
    case notAdditive(table: String, column: String)
    /// A row's bytes are not what this program wrote there.
    case damagedRecord(table: String, record: RecordID)
    /// A row of the program's own tables is damaged or missing.
    case damagedState(String)

    /// What happened and what to do.
    public var description: String {
        switch self {
        case .otherSchema(let found, let expected):
            "the database holds \(found), not \(expected): name another database"
        case .newerSchema(let found, let known):
            "the database has schema version \(found), this program knows \(known): upgrade the program"
        case .notAdditive(let table, let column):
            "column \(table).\(column) has another type in the database: a schema may only add"
        case .damagedRecord(let table, let record): "record \(record) in table \(table) is damaged"
        case .damagedState(let what): "the database is damaged: \(what)"
        }
    }
}
