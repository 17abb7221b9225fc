import CentralHTTP
import Foundation
import Testing

/// A stop that waits for a deadline takes an hour: the limit on time is there to end the test then.
@Suite(.timeLimit(.minutes(45))) struct StopTests {
    @Test("an order to stop lets requests under way end, closes idle connections, and takes no new ones")
    func graceful() async throws {
        let gate = Gate()
        let endpoint = TestEndpoint { body in
            await gate.wait()
            return EndpointReply(status: 200, body: body)
        }
        try await RunningServer.with(endpoint) { server in
            let idle = try RawConnection(port: server.port)
            try await idle.send("GET /livez HTTP/1.1\r\nhost: x\r\n\r\n")
            #expect(try await idle.receive(until: "}").contains("alive"))
            let busy = try RawConnection(port: server.port)
            try await busy.send(post("/sync", "selesai"))
            try await gate.untilSomebodyWaits()

            await server.stop()
            #expect(try await idle.receiveToEnd() == "")
            #expect(try await Self.isClosed(server.port))
            gate.open()
            #expect(try await busy.receiveToEnd()?.hasSuffix("selesai") == true)
        }
    }

    @Test("what doesn't end in time is cut off", arguments: [true, false])
    func deadline(_ hasSentAll: Bool) async throws {
        let gate = Gate()
        let endpoint = TestEndpoint { _ in
            await gate.wait()
            return EndpointReply(status: 200, body: [])
        }
        try await RunningServer.with(endpoint) {
            $0.limits.stopDeadline = .milliseconds(300)
        } _: { server in
            let connection = try RawConnection(port: server.port)
            if hasSentAll {
                try await connection.send(post("/sync", "setengah"))
                try await gate.untilSomebodyWaits()
            } else {
                // Until the server has read the header, it would count as idle.
                try await connection.send(
                    "POST /sync HTTP/1.1\r\nhost: x\r\ncontent-type: application/cbor\r\n"
                        + "expect: 100-continue\r\ncontent-length: 8\r\n\r\n")
                #expect(try await connection.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 100"))
                try await connection.send("seten")
            }
            await server.stop()
            #expect(try await connection.receiveToEnd() == "")
            gate.open()
        }
    }

    @Test("over TLS, an idle HTTP/1.1 connection and an unfinished handshake don't hold up the stop")
    func tls() async throws {
        try await Certificates.with { certificates in
            let silent = try await RunningServer.with {
                $0.tls = certificates.files
            } _: { server in
                let silent = try RawConnection(port: server.port)
                try await silent.send([0x16, 0x03, 0x01, 0x40, 0x00])
                // What connected before this request is with the server when it is answered.
                #expect(
                    try await Curl.request(
                        "GET", "https://127.0.0.1:\(server.port)/livez", options: ["--cacert", certificates.authority]
                    ).status == 200)
                return silent
            }
            #expect(try await silent.receiveToEnd() == "")
        }
    }

    @Test("TERM stops in good order, and another one would end the process at once")
    func signals() async throws {
        let gate = Gate()
        let endpoint = TestEndpoint { body in
            await gate.wait()
            return EndpointReply(status: 200, body: body)
        }
        try await RunningServer.with(endpoint) {
            $0.stopsOnSignals = true
        } _: { server in
            let connection = try RawConnection(port: server.port)
            try await connection.send(post("/sync", "selesai"))
            try await gate.untilSomebodyWaits()

            kill(getpid(), SIGTERM)
            #expect(try await Self.isClosed(server.port))
            var action = sigaction()
            sigaction(SIGTERM, nil, &action)
            #expect(action.__sigaction_handler.sa_handler == nil)

            gate.open()
            #expect(try await connection.receiveToEnd()?.hasSuffix("selesai") == true)
        }
    }

    /// Whether a port takes no connections any more; waits for it.
    private static func isClosed(_ port: Int) async throws -> Bool {
        try await untilDone {
            try await Task.sleep(for: .milliseconds(50))
            return (try? RawConnection(port: port)) == nil
        }
    }
}
