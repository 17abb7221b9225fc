import CommandFrame
import Foundation
import Logging

/// How the log's lines look.
enum LogFormat: String, CaseIterable {
    /// For people: time, level, message, and what belongs to it as `key=value`.
    case text
    /// For programs: a JSON object.
    case json
}

/// Writes one line an event.
struct LineLogHandler: LogHandler {
    var logLevel: Logger.Level = .info
    var metadata: Logger.Metadata = [:]
    let format: LogFormat
    /// Whether systemd's journal reads along: it wants `<n>` in front and adds the time itself.
    let isForJournal: Bool
    let now: @Sendable () -> Int64
    let write: @Sendable (String) -> Void

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var members = metadata
        for (key, value) in event.metadata ?? [:] { members[key] = value }
        if let error = event.error { members["error"] = "\(error)" }
        let sorted = members.sorted { $0.key < $1.key }.map { ($0.key, "\($0.value)") }
        let prefix = isForJournal ? "<\(event.level.priority)>" : ""
        write(prefix + line(event.level, event.message.description, sorted) + "\n")
    }

    private func line(_ level: Logger.Level, _ message: String, _ members: [(String, String)]) -> String {
        switch format {
        case .json:
            let head: [(String, JSON)] = [
                ("time", .string(time)), ("level", .string(level.rawValue)), ("message", .string(message)),
            ]
            // The log's own names come last in no dispute: a member of the same name is left out.
            let names = Set(head.map(\.0))
            return JSON.object(head + members.filter { !names.contains($0.0) }.map { ($0.0, .string($0.1)) }).text
        case .text:
            let parts = (isForJournal ? [] : [time, level.rawValue.uppercased()]) + [message]
            return VisibleText.line((parts + members.map { "\($0.0)=\(Self.quoted($0.1))" }).joined(separator: " "))
        }
    }

    /// A value that could be taken for more than one is put in quotes.
    private static func quoted(_ value: String) -> String {
        let isPlain = !value.isEmpty && !value.contains { $0 == " " || $0 == "=" || $0 == "\"" || $0 == "\\" }
        return isPlain ? value : JSON.string(value).text
    }

    private var time: String {
        // The half keeps a millisecond from being cut off in the conversion.
        Date(timeIntervalSince1970: (Double(now()) + 0.5) / 1000).formatted(
            Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}

extension Logger.Level {
    /// The priority that syslog and the journal know.
    fileprivate var priority: Int {
        switch self {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }
}
