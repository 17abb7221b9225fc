import CSQLite
import Glibc

/// What a database file says of itself.
struct FileState {
    var applicationID: Int32 = 0
    var version = 0
    var hasContent = false

    /// A file that is missing or of no length.
    static let empty = FileState()

    private init() {}

    /// Reads the marks of one of a connection's files.
    init(reading connection: Connection, _ name: String = "main") throws(SQLiteError) {
        // The first query reads the schema, and with it finds files that are no database.
        hasContent = try connection.scalar("SELECT count(*) FROM \(name).sqlite_schema") != 0
        applicationID = Int32(truncatingIfNeeded: try connection.scalar("PRAGMA \(name).application_id") ?? 0)
        version = Int(try connection.scalar("PRAGMA \(name).user_version") ?? 0)
    }

    /// Looks at a file that may be anybody's, without changing it or making a file beside it.
    static func look(at path: String, vfs: String?) throws -> FileState {
        var status = stat()
        guard stat(path, &status) == 0 else { return empty }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw DatabaseError.unusable(path: path, reason: "it is no file")
        }
        if status.st_size == 0 { return empty }
        // SQLite takes a file of one byte for an empty one, and would write over it. Its smallest page has 512.
        if status.st_size < 512 {
            throw SQLiteError(code: SQLITE_NOTADB, message: "file is not a database", path: path)
        }
        do {
            return try read(path, vfs: vfs)
        } catch {
            let isHalfMade = error.isNotADatabase || error.isCorrupt || error.isReadOnly
            guard isHalfMade, size(of: path + "-journal") > 0 else { throw error }
            // The power failed while the file was being made, before it had a write-ahead log. What stands in it is half
            // of that, which the first writing connection takes back; whose file it is shows only then.
            return empty
        }
    }

    private static func read(_ path: String, vfs: String?) throws(SQLiteError) -> FileState {
        // With no write-ahead log the main file holds everything, and it can be read as one that never changes,
        // which takes no lock. With a log the ordinary way is needed, and the files beside are there already.
        var attempts = 0
        while true {
            let before = changed(path)
            guard size(of: path + "-wal") == 0 else { return try look(at: path, vfs: vfs, immutable: false) }
            do {
                return try look(at: path, vfs: vfs, immutable: true)
            } catch {
                // Somebody may have written meanwhile, and closed the file again, so that what was read is half of it. A
                // damaged file stays as it is.
                attempts += 1
                if attempts >= 3, changed(path) == before || attempts >= 100 { throw error }
                usleep(5000)
            }
        }
    }

    /// When a file was changed last, in nanoseconds.
    private static func changed(_ path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mtim.tv_sec &* 1_000_000_000 &+ status.st_mtim.tv_nsec : 0
    }

    private static func look(at path: String, vfs: String?, immutable: Bool) throws(SQLiteError) -> FileState {
        let connection = try Connection(
            path: path, mode: .readOnly, busyTimeoutMilliseconds: 5000, vfs: vfs, immutable: immutable)
        defer { connection.close() }
        return try FileState(reading: connection)
    }

    /// Whether nobody has marked the file or put anything into it.
    var isFresh: Bool { applicationID == 0 && version == 0 && !hasContent }

    func isCurrent(_ file: Database.AttachedFile) -> Bool {
        !isFresh && applicationID == file.applicationID && version == file.lastVersion
    }

    /// Throws if the file is not this program's, or of a later version of it.
    func refuseForeign(_ file: Database.AttachedFile) throws(DatabaseError) {
        if isFresh { return }
        if applicationID != file.applicationID { throw .foreignFile(path: file.path) }
        if version > file.lastVersion {
            throw .newerFormat(path: file.path, found: version, known: file.lastVersion)
        }
    }

    private static func size(of path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : 0
    }
}
