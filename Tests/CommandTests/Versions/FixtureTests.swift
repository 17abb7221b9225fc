import CentralServer
import Foundation
import OfflineClient
import SQLite
import SyncProtocol
import Testing

/// The programs of today on what programs of an earlier day left and sent (row R22).
@Suite("Files and messages of earlier programs") struct FixtureTests {

    private func texts(_ connection: Connection, _ sql: String) throws -> [String] {
        let select = try connection.statement(sql)
        defer { select.reset() }
        var texts: [String] = []
        while try select.step() { texts.append(select.string(0)) }
        return texts
    }

    @Test("are opened whole, and everybody goes on from there", arguments: try Fixture.names())
    func databases(_ name: String) throws {
        let fixture = try Fixture(name)
        let (storage, server) = try fixture.centre()
        let found = try storage.verify()
        #expect(found.faults.isEmpty && found.damaged.isEmpty)
        let digest = try storage.read { try $0.state().digest }
        #expect(
            String(repeating: "0", count: 16 - String(digest, radix: 16).count) + String(digest, radix: 16)
                == fixture.expected.digest)
        #expect(
            try storage.query { try texts($0, "SELECT title FROM cases ORDER BY title") } == fixture.expected.titles)
        #expect(
            try storage.query { try $0.scalar("SELECT count(*) FROM conflict") } == Int64(fixture.expected.conflicts))
        let clients = try ["desk", "other"].map { (name: $0, client: try fixture.client($0)) }
        for (name, client) in clients {
            #expect(try client.verify().isSound, "\(name)")
            #expect(try client.status().pending == fixture.expected.pending[name], "\(name)")
        }
        for (name, client) in clients + clients {
            let summary = try fixture.sync(client, with: server)
            #expect(summary.isAgreed && summary.newReplica == nil && summary.repaired == 0, "\(name)")
            #expect(try client.status().isSynced, "\(name)")
        }
        let wanted = (fixture.expected.titles + ["not sent"]).sorted()
        #expect(try storage.query { try texts($0, "SELECT title FROM cases ORDER BY title") } == wanted)
        for (name, client) in clients {
            #expect(try client.query { try texts($0, "SELECT title FROM cases ORDER BY title") } == wanted, "\(name)")
            try client.close()
        }
        try storage.close()
    }

    @Test("of a format that is newer are refused and left as they are", arguments: try Fixture.names())
    func newerFormat(_ name: String) throws {
        for file in Fixture.files {
            let fixture = try Fixture(name)
            let path = fixture.path(file)
            do {
                let connection = try Connection(path: path, mode: .readWriteCreate)
                let format = try connection.scalar("PRAGMA user_version") ?? 0
                try connection.execute("PRAGMA user_version=\(format + 1000)")
            }
            let before = try Data(contentsOf: URL(filePath: path))
            let error = #expect(throws: DatabaseError.self, "\(file)") {
                if file == "desk.db" || file == "other.db" {
                    try fixture.client(String(file.dropLast(3))).close()
                } else {
                    try fixture.centre().storage.close()
                }
            }
            guard case .newerFormat = error else { throw try #require(error) }
            #expect(try Data(contentsOf: URL(filePath: path)) == before, "\(file)")
        }
    }

    @Test("are understood to the last byte, and refused by name across a major version", arguments: try Fixture.names())
    func messages(_ name: String) throws {
        let fixture = try Fixture(name)
        #expect(fixture.exchanges.count >= 10)
        var kinds: Set<UInt8> = []
        for exchange in fixture.exchanges {
            var place: SyncRequest.Place?
            for bytes in try exchange.messages {
                let message = try Message(decoding: bytes, answering: place)
                // An answer goes by the request before it.
                if case .syncRequest(let request) = message { place = request.place }
                #expect(message.encoded == bytes, "\(exchange.path)")
                kinds.insert(bytes[1])
                let error = #expect(throws: ProtocolError.self) { try Message(decoding: Self.ofVersion2(bytes)) }
                #expect(error?.code == .unsupportedVersion)
            }
        }
        #expect(kinds.count >= 8, "\(kinds)")
    }

    @Test("and what is of another major version changes nothing at the centre", arguments: try Fixture.names())
    func otherVersion(_ name: String) throws {
        let fixture = try Fixture(name)
        let (storage, server) = try fixture.centre()
        let client = try fixture.client("desk")
        var session = SyncSession(client)
        guard case .send(let message) = try session.next() else { throw ProtocolError(.invalid, at: 0, "no request") }
        let before = try storage.read { try $0.state() }
        guard case .failure(let failure) = server.sync(Self.ofVersion2(message), credential: try client.credential())
        else {
            Issue.record("a request of another version was answered")
            return
        }
        #expect(failure.code == .unsupportedVersion)
        #expect(try storage.read { try $0.state() } == before)
        try client.close()
        try storage.close()
    }

    /// A message with the version 2: of the array of its kind and a map, the map gets another first key.
    private static func ofVersion2(_ message: [UInt8]) -> [UInt8] {
        Array(message.prefix(2)) + [message[2] + 1, 0, 2] + Array(message.dropFirst(3))
    }
}
