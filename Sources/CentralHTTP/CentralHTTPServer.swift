import Foundation
import HummingbirdCore
import HummingbirdHTTP2
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import ServiceLifecycle
import Synchronization
import UnixSignals

/// The central server's HTTP edge: HTTP/1.1, and HTTP/2 over TLS, in front of a ``SyncEndpoint``.
public struct CentralHTTPServer: Service {
    /// Where and how the server listens.
    public struct Configuration: Sendable {
        /// The address to listen on, or a name of this machine.
        public var host = "127.0.0.1"
        /// The port, 0 for any free one.
        public var port = 8080
        /// Certificate and key; `nil` for no TLS.
        public var tls: TLSFiles?
        /// Lets the server listen without TLS on an address that others can reach.
        public var allowPlaintext = false
        /// All limits.
        public var limits = HTTPLimits()
        /// The program's version, shown by the health endpoints.
        public var version: String
        /// Makes TERM and INT stop ``CentralHTTPServer/run()`` in good order, and the next of them end the process at once.
        ///
        /// Off when somebody else looks after signals.
        public var stopsOnSignals = true
        /// Called with the port once the server listens.
        public var onListening: (@Sendable (_ port: Int) async -> Void)?

        /// A server on a port of this machine, without TLS.
        public init(version: String) {
            self.version = version
        }
    }

    private let endpoint: any SyncEndpoint
    private let configuration: Configuration
    private let logger: Logger

    /// Prepares a server.
    public init(endpoint: any SyncEndpoint, configuration: Configuration, logger: Logger) {
        self.endpoint = endpoint
        self.configuration = configuration
        self.logger = logger
    }

    /// Listens and serves until the order to stop, a signal or the graceful shutdown of a service group around it.
    ///
    /// Throws ``HTTPServerError`` when it can't begin. Requests under way get their answer before it returns, up to
    /// ``HTTPLimits/stopDeadline``. Nothing depends on that: the process may be killed at any time.
    public func run() async throws {
        let tls = try configuration.checkedTLS()
        let isListening = Mutex(false)
        let server = try makeServer(tls) { port in
            isListening.withLock { $0 = true }
            logger.notice(
                "listening",
                metadata: ["host": "\(configuration.host)", "port": "\(port)", "tls": "\(tls == nil ? "no" : "yes")"])
            await configuration.onListening?(port)
        }
        // The group stops its services in reverse, so the notice comes first.
        let signals: [UnixSignal] = configuration.stopsOnSignals ? [.sigterm, .sigint] : []
        let notice = StopNotice(signals: signals, logger: logger)
        var group = ServiceGroupConfiguration(
            services: [server, notice], gracefulShutdownSignals: signals, logger: frameworkLogger)
        group.maximumGracefulShutdownDuration = configuration.limits.stopDeadline + .seconds(3)
        do {
            try await ServiceGroup(configuration: group).run()
        } catch {
            if isListening.withLock({ $0 }) || error is CancellationError { throw error }
            throw HTTPServerError.cannotListen(
                host: configuration.host, port: configuration.port, reason: "\(error)")
        }
        logger.notice("stopped")
    }

    /// The framework tells of each thing it does in its own words; here only what goes wrong is of interest.
    private var frameworkLogger: Logger {
        var logger = logger
        logger.logLevel = max(logger.logLevel, .warning)
        return logger
    }

    private func makeServer(
        _ tls: TLSConfiguration?, onListening: @escaping @Sendable (Int) async -> Void
    ) throws -> any Service {
        let limits = configuration.limits
        let edge = Edge(endpoint: endpoint, limits: limits, version: configuration.version, logger: logger)
        let responder: HTTPChannelHandler.Responder = { try await edge.respond($0, $1, $2) }
        let http1 = HTTP1Channel.Configuration(
            additionalChannelHandlers: [RequestWatch(limits)],
            idleTimeout: TimeAmount(limits.idle),
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: limits.headerBytes, maxHeaderListSize: limits.headerBytes,
                maxHeaderFieldCount: limits.headerFields))
        let connections = min(limits.connections, OpenFiles.roomForConnections())
        if connections < limits.connections {
            logger.warning(
                "fewer connections than wanted, the system's limit of open files is too low",
                metadata: ["connections": "\(connections)", "wanted": "\(limits.connections)"])
        }
        let server = ServerConfiguration(
            address: .hostname(configuration.host, port: configuration.port),
            availableConnectionsDelegate: MaximumAvailableConnections(connections, logger: frameworkLogger))

        func serve(_ channel: some ServerChildChannel) -> any Service {
            WatchedChannel(base: channel, limits: limits, isSecure: tls != nil).server(
                configuration: server,
                onServerRunning: { await onListening($0.localAddress?.port ?? 0) },
                eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: frameworkLogger)
        }
        guard var tls else { return serve(HTTP1Channel(responder: responder, configuration: http1)) }
        tls.shutdownTimeout = TimeAmount(limits.lingering)
        return serve(
            try HTTP2UpgradeChannel(
                tlsConfiguration: tls,
                configuration: .init(
                    idleTimeout: limits.idle, gracefulCloseTimeout: limits.idle, streamConfiguration: http1),
                responder: responder))
    }
}

extension CentralHTTPServer.Configuration {
    /// Checks the address, and gives what TLS needs or `nil` where it is right to go without.
    fileprivate func checkedTLS() throws(HTTPServerError) -> TLSConfiguration? {
        guard (0...65_535).contains(port) else { throw .invalidPort(port) }
        if let tls { return try tls.load() }
        guard allowPlaintext || isLoopback(host) else { throw .plaintextRefused(host: host) }
        return nil
    }
}

/// Whether nobody but this machine can reach an address; of names, only `localhost` is taken to be one.
func isLoopback(_ host: String) -> Bool {
    switch try? SocketAddress(ipAddress: host, port: 0) {
    case .v4(let address): UInt32(bigEndian: address.address.sin_addr.s_addr) >> 24 == 127
    case .v6: host == "::1"
    default: host.lowercased() == "localhost"
    }
}

/// Waits for the order to stop, tells of it, and lets the next signal end the process at once.
private struct StopNotice: Service {
    let signals: [UnixSignal]
    let logger: Logger

    func run() async throws {
        try await gracefulShutdown()
        for name in signals { signal(name.rawValue, SIG_DFL) }
        logger.notice("stopping")
    }
}
