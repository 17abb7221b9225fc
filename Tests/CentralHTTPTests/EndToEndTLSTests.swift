import CentralHTTP
import ContentCoding
import Foundation
import HTTPTransport
import OfflineClient
import SyncProtocol
import Testing

/// TLS with a private certificate authority, made by `openssl`, between the real client and the real edge.
///
/// A request that isn't given up takes an hour: the limit on time is there to end the test then.
@Suite(.timeLimit(.minutes(45))) struct EndToEndTLSTests {
    /// An authority, and a server's certificate that it signed.
    private struct Authority {
        let folder: URL
        let name: String

        init(_ name: String, in folder: URL, host: String = "IP:127.0.0.1") throws {
            self.folder = folder
            self.name = name
            try openssl(
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                "-subj", "/CN=\(name)", "-keyout", "\(name)-ca.key", "-out", "\(name)-ca.pem")
            try openssl(
                "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=server",
                "-keyout", "\(name).key", "-out", "\(name).csr")
            try Data("subjectAltName=\(host)\n".utf8).write(to: folder.appending(path: "\(name).ext"))
            try openssl(
                "x509", "-req", "-in", "\(name).csr", "-CA", "\(name)-ca.pem", "-CAkey", "\(name)-ca.key",
                "-CAcreateserial", "-days", "2", "-extfile", "\(name).ext", "-out", "\(name).pem")
        }

        var files: TLSFiles {
            TLSFiles(
                certificateChain: folder.appending(path: "\(name).pem").path,
                privateKey: folder.appending(path: "\(name).key").path)
        }

        var certificate: [UInt8] {
            get throws { Array(try Data(contentsOf: folder.appending(path: "\(name)-ca.pem"))) }
        }

        private func openssl(_ arguments: String...) throws {
            let process = Process()
            process.executableURL = URL(filePath: "/usr/bin/env")
            process.arguments = ["openssl"] + arguments
            process.currentDirectoryURL = folder
            process.standardError = FileHandle.nullDevice
            process.standardOutput = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
            try #require(process.terminationStatus == 0, "openssl \(arguments[0])")
        }
    }

    private static func transport(port: Int, authority: [UInt8]?, timeouts: Timeouts = .long) throws
        -> LibcurlTransport
    {
        try LibcurlTransport(
            server: try #require(URL(string: "https://127.0.0.1:\(port)")),
            coding: RequestCoding(name: "zstd") { try ContentCoding.zstd.compress($0) },
            certificateAuthority: authority,
            timeouts: timeouts)
    }

    private static func isUntrusted(_ port: Int, authority: Authority?) async throws -> Bool {
        let transport = try Self.transport(port: port, authority: try authority?.certificate)
        let error = await #expect(throws: TransportError.self) {
            try await transport.sync(SyncRequest().encoded, credential: [1])
        }
        if case .untrusted = error { return true }
        return false
    }

    @Test func anAddressWithHTTPSOfAServerWithoutTLSIsTold() async throws {
        let world = try EndToEndWorld()
        try await world.serving { port in
            let transport = try Self.transport(port: port, authority: nil)
            await #expect {
                try await transport.sync(SyncRequest().encoded, credential: [1])
            } throws: { error in
                if case .notSambung(let why)? = error as? TransportError { why.contains("http://") } else { false }
            }
        }
    }

    @Test func twoOfficesSyncWithAServerThatAPrivateAuthorityVouchesFor() async throws {
        let world = try EndToEndWorld()
        let authority = try Authority("one", in: world.folder)
        try await world.serving(tls: authority.files) { port in
            let transport = try Self.transport(port: port, authority: try authority.certificate)
            let a = try await world.enrolledClient("a", over: transport)
            let b = try await world.enrolledClient("b", over: transport)
            let text = String(repeating: "jalan berlubang ", count: 2000)
            for number in 0..<40 {
                try a.write(operator: "a") {
                    _ = try $0.insert("cases", ["title": .text("\(number)"), "note": .text(text)])
                }
            }
            #expect(try await a.sync(over: transport).pushed == 40)
            #expect(try await b.sync(over: transport).pulled == 40)
            #expect(try a.status().digest == b.status().digest)
        }
    }

    @Test func onlyTheAuthorityThatWasGivenIsTrusted() async throws {
        let world = try EndToEndWorld()
        let (one, two) = (try Authority("one", in: world.folder), try Authority("two", in: world.folder))
        try await world.serving(tls: one.files) { port in
            for authority in [nil, two] {
                let isUntrusted = try await Self.isUntrusted(port, authority: authority)
                #expect(isUntrusted)
            }
        }
    }

    @Test func aCertificateOfAnotherHostIsNotTrusted() async throws {
        let world = try EndToEndWorld()
        let authority = try Authority("one", in: world.folder, host: "DNS:pusat.example.go.id")
        try await world.serving(tls: authority.files) { port in
            let isUntrusted = try await Self.isUntrusted(port, authority: authority)
            #expect(isUntrusted)
        }
    }

    @Test func withAPrivateAuthorityToStrangersAndSilenceAreToldApart() async throws {
        let world = try EndToEndWorld()
        let authority = try Authority("one", in: world.folder).certificate
        let plain = try CannedServer("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        let silent = try CannedServer(nil)
        for port in [plain.port, silent.port, 1] {
            let timeouts = Timeouts(connectSeconds: 1, idleSeconds: 3600, totalSeconds: 3600)
            let transport = try Self.transport(port: port, authority: authority, timeouts: timeouts)
            let error = await #expect(throws: TransportError.self) { try await transport.enrol([1]) }
            guard case .unreachable = error else {
                Issue.record("port \(port): \(String(describing: error))")
                continue
            }
        }
        let listener = try CannedServer(nil)
        let transport = try Self.transport(port: listener.port, authority: authority)
        let running = Task { try await transport.enrol([1]) }
        try await listener.untilSomebodyConnects()
        running.cancel()
        await #expect(throws: CancellationError.self) { try await running.value }
    }

    @Test func whatIsNoCertificateIsRefusedBeforeAnythingIsSent() throws {
        let url = try #require(URL(string: "https://127.0.0.1:1"))
        #expect(throws: ServerAddressError.badCertificateAuthority) {
            try LibcurlTransport(server: url, certificateAuthority: Array("hello".utf8))
        }
    }
}
