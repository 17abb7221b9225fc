import CommandFrame
import Foundation
import OfflineClient
import SyncProtocol
import Testing

@testable import OperatorCommands

@Suite(.ownThread) struct FindingTests {
    private func tickets(_ json: [String: Any]) -> [String] {
        (json["cases"] as? [[String: Any]])?.compactMap { $0["ticket"] as? String } ?? []
    }

    @Test func aCaseIsFoundByTicketPartOfItSerialAndID() async throws {
        let province = try Province()
        for _ in 0..<11 { _ = try await province.newCase("LIW") }
        let id = try province.record("LIW", "LIW-22-000001").id.description
        for reference in ["LIW-22-000001", "liw-22-1", "1", "000001", id, id.uppercased(), " liw-22-000001 "] {
            let page = try await province.done("LIW", "show", reference)
            #expect(page["ticket"] as? String == "LIW-22-000001", "\(reference)")
        }
        #expect((try await province.done("LIW", "show", "11"))["ticket"] as? String == "LIW-22-000011")
        let ambiguous = try await province.run("LIW", ["show", "LIW-22", "--json"])
        #expect(ambiguous.status == .usage)
        #expect((ambiguous.error["details"] as? [String: [String]])?["candidates"]?.count == 11)
        for nothing in ["99", "", "%", "_", "\u{0}", "LIW-22-0000010000", String(repeating: "9", count: 10_000)] {
            #expect(
                try await province.failure("LIW", .noInput, "show", nothing) == "no-such-case", "\(nothing.prefix(20))")
        }
    }

    @Test func ofMoreThanTenThousandCasesAListSaysNoNumber() async throws {
        let province = try Province()
        let client = try province.client("LIW")
        func add(_ count: Int, from first: Int) throws {
            try client.write(operator: "o") { transaction in
                for number in first..<first + count {
                    try transaction.insert(
                        "cases",
                        [
                            "ticket": .text("LIW-22-\(number)"), "status": .text("received"),
                            "class": .text("complaint"), "channel": .text("phone"),
                            "received_at": .dateTime(1_640_995_200_000), "office": .text("LIW"),
                            "title": .text("t"),
                        ])
                }
            }
        }
        try add(10_000, from: 1)
        #expect((try await province.done("LIW", "list"))["total"] as? Int == 10_000)
        try add(1, from: 10_001)
        let page = try await province.done("LIW", "list")
        #expect(page["total"] is NSNull && page["shown"] as? Int == 50, "\(page["total"] ?? "")")
        let told = try await province.run("LIW", ["list"], isTerminal: true)
        #expect((told.output + told.errors).contains("50 of more than 10000 cases"))
    }

    @Test func everyFilterKeepsWhatItNames() async throws {
        let province = try Province()
        _ = try await province.newCase("LIW", "--category", "health", "--region", "18.04", "--received", "01/12/2021")
        _ = try await province.newCase(
            "LIW", "--category", "social", "--channel", "whatsapp", "--received", "31/12/2021 23.00")
        _ = try await province.newCase("LIW")
        try await province.done("LIW", "assign", "3", "DINSOS")
        try province.sync("LIW")
        try await province.done("LIW", "edit", "2", "place=x")
        let expected: [([String], [String])] = [
            ([], ["3", "2", "1"]), (["--category", "kesehatan"], ["1"]), (["--region", "18.04"], ["1"]),
            (["--agency", "dinsos"], ["3"]), (["--channel", "WhatsApp"], ["2"]), (["--status", "diteruskan"], ["3"]),
            (["--status", "received", "--status", "forwarded"], ["3", "2", "1"]), (["--office", "KOT"], []),
            (["--from", "31/12/2021"], ["3", "2"]), (["--to", "31/12/2021"], ["2", "1"]),
            (["--from", "2021-12-02", "--to", "2021-12-31"], ["2"]), (["--overdue"], ["1"]), (["--pending"], ["2"]),
            (["--conflict"], []), (["--deleted"], []), (["--limit", "2"], ["3", "2"]),
            (["--limit", "0"], ["3", "2", "1"]),
            (["--sort", "ticket"], ["1", "2", "3"]), (["--sort", "tempo"], ["1", "2", "3"]),
            (["--sort", "status"], ["2", "1", "3"]), (["--sort", "due", "--limit", "1"], ["1"]),
            (["--overdue", "--sort", "ticket"], ["1"]), (["--pending", "--sort", "status"], ["2"]),
        ]
        for (filter, serials) in expected {
            let result = try await province.run("LIW", ["daftar", "--json"] + filter)
            #expect(tickets(result.json) == serials.map { "LIW-22-00000" + $0 }, "\(filter)")
        }
        let limited = try await province.done("LIW", "list", "--limit", "1")
        #expect(limited["total"] as? Int == 3)
        #expect(limited["shown"] as? Int == 1)
        for wrong in [["--limit", "-1"], ["--sort", "colour"], ["--status", "done"], ["--from", "someday"]] {
            #expect(try await province.run("LIW", ["list"] + wrong).status == .usage, "\(wrong)")
        }
    }

    @Test func aSearchFindsWordsAndTelephoneNumbersInAnySpelling() async throws {
        let province = try Province()
        _ = try await province.newCase(
            "LIW", "--title", "Pasien BPJS di Liwa", "--phone", "0811 790 5000", "--reporter", "Siti Aminah")
        _ = try await province.newCase("LIW", "--title", "100% rusak_parah", "--narrative", "jembatan Liwa")
        let expected: [([String], [String])] = [
            (["bpjs"], ["1"]), (["liwa"], ["1", "2"]), (["liwa", "bpjs"], ["1"]), (["jembatan bpjs"], []),
            (["aminah"], ["1"]), (["000002"], ["2"]), (["0811-790-5000"], ["1"]), (["+62 811.790.5000"], ["1"]),
            (["(0811)", "7905000"], ["1"]), (["%"], ["2"]), (["_"], ["2"]), (["a%h"], []), (["\\"], []), (["'"], []),
        ]
        for (words, serials) in expected {
            let result = try await province.run("LIW", ["cari", "--json"] + words)
            #expect(result.status == .done)
            #expect(tickets(result.json).sorted() == serials.map { "LIW-22-00000" + $0 }, "\(words)")
        }
        #expect(try await province.run("LIW", ["search", " "]).status == .usage)
    }

    // MARK: What is shown

    @Test func personalDataIsMaskedUntilItIsAskedFor() async throws {
        let province = try Province()
        let ticket = try await province.newCase(
            "LIW", "--reporter", "Siti Aminah", "--phone", "0811 790 5000", "--nik", "1804014502890001", "--address",
            "Jl. Melati 7", "--narrative", "HP anak: 0812-3456-7890, tgl 27/06/2022 14.05", "--on-behalf-of",
            "Budi Santoso")
        let secrets = ["Aminah", "7905000", "790 5000", "1804014502890001", "Melati", "0812-3456-7890", "Santoso"]
        for format in [[], ["--json"]] {
            let masked = try await province.run("LIW", ["show", ticket] + format)
            for secret in secrets { #expect(!masked.output.contains(secret), "\(secret)") }
            #expect(masked.output.contains("27/06/2022 14.05") || masked.output.contains("27\\/06\\/2022 14.05"))
            let revealed = try await province.run("LIW", ["show", ticket, "--reveal"] + format)
            for secret in ["Aminah", "1804014502890001", "Melati", "0812-3456-7890", "Santoso"] {
                #expect(revealed.output.contains(secret), "\(secret)")
            }
        }
    }

    @Test func aConfidentialCaseHidesItsMatterToo() async throws {
        let province = try Province()
        let ticket = try await province.newCase("LIW", "--confidential", "--narrative", "pungutan liar")
        for arguments in [["show", ticket], ["list"], ["list", "--json"], ["show", ticket, "--json"]] {
            let output = try await province.run("LIW", arguments).output
            #expect(!output.contains("Jalan rusak"), "\(arguments)")
            #expect(!output.contains("pungutan"), "\(arguments)")
        }
        #expect(try await province.run("LIW", ["show", ticket, "--reveal"]).output.contains("pungutan liar"))
    }

    @Test func thePageTellsEverythingThatHappened() async throws {
        let province = try Province()
        let ticket = try await province.newCase("LIW")
        province.advance(minutes: 5)
        try await province.done("LIW", "assign", ticket, "DINSOS", "--note", "Mohon surat")
        province.advance(minutes: 5)
        try await province.done("LIW", "note", ticket, "Sudah dihubungi", "--kind", "tindak lanjut")
        province.advance(minutes: 5)
        try await province.done("LIW", "edit", ticket, "place=Liwa")
        let page = try await province.done("LIW", "show", ticket)
        let kinds = (page["history"] as? [[String: Any]])?.compactMap { $0["event"] as? String } ?? []
        #expect(kinds.first == "created")
        #expect(kinds.last == "edited")
        for kind in ["disposition", "note", "status_change"] { #expect(kinds.contains(kind), "\(kind)") }
        let text = try await province.run("LIW", ["lihat", ticket], language: "id_ID").output
        for part in [
            "Riwayat", "disposisi ke DINSOS – Mohon surat", "tindak lanjut – Sudah dihubungi",
            "status: diterima → diteruskan",
            "Jatuh tempo", "penyelesaian", "Dinas Sosial (DINSOS)", "tester LIW", "07.15",
        ] {
            #expect(text.contains(part), "\(part)")
        }
        let due = page["due"] as? [[String: Any]] ?? []
        #expect(due.contains { $0["stage"] as? String == "first_response" && $0["standing"] as? String == "on_time" })
    }
}
