import CallCenter
import CentralServer
import ContentCoding
import Foundation
import OfflineClient
import SyncProtocol

/// What programs of an earlier day left and sent (`tools/make-fixtures`), in a folder of its own.
final class Fixture: Sendable {
    struct Expected: Decodable {
        let digest: String
        let titles: [String]
        let conflicts: Int
        let pending: [String: Int]
    }

    /// An exchange over the wire, as hexadecimal digits.
    struct Exchange: Decodable {
        let path: String
        let coding: String?
        let request: String
        let status: Int
        let answer: String
    }

    static let all = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Fixtures")
    static let files = ["accounts.db", "central.db", "desk.db", "other.db"]

    let folder: URL
    let expected: Expected
    let exchanges: [Exchange]

    static func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: all.path).filter { !$0.hasPrefix(".") }.sorted()
    }

    init(_ name: String) throws {
        let source = Self.all.appending(path: name)
        expected = try JSONDecoder().decode(
            Expected.self, from: Data(contentsOf: source.appending(path: "expected.json")))
        exchanges = try JSONDecoder().decode(
            [Exchange].self, from: Data(contentsOf: source.appending(path: "messages.json")))
        folder = FileManager.default.temporaryDirectory.appending(path: "sambung-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for file in Self.files {
            let packed = Array(try Data(contentsOf: source.appending(path: file + ".gz")))
            try Data(ContentCoding.gzip.decompress(packed, limit: 64 << 20)).write(to: folder.appending(path: file))
        }
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func path(_ file: String) -> String { folder.appending(path: file).path }

    /// Opens the centre's two files with the programs of today.
    func centre() throws -> (storage: SQLiteStorage, server: CentralServer) {
        let schema = try CallCenterSchema.schema
        let storage = try SQLiteStorage(path: path("central.db"), schema: schema, epoch: 7)
        let environment = CentralServer.Environment(wallMilliseconds: Self.now, random: Self.word)
        return (storage, CentralServer(storage: storage, schema: schema, environment: environment))
    }

    /// Opens a device's file with the program of today.
    func client(_ name: String) throws -> OfflineClient {
        try OfflineClient(
            path: path(name + ".db"), schema: CallCenterSchema.schema,
            environment: Environment(wallMilliseconds: Self.now, random: Self.word))
    }

    /// Syncs a device to the end.
    func sync(_ client: OfflineClient, with server: CentralServer) throws -> SyncSummary {
        var session = SyncSession(client)
        let credential = try client.credential()
        while true {
            switch try session.next() {
            case .finish(let summary): return summary
            case .send(let message): try session.received(server.sync(message, credential: credential).encoded)
            }
        }
    }

    private static let now: @Sendable () -> Int64 = { Int64(Date().timeIntervalSince1970 * 1000) }
    private static let word: @Sendable () -> UInt64 = { UInt64.random(in: .min ... .max) }
}

extension Fixture.Exchange {
    /// The request's message, unpacked, and the answer's.
    var messages: [[UInt8]] {
        get throws {
            let request = Self.bytes(request)
            let unpacked = try coding.flatMap { ContentCoding(rawValue: $0) }?.decompress(request, limit: 64 << 20)
            return [unpacked ?? request, Self.bytes(answer)]
        }
    }

    private static func bytes(_ hex: String) -> [UInt8] {
        let digits = Array(hex.utf8)
        return stride(from: 0, to: digits.count - 1, by: 2).compactMap {
            UInt8(String(decoding: digits[$0...$0 + 1], as: UTF8.self), radix: 16)
        }
    }
}
