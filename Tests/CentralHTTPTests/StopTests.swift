import CentralHTTP
import Foundation
import Testing

@Suite struct StopTests {
    @Test("an order to stop lets requests under way end, closes idle connections, and takes no new ones")
    func graceful() async throws {
        let gate = Gate()
        let endpoint = TestEndpoint { body in
            await gate.wait()
            return EndpointReply(status: 200, body: body)
        }
        let begin = ContinuousClock.now
        try await RunningServer.with(endpoint) { server in
            let idle = try RawConnection(port: server.port)
            try await idle.send("GET /livez HTTP/1.1\r\nhost: x\r\n\r\n")
            #expect(try await idle.receive(until: "}").contains("alive"))
            let busy = try RawConnection(port: server.port)
            try await busy.send(post("/sync", "selesai"))
            await gate.untilSomebodyWaits()

            await server.stop()
            #expect(try await idle.receiveToEnd() == "")
            #expect(throws: RawConnection.Failed.self) { try RawConnection(port: server.port) }
            gate.open()
            #expect(try await busy.receiveToEnd()?.hasSuffix("selesai") == true)
        }
        #expect(ContinuousClock.now - begin < .seconds(10))
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
            let request = post("/sync", "setengah")
            try await connection.send(hasSentAll ? request : String(request.dropLast(3)))
            if hasSentAll {
                await gate.untilSomebodyWaits()
            } else {
                // Until the server has read the header, it would count as idle.
                try await Task.sleep(for: .milliseconds(300))
            }
            await server.stop()
            #expect(try await connection.receiveToEnd() == "")
            gate.open()
        }
    }

    @Test("over TLS, an idle HTTP/1.1 connection and an unfinished handshake don't hold up the stop")
    func tls() async throws {
        try await Certificates.with { certificates in
            let begin = ContinuousClock.now
            let silent = try await RunningServer.with {
                $0.tls = certificates.files
            } _: { server in
                #expect(
                    try await Curl.request(
                        "GET", "https://127.0.0.1:\(server.port)/livez", options: ["--cacert", certificates.authority]
                    ).status == 200)
                let silent = try RawConnection(port: server.port)
                try await silent.send([0x16, 0x03, 0x01, 0x40, 0x00])
                try await Task.sleep(for: .milliseconds(100))
                return silent
            }
            #expect(try await silent.receiveToEnd() == "")
            #expect(ContinuousClock.now - begin < .seconds(8))
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
            await gate.untilSomebodyWaits()

            kill(getpid(), SIGTERM)
            let begin = ContinuousClock.now
            var isStopping = false
            while !isStopping, ContinuousClock.now - begin < .seconds(5) {
                try await Task.sleep(for: .milliseconds(20))
                isStopping = (try? RawConnection(port: server.port)) == nil
            }
            #expect(isStopping)
            var action = sigaction()
            sigaction(SIGTERM, nil, &action)
            #expect(action.__sigaction_handler.sa_handler == nil)

            gate.open()
            #expect(try await connection.receiveToEnd()?.hasSuffix("selesai") == true)
        }
    }
}
