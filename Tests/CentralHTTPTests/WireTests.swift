import CentralHTTP
import Logging
import Synchronization
import Testing

/// Requests that two servers in a row could read differently, and what gets into the log.
@Suite struct WireTests {
    @Test(
        "what could be read in two ways is refused, and nothing behind it is run",
        arguments: [
            "content-length: 5\r\ntransfer-encoding: chunked\r\n",
            "content-length: 5\r\ncontent-length: 6\r\n",
            "content-length: +5\r\n",
            "content-length: -5\r\n",
            "content-length: 5,6\r\n",
            "transfer-encoding: chunked, identity\r\n",
            "transfer-encoding: xchunked\r\n",
            "transfer-encoding : chunked\r\n",
            "content-length: 99999999999999999999999\r\n",
            " folded: x\r\n",
            "x: a\0b\r\n",
        ])
    func smuggling(_ fields: String) async throws {
        let endpoint = TestEndpoint()
        try await RunningServer.with(endpoint) { server in
            let connection = try RawConnection(port: server.port)
            try await connection.send(
                "POST /sync HTTP/1.1\r\nhost: x\r\ncontent-type: application/cbor\r\n" + fields + "\r\n0\r\n\r\n"
                    + post("/enrol", "smuggled"))
            let answer = try await connection.receiveToEnd()
            #expect(answer.map { $0.isEmpty || $0.hasPrefix("HTTP/1.1 4") } == true)
        }
        #expect(endpoint.calls.isEmpty)
    }

    @Test(
        "damaged chunks are refused",
        arguments: ["zz\r\nsalam\r\n", "-1\r\n", "5\r\nsalamX\r\n0\r\n\r\n", "FFFFFFFFFFFFFFFFF\r\nx"])
    func chunks(_ body: String) async throws {
        let endpoint = TestEndpoint()
        try await RunningServer.with(endpoint) { server in
            let connection = try RawConnection(port: server.port)
            try await connection.send(
                "POST /sync HTTP/1.1\r\nhost: x\r\ncontent-type: application/cbor\r\ntransfer-encoding: chunked\r\n\r\n"
                    + body)
            let answer = try await connection.receiveToEnd()
            #expect(answer.map { $0.isEmpty || $0.hasPrefix("HTTP/1.1 4") } == true)
        }
        #expect(endpoint.calls.isEmpty)
    }

    @Test(
        "bytes that are no HTTP are answered with an error or not at all",
        arguments: ["\u{16}\u{3}\u{1}", "SSH-2.0-x\r\n\r\n", "\0\0\0\0\r\n\r\n", "GET\r\n\r\n"])
    func noise(_ bytes: String) async throws {
        try await RunningServer.with {
            $0.limits.idle = .seconds(1)
        } _: { server in
            let connection = try RawConnection(port: server.port)
            // The server may have lost patience with the silence before this.
            try? await connection.send(bytes)
            let answer = try await connection.receiveToEnd()
            #expect(answer.map { $0.isEmpty || $0.hasPrefix("HTTP/1.1 400") } == true)
            #expect(try await Curl.request("GET", "http://127.0.0.1:\(server.port)/livez").status == 200)
        }
    }

    @Test("the log has a line for each event, and nothing of what a request held")
    func log() async throws {
        let lines = RecordedLog()
        try await RunningServer.with(TestEndpoint(), logger: lines.logger) { server in
            let url = "http://127.0.0.1:\(server.port)"
            _ = try await Curl.request(
                "POST", url + "/sync?token=rahasia-1",
                fields: ["content-type": "application/cbor", "authorization": "Bearer rahasia-2"],
                body: Array("rahasia-3".utf8))
            _ = try await Curl.request("GET", url + "/rahasia-4")
        }
        let all = lines.all
        #expect(!all.joined().contains("rahasia"))
        #expect(
            all.filter { $0.hasPrefix("debug request") && $0.contains("route=/sync") && $0.contains("status=200") }
                .count == 1)
        #expect(
            all.filter { $0.hasPrefix("debug request") && $0.contains("route=other") && $0.contains("status=404") }
                .count == 1)
        #expect(all.first?.hasPrefix("notice listening") == true)
        #expect(all.suffix(2) == ["notice stopping ", "notice stopped "])
        #expect(all.count == 5)
    }
}

/// A log that a test can read.
private final class RecordedLog: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }

    var logger: Logger {
        var logger = Logger(label: "test") { _ in Handler(log: self) }
        logger.logLevel = .trace
        return logger
    }

    private struct Handler: LogHandler {
        let log: RecordedLog
        var metadata: Logger.Metadata = [:]
        var logLevel: Logger.Level = .trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let fields = (event.metadata ?? [:]).map { "\($0)=\($1)" }.sorted().joined(separator: " ")
            log.lines.withLock { $0.append("\(event.level) \(event.message) \(fields)") }
        }
    }
}
