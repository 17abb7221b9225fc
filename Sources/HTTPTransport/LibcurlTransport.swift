import Foundation
import OfflineClient
import SyncProtocol
import Synchronization

/// Packs requests under a name of HTTP's content codings, such as zstd.
///
/// Answers are unpacked without help.
public struct RequestCoding: Sendable {
    /// The name for `content-encoding`.
    public let name: String
    /// Packs the body of a request.
    public let encode: @Sendable ([UInt8]) throws -> [UInt8]

    /// Makes a coding.
    public init(name: String, encode: @escaping @Sendable ([UInt8]) throws -> [UInt8]) {
        self.name = name
        self.encode = encode
    }
}

/// Carries messages over HTTP and HTTPS, on what the toolchain brings.
///
/// Connections stay open between requests for as long as the transport lives.
public final class LibcurlTransport: Transport {
    private let server: URL
    private let coding: RequestCoding?
    private let exchange: LibcurlExchange
    /// Whether the server has refused the coding: it gets plain bodies from then on.
    private let isCodingRefused = Atomic(false)

    /// Makes a transport to one server.
    ///
    /// - Parameters:
    ///   - server: the server's address, with a path if it stands under one.
    ///   - coding: packs the requests; without it they travel as they are.
    ///   - certificateAuthority: certificates in PEM form; only a server that one of them vouches for is trusted then,
    ///     in place of the system's list.
    ///   - allowsPlaintext: whether an `http://` address of another machine is taken.
    ///   - timeouts: how long to wait.
    public init(
        server: URL, coding: RequestCoding? = nil, certificateAuthority: [UInt8]? = nil, allowsPlaintext: Bool = false,
        timeouts: Timeouts = Timeouts()
    ) throws(ServerAddressError) {
        self.server = try ServerAddress(server, allowsPlaintext: allowsPlaintext).url
        self.coding = coding
        exchange = try LibcurlExchange(certificateAuthority: certificateAuthority, timeouts: timeouts)
    }

    /// Sends a message of an enrolled device to the server's `/sync`.
    public func sync(_ message: [UInt8], credential: [UInt8]) async throws -> [UInt8] {
        let token = Data(credential).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
        return try await post("sync", message, headers: [("authorization", "Bearer \(token)")])
    }

    /// Sends an enrolment to the server's `/enrol`.
    public func enrol(_ message: [UInt8]) async throws -> [UInt8] { try await post("enrol", message, headers: []) }

    private func post(
        _ path: String, _ message: [UInt8], headers: [(name: String, value: String)]
    ) async throws -> [UInt8] {
        let url = server.appending(path: path)
        let headers = headers + [("content-type", Self.mediaType), ("accept", Self.mediaType)]
        let packed = try pack(message)
        if let packed {
            let coded = headers + [("content-encoding", packed.name)]
            let answer = try await exchange.post(url, headers: coded, body: packed.body, limit: Limits.messageBytes)
            guard answer.status == 415 else { return try Self.message(of: answer) }
            isCodingRefused.store(true, ordering: .relaxed)
        }
        return try Self.message(
            of: try await exchange.post(url, headers: headers, body: message, limit: Limits.messageBytes))
    }

    private func pack(_ message: [UInt8]) throws -> (name: String, body: [UInt8])? {
        guard let coding, !isCodingRefused.load(ordering: .relaxed) else { return nil }
        let body = try coding.encode(message)
        return body.count < message.count ? (coding.name, body) : nil
    }

    // MARK: Answers

    private static let mediaType = "application/cbor"

    /// The message in an answer.
    ///
    /// Whoever answers in another form is not the server, but may stand in front of it.
    static func message(of answer: HTTPAnswer) throws(TransportError) -> [UInt8] {
        let type = answer.contentType?.split(separator: ";").first.map {
            $0.trimmingCharacters(in: .whitespaces).lowercased()
        }
        let isAnswer = answer.status == 200 || (400..<600).contains(answer.status)
        if isAnswer, type == mediaType { return answer.body }
        switch answer.status {
        case 408, 413, 429, 502, 503, 504, 507: throw .busy("HTTP \(answer.status)")
        case 300..<400: throw .notSambung("HTTP \(answer.status), it sends us on to another address")
        case 407: throw .notSambung("HTTP 407, a proxy asks for a password")
        default:
            let type = type.map {
                String($0.unicodeScalars.filter { (0x21...0x7E).contains($0.value) }.prefix(60).map(Character.init))
            }
            throw .notSambung("HTTP \(answer.status), \(type ?? "nothing") in place of \(mediaType)")
        }
    }
}
