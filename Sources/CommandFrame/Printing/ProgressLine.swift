import Synchronization

/// One line on a terminal that tells how far something has come, its rate, and how long it will still take.
///
/// It appears after a second; where nobody watches, never.
public final class ProgressLine: Sendable {
    private struct State {
        var lastShown: Int64 = 0
        var isVisible = false
    }

    private let console: Console
    private let label: Words
    private let start: Int64
    private let state = Mutex(State())

    /// Starts the clock.
    public init(_ label: Words, console: Console = .current) {
        self.console = console
        self.label = label
        start = console.now()
    }

    /// Tells how far it has come.
    ///
    /// - Parameters:
    ///   - done: how many are done.
    ///   - total: how many there are, or nil where that is not known.
    public func update(done: Int, of total: Int? = nil) {
        guard console.errors.isTerminal, !console.isJSON else { return }
        let now = console.now()
        state.withLock { state in
            guard now - start >= 1000, now - state.lastShown >= 100 else { return }
            state.lastShown = now
            state.isVisible = true
            let text = Self.text(
                label.text(in: console.speech), done: done, total: total, milliseconds: now - start, console.speech)
            console.errors.write("\r\u{1B}[K" + TextWidth.cut(text, to: (console.width ?? 80) - 1))
        }
    }

    /// Takes the line away.
    public func finish() {
        state.withLock { state in
            if state.isVisible { console.errors.write("\r\u{1B}[K") }
            state.isVisible = false
        }
    }

    static func text(_ label: String, done: Int, total: Int?, milliseconds: Int64, _ speech: Speech) -> String {
        let rate = Double(done) * 1000 / Double(max(1, milliseconds))
        let whole = total.map { " / \($0)" } ?? ""
        var text = "\(label)  \(done)\(whole)  \(Int(rate.rounded()))/" + (speech == .indonesian ? "dtk" : "s")
        if let total, total > done, rate > 0 {
            let seconds = Int((Double(total - done) / rate).rounded(.up))
            let left = seconds < 60 ? "\(seconds) \(speech == .indonesian ? "dtk" : "s")" : "\((seconds + 59) / 60) min"
            text += speech == .indonesian ? "  sisa ± \(left)" : "  about \(left) left"
        }
        return text
    }
}
