import Glibc

/// What a command has to do with the world: where it writes, what it may ask, the language, the time.
public struct Console: Sendable {
    /// The console of the command that runs.
    @TaskLocal public static var current = Console.process

    /// Results.
    public var output: Channel
    /// Talk, progress and errors.
    public var errors: Channel
    /// Whether somebody can be asked: input is a terminal, and `--no-input` was not given.
    public var canAsk: Bool
    /// A line of input; nil at its end.
    public var readLine: @Sendable () -> String?
    /// A variable of the environment.
    public var environment: @Sendable (String) -> String?
    /// The language.
    public var speech: Speech
    /// Whether the results are for a program (`--json`).
    public var isJSON = false
    /// Whether colours may be used where they are seen.
    public var allowsColor: Bool
    /// The wall clock in milliseconds since 1970.
    public var now: @Sendable () -> Int64

    /// Makes a console.
    public init(
        output: Channel, errors: Channel, canAsk: Bool, readLine: @escaping @Sendable () -> String?,
        environment: @escaping @Sendable (String) -> String?, now: @escaping @Sendable () -> Int64
    ) {
        self.output = output
        self.errors = errors
        self.canAsk = canAsk
        self.readLine = readLine
        self.environment = environment
        self.now = now
        speech = Speech(environment: environment)
        let isPlain = environment("NO_COLOR").map { !$0.isEmpty } ?? false
        allowsColor = !isPlain && environment("TERM") != "dumb"
    }

    /// The console of this process.
    public static let process = Console(
        output: Channel(descriptor: STDOUT_FILENO), errors: Channel(descriptor: STDERR_FILENO),
        canAsk: isatty(STDIN_FILENO) != 0, readLine: { Swift.readLine() },
        environment: { name in getenv(name).map { String(cString: $0) } },
        now: {
            var time = timespec()
            clock_gettime(CLOCK_REALTIME, &time)
            return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
        })

    /// The columns of the terminal that the results go to; nil where they go elsewhere and need not fit.
    public var width: Int? {
        guard output.isTerminal else { return nil }
        if let columns = environment("COLUMNS").flatMap(Int.init), columns > 0 { return columns }
        return output.columns ?? 80
    }

    // MARK: Writing

    /// Writes a line of results.
    ///
    /// What is data must have gone through ``VisibleText`` before.
    public func print(_ text: String = "") { output.write(text + "\n") }

    /// Writes results as JSON on one line.
    public func print(_ json: JSON) { output.write(json.text + "\n") }

    /// Says something beside the results.
    public func note(_ text: String) { errors.write(text + "\n") }

    /// Asks a question that is answered by yes or no; nil where nobody can be asked.
    public func confirms(_ question: Words) -> Bool? {
        guard canAsk else { return nil }
        errors.write(question.text(in: speech) + (speech == .indonesian ? " [y/t] " : " [y/n] "))
        let answer = readLine()?.lowercased().filter { !$0.isWhitespace } ?? ""
        return ["y", "ya", "yes"].contains(answer)
    }

    // MARK: Colours

    /// How a text stands out.
    public enum Style: String, Sendable {
        /// Bold.
        case bold = "1"
        /// Less than the rest.
        case dim = "2"
        /// Bad.
        case red = "31"
        /// Good.
        case green = "32"
        /// Look here.
        case yellow = "33"
    }

    /// The text in a style where the results go to a terminal that shows it.
    public func styled(_ text: String, _ style: Style) -> String {
        guard output.isTerminal, allowsColor, !text.isEmpty else { return text }
        return "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m"
    }
}
