import Foundation
import Testing

/// Rules of the project that a reader of the sources can check.
@Suite struct TidyTests {
    static let top = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The modules whose clock, randomness, storage and transport are values passed in.
    static let core = [
        "SyncProtocol", "SQLite", "SyncStore", "OfflineClient", "CentralServer", "CallCenter", "Simulator",
    ]

    @Test func nothingInTheCoreReadsAClockOrAChanceOfItsOwn() throws {
        let forbidden = ["Date()", "Task.sleep", "SystemRandomNumberGenerator", "UUID()", "Thread.", ".random(in"]
        for module in Self.core {
            for (file, line, text) in try Self.lines(of: "Sources/\(module)") where !text.contains("//") {
                for word in forbidden where text.contains(word) {
                    Issue.record("\(file):\(line) uses \(word): pass it in")
                }
            }
        }
    }

    @Test func theCoreImportsNothingAboveItself() throws {
        let allowed: [String: Set<String>] = [
            "SQLite": ["CSQLite", "Glibc", "Synchronization", "Dispatch"],
            "SyncProtocol": [],
            "SyncStore": ["SQLite", "SyncProtocol", "Synchronization"],
            "OfflineClient": ["SQLite", "SyncProtocol", "SyncStore", "Synchronization"],
            "CentralServer": ["SQLite", "SyncProtocol", "SyncStore", "Synchronization", "Dispatch", "Foundation"],
            "CallCenter": ["SyncProtocol"],
            "HTTPTransport": [
                "OfflineClient", "SyncProtocol", "CCurl", "Foundation", "Glibc", "Synchronization",
            ],
        ]
        for (module, names) in allowed {
            for (file, line, text) in try Self.lines(of: "Sources/\(module)") {
                let words = text.split(separator: " ")
                guard words.count >= 2, words[words.count - 2] == "import" else { continue }
                let name = String(words[words.count - 1])
                #expect(names.contains(name), "\(file):\(line) imports \(name)")
            }
        }
    }

    @Test func nothingTrapsOnWhatComesFromOutside() throws {
        let forbidden = ["try!", "fatalError(", "nonisolated(unsafe)", "TODO", "FIXME", "as! "]
        for (file, line, text) in try Self.lines(of: "Sources") {
            for word in forbidden where text.contains(word) { Issue.record("\(file):\(line) has \(word)") }
        }
    }

    @Test func anUncheckedSendableNamesItsGuard() throws {
        let lines = try Self.lines(of: "Sources")
        for (index, line) in lines.enumerated() where line.text.contains("@unchecked Sendable") {
            let near = lines[max(0, index - 6)...index].map(\.text).joined(separator: "\n")
            #expect(near.contains("//"), "\(line.file):\(line.line) does not say what guards it")
        }
    }

    @Test func filesStayShort() throws {
        for folder in ["Sources", "Tests"] {
            for file in try Self.files(of: folder) {
                let count = try String(contentsOf: file, encoding: .utf8).split(
                    separator: "\n", omittingEmptySubsequences: false
                ).count
                #expect(count <= 500, "\(file.path) has \(count) lines")
            }
        }
    }

    @Test func noPathOfOneMachineIsWrittenDown() throws {
        let roots = ["/home/", "/" + "work/", "/root/"]
        for folder in ["Sources", "Tests", "tools", "Protocol", "README.md", "CHANGELOG.md", "CONTRIBUTING.md"] {
            for (file, line, text) in try Self.lines(of: folder, ending: nil) {
                if file.hasSuffix("TidyTests.swift") { continue }
                for root in roots where text.contains(root) { Issue.record("\(file):\(line) names \(root)") }
            }
        }
    }

    // MARK: Reading

    static func files(of folder: String, ending: String? = "swift") throws -> [URL] {
        let start = top.appending(path: folder)
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: start.path, isDirectory: &isFolder) else { return [] }
        guard isFolder.boolValue else { return [start] }
        let all = FileManager.default.enumerator(at: start, includingPropertiesForKeys: [.isRegularFileKey])
        var files: [URL] = []
        while let file = all?.nextObject() as? URL {
            guard try file.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true else { continue }
            if ending == nil || file.pathExtension == ending { files.append(file) }
        }
        return files.sorted { $0.path < $1.path }
    }

    static func lines(of folder: String, ending: String? = "swift") throws -> [(file: String, line: Int, text: String)]
    {
        try files(of: folder, ending: ending).flatMap { file -> [(String, Int, String)] in
            // What is no text (a corpus, a database) holds no lines.
            guard let text = try? String(contentsOf: file, encoding: .utf8) else { return [] }
            return text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
                .map { (file.path, $0.offset + 1, String($0.element)) }
        }
    }
}
