import CentralServer
import Logging

/// What the server does by itself once a day, beside its requests.
struct DailyWork: Sendable {
    let central: CentralData
    let logger: Logger
    let now: @Sendable () -> Int64

    private static let day: Int64 = 86_400_000

    /// Looks every hour whether it is due, until the task is cancelled.
    func run() async {
        while !Task.isCancelled {
            doIfDue()
            do {
                try await Task.sleep(for: .seconds(3600))
            } catch {
                return
            }
        }
    }

    private func doIfDue() {
        do {
            let last = try central.storage.read { try $0.collectionState().ranAt }
            // A clock that jumped must not make it run without end, nor never again.
            guard abs(now() - last) >= Self.day, try central.server.clockJump() == 0 else { return }
            // What a command did not come to that erased something.
            try central.server.overwriteErased()
            let report = try central.server.collect()
            logger.info(
                "deleted records collected",
                metadata: ["collected": "\(report.collected)", "waiting": "\(report.waiting)"])
        } catch {
            logger.warning("collecting deleted records failed", metadata: ["error": "\(error)"])
        }
    }
}
