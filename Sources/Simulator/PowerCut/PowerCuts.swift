import Dispatch
import Foundation
import Synchronization

/// Cuts the power (row R7): the real stores of client and server over disks that forget what was not synced.
public enum PowerCuts {
    /// What became of one seed.
    public struct Outcome: Sendable {
        /// The seed.
        public let seed: UInt64
        /// What was found, in one line; nil where all is well.
        public let found: String?
        /// At how many moments the power failed.
        public let cuts: Int
        /// How many disks that left, each of which the real store opened.
        public let images: Int
        /// On how many of them everybody worked on until all agreed.
        public let resumed: Int
        let seconds: Double
    }

    /// The steps of one history.
    public static let steps = 30

    /// Runs the history of a seed.
    ///
    /// - Parameter lie: the name of a file whose syncs the disks only pretend to do: the checks must notice.
    public static func run(seed: UInt64, steps: Int = steps, lie: String? = nil) -> Outcome {
        let start = CampaignLog.seconds()
        let folder = Campaign.scratch() + "/sambung-power-cut-\(getpid())-\(runs.add(1, ordering: .relaxed).newValue)"
        defer { CutWorld.remove(folder) }
        var counts = CutChecks.Counts()
        var found: String?
        do {
            let history = try CutHistory(seed: seed, folder: folder, lie: lie)
            defer { history.close() }
            do {
                try history.run(steps: steps)
            } catch {
                found = "seed \(seed) step \(history.step) \((error as? Violation)?.description ?? "error: \(error)")"
            }
            counts = history.checks.counts
        } catch {
            found = "seed \(seed) does not start: \(error)"
        }
        return Outcome(
            seed: seed, found: found, cuts: counts.cuts, images: counts.images, resumed: counts.resumed,
            seconds: CampaignLog.seconds() - start)
    }

    private static let runs = Atomic<Int>(0)

    /// Runs a range of seeds and calls a handler with each outcome, one at a time.
    static func run(seeds: ClosedRange<UInt64>, jobs: Int, _ report: @escaping @Sendable (Outcome) -> Void) {
        let next = Atomic<UInt64>(seeds.lowerBound)
        let guardian = Mutex(())
        DispatchQueue.concurrentPerform(iterations: jobs) { _ in
            while true {
                let seed = next.add(1, ordering: .relaxed).oldValue
                if seed > seeds.upperBound { return }
                let outcome = run(seed: seed)
                guardian.withLock { _ in report(outcome) }
            }
        }
    }
}
