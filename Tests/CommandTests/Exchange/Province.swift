import CallCenter
import CentralServer
import CommandFrame
import Foundation
import OfflineClient
import SQLite
import SyncProtocol
import Synchronization

@testable import OperatorCommands

/// A centre with reference data and enrolled devices of its offices, on real files, with a clock set by hand; commands
/// run in it as they do in the program, without a network.
final class Province: Sendable {
    let folder: URL
    private let server: CentralServer
    private let storage: SQLiteStorage
    private let clock = Clock()

    /// A clock that stands still until it is moved.
    final class Clock: Sendable {
        private let milliseconds = Atomic<Int64>(1_640_995_200_000)  // 2022-01-01 07.00 WIB
        var now: Int64 { milliseconds.load(ordering: .sequentiallyConsistent) }
        func advance(minutes: Int64) { milliseconds.add(minutes * 60_000, ordering: .sequentiallyConsistent) }
    }

    /// How a command ended and what it wrote.
    struct Result {
        let status: ExitStatus
        let output: String
        let errors: String
    }

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "sambung-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let schema = try CallCenterSchema.schema
        let clock = clock
        storage = try SQLiteStorage(path: folder.appending(path: "server.db").path, schema: schema, epoch: 7)
        server = CentralServer(
            storage: storage, schema: schema,
            environment: .init(wallMilliseconds: { clock.now }, random: { UInt64.random(in: .min ... .max) }))
        for office in Seed.offices { try server.save(OfficeEntry(code: office.code, name: office.name)) }
        try server.put(
            Seed.records.compactMap { record in
                guard let collection = schema[record.collection] else { return nil }
                let fields = record.values.compactMap { number, value in collection[number].map { ($0.name, value) } }
                return (collection.name, record.id, Dictionary(uniqueKeysWithValues: fields))
            }, operator: "seed")
    }

    deinit {
        try? storage.close()
        try? FileManager.default.removeItem(at: folder)
    }

    /// A path in the folder.
    func path(_ name: String) -> String { folder.appending(path: name).path }

    /// Writes a file and returns its path.
    func file(_ name: String, _ text: String) throws -> String { try file(name, Array(text.utf8)) }

    func file(_ name: String, _ bytes: [UInt8]) throws -> String {
        try Data(bytes).write(to: folder.appending(path: name))
        return path(name)
    }

    func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: folder.appending(path: name))) }

    func advance(minutes: Int64) { clock.advance(minutes: minutes) }

    /// The database of an office's device, enrolled and synced when it is first asked for.
    func client(_ office: String) throws -> OfflineClient {
        let clock = clock
        let client = try OfflineClient(
            path: path("\(office).db"), schema: CallCenterSchema.schema,
            environment: Environment(wallMilliseconds: { clock.now }, random: { UInt64.random(in: .min ... .max) }))
        if try !client.isEnrolled {
            let code = try server.makeCode(office: office, name: office, profile: ["ticket_prefix": office])
            let request = try client.enrolRequest(code: code, deviceName: office, server: "test")
            try client.enrolled(server.enrol(request).encoded)
            try sync(client)
        }
        return client
    }

    /// Syncs a client to the end.
    func sync(_ client: OfflineClient) throws {
        var session = SyncSession(client)
        let credential = try client.credential()
        while case .send(let message) = try session.next() {
            try session.received(server.sync(message, credential: credential).encoded)
        }
    }

    /// Runs a command at an office.
    func run(
        _ office: String, _ arguments: [String], isTerminal: Bool = false, answers: [String]? = nil,
        language: String = "en_GB.UTF-8"
    ) async throws -> Result {
        try client(office).close()
        let output = Mutex("")
        let errors = Mutex("")
        let waiting = Mutex(answers ?? [])
        let environment = [
            "LANG": language, "SAMBUNG_DATABASE": path("\(office).db"), "SAMBUNG_OPERATOR": "tester \(office)",
            "NO_COLOR": "1", "COLUMNS": "100",
        ]
        let clock = clock
        let console = Console(
            output: Channel(isTerminal: isTerminal) { text in output.withLock { $0 += text } },
            errors: Channel(isTerminal: isTerminal) { text in errors.withLock { $0 += text } },
            canAsk: answers != nil, readLine: { waiting.withLock { $0.isEmpty ? nil : $0.removeFirst() } },
            environment: { environment[$0] }, now: { clock.now })
        let status = await OperatorProgram.perform(arguments, on: console)
        return Result(status: status, output: output.withLock { $0 }, errors: errors.withLock { $0 })
    }

    /// How many cases an office holds.
    func count(_ office: String, _ condition: String = "1") throws -> Int64 {
        try client(office).query { try $0.scalar("SELECT count(*) FROM cases WHERE \(condition)") ?? 0 }
    }

    /// The demo's data, as lines.
    static func demoData(_ name: String) throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        return try String(contentsOf: root.appending(path: "tools/demo-data/\(name)"), encoding: .utf8)
    }
}
