import Glibc
import SyncProtocol

/// The program `sambung-simulate`: reads its arguments, runs, prints.
public enum SimulateCommand {
    private static let usage = """
        usage: sambung-simulate --seed S [--trace] [--generation N]
               sambung-simulate --seeds A..B
               sambung-simulate --planted [SEEDS] [--bug NAME]
               sambung-simulate --power-cuts A..B [--jobs N]

        Runs the real client and server in simulated time, network and clocks. The same seed is the same history.
        --planted runs each planted bug against up to 200 seeds, or as many as told, until one finds it; only in a
        build with the trait PlantedBugs. --power-cuts fails the power at every sync of a history of each seed and opens
        what that leaves. --log FILE and --commit NAME keep what was run.
        --generation leaves out the options that were added later, as the regression seeds of before do: 1 has the first.
        Exit status: 0 nothing was found (--planted: all were found), 1 otherwise, 2 wrong usage.
        """

    /// Runs the program and returns its exit status.
    public static func run(_ arguments: [String]) -> Int32 {
        var arguments = arguments
        let showsTrace = arguments.contains("--trace")
        arguments.removeAll { $0 == "--trace" }
        let generation = take("--generation", &arguments).flatMap(Int.init)
        let log = CampaignLog(path: take("--log", &arguments), commit: take("--commit", &arguments) ?? "")
        if arguments.count == 2, arguments[0] == "--seed", let seed = UInt64(arguments[1]) {
            return one(seed, showsTrace: showsTrace, generation: generation)
        }
        if arguments.count == 2, arguments[0] == "--seeds", let seeds = range(arguments[1]) { return many(seeds, log) }
        let jobs = take("--jobs", &arguments).flatMap(Int.init)
        if arguments.count == 2, arguments[0] == "--power-cuts", let seeds = range(arguments[1]) {
            return cutPower(seeds, jobs: jobs, log)
        }
        #if PlantedBugs
            let name = take("--bug", &arguments)
            let bugs = PlantedBug.allCases.filter { name == nil || $0.name == name }
            if arguments.first == "--planted", arguments.count <= 2, !bugs.isEmpty,
                let seeds = arguments.count == 1 ? 200 : UInt64(arguments[1]), seeds > 0
            {
                return PlantedBugs.table(bugs, seeds: seeds, log: log)
            }
        #endif
        print(usage)
        return arguments == ["--help"] ? 0 : 2
    }

    /// Takes an option and its value out of the arguments.
    private static func take(_ name: String, _ arguments: inout [String]) -> String? {
        guard let place = arguments.firstIndex(of: name), place + 1 < arguments.count else { return nil }
        defer { arguments.removeSubrange(place...place + 1) }
        return arguments[place + 1]
    }

    /// Reads `7` or `1..100`.
    private static func range(_ text: String) -> ClosedRange<UInt64>? {
        let ends = text.split(separator: ".", omittingEmptySubsequences: true).compactMap { UInt64($0) }
        guard let first = ends.first, let last = ends.last, ends.count <= 2, first <= last else { return nil }
        return first...last
    }

    private static func one(_ seed: UInt64, showsTrace: Bool, generation: Int?) -> Int32 {
        let outcome = Campaign.run(seed: seed, keepsTrace: showsTrace, generation: generation)
        if showsTrace || outcome.found != nil { for line in outcome.trace { print(line) } }
        if let found = outcome.found {
            for line in outcome.held { print(line) }
            print(found)
            return 1
        }
        print("seed \(seed): nothing found, trace \(String(outcome.hash, radix: 16))")
        return 0
    }

    private static func many(_ seeds: ClosedRange<UInt64>, _ log: CampaignLog) -> Int32 {
        let start = CampaignLog.seconds()
        var found: [Campaign.Outcome] = []
        // In parts, so that a campaign that is stopped has logged most of what it did.
        for first in stride(from: seeds.lowerBound, through: seeds.upperBound, by: 1000) {
            let part = first...min(seeds.upperBound, first + 999)
            let (before, failed, began) = (Int(first - seeds.lowerBound), found.count, CampaignLog.seconds())
            let outcomes = Campaign.run(seeds: part) { done, _, count in
                let all = before + done
                let rate = Double(all) / max(CampaignLog.seconds() - start, 0.001)
                let text = "\(all) of \(seeds.count) seeds, \(Int(rate)) a second, found \(failed + count)"
                say(isatty(2) == 1 ? "\r\(text)  " : "\(text)\n")
            }
            found += outcomes
            log.add(
                row: "R2",
                [
                    ("seeds", .text("\(part.lowerBound)..\(part.upperBound)")),
                    ("first", .number(Int(part.lowerBound))), ("last", .number(Int(part.upperBound))),
                    ("ran", .number(part.count)), ("found", .number(outcomes.count)),
                    ("failed", .text(outcomes.map { "\($0.seed) \($0.invariant)" }.joined(separator: ", "))),
                    ("what", .text(outcomes.prefix(20).map { $0.found ?? "" }.joined(separator: "; "))),
                    ("seconds", .number(Int(CampaignLog.seconds() - began))),
                ])
        }
        if isatty(2) == 1 { say("\n") }
        for outcome in found { print(outcome.found ?? "") }
        return found.isEmpty ? 0 : 1
    }

    /// Writes to the standard error output, where progress doesn't get into what was found.
    static func say(_ text: String) {
        let bytes = Array(text.utf8)
        _ = write(2, bytes, bytes.count)
    }
}
