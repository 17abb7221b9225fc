import CentralServer
import ContentCoding
import Foundation
import HTTPTransport
import OfflineClient
import SyncProtocol
import Synchronization
import Testing

@testable import CentralHTTP

/// Clients on `LibcurlTransport` against the real edge and the real store.
@Suite struct EndToEndTests {
    @Test func twoOfficesThatEditOneCaseOfflineAgreeAndLogTheLoser() async throws {
        let world = try EndToEndWorld()
        try await world.serving { port in
            let transport = try EndToEndWorld.transport(port: port)
            let a = try await world.enrolledClient("a", over: transport)
            let b = try await world.enrolledClient("b", over: transport)
            let id = try a.write(operator: "a") { try $0.insert("cases", ["title": .text("road")]) }
            _ = try await a.sync(over: transport)
            _ = try await b.sync(over: transport)
            try a.write(operator: "a") { _ = try $0.update("cases", id, ["title": .text("from a")]) }
            try b.write(operator: "b") { _ = try $0.update("cases", id, ["title": .text("from b")]) }
            for client in [a, b, a] { #expect(try await client.sync(over: transport).isAgreed) }
            let titles = try [a, b].map { try $0.read("cases", id)?["title"] }
            #expect(titles[0] == titles[1])
            for client in [a, b] {
                let entry = try #require(try client.conflicts().first)
                let written = [entry.losing, entry.winning].compactMap { $0.values["title"] }
                #expect(Set(written) == [.text("from a"), .text("from b")])
                #expect(try client.status().isSynced)
            }
            #expect(try a.status().digest == b.status().digest)
        }
    }

    @Test(arguments: [ContentCoding.zstd, .gzip])
    func aLargeSyncTravelsPackedBothWays(coding: ContentCoding) async throws {
        let world = try EndToEndWorld()
        try await world.serving { port in
            let packed = Mutex((before: 0, after: 0))
            let requests = RequestCoding(name: coding.rawValue) { body in
                let result = try coding.compress(body)
                packed.withLock { $0 = ($0.before + body.count, $0.after + result.count) }
                return result
            }
            let transport = try EndToEndWorld.transport(port: port, coding: requests)
            let a = try await world.enrolledClient("a", over: transport)
            let b = try await world.enrolledClient("b", over: transport)
            let text = String(repeating: "jalan berlubang ", count: 1000)
            for number in 0..<50 {
                try a.write(operator: "a") {
                    _ = try $0.insert("cases", ["title": .text("\(number)"), "note": .text(text)])
                }
            }
            #expect(try await a.sync(over: transport).pushed == 50)
            #expect(try await b.sync(over: transport).pulled == 50)
            #expect(try a.status().digest == b.status().digest)
            #expect(packed.withLock { $0.after * 10 < $0.before })
        }
    }

    @Test func aCodingThatTheServerDoesNotKnowIsLeftOut() async throws {
        let world = try EndToEndWorld()
        try await world.serving { port in
            let asked = Atomic(0)
            let strange = RequestCoding(name: "rot13") { body in
                asked.add(1, ordering: .relaxed)
                return Array(body.dropLast())
            }
            let transport = try EndToEndWorld.transport(port: port, coding: strange)
            let a = try await world.enrolledClient("a", over: transport)
            #expect(try await a.sync(over: transport).isAgreed)
            #expect(asked.load(ordering: .relaxed) == 1)
        }
    }

    @Test func whatAServerThatWasCutOffAcknowledgedIsThereWhenItIsBack() async throws {
        let world = try EndToEndWorld()
        var transport = try await world.serving { port in try EndToEndWorld.transport(port: port) }
        let (a, b) = (try world.client("a"), try world.client("b"))
        try await world.serving { port in
            transport = try EndToEndWorld.transport(port: port)
            for client in [a, b] {
                let code = try world.server.makeCode(office: "A", name: "", profile: [:])
                try await client.enrol(code: code, deviceName: "x", server: "test", over: transport)
            }
            _ = try a.write(operator: "a") { try $0.insert("cases", ["title": .text("before")]) }
            _ = try await a.sync(over: transport)
        }
        _ = try a.write(operator: "a") { try $0.insert("cases", ["title": .text("meanwhile")]) }
        await #expect(throws: TransportError.self) { try await a.sync(over: transport) }
        #expect(try a.status().pending == 1)
        try await world.serving { port in
            let transport = try EndToEndWorld.transport(port: port)
            #expect(try await a.sync(over: transport).pushed == 1)
            #expect(try await b.sync(over: transport).pulled == 2)
        }
        #expect(try a.status().digest == b.status().digest)
    }

    // MARK: Refusals

    @Test func aRevokedDeviceIsToldSoAndKeepsItsWork() async throws {
        let world = try EndToEndWorld()
        try await world.serving { port in
            let transport = try EndToEndWorld.transport(port: port)
            let a = try await world.enrolledClient("a", over: transport)
            _ = try a.write(operator: "a") { try $0.insert("cases", ["title": .text("road")]) }
            try world.server.revoke(device: 1)
            let failure = await #expect(throws: Failure.self) { try await a.sync(over: transport) }
            #expect(failure?.code == .revoked)
            #expect(try a.status().pending == 1)
        }
    }

    @Test func aCodeThatIsWrongOrUsedEnrolsNobody() async throws {
        let world = try EndToEndWorld()
        try await world.serving { port in
            let transport = try EndToEndWorld.transport(port: port)
            let (a, b) = (try world.client("a"), try world.client("b"))
            let wrong = await #expect(throws: Failure.self) {
                try await a.enrol(code: "AAAA-AAAA-AAAA-AAAA", deviceName: "a", server: "test", over: transport)
            }
            #expect(wrong?.code == .unknownCode)
            let code = try world.server.makeCode(office: "A", name: "a", profile: [:])
            try await a.enrol(code: code, deviceName: "a", server: "test", over: transport)
            let used = await #expect(throws: Failure.self) {
                try await b.enrol(code: code, deviceName: "b", server: "test", over: transport)
            }
            #expect(used?.code == .usedCode)
            #expect(try a.isEnrolled && !b.isEnrolled)
        }
    }

    @Test func aCredentialThatIsNoneOfTheServersIsRefused() async throws {
        let world = try EndToEndWorld()
        try await world.serving { port in
            let transport = try EndToEndWorld.transport(port: port)
            // The long one is packed, and is not unpacked for nobody.
            var long = SyncRequest()
            long.changes = [[UInt8](repeating: 0, count: 100_000)[...]]
            for (credential, request) in [
                ([], SyncRequest()), ([UInt8](repeating: 7, count: 32), SyncRequest()),
                ([UInt8](repeating: 7, count: 31), SyncRequest()), ([UInt8](repeating: 7, count: 32), long),
            ] {
                let answer = try await transport.sync(request.encoded, credential: credential)
                guard case .failure(let failure) = try Message(decoding: answer) else {
                    Issue.record("\(credential.count) bytes were let in")
                    return
                }
                #expect(failure.code == .notEnrolled)
            }
        }
    }

    @Test(arguments: Failure.Code.allCases) func everyFailureHasAnErrorsStatus(code: Failure.Code) {
        let expected: [Failure.Code: Int] = [
            .unknown: 500, .malformed: 400, .unsupportedVersion: 400, .notEnrolled: 401, .revoked: 403,
            .unknownCode: 403, .usedCode: 403, .expiredCode: 403, .clock: 409, .forked: 409, .behind: 409,
            .unavailable: 503, .otherSchema: 400, .badCursor: 400, .storageFull: 507,
            .tooManyAttempts: 429, .serverClock: 503,
        ]
        #expect(CentralEndpoint.status(of: code) == expected[code])
    }

    @Test func aServerIsReadyUnlessItsDiskIsNearlyFull() async throws {
        let world = try EndToEndWorld()
        let roomy = CentralEndpoint(world.server, directory: world.folder.path, freeBytes: 0)
        #expect(await roomy.readiness() == .ready)
        let full = CentralEndpoint(world.server, directory: world.folder.path, freeBytes: .max)
        guard case .notReady(let reasons) = await full.readiness() else {
            Issue.record("a full disk is no reason")
            return
        }
        #expect(reasons.count == 1 && reasons[0].contains("MiB left"))
    }
}
