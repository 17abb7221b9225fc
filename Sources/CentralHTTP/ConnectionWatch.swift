import Foundation
import HummingbirdCore
import Logging
import NIOCore

/// Ends connections that never come to a request, that fall silent, that are too many, or that outlast the order to stop.
///
/// The framework's time-outs begin once TLS and the version of HTTP are settled, and wait for the peer's
/// word to close an idle HTTP/2 connection. This stands before all that, next to the socket.
final class ConnectionWatch: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny

    private let limits: HTTPLimits
    private let waiting: WaitingConnections
    private let isSecure: Bool
    private var place: WaitingConnections.Place?
    private var context: ChannelHandlerContext?
    private var canHaveRequests = false
    private var heard = NIODeadline.now()
    private var handshakeTimer: Scheduled<Void>?
    private var silenceTimer: Scheduled<Void>?
    private var stopTimer: Scheduled<Void>?

    /// - Parameter isSecure: whether TLS follows.
    init(_ limits: HTTPLimits, _ waiting: WaitingConnections, isSecure: Bool) {
        self.limits = limits
        self.isSecure = isSecure
        self.waiting = waiting
    }

    /// Requests whose body comes, that are worked on, or whose answer is not sent.
    ///
    /// Each is bounded by a ``RequestWatch``.
    var requestsUnderWay = 0 { didSet { requestsUnderWay == 0 ? wait() : work() } }

    /// Says that the connection of this channel, or of this stream's channel, is past its TLS handshake.
    static func requestsCanCome(on channel: any Channel) -> ConnectionWatch? {
        let connection =
            (try? channel.pipeline.syncOperations.handler(type: ConnectionWatch.self))
            ?? (try? channel.parent?.pipeline.syncOperations.handler(type: ConnectionWatch.self))
        connection?.canHaveRequests = true
        return connection
    }

    func handlerAdded(context: ChannelHandlerContext) {
        handshakeTimer = after(limits.idle, context) {
            if !self.canHaveRequests { context.close(promise: nil) }
        }
        watchForSilence(context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        for timer in [handshakeTimer, silenceTimer, stopTimer] { timer?.cancel() }
        self.context = nil
        work()
    }

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        wait()
        context.fireChannelActive()
    }

    /// It has no request under way, from now on.
    private func wait() {
        guard place == nil, let context, context.channel.isActive else { return }
        let (loop, watch) = (context.eventLoop, NIOLoopBound(self, eventLoop: context.eventLoop))
        place = waiting.enter(from: context.channel.remoteAddress) {
            // Next to the socket: TLS would wait for the peer's good-bye.
            loop.execute { watch.value.makeRoom() }
        }
    }

    /// Makes room for another one, unless a request has come in between.
    private func makeRoom() {
        if requestsUnderWay == 0 { context?.close(promise: nil) }
    }

    private func work() {
        if let place { waiting.leave(place) }
        place = nil
    }

    /// The peer is there: it sent something, or took an answer.
    func peerMoved() { heard = .now() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        peerMoved()
        context.fireChannelRead(data)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent {
            if canHaveRequests {
                stopTimer = after(limits.stopDeadline, context) { context.close(promise: nil) }
            } else {
                context.close(promise: nil)
            }
        }
        // Whoever still reads says good-bye in TLS's own way. Waiting for that from a peer that is gone takes memory.
        if isSecure, case ChannelEvent.inputClosed? = event as? ChannelEvent { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    /// Closes once the peer has been silent, with no request under way, for a little longer than the framework waits
    /// before it says good-bye: a peer that is still there answers that, and one that only holds the line does not.
    private func watchForSilence(_ context: ChannelHandlerContext) {
        let patience = TimeAmount(limits.idle + limits.lingering)
        let left = requestsUnderWay == 0 ? heard + patience - .now() : TimeAmount(limits.idle / 4)
        silenceTimer = context.eventLoop.assumeIsolated().scheduleTask(in: max(left, .milliseconds(100))) {
            if self.requestsUnderWay == 0, NIODeadline.now() >= self.heard + patience {
                context.close(promise: nil)
            } else {
                self.watchForSilence(context)
            }
        }
    }

    private func after(
        _ delay: Duration, _ context: ChannelHandlerContext, _ action: @escaping () -> Void
    ) -> Scheduled<Void> {
        context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(delay), action)
    }
}

/// A framework's channel with a ``ConnectionWatch`` before it.
struct WatchedChannel<Base: ServerChildChannel>: ServerChildChannel {
    let base: Base
    let limits: HTTPLimits
    let isSecure: Bool
    let waiting: WaitingConnections

    init(base: Base, limits: HTTPLimits, isSecure: Bool) {
        self.base = base
        self.limits = limits
        self.isSecure = isSecure
        waiting = WaitingConnections(limit: limits.waitingConnections)
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Base.Value> {
        do {
            try channel.pipeline.syncOperations.addHandler(ConnectionWatch(limits, waiting, isSecure: isSecure))
        } catch {
            return channel.eventLoop.makeFailedFuture(error)
        }
        Self.keepBuffersSmall(channel)
        return base.setup(channel: channel, logger: logger)
    }

    func handle(value: Base.Value, logger: Logger) async {
        await base.handle(value: value, logger: logger)
    }

    /// Lets little lie about in buffers of a connection.
    ///
    /// What came in is held until it is read, several pieces of it on each of many connections. And with megabytes
    /// of an answer unsent in the kernel, an honest reader on a slow line would seem to take nothing for minutes.
    private static func keepBuffersSmall(_ channel: any Channel) {
        let allocator = AdaptiveRecvByteBufferAllocator(minimum: 1 << 10, initial: 2 << 10, maximum: 16 << 10)
        let unsent = ChannelOptions.Types.SocketOption(level: .tcp, name: .init(rawValue: CInt(TCP_NOTSENT_LOWAT)))
        // A connection without them serves as well.
        try? channel.syncOptions?.setOption(.recvAllocator, value: allocator)
        // A piece full of short requests makes hundreds of them, each many times as large as its bytes.
        try? channel.syncOptions?.setOption(.maxMessagesPerRead, value: 1)
        try? channel.syncOptions?.setOption(unsent, value: 4 * Answer.piece)
        // TLS keeps some KiB for each answer that waits, however short it is.
        try? channel.syncOptions?.setOption(.writeBufferWaterMark, value: .init(low: 2 << 10, high: 4 << 10))
    }
}
