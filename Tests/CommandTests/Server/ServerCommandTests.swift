import ArgumentParser
import CallCenter
import CentralServer
import CommandFrame
import Foundation
import SQLite
import SyncProtocol
import Synchronization
import Testing

@testable import ServerCommands

/// A data directory, and a console that remembers what was said.
final class ServerDesk: Sendable {
    let folder = FileManager.default.temporaryDirectory.appending(path: "sambung-\(UUID().uuidString)").path
    private let said = Mutex((output: "", errors: ""))
    private let typed: String?
    private let environment: [String: String]

    /// - Parameters:
    ///   - typed: what the person answers; nil where nobody is there.
    ///   - hasData: whether the server was started once.
    init(typed: String? = nil, environment: [String: String] = [:], hasData: Bool = true) {
        self.typed = typed
        self.environment = environment
        guard hasData else { return }
        try? Console.$current.withValue(console) {
            try CentralData.create(try DataOptions.parse(["--data", folder])).storage.close()
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    var output: String { said.withLock { $0.output } }
    var errors: String { said.withLock { $0.errors } }

    var console: Console {
        Console(
            output: Channel { text in self.said.withLock { $0.output += text } },
            errors: Channel { text in self.said.withLock { $0.errors += text } }, canAsk: typed != nil,
            readLine: { self.typed }, environment: { self.environment[$0] }, now: { 1_780_000_000_000 })
    }

    /// Runs a command on this desk's data.
    @discardableResult
    func run(_ arguments: String...) async -> CommandFrame.ExitStatus {
        await ServerProgram.perform(arguments + ["--data", folder], on: console)
    }

    /// The data, opened beside the commands.
    func data() throws -> CentralData {
        try Console.$current.withValue(console) { try CentralData.open(try DataOptions.parse(["--data", folder])) }
    }
}

@Suite struct ServerCommandTests {
    private static func lines(_ text: String) -> [[String: Any]] {
        text.split(separator: "\n").compactMap {
            try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
        }
    }

    // MARK: Data

    @Test func dataIsMadeForItsUserAloneWithTheReferenceData() async throws {
        let desk = ServerDesk()
        #expect(await desk.run("office", "add", "RSUD", "Loket RSUD", "--region", "18.71") == .done)
        func rights(_ path: String) throws -> Int? {
            (try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber)?.intValue
        }
        #expect(try rights(desk.folder) == 0o700)
        #expect(try rights(desk.folder + "/central.db") == 0o600)
        let data = try desk.data()
        let offices = try data.storage.read { try $0.offices() }
        #expect(Set(offices.map(\.code)) == Set(Seed.offices.map(\.code) + ["RSUD"]))
        let regions = try data.storage.query { try $0.scalar("SELECT count(*) FROM region") }
        #expect(regions == 15)
    }

    @Test func whatTheCentreAmendedStaysAndWhatIsMissingIsBrought() async throws {
        let desk = ServerDesk()
        #expect(await desk.run("office", "add", "LIW", "Kantor Liwa Baru") == .done)
        let data = try desk.data()
        #expect(try ReferenceData.bring(into: data) == 0)
        let name = try data.storage.query { connection in
            let select = try connection.statement("SELECT name FROM office WHERE code = 'LIW'")
            defer { select.reset() }
            return try select.step() ? select.string(0) : ""
        }
        #expect(name == "Kantor Liwa Baru")
        // A record that a former version of this program wrote otherwise follows this version.
        let id = Seed.id(collection: "agency", key: "DINKES")
        try data.server.put(
            [(collection: "agency", id: id, fields: ["name": .text("old")])], operator: ReferenceData.operatorName)
        #expect(try ReferenceData.bring(into: data) == 1)
    }

    @Test(arguments: [
        ["status"], ["office", "list"], ["device", "list"], ["device", "revoke", "1"], ["conflicts"],
        ["scope", "set", "--usual"], ["office", "add", "LIW", "Liwa"],
    ])
    func aCommandOnAFolderWithoutDataMakesNone(command: [String]) async {
        let desk = ServerDesk(hasData: false)
        let status = await ServerProgram.perform(command + ["--data", desk.folder], on: desk.console)
        #expect(status == .noInput)
        #expect(!FileManager.default.fileExists(atPath: desk.folder))
    }

    @Test func aDatabaseOfANewerProgramIsRefusedUnchanged() async throws {
        let desk = ServerDesk()
        await desk.run("office", "add", "RSUD", "Loket")
        try Connection(
            path: desk.folder + "/central.db", mode: .readWriteCreate, busyTimeoutMilliseconds: 1000
        ).execute("PRAGMA user_version=99")
        #expect(await desk.run("status") == .protocolMismatch)
        #expect(await desk.run("serve", "--listen", "127.0.0.1:0") == .protocolMismatch)
    }

    // MARK: Offices and devices

    @Test func everyCodeOfAnOfficeHasATicketPrefixOfItsOwn() async throws {
        let desk = ServerDesk()
        await desk.run("office", "add", "RSUD", "Loket")
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<6 { group.addTask { await desk.run("device", "add", "--office", "rsud", "--json") } }
        }
        let prefixes = Self.lines(desk.output).compactMap { $0["ticket_prefix"] as? String }
        #expect(Set(prefixes) == ["RSUD", "RSUD2", "RSUD3", "RSUD4", "RSUD5", "RSUD6"])
        let codes = Self.lines(desk.output).compactMap { $0["code"] as? String }
        #expect(Set(codes).count == 6)
    }

    @Test func aCodeIsPrintedWithWhatToTypeInThePersonsLanguage() async {
        let english = ServerDesk(environment: ["LANG": "C", "SAMBUNG_ADDRESS": "https://pusat.example.go.id"])
        #expect(await english.run("device", "add", "--office", "LIW") == .done)
        let code = english.output.trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(english.errors.contains("sambung enrol \(code) https://pusat.example.go.id"))
        let indonesian = ServerDesk(environment: ["LANG": "id_ID.UTF-8"])
        #expect(await indonesian.run("perangkat", "tambah", "--office", "LIW") == .done)
        #expect(indonesian.errors.contains("sambung daftarkan "))
    }

    @Test(arguments: ["R", "RSUDX", "RS1", "RS-A", ""])
    func anOfficeCodeThatCannotBeginATicketNumberIsRefused(code: String) async {
        let desk = ServerDesk()
        #expect(await desk.run("office", "add", code, "Name") == .usage)
    }

    @Test func anOfficeThatNobodyKnowsGetsNoCode() async {
        let desk = ServerDesk()
        #expect(await desk.run("device", "add", "--office", "ZZZ") == .noInput)
        #expect(desk.output.isEmpty)
    }

    /// A desk with one enrolled device, and its number.
    private static func deskWithDevice(typed: String?) async throws -> ServerDesk {
        let desk = ServerDesk(typed: typed)
        await desk.run("device", "add", "--office", "LIW", "--json")
        let code = try #require(lines(desk.output).first?["code"] as? String)
        let request = EnrolRequest(
            time: 0, code: code, credentialHash: [UInt8](repeating: 1, count: 32), deviceName: "Liwa",
            schemaName: CallCenterSchema.name)
        guard case .enrolAnswer(let answer) = try desk.data().server.enrol(request.encoded) else {
            throw CancellationError()
        }
        #expect(answer.profile == ["ticket_prefix": "LIW"])
        return desk
    }

    @Test func revokingNeedsTheTypedPrefixOrYes() async throws {
        func isRevoked(_ desk: ServerDesk) throws -> Bool {
            try desk.data().storage.read { try $0.device(1)?.revokedAt != nil }
        }
        for (typed, expected) in [
            (nil, CommandFrame.ExitStatus.usage), ("LIW2", .usage), ("", .usage), (" liw ", .done),
        ] {
            let desk = try await Self.deskWithDevice(typed: typed)
            #expect(await desk.run("device", "revoke", "1") == expected)
            #expect(try isRevoked(desk) == (expected == .done))
        }
        let desk = try await Self.deskWithDevice(typed: nil)
        #expect(await desk.run("perangkat", "cabut", "1", "--yes") == .done)
        #expect(try isRevoked(desk))
        #expect(await desk.run("device", "revoke", "7", "--yes") == .noInput)
    }

    @Test func statusTellsTheSameInBothForms() async throws {
        let desk = try await Self.deskWithDevice(typed: nil)
        #expect(await desk.run("status", "--json") == .done)
        let status = try #require(Self.lines(desk.output).last)
        let state = try desk.data().storage.read { try $0.state() }
        #expect(status["sequence"] as? Int == Int(state.sequence))
        #expect((status["digest"] as? String).flatMap { UInt64($0, radix: 16) } == state.digest)
        #expect((status["devices"] as? [[String: Any]])?.first?["office"] as? String == "LIW")
        #expect((status["conflicts"] as? [String: Int])?["open"] == 0)
        #expect(await desk.run("keadaan") == .done)
        #expect(desk.output.contains(try #require(status["digest"] as? String)))
    }

    @Test func everyCommandHasHelpInBothLanguages() async {
        let commands = [
            [], ["serve"], ["office"], ["office", "add"], ["office", "list"], ["device"], ["device", "add"],
            ["device", "list"], ["device", "revoke"], ["status"], ["conflicts"],
        ]
        for command in commands {
            var texts: [String] = []
            for language in ["C", "id_ID.UTF-8"] {
                let desk = ServerDesk(environment: ["LANG": language])
                #expect(await ServerProgram.perform(command + ["--help"], on: desk.console) == .done, "\(command)")
                texts.append(desk.output)
            }
            #expect(texts[0].contains("Usage:") && texts[1].contains("Pemakaian:"), "\(command)")
        }
    }
}
