import CentralServer
import Dispatch
import Foundation
import NIOPosix
import SyncProtocol
import Synchronization

/// The central server behind the HTTP edge.
///
/// Its store blocks the thread that asks it, so nothing of it runs on the threads that serve connections: syncs run on
/// threads made for waiting, the commits that they share on the commit queue's own, and enrolments on one thread of
/// theirs, so that somebody who guesses at codes makes nobody wait but other enrolments.
public final class CentralEndpoint: SyncEndpoint {
    private let server: CentralServer
    private let commits: CommitQueue
    private let blocking = BlockingExecutor()
    private let enrolments = DispatchQueue(label: "sambung.enrol")
    private let checks = DispatchQueue(label: "sambung.readiness")
    private let lastCheck = Mutex<(at: ContinuousClock.Instant, result: Readiness)?>(nil)
    private let directory: String
    private let freeBytes: Int64

    /// Puts a server behind the edge.
    ///
    /// - Parameters:
    ///   - directory: where its database lies; its disk's free space is watched.
    ///   - freeBytes: how much must be free on that disk for the server to be ready.
    public init(_ server: CentralServer, directory: String, freeBytes: Int64 = 256 << 20) {
        self.server = server
        commits = CommitQueue(server)
        self.directory = directory
        self.freeBytes = freeBytes
    }

    /// Answers a sync.
    public func sync(_ body: [UInt8], credential: String?) async -> EndpointReply {
        await sync(body, credential: credential, caller: "")
    }

    /// Answers a sync, and counts wrong credentials by the caller's address.
    public func sync(_ body: [UInt8], credential: String?, caller: String) async -> EndpointReply {
        let secret = credential.flatMap(Self.secret)
        return await withTaskExecutorPreference(blocking) {
            Self.reply(await commits.sync(body, credential: secret, caller: caller))
        }
    }

    /// The reply to a sync whose credential is no device's, counted by the caller's address as any wrong one.
    public func refusal(of credential: String?, caller: String) async -> EndpointReply? {
        let secret = credential.flatMap(Self.secret)
        return await withTaskExecutorPreference(blocking) {
            server.refusal(of: secret, caller: caller).map(Self.reply)
        }
    }

    /// Exchanges an enrolment code for a device credential.
    public func enrol(_ body: [UInt8]) async -> EndpointReply { await enrol(body, caller: "") }

    /// Exchanges an enrolment code, and counts wrong ones by the caller's address.
    public func enrol(_ body: [UInt8], caller: String) async -> EndpointReply {
        await withCheckedContinuation { continuation in
            enrolments.async { [server] in
                continuation.resume(returning: Self.reply(server.enrol(body, caller: caller)))
            }
        }
    }

    /// Whether the server can work, as of at most two seconds ago.
    public func readiness() async -> Readiness {
        await withCheckedContinuation { continuation in
            checks.async { [self] in continuation.resume(returning: checked()) }
        }
    }

    // MARK: Readiness

    private func checked() -> Readiness {
        let now = ContinuousClock.now
        if let last = lastCheck.withLock({ $0 }), now - last.at < .seconds(2) { return last.result }
        var reasons: [String] = []
        do {
            // A transaction that writes nothing waits for its turn as any other, and fails where they would.
            try server.storage.write { _ = try $0.state() }
        } catch {
            reasons.append("the store takes no writes")
        }
        let system = try? FileManager.default.attributesOfFileSystem(forPath: directory)
        if let free = (system?[.systemFreeSize] as? NSNumber)?.int64Value {
            if free < freeBytes { reasons.append("the disk has \(free >> 20) MiB left, less than \(freeBytes >> 20)") }
        } else {
            reasons.append("the disk's free space is not known")
        }
        let result = reasons.isEmpty ? Readiness.ready : .notReady(reasons)
        lastCheck.withLock { $0 = (ContinuousClock.now, result) }
        return result
    }

    // MARK: HTTP

    /// The device's secret in a bearer token: 32 bytes in base64url without padding.
    static func secret(_ token: String) -> [UInt8]? {
        guard token.utf8.count == 43 else { return nil }
        var base64: [UInt8] = []
        for character in token.utf8 {
            switch character {
            case UInt8(ascii: "-"): base64.append(UInt8(ascii: "+"))
            case UInt8(ascii: "_"): base64.append(UInt8(ascii: "/"))
            case UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="): return nil
            default: base64.append(character)
            }
        }
        return Data(base64Encoded: Data(base64 + [UInt8(ascii: "=")])).flatMap { $0.count == 32 ? Array($0) : nil }
    }

    private static func reply(_ message: Message) -> EndpointReply {
        let status: Int =
            switch message {
            case .failure(let failure): Self.status(of: failure.code)
            default: 200
            }
        return EndpointReply(status: status, body: message.encoded)
    }

    /// The HTTP status that goes with a failure.
    static func status(of code: Failure.Code) -> Int {
        switch code {
        case .malformed, .unsupportedVersion, .badCursor, .otherSchema: 400
        case .notEnrolled: 401
        case .revoked, .unknownCode, .usedCode, .expiredCode: 403
        case .clock, .forked, .behind: 409
        case .unknown: 500
        case .tooManyAttempts: 429
        case .unavailable, .serverClock: 503
        case .storageFull: 507
        }
    }
}

/// Runs tasks that block on NIO's pool of threads for that purpose.
private final class BlockingExecutor: TaskExecutor {
    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        NIOThreadPool.singleton.submit { _ in job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
