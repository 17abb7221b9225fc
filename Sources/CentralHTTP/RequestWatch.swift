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

    init(_ limits: HTTPLimits) {
        times = RequestTimes(limits)
        tick = TimeAmount(min(limits.idle, limits.bodyDeadline, limits.answerDeadline) / 4)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        ConnectionWatch.requestsCanCome(on: context.channel)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
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
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head) where head.status.kind == .informational: break
        case .head, .body: times.answerMoved(.now())
        case .end: times.answerEnded(.now())
        }
        context.write(data, promise: promise)
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
            // Whoever reads the body answers 408. Then the peer has a moment to see that.
            context.fireErrorCaught(BodyTooSlow())
            context.eventLoop.assumeIsolated().scheduleTask(in: Edge.lingering) { context.close(promise: nil) }
        case .stuck:
            context.close(promise: nil)
        }
    }
}
