import CentralServer
import Foundation
import OfflineClient
import SQLite
import SyncProtocol

/// A centre and some devices, each on a disk of its own whose power may fail at any sync.
///
/// The programs are the real client and server over their real stores; they write real files through
/// ``VolatileDiskVFS``.
final class CutWorld {
    static let centreFiles = ["accounts.db", "centre.db"]
    static let deviceFile = "device.db"

    let folder: String
    let schema: Schema
    let clock = SimulatedClock(time: 1_640_995_200_000)
    /// After so many pages a log is copied into its file.
    let checkpointPages: Int
    let centreDisk: VolatileDisk
    private let lie: String?
    private(set) var centre: OpenCentre
    private(set) var devices: [CutDevice] = []
    private let random: SharedRandom
    /// Texts of notes that the centre has acknowledged: nobody deletes or edits a note.
    var notesAtCentre: Set<String> = []

    /// A centre that is open: over its disk, or over what a cut left of it.
    struct OpenCentre {
        let storage: SQLiteStorage
        let server: CentralServer
    }

    init(folder: String, seed: UInt64, checkpointPages: Int, lie: String?) throws {
        self.folder = folder
        self.checkpointPages = checkpointPages
        self.lie = lie
        schema = try SimulatedSchema.new.schema()
        random = SharedRandom(seed: seed)
        centreDisk = VolatileDisk(folder: folder + "/centre", lie: lie)
        try Self.make(centreDisk.folder)
        VolatileDiskVFS.attach(centreDisk)
        centre = try Self.centre(
            in: centreDisk.folder, schema, clock, random, pages: checkpointPages, vfs: VolatileDiskVFS.name)
    }

    /// Lets go of the disks; the programs are ended.
    func close() {
        try? centre.storage.close()
        for device in devices {
            try? device.client.close()
            VolatileDiskVFS.detach(device.disk)
        }
        VolatileDiskVFS.detach(centreDisk)
    }

    // MARK: Programs

    /// Opens a centre's files.
    static func centre(
        in folder: String, _ schema: Schema, _ clock: SimulatedClock, _ random: SharedRandom, pages: Int = 1000,
        vfs: String? = nil
    ) throws -> OpenCentre {
        let storage = try SQLiteStorage(path: folder + "/centre.db", schema: schema, epoch: 7) { configuration in
            configuration.vfs = vfs
            configuration.checkpointPages = pages
        }
        let environment = CentralServer.Environment(
            wallMilliseconds: { clock.now }, random: { random.next() })
        return OpenCentre(
            storage: storage, server: CentralServer(storage: storage, schema: schema, environment: environment))
    }

    /// Opens a device's file.
    static func client(
        in folder: String, _ schema: Schema, _ clock: SimulatedClock, _ random: SharedRandom, pages: Int = 1000,
        vfs: String? = nil
    ) throws -> OfflineClient {
        let environment = Environment(wallMilliseconds: { clock.now }, random: { random.next() })
        return try OfflineClient(path: folder + "/" + deviceFile, schema: schema, environment: environment) {
            $0.vfs = vfs
            $0.checkpointPages = pages
        }
    }

    /// A new device, without a number.
    func addDevice() throws -> CutDevice {
        let index = devices.count
        let disk = VolatileDisk(folder: folder + "/device\(index)", lie: lie)
        try Self.make(disk.folder)
        VolatileDiskVFS.attach(disk)
        let device = CutDevice(index: index, disk: disk, client: try openClient(on: disk))
        devices.append(device)
        return device
    }

    func restartCentre() throws {
        try centre.storage.close()
        centre = try Self.centre(
            in: centreDisk.folder, schema, clock, random, pages: checkpointPages, vfs: VolatileDiskVFS.name)
    }

    func restart(_ device: CutDevice) throws {
        try device.client.close()
        device.client = try openClient(on: device.disk)
    }

    private func openClient(on disk: VolatileDisk) throws -> OfflineClient {
        try Self.client(in: disk.folder, schema, clock, random, pages: checkpointPages, vfs: VolatileDiskVFS.name)
    }

    // MARK: Folders

    static func make(_ folder: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    /// Writes what a cut left into a new folder.
    static func lay(_ files: [String: [UInt8]], in folder: String) throws {
        try make(folder)
        for (name, bytes) in files { try Data(bytes).write(to: URL(filePath: folder + "/" + name)) }
    }

    static func remove(_ folder: String) { try? FileManager.default.removeItem(atPath: folder) }
}

/// A branch device of a ``CutWorld``.
final class CutDevice {
    let index: Int
    let disk: VolatileDisk
    var client: OfflineClient
    /// The code that it enrols with.
    var code = ""
    /// Whether the centre takes nothing from it for now.
    var isRevoked = false
    /// Texts of notes that were taken in here.
    var notes: Set<String> = []

    init(index: Int, disk: VolatileDisk, client: OfflineClient) {
        self.index = index
        self.disk = disk
        self.client = client
    }
}
