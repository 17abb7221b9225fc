import CallCenter
import Foundation
import Glibc
import HTTPTransport
import OfflineClient
import SyncProtocol
import Testing

/// The program `sambung-server` as it is run: in processes of its own, stopped and killed.
@Suite(.serialized, .ownThread) struct ServerProcessTests {
    /// A server's process.
    private final class Running {
        let process = Process()
        let url: URL

        init(data: String) throws {
            let output = Pipe()
            process.executableURL = try ServerProcessTests.program
            process.arguments = ["serve", "--data", data, "--listen", "127.0.0.1:0", "--json", "--log-level", "error"]
            process.standardOutput = output
            process.standardError = FileHandle.nullDevice
            try process.run()
            var line = Data()
            while !line.contains(UInt8(ascii: "\n")) {
                let more = output.fileHandleForReading.availableData
                try #require(!more.isEmpty, "the server ended before it listened")
                line += more
            }
            let said = try JSONSerialization.jsonObject(with: line) as? [String: Any]
            url = try #require((said?["listening"] as? String).flatMap { URL(string: $0) })
        }

        func end(_ signal: Int32) -> Int32 {
            kill(process.processIdentifier, signal)
            process.waitUntilExit()
            return process.terminationStatus
        }

        deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
    }

    /// The program that was built with these tests.
    private static var program: URL {
        get throws {
            let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            let program = URL(filePath: tests).deletingLastPathComponent().appending(path: "sambung-server")
            try #require(FileManager.default.isExecutableFile(atPath: program.path), "sambung-server is not built")
            return program
        }
    }

    private static func command(_ arguments: String...) throws -> [String: Any] {
        let (process, output) = (Process(), Pipe())
        process.executableURL = try program
        process.arguments = arguments + ["--json"]
        process.standardOutput = output
        try process.run()
        let said = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(arguments)")
        return try #require(try JSONSerialization.jsonObject(with: said) as? [String: Any])
    }

    private static func transport(_ url: URL) throws -> LibcurlTransport {
        // A busy machine may be late with anything.
        let timeouts = Timeouts(connectSeconds: 3600, idleSeconds: 3600, totalSeconds: 3600)
        return try LibcurlTransport(server: url, timeouts: timeouts)
    }

    private static func client(_ name: String, in folder: String) throws -> OfflineClient {
        try OfflineClient(path: "\(folder)/\(name).db", schema: try CallCenterSchema.schema, environment: .system)
    }

    private static func enrol(_ client: OfflineClient, _ data: String, _ url: URL) async throws {
        let code = try #require(try command("device", "add", "--office", "LIW", "--data", data)["code"] as? String)
        try await client.enrol(code: code, deviceName: "x", server: url.absoluteString, over: try transport(url))
    }

    private static func fields(ticket: String) -> [String: Value] {
        [
            "ticket": .text(ticket), "status": .text("received"), "class": .text("complaint"),
            "channel": .text("phone"), "received_at": .dateTime(0), "office": .text("LIW"), "title": .text(ticket),
        ]
    }

    @Test func aServerThatIsKilledWhileOfficesPushLosesNothingThatItAcknowledged() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "sambung-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let data = folder + "/data"
        let (a, b) = (try Self.client("a", in: folder), try Self.client("b", in: folder))
        var server = try Running(data: data)
        try await Self.enrol(a, data, server.url)
        try await Self.enrol(b, data, server.url)
        #expect(try a.status().profile["ticket_prefix"] == "LIW" && b.status().profile["ticket_prefix"] == "LIW2")

        for round in 0..<4 {
            for number in 0..<20 {
                _ = try a.write(operator: "a") {
                    try $0.insert("cases", Self.fields(ticket: "LIW-26-\(round)\(number)"))
                }
            }
            let (victim, url) = (server, server.url)
            let pushing = Task { try await a.sync(over: try Self.transport(url)) }
            try await Task.sleep(for: .milliseconds(round * 15))
            #expect(victim.end(SIGKILL) == SIGKILL)
            _ = try? await pushing.value
            server = try Running(data: data)
        }
        _ = try await a.sync(over: try Self.transport(server.url))
        _ = try await b.sync(over: try Self.transport(server.url))
        let status = try Self.command("status", "--data", data)
        let digest = (status["digest"] as? String).flatMap { UInt64($0, radix: 16) }
        #expect(try a.status().isSynced && b.status().isSynced)
        #expect(try a.status().digest == digest && b.status().digest == digest)
        #expect(server.end(SIGTERM) == 0)
    }

    @Test func aDeviceThatIsRevokedBesideTheRunningServerIsRefused() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "sambung-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let data = folder + "/data"
        let a = try Self.client("a", in: folder)
        let server = try Running(data: data)
        try await Self.enrol(a, data, server.url)
        #expect(try await a.sync(over: try Self.transport(server.url)).isAgreed)
        _ = try Self.command("device", "revoke", "1", "--yes", "--data", data)
        let failure = await #expect(throws: Failure.self) { try await a.sync(over: try Self.transport(server.url)) }
        #expect(failure?.code == .revoked)
        #expect(server.end(SIGTERM) == 0)
    }
}
