import CallCenter
import CommandFrame
import Foundation
import OfflineClient
import SQLite
import SyncProtocol
import SyncStore
import Testing

@testable import OperatorCommands

@Suite(.ownThread) struct ErrorTests {
    private func run(_ arguments: [String], _ locale: String = "en_US", _ environment: [String: String] = [:]) async
        -> Province.Result
    {
        let test = TestConsole(environment.merging(["LANG": locale]) { first, _ in first })
        let status = await OperatorProgram.perform(arguments, on: test.console)
        return Province.Result(status: status, output: test.output, errors: test.errors)
    }

    private func folder() throws -> String {
        let folder = FileManager.default.temporaryDirectory.appending(path: "sambung-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder.path
    }

    // MARK: Databases

    @Test func aDeviceThatIsNotEnrolledSaysHowTo() async throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for environment in [["SAMBUNG_DATABASE": "\(folder)/a.db"], ["XDG_DATA_HOME": folder], ["HOME": folder]] {
            let result = await run(["list"], "id_ID", environment)
            #expect(result.status == .configuration)
            #expect(result.errors.contains("sambung daftarkan KODE"))
        }
        #expect(await run(["list"]).error.isEmpty)
        #expect(await run(["list"]).status == .configuration)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
    }

    @Test func aDamagedForeignOrNewerDatabaseIsRefusedAndLeftAsItIs() async throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let garbage = Data((0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 37) })
        try garbage.write(to: URL(filePath: folder + "/garbage.db"))
        func made(_ name: String, _ sql: String) throws {
            let connection = try Connection(path: "\(folder)/\(name)", mode: .readWriteCreate)
            try connection.execute(sql)
        }
        try made("foreign.db", "CREATE TABLE customer (id INTEGER); PRAGMA application_id = 7")
        try OfflineClient(path: "\(folder)/newer.db", schema: CallCenterSchema.schema, environment: .still).close()
        try made("newer.db", "PRAGMA user_version = 99")
        try OfflineClient(path: "\(folder)/schema.db", schema: CallCenterSchema.schema, environment: .still).close()
        try made("schema.db", "UPDATE _schema SET version = 99")
        let expected: [(String, Ending, String)] = [
            ("garbage.db", .badData, "damaged-database"), ("foreign.db", .badData, "foreign-database"),
            ("newer.db", .protocolMismatch, "newer-database"), ("schema.db", .protocolMismatch, "newer-database"),
        ]
        for (name, status, kind) in expected {
            let before = try Data(contentsOf: URL(filePath: "\(folder)/\(name)"))
            for command in [["list"], ["new", "--title", "x"], ["status"], ["sync"]] {
                let result = await run(command + ["--json", "--database", "\(folder)/\(name)"])
                #expect(result.status == status, "\(name) \(command): \(result.errors)")
                #expect(result.error["kind"] as? String == kind, "\(name)")
            }
            #expect(try Data(contentsOf: URL(filePath: "\(folder)/\(name)")) == before, "\(name)")
        }
        #expect(await run(["list", "--database", folder]).status == .cannotCreate)
        let below = await run(["enrol", "CODE", "http://127.0.0.1:9", "--database", "\(folder)/garbage.db/x/a.db"])
        #expect(below.status == .cannotCreate)
    }

    // MARK: The network

    @Test func aServerThatIsNotThereLeavesTheCodeGoodForAnotherTry() async throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let arguments = ["enrol", "CODE", "http://127.0.0.1:1", "--database", "\(folder)/a/b/c.db"]
        for locale in ["en_US", "id_ID"] {
            let result = await run(arguments, locale)
            #expect(result.status == .unreachable)
            #expect(result.errors.contains(locale == "en_US" ? "Your work is safe" : "Pekerjaan Anda tetap tersimpan"))
        }
        #expect(await run(["list", "--database", "\(folder)/a/b/c.db"]).status == .configuration)
    }

    @Test func anAddressInThePlaceOfTheCodeIsTold() async throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let swapped = ["enrol", "https://pusat.example.go.id", "ABCD-EFGH", "--database", "\(folder)/c.db", "--json"]
        let result = await run(swapped)
        #expect(result.status == .usage && result.errors.contains("code-expected"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
    }

    @Test func anAddressIsLookedAtBeforeAnythingIsMade() async throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Data("no certificate".utf8).write(to: URL(filePath: folder + "/ca.pem"))
        let expected: [([String], Ending, String)] = [
            (["http://pusat.example.go.id"], .usage, "plaintext"),
            (["ftp://pusat.example.go.id"], .usage, "bad-address"),
            (["https://"], .usage, "bad-address"), (["https://user:secret@pusat.example.go.id"], .usage, "bad-address"),
            (["https://pusat.example.go.id", "--ca", "\(folder)/none.pem"], .noInput, "no-such-file"),
            (["https://pusat.example.go.id", "--ca", "\(folder)/ca.pem"], .badData, "bad-certificate-authority"),
        ]
        for (address, status, kind) in expected {
            let result = await run(["enrol", "CODE", "--json", "--database", "\(folder)/a.db"] + address)
            #expect(result.status == status, "\(address)")
            #expect(result.error["kind"] as? String == kind, "\(address): \(result.errors)")
            #expect(!result.errors.contains("secret"))
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["ca.pem"])
    }

    @Test(
        "each failure of a server has its exit status and says what to do",
        arguments: [
            (.unknownCode, .notAllowed), (.usedCode, .notAllowed), (.expiredCode, .notAllowed), (.revoked, .notAllowed),
            (.notEnrolled, .notAllowed), (.unsupportedVersion, .protocolMismatch), (.otherSchema, .protocolMismatch),
            (.clock, .configuration), (.forked, .protocolMismatch), (.behind, .protocolMismatch),
            (.unavailable, .temporary),
            (.storageFull, .temporary), (.malformed, .protocolMismatch), (.unknown, .protocolMismatch),
            (.badCursor, .protocolMismatch), (.tooManyAttempts, .temporary), (.serverClock, .temporary),
        ] as [(Failure.Code, Ending)])
    func failures(_ code: Failure.Code, _ status: Ending) throws {
        let error = try #require(explain(Failure(code: code, time: 0, detail: "detail")))
        #expect(error.status == status)
        #expect(error.advice != nil)
        #expect(error.message.id != error.message.en)
    }

    @Test func everyErrorOfTheLayersBelowIsExplainedInBothLanguages() throws {
        let full = SQLiteError(code: 13, message: "database or disk is full", path: "a.db")
        let errors: [(any Error, Ending)] = [
            (full, .inputOutput), (SQLiteError(code: 10, message: "disk I/O error"), .inputOutput),
            (SQLiteError(code: 5, message: "locked"), .temporary),
            (SQLiteError(code: 8, message: "readonly"), .cannotCreate),
            (SQLiteError(code: 11, message: "malformed"), .badData), (SQLiteError(code: 1, message: "syntax"), .bug),
            (SQLiteError(code: 1, message: "no such column: title"), .badData),
            (DatabaseError.damaged(path: "a.db", full), .badData), (DatabaseError.foreignFile(path: "a.db"), .badData),
            (DatabaseError.newerFormat(path: "a.db", found: 2, known: 1), .protocolMismatch),
            (DatabaseError.unusable(path: "a.db", reason: "why"), .cannotCreate),
            (DatabaseError.lockedByOther(path: "a.db", holder: nil, waitedSeconds: 10), .temporary),
            (DatabaseError.lostDurability(path: "a.db", full), .temporary),
            (DatabaseError.notDurable(path: "a.db", setting: "synchronous", found: "1"), .inputOutput),
            (DatabaseError.closed(path: "a.db"), .bug), (StoreError.otherSchema(found: "x", expected: "y"), .badData),
            (StoreError.newerSchema(found: 2, known: 1), .protocolMismatch), (StoreError.damagedState("x"), .badData),
            (TransportError.unreachable("why"), .unreachable), (TransportError.untrusted("why"), .configuration),
            (TransportError.notSambung("why"), .protocolMismatch), (TransportError.busy("why"), .temporary),
            (ProtocolError(.truncated, at: 3, "detail"), .protocolMismatch), (ClientError.notEnrolled, .configuration),
            (ClientError.alreadyEnrolled(office: "LIW"), .usage),
            (ClientError.locked, .notAllowed),
            (ClientError.readOnly(collection: "region"), .notAllowed),
            (ClientError.noSuchRecord(RecordID(high: 0, low: 1)), .noInput), (ClientError.nothingToUndo, .noInput),
            (ClientError.notAllowed(collection: "cases", field: "title", reason: .tooLarge), .usage),
            (MoveError.answerMissing, .usage), (PhoneNumberError.empty, .usage),
        ]
        for (error, status) in errors {
            let explained = try #require(explain(error), "\(error)")
            #expect(explained.status == status, "\(error)")
            #expect(explained.message.id != explained.message.en, "\(error)")
        }
        for reason in Refusal.Reason.allCases { #expect(reason.words.id != reason.words.en) }
    }

    @Test func aFailedSyncOfTheDiskMayBeTriedAgain() throws {
        let failed = SQLiteError(code: 1034, message: "disk I/O error", path: "a.db")
        let error = try #require(explain(DatabaseError.lostDurability(path: "a.db", failed)))
        #expect(error.status == .temporary)
        #expect(error.status.rawValue == 75)
        #expect(error.message.en.contains("a.db"))
        #expect(error.advice?.en.contains("What was recorded before is safe") == true)
    }

    @Test func aFullDiskSaysThatEarlierWorkIsSafe() throws {
        let error = try #require(explain(SQLiteError(code: 13, message: "database or disk is full")))
        #expect(error.status == .inputOutput)
        #expect(error.advice?.en.contains("is safe") == true)
        #expect(error.advice?.id.contains("tetap tersimpan") == true)
    }
}

extension Environment {
    /// A clock that stands still.
    fileprivate static let still = Environment(
        wallMilliseconds: { 1_640_995_200_000 }, random: { UInt64.random(in: .min ... .max) })
}
