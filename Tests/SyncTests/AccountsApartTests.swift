import Foundation
import OfflineClient
import SQLite
import SyncProtocol
import SyncStore
import Testing

@testable import CentralServer

struct AccountsApartTests {
    @Test func `accounts stand in a file of their own`() throws {
        let world = try TestWorld()
        _ = try world.client("a")
        let accounts = try Connection(path: world.folder.appending(path: "accounts.db").path, mode: .readOnly)
        #expect(try accounts.scalar("SELECT count(*) FROM _device") == 1)
        #expect(try accounts.scalar("SELECT next_replica FROM _account") == 3)
        let records = try Connection(path: world.folder.appending(path: "server.db").path, mode: .readOnly)
        #expect(try records.scalar("SELECT count(*) FROM sqlite_schema WHERE name IN ('_device', '_code')") == 0)
    }

    @Test func `an enrolment writes the accounts alone, a push the records alone`() throws {
        let world = try TestWorld()
        let records = world.folder.appending(path: "server.db-wal").path
        let accounts = world.folder.appending(path: "accounts.db-wal").path
        func bytes(_ path: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path)) }
        let before = try bytes(records)
        let client = try world.client("a")
        #expect(try bytes(records) == before)
        let accountsBefore = try bytes(accounts)
        try client.write(operator: "x") { _ = try $0.insert("cases", ["title": .text("t")]) }
        try world.sync(client)
        #expect(try bytes(accounts) == accountsBefore)
        #expect(try bytes(records) != before)
    }

    @Test func `an older file's accounts move over, and the device syncs on`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "sambung-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "central.db").path
        let old = try Database(
            path: path,
            configuration: .init(
                applicationID: CentralTables.applicationID, migrations: [CentralTables.migrations[0]]))
        try old.write { connection in
            try connection.execute(
                """
                INSERT INTO _central VALUES (1, 9, 0, 0, 0, 12);
                INSERT INTO _office VALUES ('A', 'Office A');
                INSERT INTO _device VALUES (4, 'A', 'one', x'a0', x'0102', 5, NULL);
                INSERT INTO _replica VALUES (11, 4, 3, 77, 8);
                INSERT INTO _refusal VALUES (11, 2, 6, 0);
                INSERT INTO _code VALUES (x'03', 'A', 'one', x'a0', 100, 4);
                """)
        }
        try old.close()
        let storage = try SQLiteStorage(path: path, schema: try TestWorld.schema(), epoch: 1)
        try storage.read { snapshot in
            #expect(try snapshot.state().epoch == 9)
            let replica = try #require(try snapshot.replica(ReplicaID(rawValue: 11)))
            #expect(replica.device == 4 && replica.lastChange == 3 && replica.chain == 77 && replica.lastPush == 8)
            #expect(try snapshot.device(credentialHash: [1, 2])?.name == "one")
            #expect(try snapshot.refusals(of: replica.number, after: 0).map(\.number) == [2])
            #expect(try snapshot.code(hash: [3])?.usedBy == 4)
            #expect(try snapshot.codesMade(office: "A") == 1)
        }
        #expect(try storage.write { try $0.takeReplicaNumber(for: 4) } == ReplicaID(rawValue: 12))
    }

    @Test(arguments: ["server.db", "accounts.db"])
    func `one file without the other is refused by name`(missing: String) throws {
        let world = try TestWorld()
        _ = try world.client("a")
        try world.storage.close()
        for suffix in ["", "-wal", "-shm"] {
            try? FileManager.default.removeItem(at: world.folder.appending(path: missing + suffix))
        }
        let error = #expect(throws: CentralStorageError.self) {
            try SQLiteStorage(path: world.folder.appending(path: "server.db").path, schema: world.schema, epoch: 1)
        }
        #expect(try #require(error).description.contains(missing))
    }

    @Test func `a known device without a row stands at number 0`() throws {
        let world = try TestWorld()
        let client = try world.client("a")
        #expect(try world.storage.query { try $0.scalar("SELECT count(*) FROM main._replica") } == 0)
        // A first change that is refused needs no row either.
        try client.write(operator: "x") { _ = try $0.insert("notes", ["case_id": .bytes(RecordID.zero.bytes)]) }
        try world.sync(client)
        #expect(try client.status().refused == 1)
        #expect(try world.storage.query { try $0.scalar("SELECT last_change FROM main._replica") } == 1)
    }
}

extension RecordID {
    fileprivate static var zero: RecordID { RecordID(milliseconds: 0, random: (0, 0)) }
}
