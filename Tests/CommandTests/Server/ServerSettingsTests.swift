import ArgumentParser
import CentralServer
import CommandFrame
import Foundation
import Logging
import SQLite
import Synchronization
import Testing

@testable import ServerCommands

/// What `serve` is told, how it logs, and what it does when the disk fails.
@Suite struct ServerSettingsTests {
    private static func settings(_ arguments: [String], _ environment: [String: String] = [:]) throws -> ServeSettings {
        let desk = ServerDesk(environment: environment)
        return try Console.$current.withValue(desk.console) { try ServeSettings(try Serve.parse(arguments)) }
    }

    @Test func aFlagComesBeforeTheEnvironmentAndThatBeforeTheDefault() throws {
        let environment = ["SAMBUNG_LISTEN": "0.0.0.0:1", "SAMBUNG_LOG_FORMAT": "json", "SAMBUNG_LOG_LEVEL": ""]
        let given = try Self.settings(["--listen", "[::1]:2"], environment)
        #expect(given.host == "::1" && given.port == 2)
        #expect(given.logFormat == .json && given.logLevel == .info)
        let usual = try Self.settings([])
        #expect(usual.host == "127.0.0.1" && usual.port == 8080 && usual.tls == nil && !usual.allowsPlaintext)
    }

    @Test(arguments: ["8080", "host", "host:", ":80", "host:65536", "host:-1", "::1:80", "host:80x", "[]:80"])
    func anAddressThatIsNoneIsAnErrorOfTheConfiguration(address: String) {
        let error = #expect(throws: CommandError.self) { try Self.settings(["--listen", address]) }
        #expect(error?.status == .configuration)
    }

    @Test(arguments: [
        ["--certificate", "a"], ["--key", "a"], ["--log-format", "xml"], ["--log-level", "loud"],
    ])
    func aSettingThatIsHalfOrUnknownIsAnErrorOfTheConfiguration(arguments: [String]) {
        let error = #expect(throws: CommandError.self) { try Self.settings(arguments) }
        #expect(error?.status == .configuration)
    }

    @Test(arguments: [
        ["--listen", "0.0.0.0:0"], ["--listen", "127.0.0.1:0", "--certificate", "missing.pem", "--key", "missing.key"],
    ])
    func aServerThatWouldBeUnsafeOrCannotDoTLSDoesNotStart(arguments: [String]) async {
        let desk = ServerDesk()
        let status = await ServerProgram.perform(["serve", "--data", desk.folder] + arguments, on: desk.console)
        #expect(status == .configuration)
    }

    // MARK: Log

    private static func line(_ format: LogFormat, journal: Bool = false, _ body: (Logger) -> Void) -> String {
        let sink = Sink()
        body(
            Logger(label: "test") { _ in
                LineLogHandler(
                    format: format, isForJournal: journal, now: { 1_780_000_000_123 }, write: { sink.add($0) })
            })
        return sink.text
    }

    private final class Sink: Sendable {
        private let lines = Mutex("")
        var text: String { lines.withLock { $0 } }
        func add(_ line: String) { lines.withLock { $0 += line } }
    }

    @Test func anEventIsOneLineWhateverItHolds() throws {
        for format in LogFormat.allCases {
            let text = Self.line(format) {
                $0.warning("two\nlines\u{1B}[31m", metadata: ["a": "x y\r\nINFO forged", "b": "1"])
            }
            #expect(text.hasSuffix("\n") && text.filter(\.isNewline).count == 1)
            #expect(!text.contains("\u{1B}"))
        }
        let text = Self.line(.text) { $0.warning("hello", metadata: ["b": "1", "a": "x y"]) }
        #expect(text == "2026-05-28T20:26:40.123Z WARNING hello a=\"x y\" b=1\n")
        #expect(Self.line(.text, journal: true) { $0.error("hello") } == "<3>hello\n")
    }

    @Test func aLineOfJSONIsAnObjectWhoseOwnNamesCannotBeForged() throws {
        let text = Self.line(.json) { $0.info("hello", metadata: ["level": "critical", "device": "3"]) }
        let object = try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: String])
        #expect(
            object == ["time": "2026-05-28T20:26:40.123Z", "level": "info", "message": "hello", "device": "3"])
    }

    // MARK: A disk that fails

    private struct BrokenStorage: CentralStorage {
        let error: DatabaseError
        func read<T>(_ body: (any CentralSnapshot) throws -> T) throws -> T { throw error }
        func write<T>(_ body: (any CentralTransaction) throws -> T) throws -> T { throw error }
        func scrub() throws { throw error }
    }

    @Test(arguments: [
        (SQLiteError(code: 11, message: "malformed"), Ending.badData),
        (SQLiteError(code: 26, message: "none"), .badData),
        (SQLiteError(code: 1, message: "no such column: office"), .badData),
        (SQLiteError(code: 1, message: "no such table: _device"), .badData),
        (SQLiteError(code: 10, message: "disk I/O error"), .inputOutput),
        (SQLiteError(code: 13, message: "full"), .inputOutput),
    ])
    func whatSQLiteReportsHasItsExitStatusAndSaysWhatToDo(error: SQLiteError, status: Ending) throws {
        let explained = try #require(explain(error))
        #expect(explained.status == status)
        #expect(explained.advice != nil)
        #expect(explained.message.id != explained.message.en)
    }

    @Test func aDiskThatKeepsNothingIsToldOfAtOnceAndAnyOtherErrorIsNot() {
        let lost = Mutex(0)
        func watch(_ error: DatabaseError) -> DurabilityWatch {
            DurabilityWatch(base: BrokenStorage(error: error)) { _ in lost.withLock { $0 += 1 } }
        }
        #expect(throws: DatabaseError.self) { try watch(.closed(path: "x")).write { _ in } }
        #expect(lost.withLock { $0 } == 0)
        let failed = SQLiteError(code: 1034, message: "disk I/O error")
        #expect(throws: DatabaseError.self) { try watch(.lostDurability(path: "x", failed)).write { _ in } }
        #expect(throws: DatabaseError.self) { try watch(.lostDurability(path: "x", failed)).read { _ in } }
        #expect(lost.withLock { $0 } == 2)
    }
}
