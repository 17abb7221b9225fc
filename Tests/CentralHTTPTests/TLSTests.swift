import CentralHTTP
import ContentCoding
import Foundation
import Testing

@Suite struct TLSTests {
    private static let cbor = ["content-type": "application/cbor"]

    @Test("over TLS the server speaks HTTP/1.1 and HTTP/2, and shows its whole chain")
    func versions() async throws {
        try await Certificates.with { certificates in
            let trust = ["--cacert", certificates.authority]
            let endpoint = TestEndpoint()
            try await RunningServer.with(endpoint) {
                $0.tls = certificates.files
            } _: { server in
                let url = "https://127.0.0.1:\(server.port)/sync"
                for (option, version) in [("--http1.1", "1.1"), ("--http2", "2")] {
                    let fields = ["authorization": "Bearer r", "accept-encoding": "gzip", "content-encoding": "zstd"]
                    let reply = try await Curl.request(
                        "POST", url, fields: Self.cbor.merging(fields) { $1 },
                        body: try ContentCoding.zstd.compress(text(300_000)), options: trust + [option])
                    #expect(reply.status == 200)
                    #expect(reply.version == version)
                    #expect(try ContentCoding.gzip.decompress(reply.body, limit: 300_000) == text(300_000))
                }
                let strange = try await Curl.request("GET", url)
                #expect(strange.exit == 60)
            }
            let call = TestEndpoint.Call(route: "sync", body: text(300_000), credential: "r")
            #expect(endpoint.calls == [call, call])
        }
    }

    @Test("over HTTP/2 the same limits hold, and the connection outlives what is refused")
    func limits() async throws {
        try await Certificates.with { certificates in
            let options = ["--cacert", certificates.authority, "--http2"]
            let endpoint = TestEndpoint()
            try await RunningServer.with(endpoint) {
                $0.tls = certificates.files
                $0.limits.packedBodyBytes = 100_000
            } _: { server in
                let address = "https://127.0.0.1:\(server.port)"
                for more in [[], ["--header", "content-length;"]] {
                    let reply = try await Curl.request(
                        "POST", address + "/sync", fields: Self.cbor, body: text(100_001), options: options + more)
                    #expect(reply.status == 413)
                    #expect(reply.version == "2")
                    #expect(reply.text.contains("100000 bytes"))
                }
                let missing = try await Curl.request("GET", address + "/nowhere", options: options)
                #expect(missing.status == 404)
                #expect(missing.fields["connection"] == nil)
                // Two requests on one connection, the first of them refused.
                let both = try await run(
                    "curl",
                    options + ["-s", "-o", "/dev/null", "-w", "%{http_code} %{num_connects};", address + "/sync"]
                        + ["-o", "/dev/null", address + "/livez"])
                #expect(both.output == "405 1;200 0;")
            }
            #expect(endpoint.calls.isEmpty)
        }
    }

    @Test("over HTTP/2 a body that drips in is dropped with a word, and other requests go on")
    func slowBody() async throws {
        try await Certificates.with { certificates in
            let options = ["--cacert", certificates.authority, "--http2"]
            let endpoint = TestEndpoint()
            try await RunningServer.with(endpoint) {
                $0.tls = certificates.files
                $0.limits.bodyDeadline = .milliseconds(500)
                $0.limits.bodyBytesPerSecond = 1 << 20
            } _: { server in
                let address = "https://127.0.0.1:\(server.port)"
                async let slow = Curl.request(
                    "POST", address + "/sync", fields: Self.cbor, body: text(1 << 20),
                    options: options + ["--limit-rate", "1000"])
                let other = try await Curl.request("GET", address + "/livez", options: options)
                #expect(other.status == 200)
                let dropped = try await slow
                #expect(dropped.status == 408)
            }
            #expect(endpoint.calls.isEmpty)
        }
    }

    @Test("TLS before 1.2 is refused, 1.2 and 1.3 are not")
    func oldVersions() async throws {
        try await Certificates.with { certificates in
            try await RunningServer.with {
                $0.tls = certificates.files
            } _: { server in
                let url = "https://127.0.0.1:\(server.port)/livez"
                for (maximum, status) in [("1.1", 0), ("1.2", 200), ("1.3", 200)] {
                    let reply = try await Curl.request(
                        "GET", url,
                        options: [
                            "--cacert", certificates.authority, "--tls-max", maximum, "--tlsv1.0", "--ciphers",
                            "DEFAULT:@SECLEVEL=0",
                        ])
                    #expect(reply.status == status, "TLS \(maximum)")
                }
            }
        }
    }

    @Test("a handshake that never ends is dropped, also when it drips", arguments: [false, true])
    func handshake(_ drips: Bool) async throws {
        try await Certificates.with { certificates in
            try await RunningServer.with {
                $0.tls = certificates.files
                $0.limits.idle = .milliseconds(500)
            } _: { server in
                let connection = try RawConnection(port: server.port)
                // The start of a record that is to hold a long client hello.
                try? await connection.send([0x16, 0x03, 0x01, 0x40, 0x00])
                let isClosed = try await untilDone {
                    if drips { try? await connection.send([0]) }
                    return try await connection.receive(within: .milliseconds(50))?.isEmpty == true
                }
                #expect(isClosed)
            }
        }
    }

    @Test("a file that is missing, or is something else, is named")
    func files() async throws {
        try await Certificates.with { certificates in
            let good = certificates.files
            let missing = certificates.folder.appending(path: "missing.pem").path
            let other = certificates.folder.appending(path: "other.pem").path
            try Data("not a certificate\n".utf8).write(to: URL(filePath: other))
            let locked = certificates.folder.appending(path: "locked.pem").path
            try await run(
                "openssl", ["ec", "-in", good.privateKey, "-aes256", "-passout", "pass:rahasia", "-out", locked])
            let foreign = certificates.folder.appending(path: "ca.key").path

            for (chain, key, named) in [
                (missing, good.privateKey, missing), (good.certificateChain, missing, missing),
                (other, good.privateKey, other), (good.certificateChain, other, other),
                (good.privateKey, good.privateKey, good.privateKey), (good.certificateChain, locked, locked),
                (good.certificateChain, foreign, foreign),
                (certificates.folder.path, foreign, certificates.folder.path),
            ] {
                let error = await #expect(throws: HTTPServerError.self) {
                    try await RunningServer.with {
                        $0.tls = TLSFiles(certificateChain: chain, privateKey: key)
                    } _: { _ in
                    }
                }
                #expect(error.map { "\($0)".contains(named) } == true, "\(error.map { "\($0)" } ?? "")")
            }
        }
    }
}
