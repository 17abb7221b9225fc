import CentralHTTP
import ContentCoding
import Testing

@Suite struct CodingTests {
    private static func fields(_ sent: ContentCoding?, _ accepted: String? = nil) -> [String: String] {
        var fields = ["content-type": "application/cbor; charset=x"]
        fields["content-encoding"] = sent?.rawValue
        fields["accept-encoding"] = accepted
        return fields
    }

    @Test(
        "a body comes in any coding, and the answer goes out in the best that the peer takes",
        arguments: [nil, .identity, .gzip, .zstd] as [ContentCoding?],
        [(nil, nil), ("gzip", .gzip), ("zstd", .zstd), ("gzip, deflate, br, zstd", .zstd), ("br", nil)]
            as [(String?, ContentCoding?)])
    func bothWays(_ sent: ContentCoding?, _ answer: (accepted: String?, coding: ContentCoding?)) async throws {
        let endpoint = TestEndpoint()
        let body = text(50_000)
        try await RunningServer.with(endpoint) { server in
            let reply = try await Curl.request(
                "POST", "http://127.0.0.1:\(server.port)/sync", fields: Self.fields(sent, answer.accepted),
                body: try (sent ?? .identity).compress(body))
            #expect(reply.status == 200)
            #expect(reply.fields["content-encoding"] == answer.coding?.rawValue)
            #expect(reply.fields["vary"] == "accept-encoding")
            let coding = answer.coding ?? .identity
            #expect(try coding.decompress(reply.body, limit: body.count) == body)
            if coding != .identity { #expect(reply.body.count < 5_000) }
        }
        #expect(endpoint.calls.map(\.body) == [body])
    }

    @Test("an answer that packing would make longer goes out as it is, if the peer takes it so")
    func incompressible() async throws {
        var generator = SystemRandomNumberGenerator()
        let noise = (0..<300).map { _ in UInt8.random(in: 0...255, using: &generator) }
        try await RunningServer.with { server in
            for (accepted, coding) in [("zstd", nil), ("gzip", nil), ("zstd, identity;q=0", "zstd")] {
                let reply = try await Curl.request(
                    "POST", "http://127.0.0.1:\(server.port)/sync", fields: Self.fields(nil, accepted), body: noise)
                #expect(reply.status == 200)
                #expect(reply.fields["content-encoding"] == coding)
                #expect(reply.body.count >= 300)
            }
        }
    }

    @Test("a small answer goes out as it is, an error of the core is packed as any answer")
    func sizes() async throws {
        try await RunningServer.with(TestEndpoint { EndpointReply(status: 409, body: $0) }) { server in
            let url = "http://127.0.0.1:\(server.port)/sync"
            let small = try await Curl.request("POST", url, fields: Self.fields(nil, "zstd"), body: text(149))
            #expect(small.fields["content-encoding"] == nil)
            #expect(small.body == text(149))
            let large = try await Curl.request("POST", url, fields: Self.fields(nil, "zstd"), body: text(5_000))
            #expect(large.status == 409)
            #expect(large.fields["content-encoding"] == "zstd")
        }
    }

    @Test("an answer that no coding would do for is refused before the core is asked")
    func notAcceptable() async throws {
        let endpoint = TestEndpoint()
        try await RunningServer.with(endpoint) { server in
            let reply = try await Curl.request(
                "POST", "http://127.0.0.1:\(server.port)/sync", fields: Self.fields(nil, "br, *;q=0"), body: [1])
            #expect(reply.status == 406)
        }
        #expect(endpoint.calls.isEmpty)
    }

    @Test(
        "another type of content is refused",
        arguments: [nil, "application/json", "application/cborx", "text/plain; application/cbor", ""])
    func contentType(_ type: String?) async throws {
        let endpoint = TestEndpoint()
        try await RunningServer.with(endpoint) { server in
            let field = type.map { $0.isEmpty ? "content-type;" : "content-type: \($0)" } ?? "content-type:"
            let reply = try await Curl.request(
                "POST", "http://127.0.0.1:\(server.port)/enrol", body: [1], options: ["--header", field])
            #expect(reply.status == 415)
            #expect(reply.text.contains(#""error":"unknown-type""#))
            #expect(reply.text.contains("application/cbor"))
        }
        #expect(endpoint.calls.isEmpty)
    }

    @Test("another coding, or two on top of each other, is refused", arguments: ["br", "deflate", "gzip, zstd"])
    func contentEncoding(_ name: String) async throws {
        let endpoint = TestEndpoint()
        try await RunningServer.with(endpoint) { server in
            let reply = try await Curl.request(
                "POST", "http://127.0.0.1:\(server.port)/sync",
                fields: ["content-type": "application/cbor", "content-encoding": name], body: [1])
            #expect(reply.status == 415)
            #expect(reply.fields["accept-encoding"] == "zstd, gzip, identity")
            #expect(reply.text.contains(#""error":"unknown-coding""#))
        }
        #expect(endpoint.calls.isEmpty)
    }

    @Test("a body that unpacks to more than the limit is refused, and one at the limit is not")
    func bomb() async throws {
        let endpoint = TestEndpoint { _ in EndpointReply(status: 200, body: []) }
        try await RunningServer.with(endpoint) {
            $0.limits.unpackedBodyBytes = 1 << 20
        } _: { server in
            let url = "http://127.0.0.1:\(server.port)/sync"
            for coding in [ContentCoding.identity, .gzip, .zstd] {
                let bomb = try coding.compress([UInt8](repeating: 0, count: coding == .identity ? 1_048_577 : 32 << 20))
                let reply = try await Curl.request("POST", url, fields: Self.fields(coding), body: bomb)
                #expect(reply.status == 413)
                #expect(reply.text.contains("1048576 bytes"))
                let full = try coding.compress([UInt8](repeating: 0, count: 1 << 20))
                #expect(try await Curl.request("POST", url, fields: Self.fields(coding), body: full).status == 200)
            }
        }
        #expect(endpoint.calls.map(\.body.count) == [1 << 20, 1 << 20, 1 << 20])
    }

    @Test("a body that isn't what its coding says is refused", arguments: [ContentCoding.gzip, .zstd])
    func damaged(_ coding: ContentCoding) async throws {
        let endpoint = TestEndpoint()
        try await RunningServer.with(endpoint) { server in
            for body in [text(100), Array(try coding.compress(text(5_000)).dropLast())] {
                let reply = try await Curl.request(
                    "POST", "http://127.0.0.1:\(server.port)/sync", fields: Self.fields(coding), body: body)
                #expect(reply.status == 400)
                #expect(reply.text.contains(#""error":"bad-coding""#))
            }
        }
        #expect(endpoint.calls.isEmpty)
    }
}
