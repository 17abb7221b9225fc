import CommandFrame
import Foundation
import OfflineClient
import SyncProtocol
import Testing

@testable import OperatorCommands

@Suite struct IntakeTests {
    @Test func fieldsAreStoredAsTheSchemaHasThem() async throws {
        let province = try Province()
        let made = try await province.done(
            "LIW", "new", "--title", "Pasien perlu BPJS", "--category", "kesehatan", "--region", "lampung barat",
            "--phone",
            "(0721) 481-107", "--class", "permohonan informasi", "--received", "31/12/2021 08.30", "--confidential",
            "pekerjaan_pelapor=petani", "event_date=kemarin")
        let record = try province.record("LIW", "LIW-22-000001")
        #expect(made["ticket"] as? String == "LIW-22-000001")
        #expect(made["id"] as? String == record.id.description)
        #expect(made["sync"] as? String == "pending")
        let expected: [String: Value] = [
            "title": .text("Pasien perlu BPJS"), "category": .text("health"), "region": .text("18.04"),
            "reporter_phone": .text("+62721481107"), "reporter_phone_typed": .text("(0721) 481-107"),
            "class": .text("information"), "channel": .text("phone"), "status": .text("received"),
            "received_at": .dateTime(1_640_914_200_000), "office": .text("LIW"), "operator": .text("tester LIW"),
            "confidential": .bool(true), "reporter_profession": .text("petani"), "event_date": .text("2021-12-31"),
        ]
        for (field, value) in expected { #expect(record[field] == value, "\(field)") }
    }

    @Test func aPhoneThatCannotBeReadIsKeptAsTypedWithAWarning() async throws {
        let province = try Province()
        let made = try await province.done("LIW", "new", "--title", "x", "--phone", "nomor tetangga", "--nik", "123")
        #expect((made["warnings"] as? [String])?.count == 2)
        let record = try province.record("LIW", "LIW-22-000001")
        #expect(record["reporter_phone"] == .null)
        #expect(record["reporter_phone_typed"] == .text("nomor tetangga"))
        #expect(record["reporter_nik"] == .text("123"))
    }

    @Test func theSameTelephoneNumberIsPointedOut() async throws {
        let province = try Province()
        try await province.done("LIW", "new", "--title", "x", "--phone", "0811 790 5000")
        let second = try await province.done("LIW", "new", "--title", "y", "--phone", "+62 811-790-5000")
        #expect((second["warnings"] as? [String])?.first?.contains("LIW-22-000001") == true)
    }

    @Test func theNarrativeOfAChatComesFromTheInput() async throws {
        let province = try Province()
        let chat = ["[27/06/22 14.05] Ibu Siti: 🙏 mohon bantuan", "", "- BPJS tidak aktif"]
        let result = try await province.run("LIW", ["new", "--title", "x", "--narrative", "-"], answers: chat)
        #expect(result.status == .done)
        #expect(try province.record("LIW", "LIW-22-000001")["narrative"] == .text(chat.joined(separator: "\n")))
    }

    @Test func nothingIsWrittenWhereAValueCannotBeUsed() async throws {
        let province = try Province()
        let wrong: [([String], String)] = [
            ([], "title-missing"), (["--title", "x", "--category", "helth"], "unknown-category"),
            (["--title", "x", "--channel", "fax"], "unknown-channel"),
            (["--title", "x", "--received", "32/13/2021"], "not-accepted"),
            (["--title", "x", "--received", "27/06/2062"], "in-the-future"), (["--title", "  "], "title-missing"),
            (["--title", "x", "titel=y"], "unknown-field"), (["--title", "x", "place"], "not-a-pair"),
            (["--title", "x", "status=closed"], "not-editable"), (["--title", "x", "anonymous=maybe"], "yes-or-no"),
        ]
        for (arguments, kind) in wrong {
            let result = try await province.run("LIW", ["new", "--json"] + arguments)
            #expect(result.status == .usage, "\(arguments)")
            #expect(result.error["kind"] as? String == kind, "\(arguments)")
        }
        #expect(try province.count("LIW") == 0)
        let suggestion = try await province.run(
            "LIW", ["new", "--title", "x", "--category", "helth"], language: "id_ID")
        #expect(suggestion.errors.contains("Maksud Anda 'health'?"))
    }

    // MARK: Ticket numbers

    @Test func twoDevicesNeverGiveTheSameTicket() async throws {
        let province = try Province()
        var tickets: [String] = []
        for _ in 0..<3 {
            for office in ["LIW", "KOT"] { tickets.append(try await province.newCase(office)) }
        }
        #expect(Set(tickets).count == 6)
        #expect(
            tickets.filter { $0.hasPrefix("LIW-22-") }.sorted() == ["LIW-22-000001", "LIW-22-000002", "LIW-22-000003"])
    }

    @Test func commandsAtTheSameTimeGetTicketsOfTheirOwn() async throws {
        let province = try Province()
        try province.client("LIW").close()
        let tickets = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<12 { group.addTask { try await province.newCase("LIW") } }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(tickets.count == 12)
    }

    @Test func aDeletedCaseKeepsItsNumber() async throws {
        let province = try Province()
        let first = try await province.newCase("LIW")
        try await province.done("LIW", "delete", first)
        #expect(try await province.newCase("LIW") == "LIW-22-000002")
        try await province.done("LIW", "undo")
        #expect(try await province.newCase("LIW") == "LIW-22-000003")
    }

    @Test func theSeriesBeginsAnewWithTheYearInWIB() async throws {
        let province = try Province()
        #expect(try await province.newCase("LIW") == "LIW-22-000001")
        province.advance(minutes: 365 * 24 * 60 - 8 * 60)
        #expect(try await province.newCase("LIW") == "LIW-22-000002")
        province.advance(minutes: 61)
        #expect(try await province.newCase("LIW") == "LIW-23-000001")
    }
}
