import CommandFrame
import Foundation
import Testing

@testable import OperatorCommands

/// `enrol` and `sync` against the real server, which runs in a process of its own.
@Suite(.serialized, .ownThread) struct NetworkTests {
    private final class Centre {
        let folder: String
        let url: String
        private let process = Process()

        init() throws {
            folder = FileManager.default.temporaryDirectory.appending(path: "sambung-\(UUID().uuidString)").path
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let output = Pipe()
            process.executableURL = try Self.program
            process.arguments = [
                "serve", "--data", folder + "/data", "--listen", "127.0.0.1:0", "--json", "--log-level", "error",
            ]
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
            url = try #require(said?["listening"] as? String)
        }

        deinit {
            if process.isRunning {
                process.terminate()
                process.waitUntilExit()
            }
            try? FileManager.default.removeItem(atPath: folder)
        }

        static var program: URL {
            get throws {
                let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
                let program = URL(filePath: tests).deletingLastPathComponent().appending(path: "sambung-server")
                try #require(FileManager.default.isExecutableFile(atPath: program.path), "sambung-server is not built")
                return program
            }
        }

        func stop() {
            process.terminate()
            process.waitUntilExit()
        }

        /// A new enrolment code.
        func code() throws -> String {
            let (process, output) = (Process(), Pipe())
            process.executableURL = try Self.program
            process.arguments = ["device", "add", "--office", "LIW", "--data", folder + "/data", "--json"]
            process.standardOutput = output
            try process.run()
            let said = output.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            let object = try JSONSerialization.jsonObject(with: said) as? [String: Any]
            return try #require(object?["code"] as? String)
        }

        func run(_ device: String, _ arguments: String..., locale: String = "en_US") async -> Province.Result {
            let test = TestConsole(
                [
                    "LANG": locale, "SAMBUNG_DATABASE": "\(folder)/\(device)/\(device).db", "SAMBUNG_OPERATOR": device,
                ], now: { Int64(Date().timeIntervalSince1970 * 1000) })
            let status = await OperatorProgram.perform(arguments, on: test.console)
            return Province.Result(status: status, output: test.output, errors: test.errors)
        }
    }

    @Test func twoDevicesEnrolWorkAndAgree() async throws {
        let centre = try Centre()
        for device in ["a", "b"] {
            let result = await centre.run(device, "enrol", try centre.code(), centre.url, "--json")
            #expect(result.status == .done, "\(result.errors)")
            #expect(result.json["ticket_prefix"] as? String == (device == "a" ? "LIW" : "LIW2"))
            #expect(await centre.run(device, "sync", "--strict").status == .done)
        }
        let made = await centre.run("a", "new", "--title", "Jalan rusak", "--json")
        #expect(made.json["sync"] as? String == "pending")
        let sent = await centre.run("a", "sync", "--json", "--strict")
        #expect(sent.json["pushed"] as? Int == 1)
        #expect(sent.json["synced"] as? Bool == true)
        #expect(await centre.run("b", "sync", "--json").json["pulled"] as? Int == 1)
        #expect(await centre.run("b", "show", "LIW-", "--json").json["sync"] as? String == "synced")

        _ = await centre.run("a", "edit", "1", "place=Liwa")
        _ = await centre.run("b", "edit", "1", "place=Krui")
        for device in ["a", "b"] { _ = await centre.run(device, "sync") }
        let conflict = await centre.run("a", "sinkron", "--strict", locale: "id_ID")
        #expect(conflict.status == .needsAttention)
        #expect(conflict.output.contains("1 bentrok baru"))
        #expect(conflict.errors.contains("→ sambung bentrok"))
        #expect(await centre.run("a", "sync").status == .done)
    }

    @Test func aCodeWorksOnceAndAnEnrolledDatabaseStaysWhatItIs() async throws {
        let centre = try Centre()
        let code = try centre.code()
        #expect(await centre.run("a", "enrol", code, centre.url).status == .done)
        let again = await centre.run("b", "enrol", code, centre.url, "--json")
        #expect(again.status == .notAllowed)
        #expect(again.error["kind"] as? String == "used-code")
        let unknown = await centre.run("b", "enrol", "AAAA-AAAA-AAAA-AAAA", centre.url, "--json")
        #expect(unknown.status == .notAllowed)
        #expect(unknown.error["kind"] as? String == "unknown-code")
        let second = await centre.run("a", "enrol", try centre.code(), centre.url, "--json")
        #expect(second.status == .usage)
        #expect(second.error["kind"] as? String == "already-enrolled")
        #expect(await centre.run("b", "enrol", try centre.code(), centre.url).status == .done)
    }

    @Test func aServerThatWentAwayLosesNothing() async throws {
        let centre = try Centre()
        _ = await centre.run("a", "enrol", try centre.code(), centre.url)
        _ = await centre.run("a", "sync")
        centre.stop()
        let made = await centre.run("a", "new", "--title", "Jalan rusak")
        #expect(made.status == .done)
        let result = await centre.run("a", "sync", "--json")
        #expect(result.status == .unreachable)
        #expect(result.error["kind"] as? String == "unreachable")
        #expect(await centre.run("a", "status", "--json").json["pending"] as? Int == 1)
    }

    @Test func aWatchGoesOnUntilItIsEndedThoughTheServerIsAway() async throws {
        let centre = try Centre()
        _ = await centre.run("a", "enrol", try centre.code(), centre.url)
        centre.stop()
        let test = TestConsole(["LANG": "en_US", "SAMBUNG_DATABASE": "\(centre.folder)/a/a.db"])
        let watch = Task { await OperatorProgram.perform(["sync", "--watch", "--every", "1"], on: test.console) }
        while test.errors.components(separatedBy: "can't be reached").count < 3 {
            try await Task.sleep(for: .milliseconds(50))
        }
        watch.cancel()
        #expect(await watch.value == .done)
        #expect(await centre.run("a", "sync", "--watch", "--every", "0").status == .usage)
    }
}
