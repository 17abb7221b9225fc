import NIOPosix

/// Runs tasks that block on NIO's pool of threads for that purpose.
///
/// Whatever serves a connection runs here, from its request's first byte to its answer's last: one change of thread less
/// on each side than from Swift's own threads, which must never wait for a disk.
final class BlockingExecutor: TaskExecutor {
    static let shared = BlockingExecutor()

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        NIOThreadPool.singleton.submit { _ in job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
