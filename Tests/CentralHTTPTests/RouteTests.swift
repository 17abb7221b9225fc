import CentralHTTP
import Foundation
import Testing

@Suite struct RouteTests {
    private static let cbor = ["content-type": "application/cbor"]

    @Test("a sync reaches the core with its credential, and the core's answer comes back")
    func sync() async throws {
        let endpoint = TestEndpoint { EndpointReply(status: 200, body: Array("answer to ".utf8) + $0) }
        try await RunningServer.with(endpoint) { server in
            let reply = try await Curl.request(
                "POST", "http://127.0.0.1:\(server.port)/sync",
                fields: Self.cbor.merging(["authorization": "bearer rahasia-1"]) { $1 }, body: [1, 2, 3])
            #expect(reply.status == 200)
            #expect(reply.body == Array("answer to ".utf8) + [1, 2, 3])
            #expect(reply.fields["content-type"] == "application/cbor")
            #expect(reply.fields["cache-control"] == "no-store")
            #expect(reply.fields["content-encoding"] == nil)
            #expect(reply.fields["date"]?.hasSuffix(" GMT") == true)
        }
        #expect(endpoint.calls == [.init(route: "sync", body: [1, 2, 3], credential: "rahasia-1")])
    }

    @Test("an enrolment reaches the core; an error of the core keeps its status and its message")
    func enrol() async throws {
        let endpoint = TestEndpoint { _ in EndpointReply(status: 403, body: [0xA0]) }
        try await RunningServer.with(endpoint) { server in
            let reply = try await Curl.request(
                "POST", "http://127.0.0.1:\(server.port)/enrol?x=1", fields: Self.cbor, body: [7])
            #expect(reply.status == 403)
            #expect(reply.body == [0xA0])
            #expect(reply.fields["content-type"] == "application/cbor")
        }
        #expect(endpoint.calls == [.init(route: "enrol", body: [7], credential: nil)])
    }

    @Test(
        "no credential, or none in Bearer form, reaches the core as none",
        arguments: [nil, "Basic abc", "Bearer", "Bearer  "])
    func noCredential(_ field: String?) async throws {
        let endpoint = TestEndpoint()
        try await RunningServer.with(endpoint) { server in
            let fields = field.map { Self.cbor.merging(["authorization": $0]) { $1 } } ?? Self.cbor
            _ = try await Curl.request("POST", "http://127.0.0.1:\(server.port)/sync", fields: fields, body: [1])
        }
        #expect(endpoint.calls == [.init(route: "sync", body: [1], credential: nil)])
    }

    @Test("health can be read with curl and a browser")
    func health() async throws {
        try await RunningServer.with { server in
            let address = "http://127.0.0.1:\(server.port)"
            let live = try await Curl.request("GET", address + "/livez")
            #expect(live.status == 200)
            #expect(live.text == #"{"status":"alive","version":"1.2.3"}"# + "\n")
            #expect(live.fields["content-type"] == "application/json")
            let ready = try await Curl.request("GET", address + "/readyz")
            #expect(ready.text == #"{"status":"ready","version":"1.2.3"}"# + "\n")
            let head = try await Curl.request("HEAD", address + "/livez")
            #expect(head.status == 200)
            #expect(head.fields["content-length"] == "\(live.body.count)")
        }
    }

    @Test("a server that can't work says why")
    func notReady() async throws {
        let endpoint = TestEndpoint(readiness: .notReady(["disk: 12 MB left", "store: read-only"]))
        try await RunningServer.with(endpoint) { server in
            let reply = try await Curl.request("GET", "http://127.0.0.1:\(server.port)/readyz")
            #expect(reply.status == 503)
            #expect(
                reply.text
                    == #"{"reasons":["disk: 12 MB left","store: read-only"],"status":"not ready","version":"1.2.3"}"#
                    + "\n")
            let live = try await Curl.request("GET", "http://127.0.0.1:\(server.port)/livez")
            #expect(live.status == 200)
        }
    }

    @Test("other addresses and unused methods are refused in words, and the connection lives on")
    func refused() async throws {
        let endpoint = TestEndpoint()
        try await RunningServer.with(endpoint) { server in
            let address = "http://127.0.0.1:\(server.port)"
            for path in ["/", "/sync/", "/SYNC", "/../sync", "/favicon.ico", "/%73ync"] {
                let reply = try await Curl.request("GET", address + path, options: ["--path-as-is"])
                #expect(reply.status == 404)
                #expect(reply.text.contains(#""error":"not-found""#))
                #expect(reply.fields["content-type"] == "application/json")
                #expect(reply.fields["connection"] == nil)
            }
            for (method, path, allow) in [
                ("GET", "/sync", "POST"), ("DELETE", "/sync", "POST"), ("OPTIONS", "/enrol", "POST"),
                ("PUT", "/livez", "GET, HEAD"), ("TRACE", "/readyz", "GET, HEAD"),
            ] {
                let reply = try await Curl.request(method, address + path)
                #expect(reply.status == 405)
                #expect(reply.fields["allow"] == allow)
                #expect(reply.text.contains(#""error":"method-not-allowed""#))
            }
        }
        #expect(endpoint.calls.isEmpty)
    }

    @Test("several requests use one connection, one after another and all at once")
    func keepAlive() async throws {
        let endpoint = TestEndpoint()
        try await RunningServer.with(endpoint) { server in
            let connection = try RawConnection(port: server.port)
            for text in ["satu", "dua"] {
                try await connection.send(post("/sync", text))
                #expect(try await connection.receive(until: text).contains("200 OK"))
            }
            try await connection.send(post("/sync", "tiga") + post("/enrol", "empat"))
            let both = try await connection.receive(until: "empat")
            #expect(both.contains("tiga"))
        }
        #expect(endpoint.calls.map(\.route) == ["sync", "sync", "sync", "enrol"])
    }
}

/// A request on the wire.
func post(_ path: String, _ body: String, fields: String = "") -> String {
    "POST \(path) HTTP/1.1\r\nhost: x\r\ncontent-type: application/cbor\r\ncontent-length: \(body.utf8.count)\r\n"
        + fields + "\r\n" + body
}
