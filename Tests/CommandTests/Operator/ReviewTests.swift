import CommandFrame
import Foundation
import OfflineClient
import SyncProtocol
import Testing

@testable import OperatorCommands

/// What a device says about itself, and what is done with what the centre refused.
@Suite(.ownThread) struct ReviewTests {
    @Test func statusCountsWhatWaits() async throws {
        let province = try Province()
        _ = try await province.newCase("LIW", "--received", "01/12/2021")
        _ = try await province.newCase("LIW")
        let before = try await province.done("LIW", "status")
        #expect(before["pending"] as? Int == 2)
        #expect(before["open_cases"] as? Int == 2)
        #expect(before["overdue"] as? Int == 1)
        #expect(before["synced"] as? Bool == false)
        try province.sync("LIW")
        let after = try await province.done("LIW", "status")
        #expect(after["pending"] as? Int == 0)
        #expect(after["synced"] as? Bool == true)
        #expect(after["ticket_prefix"] as? String == "LIW")
        let text = try await province.run("LIW", ["status"], language: "id_ID")
        #expect(text.output.contains("Belum terkirim        0"))
        #expect(text.output.contains("ya, pada sinkron terakhir"))
    }

    @Test func whatIsDueTodayIsCounted() async throws {
        let province = try Province()
        // Received on Wednesday, 29 December 2021: to be verified within three working days, by Monday, 3 January 2022.
        _ = try await province.newCase("LIW", "--received", "29/12/2021")
        #expect((try await province.done("LIW", "status"))["due_today"] as? Int == 0)
        province.advance(minutes: 2 * 24 * 60)
        #expect((try await province.done("LIW", "status"))["due_today"] as? Int == 1)
        province.advance(minutes: 24 * 60)
        #expect((try await province.done("LIW", "status"))["overdue"] as? Int == 1)
    }

    /// A case that names a record which does not exist: the centre refuses it.
    private func refused(_ province: Province) async throws -> String {
        let ticket = try await province.newCase("LIW")
        try province.sync("LIW")
        let id = try province.record("LIW", ticket).id
        let client = try province.client("LIW")
        defer { try? client.close() }
        _ = try client.write(operator: "tester") { transaction in
            try transaction.update("cases", id, ["duplicate_of": .bytes(RecordID(high: 1, low: 2).bytes)])
        }
        try province.sync(client)
        #expect(try client.status().refused == 1)
        return ticket
    }

    @Test func aRefusedChangeIsNamedMendedAndSentAgain() async throws {
        let province = try Province()
        let ticket = try await refused(province)
        let status = try await province.done("LIW", "status")
        let refusal = (status["refusals"] as? [[String: Any]])?.first
        #expect(refusal?["ticket"] as? String == ticket)
        #expect(refusal?["reason"] as? String == "unknownReference")
        #expect(refusal?["field"] as? String == "duplicate_of")
        #expect(
            try await province.run("LIW", ["status"], language: "id_ID").output.contains(
                "merujuk catatan yang tidak ada"))
        #expect((try await province.done("LIW", "list", "--pending"))["total"] as? Int == 1)
        try await province.done("LIW", "edit", ticket, "duplicate_of=")
        try await province.done("LIW", "kirim-ulang", ticket)
        try province.sync("LIW")
        #expect((try await province.done("LIW", "status"))["synced"] as? Bool == true)
        #expect(try await province.failure("LIW", .usage, "resend", ticket) == "not-refused")
    }

    @Test func aRefusedChangeIsGivenUpOnlyWithAYes() async throws {
        let province = try Province()
        let ticket = try await refused(province)
        #expect(try await province.failure("LIW", .usage, "discard", ticket) == "needs-answer")
        #expect(try await province.run("LIW", ["discard", ticket, "--no-input"], answers: ["y"]).status == .usage)
        let declined = try await province.run("LIW", ["buang", ticket], answers: ["t"], language: "id_ID")
        #expect(declined.status == .done)
        #expect((try await province.done("LIW", "status"))["refused"] as? Int == 1)
        #expect(try await province.run("LIW", ["buang", ticket], answers: ["ya"], language: "id_ID").status == .done)
        #expect((try await province.done("LIW", "status"))["refused"] as? Int == 0)
        #expect(try province.record("LIW", ticket)["duplicate_of"] == .null)
        #expect(try await province.failure("LIW", .usage, "discard", ticket, "--yes") == "not-refused")
    }

    @Test func aConflictShowsInListPageAndStatus() async throws {
        let province = try Province()
        let ticket = try await province.newCase("LIW")
        try province.sync("LIW")
        try province.sync("KOT")
        try await province.done("LIW", "edit", ticket, "place=Liwa")
        province.advance(minutes: 1)
        try await province.done("KOT", "edit", ticket, "place=Kota Agung")
        for office in ["LIW", "KOT", "LIW"] { try province.sync(office) }
        for office in ["LIW", "KOT"] {
            #expect((try await province.done(office, "status"))["open_conflicts"] as? Int == 1)
            #expect((try await province.done(office, "list", "--conflict"))["total"] as? Int == 1)
            let page = try await province.done(office, "show", ticket)
            #expect(page["in_conflict"] as? Bool == true)
            #expect((page["history"] as? [[String: Any]])?.contains { $0["event"] as? String == "conflict" } == true)
        }
    }
}
