import CommandFrame
import Foundation
import Synchronization

/// A console in memory, and what a command printed on it.
final class TestConsole: Sendable {
    private let printed = Mutex(("", ""))
    private let lines: Mutex<[String]>
    let console: Console

    /// Makes a console.
    ///
    /// - Parameters:
    ///   - input: the lines that somebody types; nil where nobody can be asked.
    ///   - now: the wall clock.
    init(
        _ environment: [String: String] = [:], input: [String]? = nil, isTerminal: Bool = false,
        now: @escaping @Sendable () -> Int64 = { 1_640_995_200_000 }
    ) {
        lines = Mutex(input ?? [])
        let sinks = Sinks()
        console = Console(
            output: Channel(isTerminal: isTerminal) { text in sinks.owner?.printed.withLock { $0.0 += text } },
            errors: Channel(isTerminal: isTerminal) { text in sinks.owner?.printed.withLock { $0.1 += text } },
            canAsk: input != nil,
            readLine: { sinks.owner?.lines.withLock { $0.isEmpty ? nil : $0.removeFirst() } },
            environment: { environment[$0] }, now: now)
        sinks.hold(self)
    }

    var output: String { printed.withLock { $0.0 } }
    var errors: String { printed.withLock { $0.1 } }

    /// Where the closures find their console, which is made after them.
    private final class Sinks: Sendable {
        private let place = Mutex<Weak>(Weak())
        private struct Weak { weak var owner: TestConsole? }
        var owner: TestConsole? { place.withLock { $0.owner } }
        func hold(_ console: TestConsole) { place.withLock { $0.owner = console } }
    }
}

/// What a command printed, and how it ended.
struct Printed: Sendable {
    let status: ExitStatus
    let output: String
    let errors: String

    /// The output as one JSON object; empty for anything else.
    var json: [String: Any] { Self.object(output) }

    /// The error of a command that was run with `--json`.
    var error: [String: Any] { Self.object(errors)["error"] as? [String: Any] ?? [:] }

    private static func object(_ text: String) -> [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: Any] ?? [:]
    }
}
