#if PlantedBugs
    import Glibc
    import SyncProtocol

    /// Whether the checks bite: runs the seeds against each planted bug until one finds it.
    enum PlantedBugs {
        /// What became of one bug.
        struct Outcome {
            let bug: PlantedBug
            /// The invariant that was broken first, or nil where no seed found anything.
            let invariant: String?
            /// The seed that found it.
            let seed: UInt64
            /// How many seeds were run.
            let seeds: Int
        }

        /// Runs seeds from 1 on until one finds the bug.
        static func run(_ bug: PlantedBug, seeds: UInt64) -> Outcome {
            for seed in 1...seeds {
                let outcome = PlantedBug.$active.withValue(bug) { Campaign.runQuickly(seed: seed) }
                if outcome.found == nil { continue }
                return Outcome(bug: bug, invariant: outcome.invariant, seed: seed, seeds: Int(seed))
            }
            return Outcome(bug: bug, invariant: nil, seed: 0, seeds: Int(seeds))
        }

        /// Runs each bug, prints the table, and returns the exit status: 0 only if all were found.
        static func table(_ bugs: [PlantedBug], seeds: UInt64, log: CampaignLog) -> Int32 {
            var missed = 0
            for bug in bugs {
                let start = CampaignLog.seconds()
                let outcome = run(bug, seeds: seeds)
                if outcome.invariant == nil { missed += 1 }
                let name = bug.name + String(repeating: " ", count: max(26 - bug.name.count, 1))
                let found = outcome.invariant.map { "\($0) seed \(outcome.seed)" } ?? "NOT FOUND in \(seeds) seeds"
                print("\(name)\(found)\(String(repeating: " ", count: max(22 - found.count, 1)))\(bug.rawValue)")
                fflush(nil)
                log.add(
                    row: "R3",
                    [
                        ("bug", .text(bug.name)), ("mistake", .text(bug.rawValue)),
                        ("invariant", .text(outcome.invariant ?? "")), ("seeds", .number(outcome.seeds)),
                        ("caught", .truth(outcome.invariant != nil)),
                        ("seconds", .number(Int(CampaignLog.seconds() - start))),
                    ])
            }
            print("\(bugs.count - missed) of \(bugs.count) planted bugs found")
            return missed == 0 ? 0 : 1
        }
    }
#endif
