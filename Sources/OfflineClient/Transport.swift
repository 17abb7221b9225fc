import SyncProtocol

/// Carries messages to a server and brings the answers back.
///
/// It knows nothing of what they say.
public protocol Transport: Sendable {
    /// Sends a message of an enrolled device.
    ///
    /// - Parameter credential: the device's secret.
    /// - Returns: the answer, which may be a failure's message.
    /// - Throws: ``TransportError``.
    func sync(_ message: [UInt8], credential: [UInt8]) async throws -> [UInt8]

    /// Sends an enrolment.
    func enrol(_ message: [UInt8]) async throws -> [UInt8]
}

/// Why no answer came.
///
/// The work is safe: the next sync sends the same again.
public enum TransportError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Nobody answers at that address, or not in time.
    case unreachable(String)
    /// The server's certificate is not one that this device trusts.
    case untrusted(String)
    /// Something else than a Sambung server answered.
    case notSambung(String)
    /// The server is there but can't serve now; its words.
    case busy(String)

    /// What happened.
    public var description: String {
        switch self {
        case .unreachable(let why): "no answer: \(why)"
        case .untrusted(let why): "the server's certificate is not trusted: \(why)"
        case .notSambung(let why): "this is not a Sambung server: \(why)"
        case .busy(let why): "the server is busy: \(why)"
        }
    }
}

extension OfflineClient {
    /// Syncs once over a transport.
    ///
    /// - Parameter progress: called after each round trip with what was done so far.
    /// - Throws: ``TransportError``, ``Failure``, ``ProtocolError`` or an error of the database; what was done until
    ///   then stays done, and the next sync goes on from there.
    public func sync(
        over transport: any Transport, progress: (@Sendable (SyncProgress) -> Void)? = nil
    ) async throws -> SyncSummary {
        let credential = try credential()
        let waiting = try status().pending
        var session = SyncSession(self)
        while true {
            switch try session.next() {
            case .finish(let summary): return summary
            case .send(let message):
                try session.received(try await transport.sync(message, credential: credential))
                progress?(SyncProgress(summary: session.progress, pendingAtStart: waiting))
            }
        }
    }

    /// Exchanges an enrolment code for a replica number.
    ///
    /// - Parameter again: see ``enrolRequest(code:deviceName:server:again:)``.
    public func enrol(
        code: String, deviceName: String, server: String, again: Bool = false, over transport: any Transport
    ) async throws {
        func attempt() async throws {
            let request = try enrolRequest(code: code, deviceName: deviceName, server: server, again: again)
            try enrolled(try await transport.enrol(request))
        }
        do {
            try await attempt()
        } catch let failure as Failure where failure.code == .usedCode {
            // The secret was perhaps used with an earlier code, whose answer got lost; this code may be a good one.
            try forgetSecret()
            try await attempt()
        }
    }
}

/// How far a sync has come.
public struct SyncProgress: Sendable {
    /// What was done so far.
    public let summary: SyncSummary
    /// The changes that waited when the sync began.
    public let pendingAtStart: Int
}
