import NIOCore

/// When a connection's request is late: a state machine without a clock or a socket.
///
/// The framework's own time-out starts again with every piece of a body, and doesn't look at answers.
struct RequestTimes {
    /// What to do about a request that is late.
    enum Verdict: Equatable {
        /// Nothing is going on; look again once something is.
        case atRest
        /// In time, until then at least.
        case waitUntil(NIODeadline)
        /// The body comes too slowly.
        case bodyTooSlow
        /// The core doesn't answer, or the peer doesn't take the answer.
        case stuck
    }

    private let limits: HTTPLimits
    private var unanswered = 0
    private var readingSince: NIODeadline?
    private var workingSince: NIODeadline?
    private var writingSince: NIODeadline?
    private var unsent = 0
    private var unsentSince: NIODeadline?
    private var received = 0

    init(_ limits: HTTPLimits) {
        self.limits = limits
    }

    /// Whether more body came than even an answer "too large" needs read before it can be written.
    var isFlooded: Bool { received > 2 * limits.packedBodyBytes }

    /// Whether there is neither a request nor an answer of one.
    var isAtRest: Bool { unanswered == 0 && unsent == 0 && readingSince == nil }

    mutating func requestBegan(_ now: NIODeadline) {
        unanswered += 1
        readingSince = now
        received = 0
    }

    mutating func bodyCame(_ count: Int) {
        received += count
    }

    mutating func requestEnded(_ now: NIODeadline) {
        readingSince = nil
        // Its answer may have come before its end.
        if unanswered > 0, workingSince == nil { workingSince = now }
    }

    /// A piece of an answer can be written, which it only can when the peer takes what came before.
    mutating func answerMoved(_ now: NIODeadline) {
        writingSince = now
    }

    /// The end of an answer was written, though a peer that takes nothing may let all of it wait here.
    mutating func answerEnded(_ now: NIODeadline) {
        unanswered -= 1
        writingSince = nil
        workingSince = unanswered > 0 && readingSince == nil ? now : nil
        unsent += 1
        if unsentSince == nil { unsentSince = now }
    }

    /// The end of an answer is out.
    mutating func answerSent(_ now: NIODeadline) {
        unsent -= 1
        unsentSince = unsent > 0 ? now : nil
    }

    func verdict(_ now: NIODeadline) -> Verdict {
        if let unsentSince, now >= unsentSince + TimeAmount(limits.idle) { return .stuck }
        if let writingSince { return Self.judge(writingSince + TimeAmount(limits.idle), now, late: .stuck) }
        if let workingSince {
            let verdict = Self.judge(workingSince + TimeAmount(limits.answerDeadline), now, late: .stuck)
            if readingSince == nil || verdict == .stuck { return verdict }
        }
        guard let readingSince else {
            return unsentSince.map { .waitUntil($0 + TimeAmount(limits.idle)) } ?? .atRest
        }
        let earned = TimeAmount.milliseconds(Int64(received) * 1000 / Int64(max(1, limits.bodyBytesPerSecond)))
        return Self.judge(readingSince + TimeAmount(limits.bodyDeadline) + earned, now, late: .bodyTooSlow)
    }

    private static func judge(_ deadline: NIODeadline, _ now: NIODeadline, late: Verdict) -> Verdict {
        now >= deadline ? late : .waitUntil(deadline)
    }
}
