import CentralHTTP
import Testing

/// Slow and silent peers, with deadlines short enough for a test.
@Suite struct DeadlineTests {
    private static let head = "POST /sync HTTP/1.1\r\nhost: x\r\ncontent-type: application/cbor\r\n"

    @Test("a peer that sends nothing, or never ends its header, is dropped", arguments: ["", "POST /sync HT", head])
    func silent(_ start: String) async throws {
        try await RunningServer.with {
            $0.limits.idle = .milliseconds(300)
        } _: { server in
            let connection = try RawConnection(port: server.port)
            try await connection.send(start)
            #expect(try await connection.receiveToEnd(within: .seconds(4)) == "")
        }
    }

    @Test("a header that drips in is dropped")
    func slowHeader() async throws {
        try await RunningServer.with {
            $0.limits.idle = .milliseconds(400)
        } _: { server in
            let connection = try RawConnection(port: server.port)
            let begin = ContinuousClock.now
            await #expect(throws: RawConnection.Failed.self) {
                while ContinuousClock.now - begin < .seconds(4) {
                    try await connection.send("x")
                    try await Task.sleep(for: .milliseconds(50))
                }
            }
        }
    }

    @Test("a body that drips in is dropped with a word, though it never pauses for long")
    func slowBody() async throws {
        let endpoint = TestEndpoint()
        try await RunningServer.with(endpoint) {
            $0.limits.bodyDeadline = .milliseconds(400)
        } _: { server in
            let connection = try RawConnection(port: server.port)
            try await connection.send(Self.head + "content-length: 1000\r\n\r\n")
            let begin = ContinuousClock.now
            var answer: [UInt8]?
            while answer == nil, ContinuousClock.now - begin < .seconds(4) {
                try? await connection.send("x")
                answer = try await connection.receive(within: .milliseconds(30))
            }
            #expect(String(decoding: answer ?? [], as: UTF8.self).hasPrefix("HTTP/1.1 408"))
            #expect(try await connection.receiveToEnd(within: .seconds(4)) != nil)
        }
        #expect(endpoint.calls.isEmpty)
    }

    @Test("a long body on a slow line arrives, however long it takes")
    func honestSlowBody() async throws {
        let endpoint = TestEndpoint()
        try await RunningServer.with(endpoint) {
            $0.limits.bodyDeadline = .seconds(1)
            $0.limits.bodyBytesPerSecond = 500
        } _: { server in
            let connection = try RawConnection(port: server.port)
            try await connection.send(Self.head + "content-length: 4000\r\n\r\n")
            for _ in 0..<20 {
                try await connection.send([UInt8](repeating: 1, count: 200))
                try await Task.sleep(for: .milliseconds(100))
            }
            #expect(try await connection.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 200"))
        }
        #expect(endpoint.calls.map(\.body.count) == [4000])
    }

    @Test("a core that doesn't answer doesn't hold the connection for ever")
    func stuckCore() async throws {
        let gate = Gate()
        let endpoint = TestEndpoint { _ in
            await gate.wait()
            return EndpointReply(status: 200, body: [])
        }
        try await RunningServer.with(endpoint) {
            $0.limits.answerDeadline = .milliseconds(300)
        } _: { server in
            let connection = try RawConnection(port: server.port)
            try await connection.send(post("/sync", "x"))
            #expect(try await connection.receiveToEnd(within: .seconds(4)) == "")
            gate.open()
        }
    }

    @Test("a peer that doesn't take its answer is dropped, a slow one gets all of it")
    func readers() async throws {
        let size = 3 << 20
        let endpoint = TestEndpoint { _ in EndpointReply(status: 200, body: [UInt8](repeating: 7, count: size)) }
        try await RunningServer.with(endpoint) {
            $0.limits.idle = .milliseconds(1500)
        } _: { server in
            @Sendable func read(firstPause: Duration, pause: Duration) async throws -> Int {
                let connection = try RawConnection(port: server.port, receiveBuffer: 64 << 10)
                try await connection.send(post("/sync", "x"))
                try await Task.sleep(for: firstPause)
                var count = 0
                while count < size, let bytes = try await connection.receive(80_000), !bytes.isEmpty {
                    count += bytes.count
                    try await Task.sleep(for: pause)
                }
                return count
            }
            async let stalled = read(firstPause: .seconds(4), pause: .zero)
            async let slow = read(firstPause: .zero, pause: .milliseconds(60))
            let counts = try await (stalled: stalled, slow: slow)
            #expect(counts.stalled < size)
            #expect(counts.slow >= size)
        }
    }

    @Test("between requests a connection is kept for the idle time, and no longer")
    func keepAlive() async throws {
        try await RunningServer.with {
            $0.limits.idle = .seconds(2)
        } _: { server in
            let connection = try RawConnection(port: server.port)
            for _ in 0..<4 {
                try await connection.send("GET /livez HTTP/1.1\r\nhost: x\r\n\r\n")
                #expect(try await connection.receive(until: "}").contains("alive"))
                try await Task.sleep(for: .milliseconds(700))
            }
            #expect(try await connection.receiveToEnd(within: .seconds(4))?.isEmpty == true)
        }
    }
}
