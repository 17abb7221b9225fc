/// How long to wait in each phase of a request.
public struct Timeouts: Sendable, Hashable {
    /// For a connection, TLS included.
    public var connectSeconds: Double
    /// For the next bytes of a request or an answer that is under way.
    public var idleSeconds: Double
    /// For the whole of one request.
    public var totalSeconds: Double

    /// Makes time-outs; the defaults suit a slow link.
    public init(connectSeconds: Double = 10, idleSeconds: Double = 30, totalSeconds: Double = 300) {
        self.connectSeconds = connectSeconds
        self.idleSeconds = idleSeconds
        self.totalSeconds = totalSeconds
    }
}

/// What a server answered.
struct HTTPAnswer {
    let status: Int
    /// The value of `content-type`, as it came.
    let contentType: String?
    let body: [UInt8]
}
