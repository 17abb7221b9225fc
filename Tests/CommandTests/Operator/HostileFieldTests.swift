import CallCenter
import CommandFrame
import Foundation
import OfflineClient
import SQLite
import SyncProtocol
import Testing

@testable import OperatorCommands

/// 500 hostile texts through every free text field of a case: typed, synced, exported and imported.
@Suite("Hostile texts") struct HostileFieldTests {
    /// The fields that take any text as it is; the others have keys, codes or forms of their own.
    private static let fields = [
        "title", "narrative", "place", "sub_category", "reported_party", "language", "reporter_name",
        "reporter_phone_typed", "reporter_address", "reporter_profession", "on_behalf_of", "verified_by",
        "extension_reason", "answer", "answered_by", "status_by", "external_id", "public_text", "redacted_by",
        "operator",
    ]

    /// Fields that `edit` takes any text for.
    private static let edited = [
        "narrative", "place", "sub_category", "reported_party", "reporter_address", "reporter_profession",
        "on_behalf_of",
        "external_id", "public_text",
    ]

    /// Every text in every field of one case each, written as an application would.
    private func fill(_ client: OfflineClient) throws {
        try client.write(operator: "o") { transaction in
            for (index, text) in HostileStrings.all.enumerated() {
                var values: [String: Value] = [
                    "ticket": .text("LIW-22-\(100_000 + index)"), "status": .text("received"),
                    "class": .text("complaint"),
                    "channel": .text("phone"), "received_at": .dateTime(1_640_995_200_000), "office": .text("LIW"),
                ]
                for field in Self.fields { values[field] = .text(text) }
                try transaction.insert("cases", values)
            }
        }
    }

    /// The bytes of every field of every case, by ticket.
    private func contents(_ province: Province, _ office: String) throws -> [String] {
        let client = try province.client(office)
        defer { try? client.close() }
        return try client.query { connection in
            let columns = Self.fields.map { "hex(\($0))" }.joined(separator: " || '/' || ")
            let select = try connection.statement("SELECT ticket || ' ' || \(columns) FROM cases ORDER BY ticket")
            defer { select.reset() }
            var rows: [String] = []
            while try select.step() { rows.append(select.string(0)) }
            return rows
        }
    }

    /// What must be there: each text's bytes in every field.
    private static let expected = HostileStrings.all.enumerated().map { index, text in
        let hex = text.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined()
        return "LIW-22-\(100_000 + index) " + Array(repeating: hex, count: fields.count).joined(separator: "/")
    }

    /// No text became a file.
    private func expectNoEscape(_ province: Province) throws {
        let manager = FileManager.default
        for folder in [
            province.folder.path, province.folder.deletingLastPathComponent().path,
            province.folder.deletingLastPathComponent().deletingLastPathComponent().path, manager.currentDirectoryPath,
            "/tmp", NSHomeDirectory(),
        ] {
            let names = try manager.contentsOfDirectory(atPath: folder)
            #expect(!names.contains { $0.contains(HostileStrings.marker) }, "\(folder)")
        }
    }

    @Test func thereAreFiveHundredAllDifferent() {
        #expect(Set(HostileStrings.all.map { Array($0.utf8) }).count == 500)
    }

    @Test func everyTextIsSyncedByteForByte() throws {
        let province = try Province()
        let client = try province.client("LIW")
        try fill(client)
        try province.sync(client)
        try client.close()
        try province.sync("BDL")
        #expect(try contents(province, "BDL") == Self.expected)
        try expectNoEscape(province)
    }

    @Test(arguments: [["--format", "csv"], ["--format", "csv", "--excel", "--header", "id"], ["--format", "ndjson"]])
    func everyTextComesBackFromAFileByteForByte(options: [String]) async throws {
        let province = try Province()
        try fill(province.client("LIW"))
        let out = try await province.run("LIW", ["export", province.path("out"), "--with-personal"] + options)
        #expect(out.status == .done, "\(out.errors)")
        let back = try await province.run("BDL", ["import", province.path("out"), "--json"])
        #expect(back.status == .done, "\(back.errors.prefix(2000))")
        #expect(try contents(province, "BDL") == Self.expected)
        if options.contains("csv") {
            var reader = try CSVReader(ByteSource(try province.bytes("out")))
            var cells = 0
            while let row = try reader.next() {
                for case let text? in row.cells.map(\.text) where !text.isEmpty {
                    cells += 1
                    #expect(!"=+-@\t\r\n".utf8.contains(text.utf8.first ?? 0), "line \(row.line) would be run")
                }
            }
            #expect(cells >= 500 * Self.fields.count)
        }
        try expectNoEscape(province)
    }

    @Test func everyTextIsShownWithoutSteeringTheTerminal() async throws {
        let province = try Province()
        try fill(province.client("LIW"))
        for arguments in [["list", "--limit", "0"], ["list", "--limit", "0", "--json"], ["search", "Jalan"]] {
            for isTerminal in [false, true] {
                let result = try await province.run("LIW", arguments, isTerminal: isTerminal)
                #expect(result.status == .done)
                #expect(HostileStrings.isHarmless(result.output + result.errors), "\(arguments)")
            }
        }
        for index in HostileStrings.all.indices {
            let ticket = "LIW-22-\(100_000 + index)"
            let command = [["show", ticket, "--reveal"], ["receipt", ticket], ["show", ticket, "--json"]][index % 3]
            let result = try await province.run("LIW", command, isTerminal: true)
            #expect(result.status == .done)
            #expect(HostileStrings.isHarmless(result.output + result.errors), "\(command)")
        }
    }

    /// Typed as arguments, among them such as look like options; each is kept as typed or refused, never altered.
    @Test func everyTextIsTypedIntoACommandByteForByte() async throws {
        let province = try Province()
        let ticket = try await province.newCase("LIW")
        for (index, text) in HostileStrings.all.enumerated() {
            let field = Self.edited[index % Self.edited.count]
            let result = try await province.run("LIW", ["edit", ticket, "\(field)=\(text)"], isTerminal: true)
            #expect(HostileStrings.isHarmless(result.output + result.errors), "\(Array(text.utf8))")
            let value = try province.record("LIW", ticket)[field]
            let isBlank = text.unicodeScalars.allSatisfy(\.properties.isWhitespace)
            // A text that begins with an accent or joiner is one character with the sign before it, and is refused.
            let joins = "=\(text)".first != "="
            #expect(result.status == .done || isBlank || joins, "\(Array(text.utf8)): \(result.errors)")
            // `-` is how an operator empties a field.
            if result.status == .done, !isBlank, text != "-" {
                #expect(value.text.map { Array($0.utf8) } == Array(text.utf8), "\(field)")
            }
        }
        try expectNoEscape(province)
    }

    @Test func textThatIsNoUTF8IsRefusedByLineAndTheRestIsTaken() async throws {
        let province = try Province()
        var random = HostileStrings.Numbers(state: 8)
        var file = Array("title,status,class,channel,received_at\n".utf8)
        let starts: [[UInt8]] = [
            [0xFF], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82], [0x80],
            [0xF8, 0x88, 0x80, 0x80],
        ]
        for row in 0..<60 {
            let bad = starts[random.below(starts.count)] + Array("x".utf8)
            file += row.isMultiple(of: 2) ? Array("ok \(row)".utf8) : Array("bad".utf8) + bad
            file += Array(",received,complaint,phone,2022-01-01\n".utf8)
        }
        let path = try province.file("in.csv", file)
        let result = try await province.run("LIW", ["import", path, "--json"])
        let whole = try province.count("LIW")
        // All rows that are right, or none of the file: never a text that was mended.
        #expect(whole == 30 || whole == 0, "\(whole) \(result.errors.prefix(500))")
        #expect((result.output + result.errors).contains("utf-8") || (result.output + result.errors).contains("UTF-8"))
        #expect(try province.count("LIW", "title LIKE 'bad%'") == 0)
    }
}
