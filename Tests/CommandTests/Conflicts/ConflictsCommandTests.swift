import CommandFrame
import OfflineClient
import SQLite
import SyncProtocol
import Testing

@testable import OperatorCommands

@Suite("The conflicts command", .ownThread)
struct ConflictsCommandTests {
    /// A case that two offices edited unaware of each other: LIW's title, written first, lost against BDL's.
    private func conflict(confidential: Bool = false) async throws -> Province {
        let province = try Province()
        _ = try province.client("BDL")
        let made = try province.file(
            "a.csv", "ticket,title,class,channel,rahasia\nLIW-22-1,Awal,aspirasi,web,\(confidential ? "ya" : "")\n")
        #expect(try await province.run("LIW", ["import", made]).status == .done)
        try syncBoth(province)
        province.advance(minutes: 1)
        try write(province, "LIW", "Judul Liwa 081179050001")
        province.advance(minutes: 1)
        try write(province, "BDL", "Judul Bandar Lampung")
        try syncBoth(province)
        return province
    }

    private func syncBoth(_ province: Province) throws {
        for office in ["LIW", "BDL", "LIW"] { try province.sync(try province.client(office)) }
    }

    private func write(_ province: Province, _ office: String, _ title: String) throws {
        let client = try province.client(office)
        let id = try client.query { connection in
            let select = try connection.statement("SELECT id FROM cases WHERE ticket = 'LIW-22-000001'")
            defer { select.reset() }
            return try select.step() ? RecordID(bytes: select.bytes(0)) : nil
        }
        try client.write(operator: "petugas \(office)") { transaction in
            _ = try transaction.update("cases", try #require(id), ["title": .text(title)])
        }
    }

    @Test func bothSidesAreShownAndPersonalNumbersAreHidden() async throws {
        let province = try await conflict()
        let list = try await province.run("LIW", ["conflicts"])
        #expect(list.output.contains("LIW-22-000001"))
        #expect(list.output.contains("Judul Bandar Lampung"))
        for name in ["1", "LIW-22-1"] {
            let page = try await province.run("LIW", ["conflicts", "show", name])
            #expect(page.status == .done, "\(page.errors)")
            for text in ["petugas LIW", "petugas BDL", "Judul Liwa ••••", "Judul Bandar Lampung", "2022-01-01 07:01"] {
                #expect(page.output.contains(text), "\(text)")
            }
            #expect(!page.output.contains("081179050001"))
        }
        let revealed = try await province.run("LIW", ["bentrok", "lihat", "1", "--reveal"], language: "id_ID")
        #expect(revealed.output.contains("Judul Liwa 081179050001"))
        #expect(revealed.output.contains("judul"))
    }

    @Test func aConfidentialCaseShowsNothingOfItself() async throws {
        let province = try await conflict(confidential: true)
        for arguments in [
            ["conflicts"], ["conflicts", "show", "1"], ["conflicts", "--json"], ["conflicts", "show", "1", "--json"],
        ] {
            let page = try await province.run("LIW", arguments)
            #expect(!page.output.contains("Judul"), "\(arguments)")
        }
    }

    @Test func restoringWritesTheLoserBackAtEveryOffice() async throws {
        let province = try await conflict()
        let result = try await province.run("BDL", ["conflicts", "restore", "LIW-22-000001", "--json"])
        #expect(result.status == .done, "\(result.errors)")
        #expect(result.output.contains("\"action\":\"restored\""))
        for office in ["BDL", "LIW"] { try province.sync(try province.client(office)) }
        for office in ["BDL", "LIW"] {
            #expect(try province.count(office, "title = 'Judul Liwa 081179050001'") == 1)
            #expect(try province.client(office).status().openConflicts == 0)
        }
        let again = try await province.run("LIW", ["conflicts", "restore", "LIW-22-000001"])
        #expect(again.status == .usage)
        let all = try await province.run("LIW", ["conflicts", "list", "--all"])
        #expect(all.output.contains("restored"))
        #expect(try await province.run("LIW", ["conflicts"]).output.contains("No conflict is open."))
    }

    @Test func acceptingLetsTheWinnerStand() async throws {
        let province = try await conflict()
        #expect(try await province.run("LIW", ["bentrok", "terima", "1"]).status == .done)
        #expect(try province.count("LIW", "title = 'Judul Bandar Lampung'") == 1)
        #expect(try province.client("LIW").status().openConflicts == 0)
    }

    @Test func aDecisionTakesNobodysNumber() async throws {
        let province = try await conflict()
        let first = try #require(try province.client("LIW").conflicts().first)
        #expect(try await province.run("LIW", ["conflicts", "accept", "1"]).status == .done)
        // Typed once more, it means the same entry, which is decided.
        let again = try await province.run("LIW", ["conflicts", "accept", "1"])
        #expect(again.status == .usage && again.errors.contains("accepted"), "\(again.errors)")
        let shown = try await province.run("LIW", ["conflicts", "show", "1", "--json"])
        #expect(shown.output.contains(first.id.description) && shown.output.contains("\"number\":1"))
    }

    @Test func whatWasChangedSinceIsAskedFor() async throws {
        let province = try await conflict()
        try write(province, "LIW", "Ketiga")
        let silent = try await province.run("LIW", ["conflicts", "restore", "1", "--json"])
        #expect(silent.status == .temporary)
        #expect(silent.errors.contains("changed-since"))
        #expect(silent.errors.contains("--even-if-changed"))
        let refused = try await province.run("LIW", ["conflicts", "restore", "1"], isTerminal: true, answers: ["n"])
        #expect(refused.status == .done)
        #expect(refused.errors.contains("title: Ketiga"))
        #expect(try province.count("LIW", "title = 'Ketiga'") == 1)
        let confirmed = try await province.run("LIW", ["conflicts", "restore", "1"], isTerminal: true, answers: ["y"])
        #expect(confirmed.status == .done)
        #expect(try province.count("LIW", "title = 'Judul Liwa 081179050001'") == 1)
    }

    @Test func evenIfChangedAsksNothing() async throws {
        let province = try await conflict()
        try write(province, "LIW", "Ketiga")
        #expect(try await province.run("LIW", ["conflicts", "restore", "1", "--even-if-changed"]).status == .done)
        #expect(try province.count("LIW", "title = 'Judul Liwa 081179050001'") == 1)
    }

    @Test func entriesAreNamedByTheBeginningOfTheirID() async throws {
        let province = try await conflict()
        let id = try #require(try province.client("LIW").conflicts().first?.id.description)
        #expect(try await province.run("LIW", ["conflicts", "show", String(id.prefix(8))]).status == .done)
        #expect(try await province.run("LIW", ["conflicts", "show", id]).status == .done)
        for wrong in ["7", "ffffffff00", "LIW-22-9", "", "x"] {
            let result = try await province.run("LIW", ["conflicts", "show", wrong])
            #expect(result.status == .noInput, "\(wrong)")
            #expect(result.errors.contains("sambung conflicts"))
        }
    }
}
