import CallCenter
import CommandFrame
import Glibc
import OfflineClient
import SyncProtocol

/// A device's database, opened for one command of one operator.
public struct Workplace: Sendable {
    /// The database.
    public let client: OfflineClient
    /// Where it stands.
    public let path: String
    /// Who writes.
    public let operatorName: String
    /// Where to print.
    public let console: Console

    /// The language to speak, in the terms of the call centre.
    public var language: Language { console.speech == .indonesian ? .indonesian : .english }

    /// Opens the database that the options name.
    ///
    /// - Parameter creating: whether it may be made; for `enrol` only.
    /// - Throws: ``CommandFrame/CommandError`` where there is no database yet, or what ``explain(_:)`` explains.
    public init(_ options: DatabaseOptions, creating: Bool = false) throws {
        let console = Console.current
        self.console = console
        operatorName = Self.operatorName(options, console)
        path = try Self.path(options, console)
        if creating {
            try Self.makeDirectory(of: path)
        } else if access(path, F_OK) != 0, errno == ENOENT {
            throw Self.notEnrolled(path)
        }
        client = try OfflineClient(
            path: path, schema: CallCenterSchema.schema,
            environment: Environment(
                wallMilliseconds: console.now, random: { UInt64.random(in: UInt64.min...UInt64.max) },
                program: "sambung \(OperatorProgram.version)"))
        if !creating, try !client.isEnrolled { throw Self.notEnrolled(path) }
    }

    /// The present on the server's clock as far as it is known, in milliseconds since 1970.
    public func now() throws -> Int64 { console.now() + (try client.status().clockOffset) }

    /// Writes as one action of the operator.
    public func write<T>(_ body: (LocalTransaction) throws -> T) throws -> T {
        try client.write(operator: operatorName, body)
    }

    /// Notes for the centre's audit log that masked personal data is shown.
    func noteShown(_ what: String) throws { try client.note("personal-shown", of: what, operator: operatorName) }

    // MARK: Where and who

    /// The database and all that stands beside it.
    var files: [String] { ["", "-wal", "-shm", ".lock"].map { path + $0 } + [Link.authorityPath(of: path)] }

    /// The database file: `--database`, `SAMBUNG_DATABASE`, or `sambung/sambung.db` in the user's data directory.
    static func path(_ options: DatabaseOptions, _ console: Console) throws -> String {
        func set(_ name: String) -> String? { console.environment(name).flatMap { $0.isEmpty ? nil : $0 } }
        if let path = options.database ?? set("SAMBUNG_DATABASE") { return path }
        if let data = set("XDG_DATA_HOME"), data.hasPrefix("/") { return data + "/sambung/sambung.db" }
        guard let home = set("HOME") else {
            throw CommandError(
                .configuration, "no-home", id: "Tempat basis data tidak diketahui: HOME tidak diatur.",
                en: "There is no place for the database: HOME is not set.",
                advice: Words(id: "Tambahkan --database BERKAS.", en: "Add --database FILE."))
        }
        return home + "/.local/share/sambung/sambung.db"
    }

    private static func operatorName(_ options: DatabaseOptions, _ console: Console) -> String {
        let named = [options.operatorName] + ["SAMBUNG_OPERATOR", "USER", "LOGNAME"].map(console.environment)
        if let name = named.compactMap({ $0 }).first(where: { !$0.isEmpty }) { return name }
        guard let entry = getpwuid(getuid()) else { return "" }
        return String(cString: entry.pointee.pw_name)
    }

    /// Makes the directories above the file, for their owner alone.
    private static func makeDirectory(of path: String) throws {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        for end in parts.indices {
            let directory = parts[...end].joined(separator: "/")
            if directory.isEmpty || mkdir(directory, 0o700) == 0 || errno == EEXIST || errno == EISDIR { continue }
            let reason = String(cString: strerror(errno))
            throw CommandError(
                .cannotCreate, "cannot-create", id: "Direktori \(directory) tidak dapat dibuat: \(reason).",
                en: "The directory \(directory) can't be made: \(reason).",
                advice: Words(
                    id: "Pilih tempat lain dengan --database BERKAS.", en: "Name another place with --database FILE."))
        }
    }

    private static func notEnrolled(_ path: String) -> CommandError {
        CommandError(
            .configuration, "not-enrolled", id: "Perangkat ini belum terdaftar: belum ada basis data di \(path).",
            en: "This device is not enrolled yet: there is no database at \(path).",
            advice: Words(
                id: "Minta kode kepada pusat, lalu: sambung daftarkan KODE ALAMAT-SERVER",
                en: "Ask the centre for a code, then: sambung enrol CODE SERVER-ADDRESS"))
    }
}
