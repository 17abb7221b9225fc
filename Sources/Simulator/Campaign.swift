import Dispatch
import Glibc
import Synchronization

/// Runs seeds and reports what they found.
public enum Campaign {
    /// What became of one seed.
    public struct Outcome: Sendable {
        /// The seed.
        public let seed: UInt64
        /// What was found, in one line; nil where all is well.
        public let found: String?
        /// A hash over everything that happened.
        public let hash: UInt64
        /// What happened: all of it, or the end of it.
        public let trace: [String]
        /// What each replica held at the end.
        public let held: [String]

        /// The word for the invariant that was broken: "seed 3 step 40 I5: …".
        ///
        /// What is no violation broke something else, and that is found too.
        var invariant: String {
            found?.split(separator: " ").dropFirst(4).first.map { String($0.filter { $0 != ":" }) } ?? ""
        }
    }

    /// Runs one seed.
    ///
    /// - Parameters:
    ///   - keepsTrace: whether to keep the whole trace, not only its end.
    ///   - generation: how much to take of what was added to the options later, so that an old seed keeps its meaning;
    ///     nil for all.
    public static func run(seed: UInt64, keepsTrace: Bool = false, generation: Int? = nil) -> Outcome {
        run(seed: seed, trace: keepsTrace ? .all : .end, generation: generation)
    }

    /// Runs one seed, and once more, for its trace, if that was not kept and something was found.
    static func runQuickly(seed: UInt64) -> Outcome {
        let outcome = run(seed: seed, trace: .none)
        return outcome.found == nil ? outcome : run(seed: seed)
    }

    private static func run(seed: UInt64, trace: Trace.Extent, generation: Int? = nil) -> Outcome {
        let folder = scratch() + "/sambung-simulate-\(getpid())-\(seed)-\(runs.add(1, ordering: .relaxed).newValue)"
        mkdir(folder, 0o700)
        _ = MemoryFiles.register
        defer {
            remove(folder)
            MemoryFiles.remove(folder: folder)
            SimulatedDisk.remove(folder: folder)
        }
        let options = Options(seed: seed, generation: generation ?? Options.generations)
        do {
            let simulation = try Simulation(
                seed: seed, options: options, folder: folder, trace: trace)
            do {
                try simulation.run()
                return Outcome(
                    seed: seed, found: nil, hash: simulation.trace.hash, trace: simulation.trace.lines, held: [])
            } catch {
                let text =
                    "seed \(seed) step \(simulation.step) \((error as? Violation)?.description ?? "error: \(error)")"
                return Outcome(
                    seed: seed, found: text, hash: simulation.trace.hash, trace: simulation.trace.lines,
                    held: simulation.holdings((error as? Violation)?.record) + ["options: \(simulation.options)"])
            }
        } catch {
            return Outcome(seed: seed, found: "seed \(seed) does not start: \(error)", hash: 0, trace: [], held: [])
        }
    }

    private static let runs = Atomic<Int>(0)

    /// Runs a range of seeds on all cores; each fiftieth twice, for one seed must be one history.
    ///
    /// - Parameter progress: called about once a second with the seeds done, the seconds and the count of what was found.
    /// - Returns: the seeds that found something, in ascending order.
    public static func run(
        seeds: ClosedRange<UInt64>, progress: @escaping @Sendable (Int, Double, Int) -> Void = { _, _, _ in }
    ) -> [Outcome] {
        struct State {
            var found: [Outcome] = []
            var done = 0
            var shown = 0.0
        }
        let state = Mutex(State())
        let start = CampaignLog.seconds()
        let next = Atomic<UInt64>(seeds.lowerBound)
        DispatchQueue.concurrentPerform(iterations: max(Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))), 1)) { _ in
            while true {
                let seed = next.add(1, ordering: .relaxed).oldValue
                if seed > seeds.upperBound { return }
                let isTwice = seed % 50 == 0
                var outcome = isTwice ? run(seed: seed) : runQuickly(seed: seed)
                if isTwice, outcome.found == nil, run(seed: seed).hash != outcome.hash {
                    outcome = Outcome(
                        seed: seed, found: "seed \(seed) step 0 replay: two runs of it differ", hash: outcome.hash,
                        trace: [], held: [])
                }
                state.withLock { state in
                    state.done += 1
                    if outcome.found != nil { state.found.append(outcome) }
                    let passed = CampaignLog.seconds() - start
                    if passed - state.shown >= 1 || state.done == seeds.count {
                        state.shown = passed
                        progress(state.done, passed, state.found.count)
                    }
                }
            }
        }
        return state.withLock { $0.found }.sorted { $0.seed < $1.seed }
    }

    /// Memory, where there is a file system in memory.
    static func scratch() -> String {
        if access("/dev/shm", W_OK) == 0 { return "/dev/shm" }
        return getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    }

    private static func remove(_ folder: String) {
        if let directory = opendir(folder) {
            while let entry = readdir(directory) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                if name != ".", name != ".." { unlink(folder + "/" + name) }
            }
            closedir(directory)
        }
        rmdir(folder)
    }
}

extension Simulation {
    /// What each replica holds, of one record or counted.
    func holdings(_ record: RecordKey?) -> [String] {
        var lines: [String] = []
        if let record {
            lines.append("oracle: \(oracle.server[record]?.description ?? "nothing")")
            let held = try? centre.records(after: 0)[record]
            lines.append("centre: \(held.map { ModelRecord($0).description } ?? "nothing")")
        }
        for device in devices {
            guard let contents = try? device.contents() else { continue }
            lines.append(
                "device \(device.index), replica \(device.replica), schema \(device.kind): \(contents.place)"
                    + " records \(contents.local.count) pending"
                    + " \(contents.pending.map { "\($0.number)\($0.isRefused ? " refused" : "")" })")
            guard let record else { continue }
            lines.append("  shows: \(contents.local[record]?.description ?? "nothing")")
            lines.append("  of the server's: \(contents.serverView[record]?.description ?? "nothing")")
        }
        return lines
    }
}
