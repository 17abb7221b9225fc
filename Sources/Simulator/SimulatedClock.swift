import Synchronization

/// A wall clock of the simulation: off by an amount, fast or slow, or standing still.
final class SimulatedClock: Sendable {
    private struct State {
        var time: Int64
        var error: Int64 = 0
        /// Parts in a million by which the clock runs too fast.
        var drift: Int64 = 0
        var isFrozen = false
    }

    private let state: Mutex<State>

    /// Makes a clock that is right.
    ///
    /// - Parameter time: milliseconds since 1970.
    init(time: Int64, error: Int64 = 0, drift: Int64 = 0) {
        state = Mutex(State(time: time, error: error, drift: drift))
    }

    /// What the clock shows.
    var now: Int64 { state.withLock { $0.time + $0.error } }

    /// By how much the clock is ahead.
    var error: Int64 { state.withLock { $0.error } }

    /// Lets time pass.
    func advance(_ milliseconds: Int64) {
        state.withLock {
            $0.time += milliseconds
            $0.error += $0.isFrozen ? -milliseconds : milliseconds * $0.drift / 1_000_000
        }
    }

    /// Sets the clock off by some milliseconds.
    func set(error: Int64) { state.withLock { $0.error = error } }

    /// Stops the clock, or lets it go on.
    func set(frozen: Bool) { state.withLock { $0.isFrozen = frozen } }
}

/// A source of random words that can be handed to the product.
final class SharedRandom: Sendable {
    private let random: Mutex<SeededRandom>

    init(seed: UInt64) { random = Mutex(SeededRandom(seed: seed)) }

    func next() -> UInt64 { random.withLock { $0.next() } }
}
