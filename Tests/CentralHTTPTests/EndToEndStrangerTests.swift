import Foundation
import HTTPTransport
import OfflineClient
import SyncProtocol
import Testing

/// What a client says when something else than a Sambung server is at the address, or nothing.
///
/// A request that isn't given up takes an hour: the limit on time is there to end the test then.
@Suite(.timeLimit(.minutes(45))) struct EndToEndStrangerTests {
    private static func http(_ status: String, _ type: String?, _ body: String, more: String = "") -> String {
        let type = type.map { "content-type: \($0)\r\n" } ?? ""
        return
            "HTTP/1.1 \(status)\r\n\(type)\(more)content-length: \(body.utf8.count)\r\nconnection: close\r\n\r\n\(body)"
    }

    private static func sync(_ server: CannedServer, timeouts: Timeouts = .long) async throws -> [UInt8] {
        let transport = try LibcurlTransport(
            server: try #require(URL(string: "http://127.0.0.1:\(server.port)")),
            timeouts: timeouts)
        return try await transport.sync([1, 2, 3], credential: [UInt8](repeating: 9, count: 32))
    }

    private static func error(_ answer: String?) async throws -> TransportError? {
        let server = try CannedServer(answer)
        return await #expect(throws: TransportError.self) { try await sync(server) }
    }

    @Test(arguments: [
        http("200 OK", "text/html; charset=utf-8", "<h1>Login</h1>"), http("200 OK", "application/json", "{}"),
        http("200 OK", nil, "hello"), http("404 Not Found", "text/html", "no"), http("204 No Content", nil, ""),
        http("500 Internal Server Error", "text/plain", "oops"),
        http("407 Proxy Authentication Required", "text/html", "password?"),
        http("302 Found", nil, "", more: "location: http://example.invalid/\r\n"),
        http("201 Created", "application/cbor", "x"),
    ])
    func anotherProgramIsNotTakenForAServer(answer: String) async throws {
        guard case .notSambung = try await Self.error(answer) else {
            Issue.record("it was taken for something else")
            return
        }
    }

    @Test(arguments: ["413 Too Large", "429 Slow Down", "502 Bad Gateway", "503 Busy", "504 Timeout", "507 Full"])
    func aServerOrProxyThatCannotServeNowIsBusy(status: String) async throws {
        let answer = Self.http(status, "text/html", "<p>later</p>")
        #expect(try await Self.error(answer) == .busy("HTTP \(status.prefix(3))"))
    }

    @Test(arguments: ["SSH-2.0-OpenSSH_9.2\r\n", "\u{0}\u{1}\u{2}\r\n", "HTTP/1.1 hello\r\n\r\n"])
    func garbageIsNotTakenForAnAnswer(answer: String) async throws {
        guard case .notSambung = try await Self.error(answer) else {
            Issue.record("it was taken for something else")
            return
        }
    }

    @Test(arguments: [
        "", "HTTP/1.1", "HTTP/1.1 200 OK\r\ncontent-le", "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-type: application/cbor\r\ncontent-length: 10\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\ncontent-type: application/cbor\r\ntransfer-encoding: chunked\r\n\r\n5\r\nabc",
    ])
    func anAnswerThatBreaksOffIsNone(answer: String) async throws {
        guard case .unreachable = try await Self.error(answer) else {
            Issue.record("it was taken for something else")
            return
        }
    }

    @Test func aStrangersContentTypeIsShownWithoutWhatSteersATerminal() async throws {
        let answer = Self.http("200 OK", "text/\u{1B}[31mhtml" + String(repeating: "x", count: 500), "")
        guard case .notSambung(let text) = try await Self.error(answer) else {
            Issue.record("it was taken for something else")
            return
        }
        #expect(!text.contains("\u{1B}") && text.count < 120)
    }

    @Test func anErrorThatSpeaksTheProtocolIsHandedOn() async throws {
        let server = try CannedServer(Self.http("503 Busy", "application/cbor", "abc"))
        #expect(try await Self.sync(server) == Array("abc".utf8))
    }

    @Test func theCredentialIsSentAndNotCarriedToWhereARedirectPoints() async throws {
        let other = try CannedServer(Self.http("200 OK", "application/cbor", "x"))
        let server = try CannedServer(
            Self.http("307 Temporary Redirect", nil, "", more: "location: http://127.0.0.1:\(other.port)/sync\r\n"))
        await #expect(throws: TransportError.self) { try await Self.sync(server) }
        let head = try #require(server.requests.first)
        #expect(head.hasPrefix("POST /sync "))
        let secret = "CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk"
        #expect(head.lowercased().contains("authorization: bearer \(secret.lowercased())"))
        #expect(other.requests.isEmpty)
    }

    @Test func anAnswerWithoutEndIsCutOff() async throws {
        let server = try CannedServer(
            Self.http("200 OK", "application/cbor", String(repeating: "x", count: Limits.messageBytes + 1)))
        guard case .notSambung = await #expect(throws: TransportError.self, performing: { try await Self.sync(server) })
        else {
            Issue.record("it was taken")
            return
        }
    }

    // MARK: Nobody there

    @Test func aPortWhereNobodyListensIsUnreachable() async throws {
        let port = try CannedServer("").port
        let world = try EndToEndWorld()
        let client = try world.client("a")
        let transport = try EndToEndWorld.transport(port: port)
        await #expect(throws: TransportError.self) {
            try await client.enrol(code: "A", deviceName: "a", server: "test", over: transport)
        }
        #expect(try !client.isEnrolled)
    }

    @Test func aServerThatNeverAnswersIsGivenUp() async throws {
        let server = try CannedServer(nil)
        let timeouts = Timeouts(connectSeconds: 3600, idleSeconds: 1, totalSeconds: 3600)
        let error = await #expect(throws: TransportError.self) { try await Self.sync(server, timeouts: timeouts) }
        guard case .unreachable = error else {
            Issue.record("it was taken for something else")
            return
        }
    }

    @Test func aSyncThatIsCancelledEndsAtOnce() async throws {
        let server = try CannedServer(nil)
        let running = Task { try await Self.sync(server) }
        try await server.untilSomebodyAsks()
        running.cancel()
        await #expect(throws: CancellationError.self) { try await running.value }
    }

    // MARK: Addresses

    @Test(arguments: [
        "ftp://pusat.example.go.id", "pusat.example.go.id", "https://", "https://a:b@pusat.example.go.id",
        "https://pusat.example.go.id/?x=1", "http://pusat.example.go.id", "http://127.0.0.1.example.go.id",
        "http://192.168.1.4:8080",
    ])
    func anAddressThatIsWrongOrUnsafeIsRefused(address: String) throws {
        let url = try #require(URL(string: address))
        #expect(throws: ServerAddressError.self) { try LibcurlTransport(server: url) }
    }

    @Test(arguments: [
        "https://pusat.example.go.id", "https://pusat.example.go.id:8443/sambung", "http://localhost:8080",
        "http://[::1]:8080", "http://127.9.9.9",
    ])
    func anAddressThatIsSafeIsTaken(address: String) throws {
        let url = try #require(URL(string: address))
        #expect(throws: Never.self) { try LibcurlTransport(server: url) }
    }

    @Test func plainTextToAnotherMachineCanBeAllowed() throws {
        let url = try #require(URL(string: "http://192.168.1.4:8080"))
        #expect(throws: Never.self) { try LibcurlTransport(server: url, allowsPlaintext: true) }
    }
}
