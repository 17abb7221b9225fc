import Glibc

/// Where a campaign leaves what it ran: a line of JSON each, in the log that the other fault tools write to.
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
