import Glibc
import SQLite
import Testing

@testable import CentralServer
@testable import OfflineClient
@testable import Simulator

/// The power fails at every sync of a migration: afterwards the file is brought up to date as if nothing had been.
@Suite("Power cuts of a migration", .ownThread) struct MigrationCutTests {
    /// Rows of an old format, so that a step that moves them has something to lose.
    private static let oldCentre = """
        INSERT INTO _central VALUES (1, 7, 0, 5, 0, 9);
        INSERT INTO _office VALUES ('A', 'Office A');
        INSERT INTO _device VALUES (1, 'A', 'first', x'a0', x'01', 5, NULL);
        INSERT INTO _replica VALUES (8, 1, 3, 4, 5);
        INSERT INTO _code VALUES (x'02', 'A', 'first', x'a0', 9, 1);
        """

    /// Makes a file of an old format on a disk, opens it with today's steps, and cuts the power at each moment of that.
    private func cut(
        _ old: Database.Configuration, _ rows: String, seed: UInt64, open: (String) throws -> Void,
        check: (String) throws -> Void
    ) throws -> Int {
        let folder = Campaign.scratch() + "/sambung-migration-\(getpid())-\(seed)"
        defer { CutWorld.remove(folder) }
        let disk = VolatileDisk(folder: folder + "/disk")
        try CutWorld.make(disk.folder)
        VolatileDiskVFS.attach(disk)
        defer { VolatileDiskVFS.detach(disk) }
        disk.record(false)
        var configuration = old
        configuration.vfs = VolatileDiskVFS.name
        do {
            let database = try Database(path: disk.folder + "/main.db", configuration: configuration)
            if !rows.isEmpty { try database.write { try $0.execute(rows) } }
            try database.close()
        }
        disk.record(true)
        try open(disk.folder)
        disk.acknowledge()
        var random = SeededRandom(seed: seed)
        var images = 0
        for moment in disk.takeMoments() {
            for image in CutImage.allCases {
                images += 1
                let left = folder + "/image"
                defer { CutWorld.remove(left) }
                try CutWorld.lay(image.files(of: moment.surface, &random), in: left)
                try check(left)
            }
        }
        return images
    }

    @Test(arguments: Array(0..<ClientTables.migrations.count))
    func ofADevice(steps: Int) throws {
        let schema = try SimulatedSchema.new.schema()
        let environment = Environment(wallMilliseconds: { 0 }, random: { 1 })
        func open(_ folder: String, vfs: String?) throws -> OfflineClient {
            try OfflineClient(path: folder + "/main.db", schema: schema, environment: environment) { $0.vfs = vfs }
        }
        let old = Database.Configuration(
            applicationID: ClientTables.applicationID, migrations: Array(ClientTables.migrations.prefix(steps)))
        let rows =
            steps == 0
            ? ""
            : "INSERT INTO _pending VALUES (1, 2, x'00', 1, x'0102', NULL, NULL); INSERT INTO _unconfirmed VALUES (2, x'07')"
        var whole: UInt64?
        let images = try cut(old, rows, seed: UInt64(steps)) { folder in
            try open(folder, vfs: VolatileDiskVFS.name).close()
            whole = try StoredContents.hash(ofFile: folder + "/main.db")
        } check: { folder in
            try open(folder, vfs: nil).close()
            #expect(try StoredContents.hash(ofFile: folder + "/main.db") == whole)
        }
        #expect(images >= 8)
    }

    @Test func ofTheCentreFromItsOldestFormat() throws {
        let schema = try SimulatedSchema.new.schema()
        func open(_ folder: String, vfs: String?) throws {
            try SQLiteStorage(path: folder + "/main.db", schema: schema, epoch: 7) { $0.vfs = vfs }.close()
        }
        // The oldest format had the accounts beside the records.
        let old = Database.Configuration(
            applicationID: CentralTables.applicationID, migrations: [CentralTables.migrations[0]])
        var whole: [UInt64] = []
        let images = try cut(old, Self.oldCentre, seed: 100) { folder in
            try open(folder, vfs: VolatileDiskVFS.name)
            whole = try Self.hashes(folder)
        } check: { folder in
            try open(folder, vfs: nil)
            #expect(try Self.hashes(folder) == whole)
        }
        #expect(images >= 8)
        #expect(!whole.isEmpty)
    }

    private static func hashes(_ folder: String) throws -> [UInt64] {
        try ["main.db", "accounts.db"].map { try StoredContents.hash(ofFile: folder + "/" + $0) }
    }
}
