import CentralHTTP
import Foundation
import Synchronization
import Testing

@Suite struct LimitTests {
    private static let head = "POST /sync HTTP/1.1\r\nhost: x\r\ncontent-type: application/cbor\r\n"

    @Test("a body that says it is too long is refused before any of it came")
    func declared() async throws {
        let endpoint = TestEndpoint()
        try await RunningServer.with(endpoint) {
            $0.limits.lingering = .milliseconds(50)
        } _: { server in
            let connection = try RawConnection(port: server.port)
            try await connection.send(Self.head + "content-length: 10737418240\r\n\r\n")
            let answer = try await connection.receive(until: "}")
            #expect(answer.hasPrefix("HTTP/1.1 413"))
            #expect(answer.contains("Connection: close"))
            #expect(answer.contains(#""error":"too-large""#))
            #expect(answer.contains("8388608 bytes"))
            // It isn't kept waiting for 10 GiB.
            #expect(try await connection.receiveToEnd() == "")
        }
        #expect(endpoint.calls.isEmpty)
    }

    @Test("a stranger's body is read only where it is short and not packed")
    func stranger() async throws {
        let endpoint = TestEndpoint()
        try await RunningServer.with(endpoint) {
            $0.limits.lingering = .milliseconds(50)
        } _: { server in
            let fields = [
                "authorization: Bearer a stranger's\r\ncontent-length: 1000000\r\n\r\n",
                "authorization: Bearer a stranger's\r\ncontent-encoding: zstd\r\ncontent-length: 10\r\n\r\n",
            ]
            for fields in fields {
                let connection = try RawConnection(port: server.port)
                try await connection.send(Self.head + fields)
                #expect(try await connection.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 401"))
            }
            #expect(endpoint.calls.isEmpty)
            let short = try RawConnection(port: server.port)
            try await short.send(
                Self.head + "authorization: Bearer a stranger's\r\ncontent-length: 5\r\n\r\nhello")
            #expect(try await short.receive(until: "hello").hasPrefix("HTTP/1.1 200"))
        }
        #expect(endpoint.calls.count == 1)
    }

    @Test("a body at the limit passes, one byte more does not, with its length or in chunks")
    func exact() async throws {
        let endpoint = TestEndpoint { _ in EndpointReply(status: 200, body: []) }
        try await RunningServer.with(endpoint) {
            $0.limits.packedBodyBytes = 200_000
        } _: { server in
            let url = "http://127.0.0.1:\(server.port)/sync"
            for more in [["transfer-encoding": "chunked"], [:]] {
                let fields = ["content-type": "application/cbor"].merging(more) { $1 }
                #expect(try await Curl.request("POST", url, fields: fields, body: text(200_000)).status == 200)
                let over = try await Curl.request("POST", url, fields: fields, body: text(200_001))
                #expect(over.status == 413)
                #expect(over.text.contains("200000 bytes"))
            }
        }
        #expect(endpoint.calls.map(\.body.count) == [200_000, 200_000])
    }

    @Test("chunks without end are cut off")
    func endless() async throws {
        let endpoint = TestEndpoint()
        try await RunningServer.with(endpoint) {
            $0.limits.packedBodyBytes = 100_000
        } _: { server in
            for start in [Self.head, "POST /nowhere HTTP/1.1\r\nhost: x\r\n", "GET /livez HTTP/1.1\r\nhost: x\r\n"] {
                let connection = try RawConnection(port: server.port)
                try await connection.send(start + "transfer-encoding: chunked\r\n\r\n")
                let chunk = Array(("8000\r\n" + String(repeating: "x", count: 0x8000) + "\r\n").utf8)
                var sent = 0
                await #expect(throws: RawConnection.Failed.self) {
                    while sent < 64 << 20 {
                        try await connection.send(chunk)
                        sent += chunk.count
                    }
                }
                // Beyond what the server reads lies what the two kernels hold.
                #expect(sent < 20 << 20)
            }
        }
        #expect(endpoint.calls.isEmpty)
    }

    @Test("who asks first is told to go on, or that it would be too much")
    func expectContinue() async throws {
        let endpoint = TestEndpoint()
        try await RunningServer.with(endpoint) { server in
            let connection = try RawConnection(port: server.port)
            try await connection.send(Self.head + "expect: 100-continue\r\ncontent-length: 5\r\n\r\n")
            #expect(try await connection.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 100"))
            try await connection.send("salam")
            #expect(try await connection.receive(until: "salam").hasPrefix("HTTP/1.1 200"))

            try await connection.send(Self.head + "expect: 100-continue\r\ncontent-length: 99999999\r\n\r\n")
            #expect(try await connection.receive(until: "}").hasPrefix("HTTP/1.1 413"))
        }
        #expect(endpoint.calls.map(\.body) == [Array("salam".utf8)])
    }

    @Test("when bodies have used up their memory others must wait, but small syncs go on")
    func allBodies() async throws {
        let gate = Gate()
        let endpoint = TestEndpoint { body in
            if body.first == UInt8(ascii: "L") { await gate.wait() }
            return EndpointReply(status: 200, body: [])
        }
        try await RunningServer.with(endpoint) {
            $0.limits.allBodiesBytes = 100_000
            $0.limits.uncountedBodyBytes = 1_000
        } _: { server in
            let url = "http://127.0.0.1:\(server.port)/sync"
            let fields = ["content-type": "application/cbor"]
            async let first = Curl.request("POST", url, fields: fields, body: text(90_000))
            try await gate.untilSomebodyWaits()

            let large = try await Curl.request("POST", url, fields: fields, body: [1] + text(20_000))
            #expect(large.status == 503)
            #expect(large.fields["retry-after"] == "5")
            #expect(try await Curl.request("POST", url, fields: fields, body: [1] + text(900)).status == 200)

            gate.open()
            #expect(try await first.status == 200)
            #expect(try await Curl.request("POST", url, fields: fields, body: [1] + text(90_000)).status == 200)
        }
    }

    @Test("a header that is too long, or has too many fields, is refused")
    func header() async throws {
        let endpoint = TestEndpoint()
        try await RunningServer.with(endpoint) { server in
            let many = (0..<200).map { "x-\($0): 1\r\n" }.joined()
            let long = "x-long: " + String(repeating: "a", count: 20_000) + "\r\n"
            for fields in [
                many, long, String(repeating: "x: " + String(repeating: "b", count: 900) + "\r\n", count: 30),
            ] {
                let connection = try RawConnection(port: server.port)
                try await connection.send(Self.head + fields + "content-length: 0\r\n\r\n")
                let answer = try await connection.receiveToEnd()
                #expect(answer.map { $0.isEmpty || $0.hasPrefix("HTTP/1.1 4") } == true)
            }
        }
        #expect(endpoint.calls.isEmpty)
    }

    @Test("connections over the most wait until another closes")
    func connections() async throws {
        try await RunningServer.with {
            $0.limits.connections = 2
        } _: { server in
            let request = "GET /livez HTTP/1.1\r\nhost: x\r\n\r\n"
            var open = [try RawConnection(port: server.port), try RawConnection(port: server.port)]
            for connection in open {
                try await connection.send(request)
                #expect(try await connection.receive(until: "}").contains("alive"))
            }
            let third = try RawConnection(port: server.port)
            try await third.send(request)
            #expect(try await third.receive(within: .milliseconds(300)) == nil)
            open.removeLast()
            #expect(try await third.receive(until: "}").contains("alive"))
        }
    }
}

/// Holds a core back until the test lets it go on.
final class Gate: Sendable {
    private let state = Mutex<(waiting: [CheckedContinuation<Void, Never>], isOpen: Bool)>(([], false))

    func wait() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock {
                if !$0.isOpen { $0.waiting.append(continuation) }
                return $0.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }

    func untilSomebodyWaits() async throws {
        while state.withLock({ $0.waiting.isEmpty }) { try await Task.sleep(for: .milliseconds(5)) }
    }

    func open() {
        let waiting = state.withLock { state in
            defer { state = ([], true) }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}
