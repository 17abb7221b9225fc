import NIOCore
import NIOEmbedded
import Testing

@testable import CentralHTTP

/// What is done about a connection, without a network and with no clock but the test's.
@Suite struct ConnectionWatchTests {
    private func connected(_ limits: HTTPLimits = HTTPLimits(), isSecure: Bool) throws -> EmbeddedChannel {
        let waiting = WaitingConnections(limit: limits.waitingConnections)
        let channel = EmbeddedChannel(handler: ConnectionWatch(limits, waiting, isSecure: isSecure))
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        return channel
    }

    @Test(
        "a peer that is gone without TLS's good-bye is not waited for; without TLS it may still read",
        arguments: [true, false])
    func gone(isSecure: Bool) throws {
        let channel = try connected(isSecure: isSecure)
        #expect(channel.isActive)
        channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(channel.isActive == !isSecure)
        _ = try channel.finish(acceptAlreadyClosed: true)
    }

    @Test("a peer that is silent is closed after its time") func silent() throws {
        var limits = HTTPLimits()
        limits.idle = .seconds(10)
        let channel = try connected(limits, isSecure: true)
        channel.embeddedEventLoop.advanceTime(by: .seconds(9))
        #expect(channel.isActive)
        channel.embeddedEventLoop.advanceTime(by: .seconds(2))
        #expect(!channel.isActive)
        _ = try channel.finish(acceptAlreadyClosed: true)
    }
}
