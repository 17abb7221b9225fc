import CentralHTTP
import Testing

/// Slow and silent peers.
///
/// The limit that a test is about is short, all others are an hour: what ends, ended because of that one. The limit on
/// time ends a test that would wait for the hour.
@Suite(.timeLimit(.minutes(45))) struct DeadlineTests {
    private static let head = "POST /sync HTTP/1.1\r\nhost: x\r\ncontent-type: application/cbor\r\n"

    @Test("a peer that sends nothing, or never ends its header, is dropped", arguments: ["", "POST /sync HT", head])
    func silent(_ start: String) async throws {
        try await RunningServer.with {
            $0.limits.idle = .milliseconds(300)
        } _: { server in
            let connection = try RawConnection(port: server.port)
            // The server may have lost patience with the silence before this.
            try? await connection.send(start)
            #expect(try await connection.receiveToEnd() == "")
        }
    }

    @Test("of too many connections without a request those that waited longest are dropped, and the others served")
    func tooManyWaiting() async throws {
        try await RunningServer.with {
            $0.limits.waitingConnections = 3
        } _: { server in
            func isServed(_ connection: RawConnection) async -> Bool {
                try? await connection.send("GET /livez HTTP/1.1\r\nhost: x\r\n\r\n")
                return (try? await connection.receive(until: "}"))?.contains("alive") == true
            }
            var lines: [RawConnection] = []
            for _ in 0..<5 { lines.append(try RawConnection(port: server.port)) }
            // The last one's answers tell that the others were accepted.
            for _ in 0..<3 { #expect(await isServed(lines[4])) }
            var served = 0
            for line in lines where await isServed(line) { served += 1 }
            #expect(served == 3)
        }
    }

    @Test("a header that drips in is dropped")
    func slowHeader() async throws {
        try await RunningServer.with {
            $0.limits.idle = .milliseconds(400)
        } _: { server in
            let connection = try RawConnection(port: server.port)
            await #expect(throws: RawConnection.Failed.self) {
                for _ in 0..<10_000 {
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
            $0.limits.lingering = .milliseconds(50)
        } _: { server in
            let connection = try RawConnection(port: server.port)
            try await connection.send(Self.head + "content-length: 100000\r\n\r\n")
            var answer: [UInt8]?
            _ = try await untilDone {
                try? await connection.send("x")
                answer = try await connection.receive(within: .milliseconds(30))
                return answer != nil
            }
            #expect(String(decoding: answer ?? [], as: UTF8.self).hasPrefix("HTTP/1.1 408"))
            #expect(try await connection.receiveToEnd() != nil)
        }
        #expect(endpoint.calls.isEmpty)
    }

    @Test("a long body on a slow line arrives, however long it takes")
    func honestSlowBody() async throws {
        let endpoint = TestEndpoint()
        try await RunningServer.with(endpoint) {
            $0.limits.bodyDeadline = .milliseconds(100)
            $0.limits.bodyBytesPerSecond = 1
        } _: { server in
            let connection = try RawConnection(port: server.port)
            // What comes with the header earns a quarter of an hour already, where the deadline is long past.
            try await connection.send(Self.head + "content-length: 4000\r\n\r\n" + String(repeating: "x", count: 1000))
            for _ in 0..<15 {
                try await Task.sleep(for: .milliseconds(20))
                try await connection.send([UInt8](repeating: 1, count: 200))
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
            #expect(try await connection.receiveToEnd() == "")
            gate.open()
        }
    }

    private static let size = 3 << 20

    /// A core with an answer that no buffer of the system holds.
    private static var talker: TestEndpoint {
        TestEndpoint { _ in EndpointReply(status: 200, body: [UInt8](repeating: 7, count: size)) }
    }

    @Test("a peer that doesn't take its answer is dropped")
    func stalledReader() async throws {
        // That the server has stopped, which waits for every request, shows that it has dropped this one.
        let (connection, first) = try await RunningServer.with(Self.talker) {
            $0.limits.idle = .milliseconds(300)
        } _: { server in
            let connection = try RawConnection(port: server.port, receiveBuffer: 64 << 10)
            try await connection.send(post("/sync", "x"))
            return (connection, try await connection.receive(1)?.count ?? 0)
        }
        #expect(first == 1)
        var count = first
        while let bytes = try await connection.receive(), !bytes.isEmpty { count += bytes.count }
        #expect(count < Self.size)
    }

    @Test("a peer that takes its answer slowly gets all of it, though it takes longer than anybody may be idle")
    func slowReader() async throws {
        let isComplete = try await atSomePace { unit in
            try await RunningServer.with(Self.talker) {
                $0.limits.idle = unit * 25
            } _: { server in
                let connection = try RawConnection(port: server.port, receiveBuffer: 64 << 10)
                try? await connection.send(post("/sync", "x"))
                var count = 0
                while count < Self.size, let bytes = try await connection.receive(80_000), !bytes.isEmpty {
                    count += bytes.count
                    try await Task.sleep(for: unit)
                }
                return count >= Self.size
            }
        }
        #expect(isComplete)
    }

    @Test("between requests a connection is kept for the idle time, and no longer")
    func keepAlive() async throws {
        let isKept = try await atSomePace { unit in
            try await RunningServer.with {
                $0.limits.idle = unit * 30
            } _: { server in
                let connection = try RawConnection(port: server.port)
                var answers = 0
                for _ in 0..<4 {
                    try? await connection.send("GET /livez HTTP/1.1\r\nhost: x\r\n\r\n")
                    if try await connection.receive(until: "}").contains("alive") { answers += 1 }
                    try await Task.sleep(for: unit * 12)
                }
                #expect(try await connection.receiveToEnd() == "")
                return answers == 4
            }
        }
        #expect(isKept)
    }
}
