import CentralServer
import Foundation
import OfflineClient
import SQLite
import SyncProtocol
import SyncStore
import Synchronization

/// A server and its clients on real stores in a temporary folder, with a clock set by hand and no network.
final class TestWorld: Sendable {
    let folder: URL
    let clock = TestClock()
    let schema: Schema
    let storage: SQLiteStorage
    let server: CentralServer

    init(schema: Schema? = nil) throws {
        let schema = try schema ?? Self.schema()
        self.schema = schema
        folder = FileManager.default.temporaryDirectory.appending(path: "sambung-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        storage = try SQLiteStorage(path: folder.appending(path: "server.db").path, schema: schema, epoch: 7)
        let clock = clock
        server = CentralServer(
            storage: storage, schema: schema,
            environment: .init(wallMilliseconds: { clock.now }, random: { UInt64.random(in: 0...UInt64.max) }))
        try server.save(OfficeEntry(code: "A", name: "Office A"))
    }

    deinit {
        try? storage.close()
        try? FileManager.default.removeItem(at: folder)
    }

    /// An enrolled client of an office, whose clock is off by some milliseconds.
    func client(
        _ name: String, skew: Int64 = 0, schema: Schema? = nil, office: String = "A",
        clock own: (@Sendable () -> Int64)? = nil
    ) throws -> OfflineClient {
        let clock = clock
        let client = try OfflineClient(
            path: folder.appending(path: "\(name).db").path, schema: schema ?? self.schema,
            environment: Environment(
                wallMilliseconds: own ?? { clock.now + skew }, random: { UInt64.random(in: 0...UInt64.max) }))
        if try !client.isEnrolled {
            let code = try server.makeCode(office: office, name: name, profile: ["ticket_prefix": name])
            let request = try client.enrolRequest(code: code, deviceName: name, server: "test")
            try client.enrolled(server.enrol(request).encoded)
        }
        return client
    }

    /// Copies a closed client's database.
    func copy(_ name: String, to other: String) throws {
        try FileManager.default.copyItem(
            at: folder.appending(path: "\(name).db"), to: folder.appending(path: "\(other).db"))
    }

    /// Syncs a client to the end.
    @discardableResult
    func sync(
        _ client: OfflineClient, pageBytes: Int = Limits.pageBytes, with other: CentralServer? = nil,
        _ watch: ([UInt8]) throws -> Void = { _ in }
    ) throws -> SyncSummary {
        let server = other ?? server
        var session = SyncSession(client, pageBytes: pageBytes)
        let credential = try client.credential()
        for _ in 0..<10_000 {
            switch try session.next() {
            case .finish(let summary): return summary
            case .send(let message):
                let answer = server.sync(message, credential: credential).encoded
                try watch(answer)
                try session.received(answer)
            }
        }
        throw TestFailure("the sync does not end")
    }

    /// What the server holds of a record.
    func held(_ collection: String, _ id: RecordID) throws -> RecordState? {
        guard let number = schema[collection]?.number else { return nil }
        return try storage.read { try $0.record(number, id)?.state }
    }

    static func schema(version: Int = 1, extra: [FieldSchema] = []) throws -> Schema {
        try Schema(
            name: "test", version: version,
            collections: [
                CollectionSchema(
                    number: 2, name: "cases",
                    fields: [
                        FieldSchema(1, "title", .text, required: true),
                        FieldSchema(2, "status", .text, allowed: ["new", "open", "done"], group: "status"),
                        FieldSchema(3, "closed_at", .dateTime, group: "status"),
                        FieldSchema(4, "priority", .integer),
                        FieldSchema(5, "note", .text),
                        FieldSchema(6, "entered_by", .text, bookkeeping: true),
                    ] + extra,
                    indexes: [["status"]]),
                CollectionSchema(
                    number: 3, name: "notes",
                    fields: [
                        FieldSchema(1, "case_id", .bytes, required: true, reference: "cases"),
                        FieldSchema(2, "text", .text),
                    ]),
                CollectionSchema(
                    number: 4, name: "regions", isReference: true, fields: [FieldSchema(1, "name", .text)]),
            ])
    }
}

extension OfflineClient {
    /// Alters the database behind the client's back, as a fault would.
    func plant(_ sql: String) throws {
        let connection = try Connection(path: database.path, mode: .readWriteCreate)
        try connection.execute(sql)
    }
}

/// A clock that stands still until it is moved.
final class TestClock: Sendable {
    private let milliseconds = Atomic<Int64>(1_640_995_200_000)

    var now: Int64 { milliseconds.load(ordering: .sequentiallyConsistent) }

    func advance(seconds: Int64) { milliseconds.add(seconds * 1000, ordering: .sequentiallyConsistent) }
}

struct TestFailure: Error {
    let message: String
    init(_ message: String) { self.message = message }
}
