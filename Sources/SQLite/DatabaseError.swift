/// Why a database file was refused, or stopped serving.
public enum DatabaseError: Error, Sendable, CustomStringConvertible {
    /// A later version of the program wrote the file.
    case newerFormat(path: String, found: Int, known: Int)
    /// The file is a database of another program.
    case foreignFile(path: String)
    /// The file is damaged, or is not an SQLite database.
    case damaged(path: String, SQLiteError)
    /// The file, or its directory, cannot be opened, created or written.
    case unusable(path: String, reason: String)
    /// Somebody else held the file for the whole bounded wait.
    case lockedByOther(path: String, holder: String?, waitedSeconds: Double)
    /// The database was closed.
    case closed(path: String)
    /// A body called, on its own thread, what waits for that body to end.
    case reentrant(path: String)
    /// SQLite had rolled the transaction back before its body ended without an error.
    case rolledBack(path: String)
    /// A sync failed: nothing more is written, since what the disk holds is no longer known.
    case lostDurability(path: String, SQLiteError)
    /// The file did not take a setting on which durability rests.
    case notDurable(path: String, setting: String, found: String)
    /// The list of migrations does not rise from 1 upwards.
    case badMigrations(path: String, version: Int)

    /// The database file.
    public var path: String {
        switch self {
        case .newerFormat(let path, _, _), .foreignFile(let path), .damaged(let path, _), .unusable(let path, _),
            .lockedByOther(let path, _, _), .closed(let path), .reentrant(let path), .rolledBack(let path),
            .lostDurability(let path, _), .notDurable(let path, _, _), .badMigrations(let path, _):
            path
        }
    }

    /// What happened, and the way out, in one line.
    public var description: String {
        switch self {
        case .newerFormat(let path, let found, let known):
            "\(path) has format \(found), and this program knows formats up to \(known): "
                + "use a newer version of the program; the file was not changed"
        case .foreignFile(let path):
            "\(path) is a database of another program: name another file; it was not changed"
        case .damaged(let path, let error):
            "\(path) is damaged or no database (\(error.message)): restore a backup; it was not changed"
        case .unusable(let path, let reason):
            "\(path) cannot be used: \(reason)"
        case .lockedByOther(let path, let holder, let seconds):
            "\(path) is in use by \(holder ?? "another program"): "
                + "waited \(seconds.rounded()) s; try again when it is done"
        case .closed(let path):
            "\(path) was closed"
        case .reentrant(let path):
            "\(path): a transaction was asked for, or the file closed, inside a transaction of the same thread"
        case .rolledBack(let path):
            "\(path): the transaction had failed and was rolled back before its end; nothing of it was written"
        case .lostDurability(let path, let error):
            "\(path): the disk failed to keep what was written (\(error.message)): "
                + "this program must end and start again; nothing that was acknowledged is affected"
        case .notDurable(let path, let setting, let found):
            "\(path): \(setting) is \(found), so a power cut could lose acknowledged work: "
                + "put the file on a local disk"
        case .badMigrations(let path, let version):
            "\(path): migration \(version) is out of order; versions start at 1 and rise"
        }
    }
}
