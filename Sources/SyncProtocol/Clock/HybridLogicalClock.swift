/// The clock that stamps versions: never behind what it gave out or saw, and close to the wall clock.
///
/// It holds no source of time; the wall clock's reading is passed in.
public struct HybridLogicalClock: Hashable, Sendable {
    /// The greatest reading given out or seen.
    public private(set) var last: HybridTimestamp

    /// Makes a clock that continues after `last`.
    public init(last: HybridTimestamp = HybridTimestamp(rawValue: 0)) { self.last = last }

    /// A new reading, greater than every earlier one.
    ///
    /// - Parameter wall: milliseconds since 1970, corrected by the offset to the server where that is known.
    public mutating func tick(wall: Int64) -> HybridTimestamp {
        #if PlantedBugs
            if PlantedBug.clockGoesBack.isActive {
                let now = HybridTimestamp(milliseconds: wall)
                last = now.milliseconds == last.milliseconds ? HybridTimestamp(rawValue: last.rawValue + 1) : now
                return last
            }
        #endif
        last = max(HybridTimestamp(milliseconds: wall), HybridTimestamp(rawValue: last.rawValue + 1))
        return last
    }

    /// Takes note of a reading that was received, so that what is written next comes after it.
    public mutating func observe(_ time: HybridTimestamp) {
        #if PlantedBugs
            if PlantedBug.clockUnobserved.isActive { return }
        #endif
        last = max(last, time)
    }

    /// Whether a reading lies further ahead of the wall clock than ``Limits/clockTolerance`` allows.
    public static func isFromTheFuture(_ time: HybridTimestamp, wall: Int64) -> Bool {
        time.milliseconds > wall + Limits.clockTolerance
    }

    /// Whether a reading lies further ahead than this side allows: ahead of the wall clock, and of what it gave out or saw.
    ///
    /// Where the wall clock was set back, for it had been wrong, what was written before lies ahead of it for ever; what
    /// is written on top of that must come after it, and is taken.
    public func isFromTheFuture(_ time: HybridTimestamp, wall: Int64) -> Bool {
        #if PlantedBugs
            if PlantedBug.clockUnbounded.isActive { return false }
        #endif
        guard Self.isFromTheFuture(time, wall: wall) else { return false }
        return !Self.isFromTheFuture(last, wall: wall) || time.milliseconds > last.milliseconds + 1
    }
}
