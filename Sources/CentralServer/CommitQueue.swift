import Dispatch
import SyncProtocol
import Synchronization

/// Lets many offices' pushes share a commit: whatever arrives while one commit is under way goes into the next.
public final class CommitQueue: Sendable {
    private let server: CentralServer
    /// Writes run here, one batch at a time, so that no cooperative thread ever waits for the disk.
    private let queue = DispatchQueue(label: "sambung.commit")
    private let waiting = Mutex<[Job]>([])

    private struct Job {
        let incoming: CentralServer.Incoming
        let continuation: CheckedContinuation<Result<PushApplication.Outcome?, any Error>, Never>
    }

    /// Makes the queue of a server.
    public init(_ server: CentralServer) { self.server = server }

    /// Answers one request; a push shares its commit with those that wait at the same time.
    ///
    /// - Parameters:
    ///   - credential: the device's secret, or nil where none was shown.
    ///   - caller: the address that the request comes from.
    public func sync(_ body: [UInt8], credential: [UInt8]?, caller: String = "") async -> Message {
        let incoming: CentralServer.Incoming
        do {
            switch try server.receive(body, credential: credential, caller: caller) {
            case .answered(let message): return message
            case .sync(let received): incoming = received
            }
        } catch {
            return server.reply { throw error }
        }
        guard !incoming.request.changes.isEmpty else { return server.reply { try server.answer(incoming, nil) } }
        let outcome = await withCheckedContinuation { continuation in
            let isFirst = waiting.withLock { jobs in
                jobs.append(Job(incoming: incoming, continuation: continuation))
                return jobs.count == 1
            }
            if isFirst { queue.async { self.commit() } }
        }
        return server.reply { try server.answer(incoming, try outcome.get()) }
    }

    private func commit() {
        let jobs = waiting.withLock { jobs in
            defer { jobs = [] }
            return jobs
        }
        do {
            let outcomes = try server.push(jobs.map(\.incoming))
            for (job, outcome) in zip(jobs, outcomes) { job.continuation.resume(returning: outcome) }
        } catch {
            for job in jobs { job.continuation.resume(returning: .failure(error)) }
        }
    }
}
