import Glibc
import Synchronization

extension SimulateCommand {
    /// Cuts the power in the history of each seed, and returns the exit status.
    static func cutPower(_ seeds: ClosedRange<UInt64>, jobs: Int?, _ log: CampaignLog) -> Int32 {
        struct State {
            var (done, cuts, images, resumed) = (0, 0, 0, 0)
            var found: [String] = []
            var shown = 0.0
        }
        let cores = max(Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))), 1)
        let state = Mutex(State())
        let start = CampaignLog.seconds()
        PowerCuts.run(seeds: seeds, jobs: jobs ?? cores) { outcome in
            state.withLock { state in
                state.done += 1
                state.cuts += outcome.cuts
                state.images += outcome.images
                state.resumed += outcome.resumed
                log.add(
                    row: "R7",
                    [
                        ("name", .text("power-cut")), ("tier", .text("campaign")), ("case", .number(Int(outcome.seed))),
                        ("cell", .text("\(outcome.seed)")), ("ok", .truth(outcome.found == nil)),
                        (
                            "detail",
                            .object([
                                ("cuts", .number(outcome.cuts)), ("images", .number(outcome.images)),
                                ("resumed", .number(outcome.resumed)),
                            ])
                        ), ("error", .text(outcome.found ?? "")), ("seconds", .number(Int(outcome.seconds))),
                    ])
                if let found = outcome.found {
                    state.found.append(found)
                    print("R7 power-cut: \(found)\n  again: tools/power-cut \(outcome.seed)")
                }
                let passed = CampaignLog.seconds() - start
                if passed - state.shown >= 1 || state.done == seeds.count {
                    state.shown = passed
                    let text =
                        "\(state.done) of \(seeds.count) histories, \(state.cuts) cuts, \(state.images) images, "
                        + "\(Int(Double(state.images) / max(passed, 0.001))) a second, found \(state.found.count)"
                    say(isatty(2) == 1 ? "\r\(text)  " : "\(text)\n")
                }
            }
        }
        if isatty(2) == 1 { say("\n") }
        return state.withLock { state in
            print(
                "R7 power-cut: \(state.done) histories, \(state.cuts) cuts, \(state.images) images, "
                    + "\(state.resumed) worked on with, \(state.found.count) broken")
            return state.found.isEmpty ? 0 : 1
        }
    }
}
