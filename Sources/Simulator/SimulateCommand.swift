import Glibc

/// The program `sambung-simulate`: reads its arguments, runs, prints.
public enum SimulateCommand {
    private static let usage = """
        usage: sambung-simulate --seed S [--trace]
               sambung-simulate --seeds A..B

        Runs the real client and server in simulated time, network and clocks. The same seed is the same history.
        Exit status: 0 nothing was found, 1 something was, 2 wrong usage.
        """

    /// Runs the program and returns its exit status.
    public static func run(_ arguments: [String]) -> Int32 {
        var arguments = arguments
        let showsTrace = arguments.contains("--trace")
        arguments.removeAll { $0 == "--trace" }
        if arguments.count == 2, arguments[0] == "--seed", let seed = UInt64(arguments[1]) {
            return one(seed, showsTrace: showsTrace)
        }
        if arguments.count == 2, arguments[0] == "--seeds" {
            let ends = arguments[1].split(separator: ".", omittingEmptySubsequences: true).compactMap { UInt64($0) }
            if ends.count == 2, ends[0] <= ends[1] { return many(ends[0]...ends[1]) }
        }
        print(usage)
        return arguments == ["--help"] ? 0 : 2
    }

    private static func one(_ seed: UInt64, showsTrace: Bool) -> Int32 {
        let outcome = Campaign.run(seed: seed, keepsTrace: showsTrace)
        if showsTrace || outcome.found != nil { for line in outcome.trace { print(line) } }
        if let found = outcome.found {
            for line in outcome.held { print(line) }
            print(found)
            return 1
        }
        print("seed \(seed): nothing found, trace \(String(outcome.hash, radix: 16))")
        return 0
    }

    private static func many(_ seeds: ClosedRange<UInt64>) -> Int32 {
        let found = Campaign.run(seeds: seeds) { done, seconds, found in
            let rate = Double(done) / max(seconds, 0.001)
            let text = "\(done) of \(seeds.count) seeds, \(Int(rate)) a second, found \(found)"
            say(isatty(2) == 1 ? "\r\(text)  " : "\(text)\n")
        }
        if isatty(2) == 1 { say("\n") }
        for outcome in found { print(outcome.found ?? "") }
        return found.isEmpty ? 0 : 1
    }

    /// Writes to the standard error output, where progress doesn't get into what was found.
    private static func say(_ text: String) {
        let bytes = Array(text.utf8)
        _ = write(2, bytes, bytes.count)
    }
}
