import Foundation

/// What a test tells the log of campaigns when `tools/long-tests` runs it in its long form: a line of JSON, as
/// `tools/faults` writes them.
enum CampaignLine {
    private static let environment = ProcessInfo.processInfo.environment

    /// Whether the long form is asked for.
    static var isWanted: Bool { environment["SAMBUNG_CAMPAIGN_LOG"] != nil }

    /// Appends a line, if somebody asked for the long form.
    static func write(row: String, name: String, cell: String, since start: Date, _ detail: [String: Int]) throws {
        guard let path = environment["SAMBUNG_CAMPAIGN_LOG"] else { return }
        let line: [String: Any] = [
            "row": row, "name": name, "tier": "campaign", "case": cell, "cell": cell, "ok": true, "detail": detail,
            "at": Date().ISO8601Format(), "seconds": Date().timeIntervalSince(start).rounded(),
            "commit": environment["SAMBUNG_COMMIT"] ?? "", "machine": environment["SAMBUNG_MACHINE"] ?? "",
        ]
        let bytes = try JSONSerialization.data(withJSONObject: line, options: [.sortedKeys]) + Data("\n".utf8)
        if !FileManager.default.fileExists(atPath: path) {
            _ = FileManager.default.createFile(atPath: path, contents: nil)
        }
        let file = try FileHandle(forWritingTo: URL(filePath: path))
        try file.seekToEnd()
        try file.write(contentsOf: bytes)
        try file.close()
    }
}
