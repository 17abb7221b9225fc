import HTTPTypes
import HummingbirdCore
import NIOCore

/// A request's body, while it comes.
struct IncomingBody {
    private var pieces: RequestBody.AsyncIterator
    private let declared: Int?
    /// Nothing is left to come. (Of HTTP/2 it is not known without looking.)
    private(set) var isAtEnd: Bool

    init(_ request: Request, isHTTP2: Bool) {
        pieces = request.body.makeAsyncIterator()
        declared = request.headers[.contentLength].flatMap(Int.init)
        isAtEnd = !isHTTP2 && (declared ?? 0) == 0 && request.headers[.transferEncoding] == nil
    }

    /// Refuses a body that says itself that it is too long, before anything of it is read.
    func checkDeclaredLength(_ limits: HTTPLimits) throws(Refusal) {
        if let declared, declared > limits.packedBodyBytes { throw .tooLarge(packed: limits) }
    }

    /// Whether it says itself that it is so short that nobody counts it.
    func isShort(_ limits: HTTPLimits) -> Bool { declared.map { $0 <= limits.uncountedBodyBytes } ?? isAtEnd }

    /// The whole body, or a refusal as soon as it is over the limit.
    /// - Parameter lease: what the body takes of the memory for all.
    mutating func collect(_ limits: HTTPLimits, _ lease: inout BodyLease) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let piece = try await pieces.next() {
            guard bytes.count + piece.readableBytes <= limits.packedBodyBytes else {
                throw Refusal.tooLarge(packed: limits)
            }
            guard lease.extend(by: piece.readableBytes) else { throw Refusal.busy }
            // Believed once some of it is there, so that a bare claim takes no memory.
            if let declared, bytes.count >= limits.uncountedBodyBytes { bytes.reserveCapacity(declared) }
            bytes.append(contentsOf: piece.readableBytesView)
        }
        isAtEnd = true
        return bytes
    }

    /// Reads what is left and lets it fall, until it ends or the connection does.
    mutating func discard() async {
        while let piece = try? await pieces.next() { _ = piece }
        isAtEnd = true
    }
}

/// What one request takes of ``BodyMemory``, given back with it.
struct BodyLease: ~Copyable {
    private let memory: BodyMemory
    private let uncounted: Int
    private var total = 0

    init(_ memory: BodyMemory, _ limits: HTTPLimits) {
        self.memory = memory
        uncounted = limits.uncountedBodyBytes
    }

    private var counted: Int { max(0, total - uncounted) }

    mutating func extend(by count: Int) -> Bool {
        let before = counted
        total += count
        if memory.take(counted - before) { return true }
        total -= count
        return false
    }

    deinit { memory.giveBack(max(0, total - uncounted)) }
}

extension Refusal {
    static func tooLarge(packed limits: HTTPLimits) -> Refusal {
        Refusal(
            .contentTooLarge, "too-large",
            "The body is longer than \(limits.packedBodyBytes) bytes. Send fewer changes in one request.")
    }

    static var busy: Refusal {
        Refusal(
            .serviceUnavailable, "busy",
            "The server has no memory left for bodies just now. Nothing was done; try again.",
            fields: [.retryAfter: "5"])
    }
}
