import CentralServer
import CommandFrame
import Foundation
import SQLite
import SyncProtocol
import Testing

@testable import ServerCommands

@Suite struct BoardCommandTests {
    @Test func theAuditLogIsListedAndEachFaultHasItsVerdict() async throws {
        // What the environment says of a name is not believed: whoever runs this is who did it.
        let desk = ServerDesk(environment: ["USER": "ani", "SUDO_USER": "budi"])
        #expect(await desk.run("office", "add", "LIW", "Kantor Liwa") == .done)
        #expect(await desk.run("settings", "set", "lease-days", "90") == .done)
        #expect(await desk.run("audit", "list", "--event", "setting-changed", "--json") == .done)
        #expect(desk.output.contains("\"actor\":\"\(NSUserName())\"") && desk.output.contains("\"detail\":\"90\""))
        let head = try #require(try desk.data().storage.read { try $0.lastAuditEntry()?.head })
        #expect(await desk.run("audit", "verify", "--head", head.description) == .done)
        let beyond = AuditHead(count: head.count + 1, hash: 1).description
        #expect(await desk.run("audit", "verify", "--head", beyond) == .badData)
        #expect(await desk.run("audit", "verify", "--head", "\(head.count)-0000000000000001") == .badData)
        #expect(await desk.run("audit", "verify", "--head", "nonsense") == .usage)
        let accounts = try Connection(path: desk.folder + "/accounts.db", mode: .readWriteCreate)
        try accounts.execute("UPDATE _audit SET actor = 'budi' WHERE number = 1")
        #expect(await desk.run("audit", "verify", "--json") == .badData)
        for kind in ["tail-missing", "chain-rewritten", "entry-changed"] {
            #expect(desk.errors.contains(kind) || desk.errors.contains("audit log was"), "\(kind)")
        }
        #expect(desk.errors.contains("\"kind\":\"entry-changed\"") && desk.errors.contains("\"number\":1"))
    }

    @Test func settingsAreCheckedAndKept() async throws {
        let desk = ServerDesk()
        #expect(await desk.run("office", "add", "LIW", "Kantor Liwa") == .done)
        #expect(await desk.run("settings", "set", "lease-days", "0") == .usage)
        #expect(await desk.run("settings", "set", "nothing", "1") == .usage)
        #expect(await desk.run("settings", "set", "deleted-days", "7") == .done)
        #expect(await desk.run("settings", "--json") == .done)
        #expect(desk.output.contains("\"lease_days\":180") && desk.output.contains("\"deleted_days\":7"))
    }

    @Test func theBoardShowsWhoSyncedAndCollectionWhatItDid() async throws {
        let desk = ServerDesk()
        #expect(await desk.run("office", "add", "LIW", "Kantor Liwa") == .done)
        let data = try desk.data()
        let secret = [UInt8](repeating: 3, count: 32)
        let code = try data.server.makeCode(office: "LIW", name: "Liwa 1", profile: [:])
        let enrolment = EnrolRequest(
            time: 0, code: code, credentialHash: SHA256.hash(secret), deviceName: "x",
            schemaName: data.server.schema.name)
        guard case .enrolAnswer(let answer) = data.server.enrol(enrolment.encoded) else { throw ExitStatus.bug }
        var request = SyncRequest()
        request.replica = answer.replica
        request.time = 1_780_000_000_000 + 61_000
        request.schemaVersion = 4
        (request.written, request.refused, request.program) = (5, 2, "sambung 9")
        guard case .syncAnswer = data.server.sync(request.encoded, credential: secret) else { throw ExitStatus.bug }
        #expect(await desk.run("offices", "--json") == .done)
        #expect(desk.output.contains("\"clock_offset_ms\":61000") && desk.output.contains("\"schema_version\":4"))
        #expect(desk.output.contains("\"last_sync\":1780000000000"))
        // Five changes were written there and none is here, two were refused: all of it would be lost with the device.
        #expect(desk.output.contains("\"pending\":5") && desk.output.contains("\"refused\":2"))
        #expect(desk.output.contains("\"at_risk\":7") && desk.output.contains("\"program\":\"sambung 9\""))
        #expect(desk.output.contains("\"lag_hours\":0") && desk.output.contains("\"open_conflicts\":0"))
        #expect(await desk.run("offices") == .done)
        #expect(await desk.run("collect", "--dry-run", "--json") == .done)
        #expect(desk.output.contains("\"collected\":0"))
        #expect(await desk.run("collect") == .done)
        #expect(try data.storage.read { try $0.collectionState().ranAt } == 1_780_000_000_000)
    }

    @Test func aClockThatWentBackIsShownAndConfirmed() async throws {
        let desk = ServerDesk()
        #expect(await desk.run("office", "add", "LIW", "Kantor Liwa") == .done)
        try desk.data().storage.write { transaction in
            var entry = try transaction.clockEntry()
            entry.wall = 1_790_000_000_000
            try transaction.save(entry)
        }
        #expect(await desk.run("status", "--json") == .done)
        #expect(desk.output.contains("\"clock_jump_ms\":-10000000000"))
        #expect(await desk.run("office", "add", "KOT", "Kantor Kota Agung") == .temporary)
        #expect(await desk.run("clock", "accept") == .usage)
        #expect(await desk.run("clock", "accept", "--yes") == .done)
        #expect(await desk.run("office", "add", "KOT", "Kantor Kota Agung") == .done)
    }
}
