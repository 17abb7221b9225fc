import Foundation

/// Why a transport was not made: there is something wrong with what was given, not with the network.
public enum ServerAddressError: Error, Sendable, Equatable, CustomStringConvertible {
    /// It is no address of a server.
    case invalid(String, reason: String)
    /// Records and the device's secret would travel for everyone to read.
    case plaintext(host: String)
    /// The certificate authority is no PEM file with a certificate.
    case badCertificateAuthority
    /// The system's libcurl, which carries the requests, can't be used.
    case noLibcurl(reason: String)

    /// What is wrong, and the way out.
    public var description: String {
        switch self {
        case .invalid(let address, let reason):
            "\(address) is no server's address: \(reason); it looks like https://pusat.example.go.id"
        case .plaintext(let host):
            "http://\(host) is not encrypted: use https://, or allow plain text explicitly"
        case .badCertificateAuthority:
            "the certificate authority's file has no certificate in PEM form (-----BEGIN CERTIFICATE-----)"
        case .noLibcurl(let reason):
            "libcurl can't be used (\(reason)): install it, on Debian with: apt-get install libcurl4"
        }
    }
}

/// The address of a server, checked.
struct ServerAddress {
    let url: URL

    init(_ url: URL, allowsPlaintext: Bool) throws(ServerAddressError) {
        func invalid(_ reason: String) -> ServerAddressError { .invalid(url.absoluteString, reason: reason) }
        guard let host = url.host(), !host.isEmpty else { throw invalid("it names no host") }
        guard url.user() == nil, url.password() == nil else { throw .invalid(host, reason: "it has a password in it") }
        guard url.query() == nil, url.fragment() == nil else { throw invalid("it has a ? or a #") }
        switch url.scheme?.lowercased() {
        case "https": break
        case "http": if !allowsPlaintext, !Self.isLoopback(host) { throw .plaintext(host: host) }
        default: throw invalid("it begins with neither https:// nor http://")
        }
        self.url = url
    }

    /// Whether a host is this machine, by a name that no name server is asked for.
    static func isLoopback(_ host: String) -> Bool {
        let host = host.lowercased()
        if ["localhost", "::1", "[::1]"].contains(host) { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        // `UInt8` reads `+1` too, which a name server would be asked for.
        return parts.count == 4 && parts.allSatisfy { $0 != nil } && parts.first == 127 && !host.contains("+")
    }
}
