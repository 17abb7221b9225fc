import SyncProtocol

/// Every limit of the HTTP edge, in one place.
///
/// The peers are anyone's, and honest ones sit behind slow links: what is bounded is memory, and how long a
/// peer may go without getting anywhere, rather than how long a big message takes on a bad line.
public struct HTTPLimits: Sendable {
    /// The longest body as it comes over the wire, packed, in bytes: 8 MiB.
    public var packedBodyBytes = 8 << 20
    /// The longest body after unpacking, in bytes: what the protocol lets a message have, 16 MiB.
    public var unpackedBodyBytes = Limits.messageBytes
    /// The memory for all bodies that are being received or worked on, in bytes: 25 MiB, which is one of the longest,
    /// packed and unpacked.
    ///
    /// The first ``uncountedBodyBytes`` of each body don't count, so that small syncs go on when it is used up;
    /// other requests then get status 503.
    public var allBodiesBytes = 25 << 20
    /// The beginning of each body that ``allBodiesBytes`` leaves out, in bytes: 16 KiB.
    public var uncountedBodyBytes = 16 << 10

    /// The longest line and header of a request on HTTP/1.1, in bytes: 16 KiB.
    ///
    /// HTTP/2 has the framework's own limit, 16 KiB as well.
    public var headerBytes = 16 << 10
    /// The most header fields of a request on HTTP/1.1: 100.
    public var headerFields = 100

    /// How long a connection may stay without a request, a request without its next byte, and an answer
    /// without its reader taking any of it: 25 s, and ``lingering`` for a peer that is silent.
    ///
    /// It bounds the TLS handshake and the arrival of a request's header too.
    public var idle: Duration = .seconds(25)
    /// How long a body may take to arrive from the end of its header: 25 s, and one second for every
    /// ``bodyBytesPerSecond`` that came.
    public var bodyDeadline: Duration = .seconds(25)
    /// The slowest line that can deliver a body of any length, in bytes a second: 1 KiB.
    public var bodyBytesPerSecond = 1 << 10
    /// How long the core may take from a request's last byte to the answer's first: 60 s, then the connection is cut.
    public var answerDeadline: Duration = .seconds(60)
    /// How long the rest of a refused request is read and let fall, so that the peer gets to see the answer: 2 s.
    ///
    /// Closing on unread bytes would make the system throw the answer away.
    public var lingering: Duration = .seconds(2)
    /// How long requests under way may take to end after the order to stop, before they are cut: 25 s.
    public var stopDeadline: Duration = .seconds(25)

    /// The most connections at once: 10,000, or fewer if the system lets the process open fewer files.
    ///
    /// Those that come on top wait in the system's queue.
    public var connections = 10_000
    /// The most of them that have no request under way: 1,500, which take about 60 MiB.
    ///
    /// Beyond that, the peer that has the most loses the one that has waited longest.
    public var waitingConnections = 1500

    /// The most requests at once on one HTTP/2 connection: the framework's own limit.
    public static let streamsPerConnection = 100

    /// The limits as described.
    public init() {}
}
