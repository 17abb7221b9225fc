import SyncProtocol
import Synchronization

/// What is stored of the server's own clock.
public struct ClockEntry: Sendable, Hashable {
    /// The server's wall clock when it last took a push, in milliseconds since 1970; 0 for never.
    public var wall: Int64 = 0
    /// How often a person has confirmed the clock.
    public var confirmations: Int64 = 0
    /// By how much the clock was found to have jumped, in milliseconds; 0 while it is right.
    public var jump: Int64 = 0
}

/// Watches the server's own clock.
///
/// Its times go into versions and decide whose are from the future, so a jump would spread to every office. While the
/// server runs, a clock that nobody can set tells; over a restart, the time of the last push does.
final class ServerClock: Sendable {
    /// How far the clock may be off before it counts as a jump, in milliseconds: as far as a device's.
    static let tolerance: Int64 = 300_000
    /// How far the clock may be ahead of the last push when the server starts, in milliseconds: 60 days.
    static let longestRest: Int64 = 60 * 86_400_000

    private struct Reference {
        /// Both clocks when they last agreed; nil before the first look.
        var clocks: (wall: Int64, monotonic: Int64)?
        var confirmations: Int64 = 0
    }

    private let reference = Mutex(Reference())

    /// By how much the clock has jumped, or 0.
    func jump(_ stored: ClockEntry, wall: Int64, monotonic: Int64) -> Int64 {
        reference.withLock { reference in
            let isConfirmed = stored.confirmations > reference.confirmations && reference.clocks != nil
            reference.confirmations = stored.confirmations
            if let clocks = reference.clocks, !isConfirmed {
                let jump = wall - clocks.wall - (monotonic - clocks.monotonic)
                if abs(jump) > Self.tolerance { return jump }
            } else if stored.wall != 0 {
                let rest = wall - stored.wall
                if rest < -Self.tolerance { return rest }
                if !isConfirmed, rest > Self.longestRest { return rest }
            }
            reference.clocks = (wall, monotonic)
            return 0
        }
    }
}

/// What the server reads of its clock's entry.
public protocol ClockSnapshot {
    /// What is stored of the server's clock.
    func clockEntry() throws -> ClockEntry
}

/// What the server writes of its clock's entry.
public protocol ClockTransaction {
    /// Stores it.
    func save(_ clock: ClockEntry) throws
}

extension CentralServer {
    /// Looks at the server's clock within a push's transaction, and stores what was found.
    ///
    /// - Returns: the failure that pushes are answered with while the clock is wrong.
    func clockFailure(_ transaction: any CentralTransaction) throws -> Failure? {
        let wall = environment.wallMilliseconds()
        var entry = try transaction.clockEntry()
        let jump = clock.jump(entry, wall: wall, monotonic: environment.monotonicMilliseconds())
        if jump == 0 {
            entry.wall = wall
            entry.jump = 0
            try transaction.save(entry)
            try moveOnAfterRestore(transaction, wall: wall)
            return nil
        }
        // One line for each jump, and not for each push that meets it.
        if abs(jump - entry.jump) > ServerClock.tolerance {
            entry.jump = jump
            try transaction.save(entry)
            environment.notice(
                "the server's clock jumped by \(jump / 1000) s: no changes are taken until it is right, or confirmed")
        }
        return failure(.serverClock, "the server's clock jumped by \(jump / 1000) s")
    }

    /// Before the centre writes anything to restored records by a clock that is right: moves its own past every time that
    /// the life that was lost can have given out.
    ///
    /// That clock came from the backup too. Where it had seen times ahead of the wall clock, it could give out one of them
    /// again, for another content.
    private func moveOnAfterRestore(_ transaction: any CentralTransaction, wall: Int64) throws {
        var state = try transaction.state()
        guard state.restoredFrom >= 0, try transaction.setting(Self.movedOnIn) != Int64(state.epoch) else { return }
        let last = state.clock.last
        let start = HybridLogicalClock.isFromTheFuture(last, wall: wall) ? last.milliseconds : wall
        state.clock.observe(HybridTimestamp(milliseconds: start + Limits.clockTolerance))
        try transaction.save(state)
        try transaction.set(Self.movedOnIn, to: Int64(state.epoch))
    }

    /// The setting that holds the epoch for which the clock was moved on.
    private static let movedOnIn = "clock_moved_on"

    /// Confirms that the clock is right as it is now, after a jump that was one from wrong to right.
    ///
    /// - Returns: the jump that was confirmed; 0 for none.
    public func confirmClock(by actor: String = "centre") throws -> Int64 {
        try audit(.clockConfirmed, "server", by: actor)
        return try storage.write { transaction in
            var entry = try transaction.clockEntry()
            let wall = environment.wallMilliseconds()
            let jump = entry.jump != 0 ? entry.jump : ServerClock().jump(entry, wall: wall, monotonic: 0)
            entry.wall = wall
            entry.confirmations += 1
            entry.jump = 0
            try transaction.save(entry)
            return jump
        }
    }

    /// By how much the clock is off as far as is known: as a running server found it, or this one against the last push.
    public func clockJump() throws -> Int64 {
        let entry = try storage.read { try $0.clockEntry() }
        if entry.jump != 0 { return entry.jump }
        return ServerClock().jump(entry, wall: environment.wallMilliseconds(), monotonic: 0)
    }
}
