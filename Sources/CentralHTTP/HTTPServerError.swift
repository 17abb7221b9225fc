/// Why the server doesn't start to listen.
public enum HTTPServerError: Error, Equatable, Sendable {
    /// Without TLS, on an address that others can reach.
    case plaintextRefused(host: String)
    /// A port that can't be.
    case invalidPort(Int)
    /// The system doesn't let it have the address.
    case cannotListen(host: String, port: Int, reason: String)
    /// A certificate or key file can't be read.
    case unreadable(file: String, reason: String)
    /// The file holds no certificate chain in PEM form.
    case noCertificate(file: String, reason: String)
    /// The file holds no private key in PEM form, or one that is locked with a passphrase.
    case noPrivateKey(file: String, reason: String)
    /// Both files can be read, but TLS refuses them, most likely because the key is another certificate's.
    case certificateAndKeyRefused(certificate: String, key: String, reason: String)
}

extension HTTPServerError: CustomStringConvertible {
    /// The error in words, with the way out.
    public var description: String {
        switch self {
        case .plaintextRefused(let host):
            """
            refusing to listen on \(host) without TLS: credentials and citizens' data would cross the network in the \
            clear. Give a certificate and key, listen on 127.0.0.1 or ::1 behind a proxy that does TLS, or allow \
            plaintext explicitly
            """
        case .invalidPort(let port):
            "\(port) is not a port: give a number from 0 (any free one) to 65535"
        case .cannotListen(let host, let port, let reason):
            "cannot listen on \(host), port \(port): \(reason)"
        case .unreadable(let file, let reason):
            "cannot read \(file): \(reason)"
        case .noCertificate(let file, let reason):
            "no certificate chain in PEM form in \(file): \(reason)"
        case .noPrivateKey(let file, let reason):
            "no private key in PEM form, without a passphrase, in \(file): \(reason)"
        case .certificateAndKeyRefused(let certificate, let key, let reason):
            "the key in \(key) doesn't go with the first certificate in \(certificate): \(reason)"
        }
    }
}
