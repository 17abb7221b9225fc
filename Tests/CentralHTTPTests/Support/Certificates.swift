import CentralHTTP
import Foundation

/// A private certificate authority and a server certificate for loopback, made by the program openssl.
struct Certificates {
    let folder: URL
    /// The authority's own certificate, for clients.
    var authority: String { folder.appending(path: "ca.pem").path }
    var files: TLSFiles {
        TLSFiles(
            certificateChain: folder.appending(path: "chain.pem").path,
            privateKey: folder.appending(path: "key.pem").path)
    }

    struct Failed: Error { var step: String }

    /// Makes them anew for a test, and removes them after it.
    static func with(_ body: (Certificates) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "sambung-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let certificates = Certificates(folder: folder)
        try await certificates.make()
        try await body(certificates)
    }

    private func make() async throws {
        let elliptic = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
        try await openssl(
            ["req", "-x509"] + elliptic + [
                "-subj", "/CN=Test authority", "-keyout", path("ca.key"), "-out", path("ca.pem"),
            ])
        // A root, one authority under it, and the server's certificate under that: a real chain.
        try Data("basicConstraints=critical,CA:TRUE\n".utf8).write(to: folder.appending(path: "middle.ext"))
        try Data("subjectAltName=IP:127.0.0.1,DNS:localhost\n".utf8).write(to: folder.appending(path: "server.ext"))
        for (name, signer, key) in [("middle", "ca.pem", "middle.key"), ("server", "middle.pem", "key.pem")] {
            try await openssl(
                ["req"] + elliptic.dropLast(2) + [
                    "-subj", "/CN=\(name)", "-keyout", path(key), "-out", path("\(name).csr"),
                ])
            try await openssl([
                "x509", "-req", "-in", path("\(name).csr"), "-CA", path(signer), "-CAkey",
                path(signer == "ca.pem" ? "ca.key" : "middle.key"), "-CAcreateserial", "-days", "2",
                "-extfile", path("\(name).ext"), "-out", path("\(name).pem"),
            ])
        }
        let chain = try ["server.pem", "middle.pem"].map { try Data(contentsOf: folder.appending(path: $0)) }
        try Data(chain.joined()).write(to: folder.appending(path: "chain.pem"))
    }

    private func path(_ name: String) -> String { folder.appending(path: name).path }

    private func openssl(_ arguments: [String]) async throws {
        guard try await run("openssl", arguments).exit == 0 else {
            throw Failed(step: arguments.joined(separator: " "))
        }
    }
}
