/// What the HTTP edge carries requests to: the server core.
public protocol SyncEndpoint: Sendable {
    /// Answers a sync.
    /// - Parameters:
    ///   - body: the request, unpacked and within the limits, but otherwise as it came.
    ///   - credential: what the request's `authorization: Bearer` field held, if it had one. Not checked.
    func sync(_ body: [UInt8], credential: String?) async -> EndpointReply

    /// Answers a sync of a caller whose address is known; by default as any other.
    func sync(_ body: [UInt8], credential: String?, caller: String) async -> EndpointReply

    /// The reply to a sync whose credential is no device's, before its body is read; nil for any other, and by default.
    func refusal(of credential: String?, caller: String) async -> EndpointReply?

    /// Exchanges an enrolment code for a device credential.
    func enrol(_ body: [UInt8]) async -> EndpointReply

    /// Exchanges an enrolment code of a caller whose address is known; by default as any other.
    func enrol(_ body: [UInt8], caller: String) async -> EndpointReply

    /// Whether the server can work: store writable, schema current, disk space left.
    ///
    /// Asked anew for every `GET /readyz`, by anyone who can reach the server, so it must be cheap.
    func readiness() async -> Readiness
}

extension SyncEndpoint {
    /// Answers as any other sync.
    public func sync(_ body: [UInt8], credential: String?, caller: String) async -> EndpointReply {
        await sync(body, credential: credential)
    }

    /// Lets every body be read.
    public func refusal(of credential: String?, caller: String) async -> EndpointReply? { nil }

    /// Answers as any other enrolment.
    public func enrol(_ body: [UInt8], caller: String) async -> EndpointReply { await enrol(body) }
}

/// The core's answer to one request.
public struct EndpointReply: Sendable, Equatable {
    /// 200, or an HTTP status for the error that the body tells of.
    public var status: Int
    /// A CBOR message, also with an error.
    public var body: [UInt8]

    /// Creates a reply.
    public init(status: Int, body: [UInt8]) {
        self.status = status
        self.body = body
    }
}

/// Whether the server can work.
public enum Readiness: Sendable, Equatable {
    /// It can.
    case ready
    /// It can't, for these reasons, in words for whoever looks after the server. No secrets: anyone may read them.
    case notReady([String])
}
