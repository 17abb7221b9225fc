import CommandFrame
import Foundation
import OfflineClient
import SQLite
import SyncProtocol
import Testing

@testable import OperatorCommands

@Suite("Cases out and in again", .ownThread)
struct RoundTripTests {
    /// Texts that break readers, in every free text of a case.
    private func hostileCases(_ client: OfflineClient) throws {
        let texts = [
            "Jalan \"provinsi\" rusak, berat; \tsekali\r\nbaris dua\n\nbaris empat", "=HYPERLINK(\"http://x\")", "'=1",
            "-2+3",
            "\0nul\0", "👩‍👩‍👧‍👦 🚑", "18.10", " spasi ", "@SUM(A1)", "\u{FEFF}bom", "e\u{301}", "'", "\"", "\r", "\\u0000",
            "01",
        ]
        for (index, text) in texts.enumerated() {
            _ = try client.write(operator: "o") { transaction in
                try transaction.insert(
                    "cases",
                    [
                        "ticket": .text("LIW-22-0001\(index / 10)\(index % 10)"), "status": .text("received"),
                        "class": .text("aspiration"), "channel": .text("phone"),
                        "received_at": .dateTime(1_640_995_200_000 + Int64(index) * 1237), "office": .text("LIW"),
                        "title": .text(text), "narrative": .text(text + "\n" + text), "place": .text(""),
                        "category": .text("health"), "region": .text("18.04"), "reporter_phone": .text("+628117905000"),
                        "reporter_phone_typed": .text("0811 790-5000"), "reporter_nik": .text("1801020304050001"),
                        "anonymous": .bool(index.isMultiple(of: 2)), "event_date": .text("2022-01-01"),
                        "duplicate_of": .bytes((0..<16).map { UInt8($0) }), "external_id": .text(text),
                        "operator": .text(text), "entered_at": .dateTime(1_640_995_200_007),
                    ])
            }
        }
    }

    private func contents(_ client: OfflineClient) throws -> [[UInt8]] {
        try client.query { connection in
            let columns = CaseColumns.order.map { "quote(\($0)), hex(\($0))" }.joined(separator: " || '|' || ")
                .replacing(", hex", with: " || '/' || hex").replacing("quote(class)", with: "quote(\"class\")")
            let select = try connection.statement("SELECT hex(id) || \(columns) FROM cases ORDER BY id")
            defer { select.reset() }
            var rows: [[UInt8]] = []
            while try select.step() { rows.append(select.bytes(0)) }
            return rows
        }
    }

    @Test(arguments: [["--format", "csv"], ["--format", "csv", "--excel", "--header", "id"], ["--format", "ndjson"]])
    func nothingIsLostOrChanged(options: [String]) async throws {
        let province = try Province()
        try hostileCases(try province.client("LIW"))
        let before = try contents(province.client("LIW"))
        #expect(before.count == 16)
        let out = try await province.run("LIW", ["export", province.path("out"), "--with-personal"] + options)
        #expect(out.status == .done, "\(out.errors)")
        let back = try await province.run("BDL", ["import", province.path("out"), "--json"])
        #expect(back.status == .done, "\(back.errors)")
        #expect(back.output.contains("\"new\":16"))
        #expect(try contents(province.client("BDL")) == before)
        // What is here already is told and left alone.
        let again = try await province.run("BDL", ["impor", province.path("out"), "--json"])
        #expect(again.status == .done, "\(again.errors)")
        #expect(again.output.contains("\"new\":0"))
        #expect(again.output.contains("\"unchanged\":16"))
        #expect(try province.client("BDL").status().pending == 16)
    }

    @Test func personalFieldsAreLeftOutUnlessAskedFor() async throws {
        let province = try Province()
        try hostileCases(try province.client("LIW"))
        for format in ["csv", "ndjson"] {
            let out = try await province.run("LIW", ["export", "-", "--format", format])
            #expect(out.status == .done)
            let text = out.output
            #expect(out.output.contains("LIW-22-000103"))
            for word in ["reporter", "title", "narrative", "628117905000", "1801020304050001"] {
                #expect(!text.contains(word), "\(format) tells \(word)")
            }
        }
    }

    @Test func filtersChooseByYearAndState() async throws {
        let province = try Province()
        _ = try await province.run(
            "LIW", ["import", try province.file("demo.ndjson", Province.demoData("creates.ndjson"))])
        let out = try await province.run("LIW", ["export", province.path("a.csv"), "--year", "2021", "--json"])
        #expect(out.output.contains("\"cases\":212"))
        let none = try await province.run("LIW", ["export", province.path("b.csv"), "--year", "2020", "--json"])
        #expect(none.output.contains("\"cases\":0"))
        let closed = try await province.run("LIW", ["export", province.path("c.csv"), "--status", "selesai", "--json"])
        #expect(closed.output.contains("\"cases\":0"))
        let wrong = try await province.run("LIW", ["export", province.path("d.csv"), "--status", "clsed"])
        #expect(wrong.status == .usage)
        #expect(wrong.errors.contains("closed"))
    }

    @Test func aFileThatExistsIsKeptUnlessForced() async throws {
        let province = try Province()
        let file = try province.file("out.csv", "mine")
        let refused = try await province.run("LIW", ["export", file])
        #expect(refused.status == .cannotCreate)
        #expect(try province.bytes("out.csv") == Array("mine".utf8))
        let forced = try await province.run("LIW", ["export", file, "--force"])
        #expect(forced.status == .done)
        #expect(try province.bytes("out.csv").starts(with: Array("id,ticket,".utf8)))
        let names = try FileManager.default.contentsOfDirectory(atPath: province.folder.path)
        #expect(!names.contains { $0.hasSuffix(".part") })
        let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    @Test func whatIsNoExportIsNotOverwrittenEvenByForce() async throws {
        let province = try Province()
        #expect(try await province.run("LIW", ["new", "--title", "x"]).status == .done)
        let database = province.path("LIW.db")
        try #require(FileManager.default.fileExists(atPath: database))
        let link = province.path("link.csv")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: database)
        let other = province.path("hard.csv")
        try FileManager.default.linkItem(atPath: database, toPath: other)
        for file in [database, database + ".lock", link, other, "/dev/null", province.folder.path] {
            let result = try await province.run("LIW", ["export", file, "--force"])
            #expect(result.status == .cannotCreate, "\(file): \(result.errors)")
        }
        #expect(try province.count("LIW", "title = 'x'") == 1)
    }

    @Test func aFolderThatIsNotThereIsTold() async throws {
        let province = try Province()
        let out = try await province.run("LIW", ["export", province.path("none/out.csv")])
        #expect(out.status == .cannotCreate)
        #expect(out.errors.contains("work is safe"))
    }
}
