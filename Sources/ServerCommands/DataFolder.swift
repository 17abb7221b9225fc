import ArgumentParser
import CallCenter
import CentralServer
import CommandFrame
import Foundation
import Glibc
import SQLite
import SyncProtocol

/// Where the server's data lies.
struct DataOptions: ParsableArguments {
    /// Where Debian and systemd put such data.
    static let usual = "/var/lib/sambung"

    @Option(
        name: .long,
        help: .words(
            id: "Direktori data (SAMBUNG_DATA).", en: "The data directory (SAMBUNG_DATA).", valueName: "dir"))
    var data: String?

    /// The flag, else the environment, else the usual place.
    var folder: String {
        data ?? ServerEnvironment.value("SAMBUNG_DATA") ?? ServerEnvironment.value("STATE_DIRECTORY") ?? Self.usual
    }
}

/// The environment of the command that runs; an empty variable counts as none.
enum ServerEnvironment {
    static func value(_ name: String) -> String? {
        Console.current.environment(name).flatMap { $0.isEmpty ? nil : $0 }
    }
}

/// The server's data, opened.
struct CentralData {
    let folder: String
    let storage: SQLiteStorage
    let server: CentralServer

    static func file(in folder: String) -> String { folder + "/central.db" }
    static func accountsFile(in folder: String) -> String { folder + "/" + SQLiteStorage.accountsFile }

    /// Opens data that is there.
    static func open(_ options: DataOptions) throws -> CentralData {
        let folder = options.folder
        guard try isThere(file(in: folder)) else {
            throw CommandError(
                .noInput, "no-data", id: "Tidak ada data server di \(folder).",
                en: "There is no server's data in \(folder).",
                advice: Words(
                    id: "Sebutkan direktorinya dengan --data, atau buat dengan: sambung-server layani --data DIR",
                    en: "Name its directory with --data, or make it with: sambung-server serve --data DIR"))
        }
        return try CentralData(folder)
    }

    /// Opens data, and makes it first where there is none: a folder and a file for this user alone, with the reference
    /// data of the call centre.
    ///
    /// - Parameters:
    ///   - notice: takes what whoever looks after the server should read.
    ///   - onLostDurability: told when the disk has failed to keep what was written.
    static func create(
        _ options: DataOptions, notice: @escaping @Sendable (String) -> Void = { _ in },
        onLostDurability: @escaping @Sendable (DatabaseError) -> Void = { _ in }
    ) throws -> CentralData {
        let folder = options.folder
        let isNew = try !isThere(file(in: folder))
        // Before anything is made: the accounts of a server whose records are gone wait for a restore.
        if isNew, try isThere(accountsFile(in: folder)) {
            throw CentralStorageError.noRecords(path: file(in: folder))
        }
        try makeFolder(folder)
        let data = try CentralData(folder, notice: notice, onLostDurability: onLostDurability)
        if isNew { try ReferenceData.bring(into: data) }
        return data
    }

    /// Whether there is a server's data.
    static func isThere(_ options: DataOptions) throws -> Bool { try isThere(file(in: options.folder)) }

    /// Whether a file is there; an error where this user may not look.
    private static func isThere(_ path: String) throws -> Bool {
        if access(path, F_OK) == 0 { return true }
        guard errno != ENOENT, errno != ENOTDIR else { return false }
        let reason = String(cString: strerror(errno))
        throw CommandError(
            .notAllowed, "no-access", id: "\(path) tidak dapat dibuka: \(reason).",
            en: "\(path) can't be opened: \(reason).",
            advice: Words(
                id: "Jalankan sebagai pengguna yang menjalankan server, atau dengan sudo.",
                en: "Run this as the user that runs the server, or with sudo."))
    }

    private init(
        _ folder: String, notice: @escaping @Sendable (String) -> Void = { _ in },
        onLostDurability: @escaping @Sendable (DatabaseError) -> Void = { _ in }
    ) throws {
        self.folder = folder
        storage = try Self.storage(in: folder)
        server = CentralServer(
            storage: DurabilityWatch(base: storage, onLost: onLostDurability), schema: storage.schema,
            environment: .init(
                wallMilliseconds: Console.current.now, monotonicMilliseconds: Self.sinceBoot,
                random: { UInt64.random(in: UInt64.min...UInt64.max) },
                notice: notice),
            renumberedProfile: { device, ordinal in
                // Two copies of a device must not give out the same ticket numbers.
                let prefix = TicketNumber.prefix(office: device.office, device: ordinal)
                guard TicketNumber.isPrefix(prefix) else { return device.profile }
                return device.profile.merging([DeviceAdd.prefixKey: prefix]) { $1 }
            })
    }

    /// The clock that nobody sets, and that runs on while the machine sleeps.
    @Sendable private static func sinceBoot() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    /// Opens the two files of a folder.
    static func storage(in folder: String) throws -> SQLiteStorage {
        try SQLiteStorage(
            path: file(in: folder), schema: try CallCenterSchema.schema, epoch: UInt32.random(in: 1...UInt32.max)
        ) { configuration in
            // As many reads at once as there are threads to ask for them.
            configuration.readerCount = max(4, ProcessInfo.processInfo.activeProcessorCount)
        }
    }

    static func makeFolder(_ folder: String) throws {
        if access(folder, F_OK) == 0 { return }
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw CommandError(
                .cannotCreate, "data-folder", id: "Direktori data \(folder) tidak dapat dibuat.",
                en: "The data directory \(folder) can't be made: \(error.localizedDescription)",
                advice: Words(
                    id: "Pilih direktori lain dengan --data, atau jalankan sebagai pengguna yang berhak.",
                    en: "Choose another with --data, or run as a user who may write there."))
        }
    }
}

/// A storage that tells when the disk has failed to keep what was written, whoever was told by the error itself.
struct DurabilityWatch: CentralStorage {
    let base: any CentralStorage
    let onLost: @Sendable (DatabaseError) -> Void

    func read<T>(_ body: (any CentralSnapshot) throws -> T) throws -> T { try watched { try base.read(body) } }

    func write<T>(_ body: (any CentralTransaction) throws -> T) throws -> T { try watched { try base.write(body) } }

    func scrub() throws { try watched { try base.scrub() } }

    private func watched<T>(_ body: () throws -> T) throws -> T {
        do {
            return try body()
        } catch let error as DatabaseError {
            if case .lostDurability = error { onLost(error) }
            throw error
        }
    }
}
