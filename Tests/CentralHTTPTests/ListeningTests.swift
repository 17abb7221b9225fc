import CentralHTTP
import Testing

@Suite struct ListeningTests {
    @Test(
        "without TLS the server refuses addresses that others can reach",
        arguments: ["0.0.0.0", "::", "192.0.2.1", "::ffff:127.0.0.1", "example.org", ""])
    func refused(_ host: String) async {
        await #expect(throws: HTTPServerError.plaintextRefused(host: host)) {
            try await RunningServer.with {
                $0.host = host
            } _: { _ in
            }
        }
    }

    @Test("the refusal says what to do")
    func words() {
        let words = "\(HTTPServerError.plaintextRefused(host: "0.0.0.0"))"
        for part in ["0.0.0.0", "without TLS", "certificate", "127.0.0.1", "allow plaintext explicitly"] {
            #expect(words.contains(part))
        }
    }

    @Test("without TLS the server takes addresses of this machine", arguments: ["127.0.0.1", "127.0.0.2", "localhost"])
    func loopback(_ host: String) async throws {
        try await RunningServer.with {
            $0.host = host
        } _: { server in
            #expect(server.port > 0)
            let reply = try await Curl.request("GET", "http://\(host):\(server.port)/livez")
            #expect(reply.status == 200)
        }
    }

    @Test("plaintext that is allowed explicitly works")
    func allowed() async throws {
        try await RunningServer.with {
            $0.host = "0.0.0.0"
            $0.allowPlaintext = true
        } _: { server in
            let reply = try await Curl.request("GET", "http://127.0.0.1:\(server.port)/livez")
            #expect(reply.status == 200)
        }
    }

    @Test("a port that is taken, or no port at all, is an error that names it")
    func ports() async throws {
        try await RunningServer.with { first in
            let error = await #expect(throws: HTTPServerError.self) {
                try await RunningServer.with {
                    $0.port = first.port
                } _: { _ in
                }
            }
            #expect(error.map { "\($0)".contains("port \(first.port)") } == true)
        }
        for port in [-1, 65_536] {
            await #expect(throws: HTTPServerError.invalidPort(port)) {
                try await RunningServer.with {
                    $0.port = port
                } _: { _ in
                }
            }
        }
    }
}
