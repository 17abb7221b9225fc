import Foundation
import Glibc

/// Wall and CPU seconds of this process, since it was made.
struct Stopwatch {
    private var wallStart = 0.0
    private var cpuStart = 0.0

    init() {
        wallStart = Self.now(CLOCK_MONOTONIC)
        cpuStart = Self.now(CLOCK_PROCESS_CPUTIME_ID)
    }

    var wall: Double { Self.now(CLOCK_MONOTONIC) - wallStart }
    /// User and system, of all threads.
    var cpu: Double { Self.now(CLOCK_PROCESS_CPUTIME_ID) - cpuStart }

    private static func now(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

/// What a command of the driver prints, as one line of JSON.
struct Outcome: Encodable {
    /// Records or changes that the command dealt with.
    var count = 0
    var wall = 0.0
    var cpu = 0.0
    var pulled = 0
    var conflicts = 0
    var roundTrips = 0
    var failures = 0
    /// The greatest memory of the process, in KiB.
    var peak = 0
    /// Milliseconds of each repetition, by what was measured.
    var times: [String: [Double]] = [:]

    mutating func take(_ watch: Stopwatch) {
        wall += watch.wall
        cpu += watch.cpu
    }

    func print() throws {
        var outcome = self
        var usage = rusage()
        getrusage(RUSAGE_SELF.rawValue, &usage)
        outcome.peak = usage.ru_maxrss
        Swift.print(String(decoding: try JSONEncoder().encode(outcome), as: UTF8.self))
    }
}
