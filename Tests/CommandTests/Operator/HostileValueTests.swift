import CommandFrame
import OfflineClient
import SyncProtocol
import Testing

@testable import OperatorCommands

@Suite(.ownThread) struct HostileValueTests {
    private static let values = [
        "\u{1B}]0;owned\u{7}\u{1B}[2J", "\u{9B}31m\u{85}", "a\u{202E}gpj.exe\u{2066}b", "a\u{0}b",
        "'; DROP TABLE cases; --",
        "line 1\r\nline 2\rline 3\u{2028}line 4", "👨‍👩‍👧 🇮🇩 السلام عليكم 日本", "=1+1", "\u{FEFF}x", "%s%n$(reboot)`id`",
        String(repeating: "é", count: 3000),
    ]

    private func isHarmless(_ output: String) -> Bool {
        !output.unicodeScalars.contains { scalar in
            switch scalar.value {
            case 0x0A: false
            case 0x00...0x1F, 0x7F...0x9F, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF: true
            default: false
            }
        }
    }

    @Test("any text is kept as it is and shown without steering the terminal", arguments: values)
    func anyText(_ value: String) async throws {
        let province = try Province()
        let ticket = try await province.newCase(
            "LIW", "--title", value, "--narrative", value, "--reporter", value, "--phone", value)
        try await province.done("LIW", "edit", ticket, "place=\(value)", "sub_category=\(value)")
        try await province.done("LIW", "note", ticket, value)
        try await province.done("LIW", "assign", ticket, "--body", value, "--note", value)
        try await province.done("LIW", "answer", ticket, value)
        let record = try province.record("LIW", ticket)
        for field in ["title", "narrative", "reporter_name", "place", "sub_category", "answer"] {
            #expect(record[field] == .text(value), "\(field)")
        }
        for arguments in [
            ["list"], ["show", ticket], ["show", ticket, "--reveal"], ["search", "LIW"], ["status"],
            ["edit", ticket, value],
            ["show", value], ["edit", ticket, "urgency=\(value)"], ["assign", ticket, value], ["undo"],
        ] {
            for options in [[], ["--json"]] where arguments != ["undo"] || options.isEmpty {
                let result = try await province.run("LIW", arguments + options, language: "id_ID")
                #expect(isHarmless(result.output), "\(arguments): \(result.output)")
                #expect(isHarmless(result.errors), "\(arguments): \(result.errors)")
            }
        }
    }

    @Test func aMebibyteIsTakenAndAByteMoreIsRefusedByName() async throws {
        let province = try Province()
        let longest = String(repeating: "x", count: Limits.valueBytes)
        let ticket = try await province.newCase("LIW", "--narrative", longest)
        #expect(try province.record("LIW", ticket)["narrative"] == .text(longest))
        #expect(
            try await province.failure("LIW", .usage, "edit", ticket, "narrative=\(longest)x") == "value-not-allowed")
        #expect(try await province.failure("LIW", .usage, "new", "--title", longest + "x") == "value-not-allowed")
        for arguments in [["list"], ["search", "xxx"], ["show", ticket]] {
            #expect(try await province.run("LIW", arguments).status == .done)
        }
        #expect(try province.count("LIW") == 1)
    }

    @Test func aTableOnATerminalStaysWithinIt() async throws {
        let province = try Province()
        for value in Self.values { _ = try await province.newCase("LIW", "--title", value) }
        let result = try await province.run("LIW", ["list", "--limit", "0"], isTerminal: true)
        #expect(result.status == .done)
        #expect(isHarmless(result.output))
        #expect(result.output.split(separator: "\n").count == Self.values.count + 1)
    }
}
