import CentralHTTP
import Logging
import ServiceLifecycle
import Synchronization

/// A server on a free port of loopback, as long as a test needs it.
///
/// It is patient; a test sets the limit that it is about.
struct RunningServer: Sendable {
    let port: Int
    private let group: ServiceGroup

    /// Gives the order to stop before the test ends.
    func stop() async { await group.triggerGracefulShutdown() }

    /// Starts a server, gives it to `body`, and stops it in good order.
    static func with<Result: Sendable>(
        _ endpoint: TestEndpoint = TestEndpoint(), logger: Logger = .silent,
        configure: (inout CentralHTTPServer.Configuration) -> Void = { _ in },
        _ body: @Sendable (RunningServer) async throws -> Result
    ) async throws -> Result {
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        var configuration = CentralHTTPServer.Configuration(version: "1.2.3")
        configuration.port = 0
        configuration.stopsOnSignals = false
        configuration.limits = .patient
        configuration.onListening = {
            port.yield($0)
            port.finish()
        }
        configure(&configuration)
        let server = CentralHTTPServer(endpoint: endpoint, configuration: configuration, logger: logger)
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: server, successTerminationBehavior: .ignore)], logger: .silent))
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer { port.finish() }
                try await group.run()
            }
            guard let port = await ports.first(where: { _ in true }) else {
                try await tasks.waitForAll()
                throw NotListening()
            }
            let outcome: Swift.Result<Result, any Error>
            do {
                outcome = .success(try await body(RunningServer(port: port, group: group)))
            } catch {
                outcome = .failure(error)
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            return try outcome.get()
        }
    }

    struct NotListening: Error {}
}

extension HTTPLimits {
    /// An hour for everything: a busy machine may be late with anything.
    static var patient: HTTPLimits {
        var limits = HTTPLimits()
        limits.idle = .seconds(3600)
        limits.bodyDeadline = .seconds(3600)
        limits.answerDeadline = .seconds(3600)
        limits.lingering = .seconds(3600)
        limits.stopDeadline = .seconds(3600)
        return limits
    }
}

extension Logger {
    static var silent: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}
