import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// A body that came too slowly, as the one who reads it learns of it.
struct BodyTooSlow: Error {}

/// Ends requests that are late, on one connection (HTTP/1.1) or one stream (HTTP/2).
final class RequestWatch: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private var times: RequestTimes
    /// How often to look: a timer for every request would cost more than the request.
    private let tick: TimeAmount
    private var timer: Scheduled<Void>?
    private let limits: HTTPLimits
    private var isCut = false
    private var connection: ConnectionWatch?
    private var isBusy = false

    init(_ limits: HTTPLimits) {
        self.limits = limits
        times = RequestTimes(limits)
        tick = TimeAmount(min(limits.idle, limits.bodyDeadline, limits.answerDeadline) / 4)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        connection = ConnectionWatch.requestsCanCome(on: context.channel)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        tell(isBusy: false)
        connection = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head:
            times.requestBegan(.now())
            look(context, after: tick)
        case .body(let bytes):
            times.bodyCame(bytes.readableBytes)
            if times.isFlooded {
                context.close(promise: nil)
                return
            }
        case .end:
            times.requestEnded(.now())
        }
        tell(isBusy: !times.isAtRest)
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head) where head.status.kind == .informational: break
        case .head, .body: times.answerMoved(.now())
        case .end:
            times.answerEnded(.now())
            if isCut { close(context, after: limits.lingering) }
            // Written is not sent: it may wait for a peer that takes nothing.
            let sent = promise ?? context.eventLoop.makePromise(of: Void.self)
            sent.futureResult.assumeIsolated().whenComplete { result in
                self.times.answerSent(.now())
                // Who is told to have been too slow has not moved by that.
                if !self.isCut, case .success = result { self.connection?.peerMoved() }
                self.tell(isBusy: !self.times.isAtRest)
            }
            context.write(data, promise: sent)
            return
        }
        context.write(data, promise: promise)
    }

    /// Lets the connection know whether a request is under way here.
    private func tell(isBusy: Bool) {
        guard isBusy != self.isBusy else { return }
        self.isBusy = isBusy
        connection?.requestsUnderWay += isBusy ? 1 : -1
    }

    private func look(_ context: ChannelHandlerContext, after delay: TimeAmount) {
        guard timer == nil else { return }
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: delay) {
            self.timer = nil
            self.judge(context)
        }
    }

    private func judge(_ context: ChannelHandlerContext) {
        let now = NIODeadline.now()
        switch times.verdict(now) {
        case .atRest: break
        case .waitUntil(let deadline): look(context, after: min(tick, deadline - now))
        case .bodyTooSlow:
            // Whoever reads the body answers 408. From then on the peer has a moment to see that.
            isCut = true
            close(context, after: limits.answerDeadline)
            context.fireErrorCaught(BodyTooSlow())
        case .stuck:
            context.close(promise: nil)
        }
    }

    private func close(_ context: ChannelHandlerContext, after delay: Duration) {
        timer?.cancel()
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(delay)) { context.close(promise: nil) }
    }
}
