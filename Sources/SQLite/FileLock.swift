import Glibc

/// The lock on a side file that lets one connection at a time write, checkpoint or close.
///
/// It holds among all programs and all `Database` objects: SQLite 3.40.1 of Debian 12 can corrupt a file that two
/// connections checkpoint at once. The side file holds the process id and name of its holder, and is never removed.
///
/// The guard of this unchecked Sendable: only who holds the writing connection of the one `Database` that owns
/// this object calls it.
final class FileLock: @unchecked Sendable {
    /// Why the lock could not be had.
    enum Failure: Error {
        case timedOut(holder: String?, waitedSeconds: Double)
        case system(String)
    }

    private static let recordLength = 64

    private let path: String
    private let record: [UInt8]
    private var descriptor: Int32

    init(path: String, programName: String) throws(Failure) {
        self.path = path
        let text = Array("\(getpid()) \(programName)".utf8.prefix(Self.recordLength - 1))
        record = text + [UInt8](repeating: 0x20, count: Self.recordLength - 1 - text.count) + [0x0a]
        descriptor = try Self.open(path)
    }

    deinit { close(descriptor) }

    /// Takes the lock, waiting at most so long.
    func acquire(waitingMilliseconds: Int) throws(Failure) {
        let start = MonotonicTime.now
        let deadline = start.adding(milliseconds: waitingMilliseconds)
        // A turnstile: who waits blocks the next attempt of who holds. Without it a program that writes without
        // pause takes the lock again before the other looks.
        defer { setTurnstile(locked: false) }
        try poll(from: start, until: deadline) { () throws(Failure) in setTurnstile(locked: true) }
        try poll(from: start, until: deadline) { () throws(Failure) in try lockFile() }
        // The record is for people only; failing to write it must not stop the work.
        _ = record.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
    }

    /// Gives the lock back.
    func release() {
        flock(descriptor, LOCK_UN)
    }

    /// One attempt.
    ///
    /// A lock on a file that somebody removed excludes nobody, so such a file is opened anew.
    private func lockFile() throws(Failure) -> Bool {
        while true {
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                if errno == EWOULDBLOCK || errno == EINTR { return false }
                throw .system("locking \(path): \(Self.reason(errno))")
            }
            var status = stat()
            if fstat(descriptor, &status) == 0, status.st_nlink > 0 { return true }
            let new = try Self.open(path)
            close(descriptor)
            descriptor = new
        }
    }

    private func poll(
        from start: MonotonicTime, until deadline: MonotonicTime, _ attempt: () throws(Failure) -> Bool
    ) throws(Failure) {
        var pause: UInt32 = 50
        while try !attempt() {
            let now = MonotonicTime.now
            if now >= deadline { throw .timedOut(holder: holder(), waitedSeconds: now.seconds(since: start)) }
            usleep(pause)
            pause = min(pause * 2, 2000)
        }
    }

    /// Locks or unlocks the first byte for this open file (not for the process, as plain POSIX locks do).
    ///
    /// Where the file system has no such locks there is no queue, and the lock itself still holds.
    @discardableResult
    private func setTurnstile(locked: Bool) -> Bool {
        let openFileSetLock: Int32 = 37  // F_OFD_SETLK of Linux, which Glibc's module does not show.
        var range = Glibc.flock()
        range.l_type = Int16(locked ? F_WRLCK : F_UNLCK)
        range.l_whence = Int16(SEEK_SET)
        range.l_len = 1
        return fcntl(descriptor, openFileSetLock, &range) == 0 || ![EAGAIN, EACCES, EINTR].contains(errno)
    }

    private func holder() -> String? {
        var bytes = [UInt8](repeating: 0, count: Self.recordLength)
        let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
        let text = String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
        let words = text.split(maxSplits: 1) { $0 == " " || $0 == "\n" }
        guard words.count == 2 else { return nil }
        let name = words[1].split(whereSeparator: { $0 == " " || $0 == "\n" }).joined(separator: " ")
        return "\(name) (process \(words[0]))"
    }

    private static func open(_ path: String) throws(Failure) -> Int32 {
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .system("opening \(path): \(reason(errno))") }
        return descriptor
    }

    static func reason(_ code: Int32) -> String { strerror(code).map { String(cString: $0) } ?? "error \(code)" }
}
