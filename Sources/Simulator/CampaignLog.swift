import Glibc

/// Where a campaign leaves what it ran: a line of JSON each, in the log that the other fault tools write to.
///
/// The form is read by what makes the published page of it, so keys are added and never change their meaning. Every line
/// has `row` (of the table of tests: R2, R3), `commit` (what was built), `time` (seconds since 1970, at the end) and
/// `seconds` (how long it took).
///
/// | row | key | meaning |
/// |---|---|---|
/// | R2 | `first`, `last` | the range of seeds, one line for each thousand: a campaign goes on after the last line |
/// | | `seeds` | the same as `first..last` |
/// | | `ran` | how many were run; each fiftieth twice, and counted once |
/// | | `found` | how many of them found something |
/// | | `failed` | which: `seed invariant`, separated by commas |
/// | | `what` | of the first twenty the whole line |
/// | R3 | `bug`, `mistake` | the planted bug, its name and in words |
/// | | `caught`, `invariant`, `seeds` | whether it was found, which check found it, after how many seeds |
struct CampaignLog {
    /// The file, or nil where nothing is kept.
    var path: String?
    /// The commit that was built.
    var commit = ""

    enum Value {
        case text(String)
        case number(Int)
        case truth(Bool)
        case object([(String, Value)])
    }

    /// Appends a line.
    func add(row: String, _ fields: [(String, Value)]) {
        guard let path, let file = fopen(path, "a") else { return }
        defer { fclose(file) }
        let all = [("row", .text(row)), ("commit", .text(commit)), ("time", .number(time(nil)))] + fields
        fputs(Self.json(.object(all)) + "\n", file)
    }

    private static func json(_ value: Value) -> String {
        switch value {
        case .text(let text): quoted(text)
        case .number(let number): "\(number)"
        case .truth(let truth): "\(truth)"
        case .object(let fields):
            "{" + fields.map { "\(quoted($0.0)): \(json($0.1))" }.joined(separator: ", ") + "}"
        }
    }

    private static func quoted(_ text: String) -> String {
        let escaped = text.unicodeScalars.map { scalar in
            switch scalar {
            case "\"", "\\": "\\\(scalar)"
            case _ where scalar.value < 32: " "
            default: String(scalar)
            }
        }
        return "\"\(escaped.joined())\""
    }

    /// The time since some fixed moment, in seconds.
    static func seconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
