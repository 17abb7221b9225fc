import Foundation

/// A request by the program curl, as an operator or another implementation would send it.
struct Curl {
    struct Reply {
        var exit: Int32
        var status: Int
        /// `1.1` or `2`.
        var version: String
        /// Names in lower case.
        var fields: [String: String]
        var body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }
    }

    /// Sends one request.
    /// - Parameters:
    ///   - body: sent as it is when there is one.
    ///   - options: more of curl's own.
    static func request(
        _ method: String, _ url: String, fields: [String: String] = [:], body: [UInt8]? = nil, options: [String] = []
    ) async throws -> Reply {
        let folder = FileManager.default.temporaryDirectory.appending(path: "sambung-curl-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (bodyFile, fieldsFile, sent) = (
            folder.appending(path: "b"), folder.appending(path: "f"), folder.appending(path: "s")
        )

        var arguments = ["--silent", "--max-time", "3600", "--output", bodyFile.path, "--dump-header", fieldsFile.path]
        arguments += ["--write-out", "%{http_code} %{http_version}"]
        arguments += method == "HEAD" ? ["--head"] : ["--request", method]
        for (name, value) in fields { arguments += ["--header", "\(name): \(value)"] }
        if let body {
            try Data(body).write(to: sent)
            arguments += ["--data-binary", "@\(sent.path)"]
        }
        let (exit, output) = try await run("curl", arguments + options + [url])
        let words = output.split(separator: " ")
        return Reply(
            exit: exit, status: words.first.flatMap { Int($0) } ?? 0, version: words.count > 1 ? String(words[1]) : "",
            fields: Self.fields(String(decoding: (try? Data(contentsOf: fieldsFile)) ?? Data(), as: UTF8.self)),
            body: [UInt8]((try? Data(contentsOf: bodyFile)) ?? Data()))
    }

    /// The fields of the last head; one before it may say "100 Continue".
    private static func fields(_ heads: String) -> [String: String] {
        var fields: [String: String] = [:]
        for line in heads.split(whereSeparator: \.isNewline) {
            if line.hasPrefix("HTTP/") { fields = [:] }
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2 { fields[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces) }
        }
        return fields
    }
}

/// Runs a program to its end, and gives its exit code and what it wrote to standard output.
@discardableResult
func run(_ program: String, _ arguments: [String]) async throws -> (exit: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [program] + arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    return try await withCheckedThrowingContinuation { continuation in
        process.terminationHandler = { process in
            // All that it writes fits into the pipe.
            let output = (try? pipe.fileHandleForReading.readToEnd()) ?? Data()
            continuation.resume(returning: (process.terminationStatus, String(decoding: output, as: UTF8.self)))
        }
        do {
            try process.run()
        } catch {
            continuation.resume(throwing: error)
        }
    }
}
