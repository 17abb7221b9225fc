import Foundation
import NIOSSL

/// The files that TLS needs.
public struct TLSFiles: Sendable, Equatable {
    /// The server's certificate, then those between it and the root, in PEM form.
    public var certificateChain: String
    /// The private key of the first certificate, in PEM form.
    public var privateKey: String

    /// Names the files.
    public init(certificateChain: String, privateKey: String) {
        self.certificateChain = certificateChain
        self.privateKey = privateKey
    }

    /// TLS 1.2 or newer with what the files hold, tried out.
    func load() throws(HTTPServerError) -> TLSConfiguration {
        let certificates = try readCertificates()
        let key = try readKey()
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: certificates.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        do {
            _ = try NIOSSLContext(configuration: configuration)
        } catch {
            throw .certificateAndKeyRefused(certificate: certificateChain, key: privateKey, reason: "\(error)")
        }
        return configuration
    }

    private func readCertificates() throws(HTTPServerError) -> [NIOSSLCertificate] {
        let bytes = try Self.read(certificateChain)
        let certificates: [NIOSSLCertificate]
        do {
            certificates = try NIOSSLCertificate.fromPEMBytes(bytes)
        } catch {
            throw .noCertificate(file: certificateChain, reason: "\(error)")
        }
        guard !certificates.isEmpty else { throw .noCertificate(file: certificateChain, reason: "it holds none") }
        return certificates
    }

    private func readKey() throws(HTTPServerError) -> NIOSSLPrivateKey {
        let bytes = try Self.read(privateKey)
        do {
            return try NIOSSLPrivateKey(bytes: bytes, format: .pem)
        } catch {
            throw .noPrivateKey(file: privateKey, reason: "\(error)")
        }
    }

    private static func read(_ file: String) throws(HTTPServerError) -> [UInt8] {
        do {
            return [UInt8](try Data(contentsOf: URL(filePath: file)))
        } catch {
            throw .unreadable(file: file, reason: error.localizedDescription)
        }
    }
}
