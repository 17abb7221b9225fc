import CentralHTTP
import CentralServer
import Foundation
import HTTPTransport
import Logging
import OfflineClient
import SyncProtocol
import Synchronization
import Testing

/// A server with a store of its own that serves on a free port of this machine, and clients that reach it over HTTP.
final class EndToEndWorld: Sendable {
    let folder: URL
    let server: CentralServer
    private let storage: SQLiteStorage

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "sambung-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let schema = try Self.schema()
        storage = try SQLiteStorage(path: folder.appending(path: "server.db").path, schema: schema, epoch: 7)
        server = CentralServer(
            storage: storage, schema: schema,
            environment: .init(
                wallMilliseconds: Environment.system.wallMilliseconds, random: Environment.system.random))
        try server.save(OfficeEntry(code: "A", name: "Office A"))
    }

    deinit {
        try? storage.close()
        try? FileManager.default.removeItem(at: folder)
    }

    /// Serves while `body` runs, then cuts everything off.
    func serving<T>(tls: TLSFiles? = nil, port: Int = 0, _ body: (_ port: Int) async throws -> T) async throws -> T {
        let (ports, report) = AsyncThrowingStream<Int, any Error>.makeStream()
        var configuration = CentralHTTPServer.Configuration(version: "test")
        configuration.port = port
        configuration.tls = tls
        configuration.stopsOnSignals = false
        configuration.limits = .patient
        configuration.onListening = { report.yield($0) }
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let http = CentralHTTPServer(
            endpoint: CentralEndpoint(server, directory: folder.path, freeBytes: 0), configuration: configuration,
            logger: logger)
        let running = Task {
            do { try await http.run() } catch { report.finish(throwing: error) }
        }
        var iterator = ports.makeAsyncIterator()
        guard let port = try await iterator.next() else { throw CancellationError() }
        let result: Result<T, any Error>
        do { result = .success(try await body(port)) } catch { result = .failure(error) }
        running.cancel()
        await running.value
        return try result.get()
    }

    /// A client that is not enrolled.
    func client(_ name: String) throws -> OfflineClient {
        try OfflineClient(
            path: folder.appending(path: "\(name).db").path, schema: try Self.schema(), environment: .system)
    }

    /// A client that enrolled over a transport.
    func enrolledClient(_ name: String, over transport: LibcurlTransport) async throws -> OfflineClient {
        let client = try client(name)
        let code = try server.makeCode(office: "A", name: name, profile: ["ticket_prefix": name])
        try await client.enrol(code: code, deviceName: name, server: "test", over: transport)
        return client
    }

    /// A transport to a port of this machine.
    static func transport(port: Int, coding: RequestCoding? = nil) throws -> LibcurlTransport {
        try LibcurlTransport(
            server: try #require(URL(string: "http://127.0.0.1:\(port)")), coding: coding,
            timeouts: .long)
    }

    static func schema() throws -> Schema {
        try Schema(
            name: "test", version: 1,
            collections: [
                CollectionSchema(
                    number: 2, name: "cases",
                    fields: [FieldSchema(1, "title", .text, required: true), FieldSchema(2, "note", .text)])
            ])
    }
}

extension Timeouts {
    /// So long that they never end anything in a test, however busy the machine is.
    static let long = Timeouts(connectSeconds: 3600, idleSeconds: 3600, totalSeconds: 3600)
}
