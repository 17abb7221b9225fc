import Foundation
import Testing

@testable import OperatorCommands

/// What a command prints for programs is what its documentation says, name by name.
@Suite(.ownThread) struct DocumentedJSONTests {
    /// The members of a line of the documentation's table, up to the first remark.
    private func documented(_ command: String) throws -> [String] {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Sources/OperatorCommands/OperatorCommands.docc/OperatorCommands.md")
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        let line = try #require(
            lines.first { $0.hasPrefix("| ") && $0.split(separator: "|")[0].contains("`\(command)`") })
        let members = line.split(separator: "|")[1].prefix { $0 != ";" }
        return members.matches(of: /`([a-z_]+)`/).map { String($0.output.1) }
    }

    /// The names of the members of an object in the order in which they stand in the text.
    private func names(_ text: String) -> [String] {
        var depth = 0
        var isQuoted = false
        var isEscaped = false
        var names: [String] = []
        var word = ""
        for character in text {
            if isEscaped {
                isEscaped = false
            } else if isQuoted {
                switch character {
                case "\\": isEscaped = true
                case "\"": isQuoted = false
                default: word.append(character)
                }
            } else {
                switch character {
                case "\"":
                    isQuoted = true
                    word = ""
                case ":": if depth == 1 { names.append(word) }
                case "{", "[": depth += 1
                case "}", "]": depth -= 1
                default: break
                }
            }
        }
        return names
    }

    @Test func everyMemberIsDocumentedInItsOrder() async throws {
        let province = try Province()
        func printed(_ arguments: String...) async throws -> [String] {
            names(try await province.run("LIW", arguments + ["--json"]).output)
        }
        let common = try documented("new")
        #expect(try await printed("new", "--title", "x") == common)
        #expect(try await printed("edit", "1", "place=x") == common.dropLast() + ["changed", "warnings"])
        #expect(try await printed("note", "1", "x") == common.dropLast() + ["kind", "status", "warnings"])
        #expect(try await printed("assign", "1", "DINKES") == common.dropLast() + ["agency", "status", "warnings"])
        #expect(try await printed("answer", "1", "x") == common.dropLast() + ["status", "warnings"])
        let closed = try await printed("close", "1", "--reason", "answered")
        #expect(closed == common.dropLast() + ["status", "closing_reason", "warnings"])
        #expect(try await printed("undo") == documented("undo"))
        for command in ["list", "status", "conflicts"] {
            #expect(try await printed(command) == documented(command), "\(command)")
        }
        #expect(try await printed("search", "x") == documented("list"))
        #expect(try await printed("show", "1") == documented("show"))
        #expect(try await printed("receipt", "1") == documented("receipt"))
    }
}
