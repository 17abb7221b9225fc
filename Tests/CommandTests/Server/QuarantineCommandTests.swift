import CentralServer
import CommandFrame
import Foundation
import SyncProtocol
import Testing

@testable import ServerCommands

@Suite struct QuarantineCommandTests {
    /// A desk whose device 1 was revoked and has pushed one office record since.
    private static func desk(typed: String? = nil) async throws -> ServerDesk {
        let desk = ServerDesk(typed: typed)
        #expect(await desk.run("office", "add", "LIW", "Kantor Liwa") == .done)
        let data = try desk.data()
        let secret = [UInt8](repeating: 3, count: 32)
        let code = try data.server.makeCode(office: "LIW", name: "Liwa 1", profile: [:])
        let enrolment = EnrolRequest(
            time: 0, code: code, credentialHash: SHA256.hash(secret), deviceName: "x",
            schemaName: data.server.schema.name)
        guard case .enrolAnswer(let answer) = data.server.enrol(enrolment.encoded) else { throw ExitStatus.bug }
        #expect(await desk.run("device", "revoke", "1", "--yes") == .done)
        let number = try #require(data.server.schema["cases"]?.number)
        let change = Change(
            collection: number, record: RecordID(high: 1, low: 2), time: HybridTimestamp(rawValue: 1 << 20),
            operator: "sari", base: .empty, fields: [])
        var request = SyncRequest()
        request.replica = answer.replica
        request.changes = [change.encoded[...]]
        guard case .failure(let failure) = data.server.sync(request.encoded, credential: secret) else {
            throw ExitStatus.bug
        }
        #expect(failure.code == .revoked)
        return desk
    }

    @Test func whatARevokedDeviceSendsIsListedByNamesAndWithoutValues() async throws {
        let desk = try await Self.desk()
        #expect(await desk.run("quarantine", "list", "--json") == .done)
        #expect(desk.output.contains("\"operator\":\"sari\"") && desk.output.contains("\"kind\":\"new\""))
        #expect(await desk.run("quarantine", "list", "9") == .done)
    }

    @Test func aRefusedOneStaysAndDroppingTakesAYes() async throws {
        let desk = try await Self.desk()
        #expect(await desk.run("quarantine", "accept", "1", "--yes", "--json") == .done)
        #expect(desk.output.contains("\"accepted\":0") && desk.output.contains("missingField"))
        #expect(await desk.run("quarantine", "drop", "1") == .usage)
        #expect(await desk.run("quarantine", "drop", "1", "--change", "77", "--yes") == .noInput)
        #expect(await desk.run("quarantine", "drop", "1", "--change", "1", "--yes", "--json") == .done)
        #expect(desk.output.contains("\"dropped\":1"))
        #expect(await desk.run("quarantine", "drop", "1", "--yes") == .noInput)
    }

    @Test func aRevokedDeviceIsReinstated() async throws {
        let desk = try await Self.desk()
        #expect(await desk.run("device", "reinstate", "1", "--json") == .done)
        #expect(desk.output.contains("\"changed\":true"))
        #expect(try desk.data().storage.read { try $0.device(1)?.revokedAt } == nil)
        #expect(await desk.run("device", "reinstate", "7") == .noInput)
    }
}
