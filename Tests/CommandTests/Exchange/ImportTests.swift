import CommandFrame
import OfflineClient
import SyncProtocol
import Testing

@testable import OperatorCommands

@Suite("Import", .ownThread)
struct ImportTests {
    private static let head = "title,class,channel,region\n"

    @Test func newCasesGetTicketsOfThisDeviceInTurn() async throws {
        let province = try Province()
        let file = try province.file(
            "a.csv", Self.head + "Satu,aspirasi,telepon,Kab. Lampung Barat\nDua,complaint,walk-in,18.71\n")
        let first = try await province.run("LIW", ["import", file])
        #expect(first.status == .done, "\(first.errors)")
        #expect(try province.count("LIW", "ticket = 'LIW-22-000001' AND region = '18.04' AND office = 'LIW'") == 1)
        #expect(
            try province.count("LIW", "ticket = 'LIW-22-000002' AND channel = 'walk_in' AND status = 'received'") == 1)
        // A later one does not take the number of a deleted case.
        #expect(try await province.run("LIW", ["delete", "LIW-22-000002"]).status == .done)
        let more = try province.file("b.csv", Self.head + "Tiga,aspiration,sms,\n")
        #expect(try await province.run("LIW", ["import", more]).status == .done)
        #expect(try province.count("LIW", "ticket = 'LIW-22-000003'") == 1)
    }

    @Test func theSameFileTwiceMakesNothingTwice() async throws {
        let province = try Province()
        let file = try province.file(
            "a.csv", Self.head + "Sama,aspirasi,web,\nSama,aspirasi,web,\nLain,aspirasi,web,\n")
        #expect(try await province.run("LIW", ["import", file]).status == .done)
        #expect(try province.count("LIW") == 3)
        province.advance(minutes: 60)
        let again = try await province.run("LIW", ["import", file, "--json"])
        #expect(again.status == .done, "\(again.errors)")
        #expect(again.output.contains("\"unchanged\":3"))
        #expect(try province.count("LIW") == 3)
        // An edit after the import is not written over by importing again.
        #expect(try await province.run("LIW", ["edit", "LIW-22-000003", "--title", "Diubah"]).status == .done)
        let late = try await province.run("LIW", ["import", file, "--update"])
        #expect(late.status == .badData)
        #expect(late.errors.contains("was changed since"))
        #expect(try province.count("LIW", "title = 'Diubah'") == 1)
    }

    @Test func columnsMayBeIndonesianInAnyOrder() async throws {
        let province = try Province()
        let text =
            "\u{FEFF}Diterima pada;Judul;JENIS;saluran;Bidang;Telepon Pelapor;rahasia;\r\n27/06/2021 14.05;A;pengaduan;tatap muka;kesehatan;0811 790 5000;ya;\r\n"
        let result = try await province.run(
            "LIW", ["impor", try province.file("a.csv", text)], language: "id_ID.UTF-8")
        #expect(result.status == .done, "\(result.errors)")
        #expect(result.output.contains("1 kasus dibuat"))
        #expect(
            try province.count(
                "LIW",
                """
                received_at = 1624777500000 AND class = 'complaint' AND channel = 'walk_in' AND category = 'health'
                AND reporter_phone = '+628117905000' AND reporter_phone_typed = '0811 790 5000' AND confidential = 1
                """) == 1)
    }

    @Test(arguments: [
        ("title,class\nA,aspirasi\n", 2, "channel", "missing"), (head + "A,B,web,\n", 2, "class", "not-allowed"),
        (head + "A,aspirasi,web,Atlantis\n", 2, "region", "unknown-code"),
        (head + "A,aspirasi,web,,extra\n", 2, nil, "too-many-cells"), (head + "A,aspirasi\n", 2, nil, "too-few-cells"),
        ("title,class,channel,received_at\nA,aspirasi,web,31/02/2021\n", 2, "received_at", "wrong-type"),
        ("title,class,channel,received_at\nA,aspirasi,web,27/06/2999\n", 2, "received_at", "in-the-future"),
        ("title,class,channel\n\"  \",aspirasi,web\n", 2, "title", "missing"),
        ("title,class,channel,reporter_phone\nA,aspirasi,web,rahasia123\n", 2, "reporter_phone", "not-a-phone"),
        ("title,class,channel,tiket\nA,aspirasi,web,2021/45\n", 2, "tiket", "not-a-ticket"),
        ("title,class,channel,anonymous\nA,aspirasi,web,maybe\n", 2, "anonymous", "wrong-type"),
        ("id,title,class,channel\nxyz,A,aspirasi,web\n", 2, "id", "wrong-type"),
        ("title,class,channel,ticket\nA,aspirasi,web,LIW-20-1\nB,aspirasi,web,LIW-20-1\n", 3, nil, "repeated"),
        (
            "{\"id\":\"0176ba9f-9e7e-7c73-98eb-e19f7a0974da\",\"fields\":{\"status\":\"closed\"}}\n", 1, nil,
            "no-such-case"
        ),
        ("{\"title\":\"A\",\"class\":\"aspiration\",\"channel\":\"web\"}\n[1]\n", 2, nil, "not-an-object"),
        ("{\"title\":5,\"class\":\"aspiration\",\"channel\":\"web\"}\n", 1, "title", "wrong-type"),
        ("{\"titel\":\"A\",\"class\":\"aspiration\",\"channel\":\"web\"}\n", 1, "titel", "unknown-field"),
    ])
    func aBadRowIsNamedAndNothingIsWritten(text: String, line: Int, column: String?, reason: String) async throws {
        let province = try Province()
        let file = try province.file("a.txt", text)
        for options in [["--json"], ["--json", "--dry-run"]] {
            let result = try await province.run("LIW", ["import", file] + options)
            #expect(result.status == .badData)
            let place = "{\"line\":\(line),\"column\":\(column.map { "\"\($0)\"" } ?? "null"),\"reason\":\"\(reason)\""
            #expect(result.errors.contains(place), "\(result.errors)")
            #expect(!result.errors.contains("rahasia123"))
            #expect(try province.count("LIW") == 0)
            #expect(try province.client("LIW").status().pending == 0)
        }
    }

    @Test(arguments: [
        ("", "empty"), ("titel,class\n", "unknown-column"), ("title,judul\n", "repeated-column"),
        (head + "A,\"aspirasi,web,\n", "open-quote"), ("[{\"title\":\"A\"}]", "json-array"),
        ("PK\u{3}\u{4}", "workbook"),
    ])
    func aFileThatIsNoneIsRefusedWhole(text: String, reason: String) async throws {
        let province = try Province()
        let result = try await province.run(
            "LIW", ["import", try province.file("a.csv", text), "--json", "--skip-bad-rows"])
        #expect(result.status == .badData)
        #expect(result.errors.contains("\"reason\":\"\(reason)\""), "\(result.errors)")
        #expect(try province.count("LIW") == 0)
    }

    @Test func oneBadRowOfManyStopsAllButWhereSaid() async throws {
        let province = try Province()
        let rows = (1...300).map { "Kasus \($0),aspirasi,\($0 == 200 ? "telex" : "web"),18.04" }
        let file = try province.file("a.csv", Self.head + rows.joined(separator: "\n"))
        let refused = try await province.run("LIW", ["import", file])
        #expect(refused.status == .badData)
        #expect(refused.errors.contains("line 201, column channel"))
        #expect(try province.count("LIW") == 0)
        let skipped = try await province.run("LIW", ["import", file, "--skip-bad-rows"])
        #expect(skipped.status == .done)
        #expect(skipped.output.contains("299 case(s) made, 1 bad rows left out."))
        #expect(try province.count("LIW") == 299)
        // One action, so one undo takes all of it back.
        #expect(try await province.run("LIW", ["undo"]).status == .done)
        #expect(try province.count("LIW") == 0)
    }

    @Test func aDryRunShowsAndWritesNothing() async throws {
        let province = try Province()
        let file = try province.file("a.csv", Self.head + "A,aspirasi,web,\n")
        let result = try await province.run("LIW", ["import", file, "--dry-run"])
        #expect(result.status == .done)
        #expect(result.output.contains("1 case(s) would be made"))
        #expect(try province.count("LIW") == 0)
        #expect(try province.client("LIW").status().pending == 0)
    }

    @Test func aCaseThatIsHereIsChangedOnlyOnRequest() async throws {
        let province = try Province()
        let first = try province.file("a.csv", "ticket,title,class,channel\nLIW-20-1,Lama,aspirasi,web\n")
        #expect(try await province.run("LIW", ["import", first]).status == .done)
        let second = try province.file("b.csv", "ticket,title,urgency\nliw-20-000001,Baru,\n")
        let refused = try await province.run("LIW", ["import", second, "--json"])
        #expect(refused.status == .badData)
        #expect(refused.errors.contains("\"reason\":\"duplicate\""))
        #expect(try province.count("LIW", "title = 'Lama'") == 1)
        let updated = try await province.run("LIW", ["import", second, "--update"])
        #expect(updated.status == .done, "\(updated.errors)")
        #expect(updated.output.contains("1 case(s) changed."))
        #expect(try province.count("LIW", "title = 'Baru' AND channel = 'web'") == 1)
    }

    @Test func aMissingFileIsTold() async throws {
        let province = try Province()
        let result = try await province.run("LIW", ["import", province.path("none.csv")])
        #expect(result.status == .noInput)
        #expect(result.errors.contains("Nothing was written"))
    }

    @Test func officesTakeTheirOwnCasesOfTheDemoWithIdsAndTimes() async throws {
        let province = try Province()
        let creates = try Province.demoData("creates.ndjson")
        let file = try province.file("creates.ndjson", creates)
        var total: Int64 = 0
        for (index, office) in ["LPG", "KLA", "GNS"].enumerated() {
            let result = try await province.run(office, ["import", file, "--only-office", "\(index)", "--json"])
            #expect(result.status == .done, "\(result.errors)")
            total += try province.count(office)
            let lines = creates.split(separator: "\n").filter { $0.contains("\"office\":\(index),") }
            #expect(try province.count(office) == lines.count)
        }
        #expect(total > 0)
        #expect(
            try province.count(
                "GNS",
                "hex(id) = '0176BA9F9E7E7C7398EBE19F7A0974DA' AND received_at = 1609448791678 AND entered_at = 1609448791678"
            ) == 1)
        let edits = try province.file("edits.ndjson", Province.demoData("edits.ndjson"))
        let edited = try await province.run("LPG", ["import", edits, "--update", "--only-office", "0", "--json"])
        #expect(edited.status == .done || edited.errors.contains("no-such-case"), "\(edited.errors)")
    }
}
