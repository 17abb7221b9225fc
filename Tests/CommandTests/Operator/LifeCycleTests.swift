import CommandFrame
import OfflineClient
import SyncProtocol
import Testing

@testable import OperatorCommands

@Suite(.ownThread) struct LifeCycleCommandTests {
    @Test func aCaseGoesFromIntakeToItsEndAndBack() async throws {
        let province = try Province()
        let ticket = try await province.newCase("LIW")
        try await province.done("LIW", "disposisi", "1", "dinsos", "--note", "Mohon surat")
        #expect(try province.record("LIW", ticket)["agency"] == .text("DINSOS"))
        #expect(try province.record("LIW", ticket)["verified_by"] == .text("tester LIW"))
        try await province.done("LIW", "catat", "1", "Surat ada", "--kind", "tindak lanjut")
        #expect(try province.record("LIW", ticket).status == "in_process")
        try await province.done("LIW", "note", "1", "Tunggu KTP", "--status", "tunda")
        #expect(try province.record("LIW", ticket).status == "on_hold")
        try await province.done("LIW", "jawab", "1", "Kartu aktif")
        try await province.done("LIW", "tutup", "1", "--reason", "sudah ditanggapi")
        let closed = try province.record("LIW", ticket)
        #expect(closed.status == "closed")
        #expect(closed["closing_reason"] == .text("answered"))
        #expect(closed["closed_at"].moment != nil)
        try await province.done("LIW", "buka-kembali", "1", "--note", "Belum puas")
        let reopened = try province.record("LIW", ticket)
        #expect(reopened.status == "reopened")
        #expect(reopened["closing_reason"] == .null)
        #expect(reopened["closed_at"] == .null)
        #expect(try province.rows("LIW", "status_change") == 6)
        #expect(try province.rows("LIW", "disposition") == 1)
        #expect(try province.rows("LIW", "note") == 2)
    }

    @Test func movesThatTheLifeCycleForbidsWriteNothing() async throws {
        let province = try Province()
        let ticket = try await province.newCase("LIW")
        let wrong: [[String]] = [
            ["reopen", ticket], ["close", ticket], ["close", ticket, "--reason", "answered"],
            ["note", ticket, "x", "--status", "in process"], ["note", ticket, "x", "--status", "closed"],
            ["answer", ticket, ""], ["note", ticket, ""], ["assign", ticket],
            ["assign", ticket, "DINKES", "--body", "BPJS"],
            ["assign", ticket, "NOWHERE"], ["close", ticket, "--reason", "duplicate", "--duplicate-of", ticket],
        ]
        for arguments in wrong {
            let result = try await province.run("LIW", arguments)
            #expect(result.status == .usage, "\(arguments): \(result.output)")
        }
        #expect(try province.record("LIW", ticket).status == "received")
        for child in ["note", "status_change", "disposition"] { #expect(try province.rows("LIW", child) == 0) }
    }

    @Test func passingOnAForwardedCaseIsADispositionAndNoMove() async throws {
        let province = try Province()
        let ticket = try await province.newCase("LIW")
        try await province.done("LIW", "assign", ticket, "DINKES")
        try await province.done("LIW", "assign", ticket, "DINSOS")
        #expect(try province.record("LIW", ticket)["agency"] == .text("DINSOS"))
        #expect(try province.rows("LIW", "disposition") == 2)
        #expect(try province.rows("LIW", "status_change") == 1)
        try await province.done("LIW", "assign", ticket, "--body", "BPJS Kesehatan")
        #expect(try province.record("LIW", ticket)["agency"] == .text("DINSOS"))
        #expect(try province.rows("LIW", "disposition") == 3)
    }

    @Test func anAnswerCanBeCorrected() async throws {
        let province = try Province()
        let ticket = try await province.newCase("LIW")
        try await province.done("LIW", "answer", ticket, "Kartu aktif")
        try await province.done("LIW", "answer", ticket, "Kartu aktif mulai Juli")
        #expect(try province.record("LIW", ticket)["answer"] == .text("Kartu aktif mulai Juli"))
        #expect(try province.rows("LIW", "status_change") == 1)
    }

    @Test func aDuplicateNamesItsOriginal() async throws {
        let province = try Province()
        let original = try await province.newCase("LIW")
        let duplicate = try await province.newCase("LIW")
        try await province.done("LIW", "close", duplicate, "--reason", "ganda", "--duplicate-of", original)
        let record = try province.record("LIW", duplicate)
        #expect(record["duplicate_of"].recordID == (try province.record("LIW", original)).id)
        let page = try await province.run("LIW", ["show", duplicate])
        #expect(page.output.contains(original))
    }

    // MARK: Undo

    @Test func undoTakesBackWholeActionsOneAfterAnother() async throws {
        let province = try Province()
        let ticket = try await province.newCase("LIW")
        try await province.done("LIW", "edit", ticket, "place=Liwa", "--urgency", "urgent")
        try await province.done("LIW", "assign", ticket, "DINKES")
        let undone = try await province.done("LIW", "batal")
        #expect((undone["records"] as? [[String: Any]])?.count == 3)
        let record = try province.record("LIW", ticket)
        #expect(record.status == "received")
        #expect(record["agency"] == .null)
        #expect(try province.rows("LIW", "disposition") == 0)
        try await province.done("LIW", "undo")
        #expect(try province.record("LIW", ticket)["place"] == .null)
        try await province.done("LIW", "undo")
        #expect(try province.count("LIW") == 0)
        #expect(try await province.failure("LIW", .noInput, "undo") == "nothing-to-undo")
    }

    @Test func whatSomebodyElseChangedSinceIsNotUndone() async throws {
        let province = try Province()
        let ticket = try await province.newCase("LIW")
        try province.sync("LIW")
        try province.client("KOT").close()
        try await province.done("LIW", "edit", ticket, "place=Liwa")
        try province.sync("LIW")
        try province.sync("KOT")
        province.advance(minutes: 1)
        try await province.done("KOT", "edit", ticket, "place=Kota Agung")
        try province.sync("KOT")
        try province.sync("LIW")
        #expect(try await province.failure("LIW", .temporary, "undo") == "changed-since")
        #expect(try province.record("LIW", ticket)["place"] == .text("Kota Agung"))
    }

    @Test func aDeletedCaseComesBackWhole() async throws {
        let province = try Province()
        let ticket = try await province.newCase("LIW", "--phone", "0811 790 5000")
        let before = try province.record("LIW", ticket)
        try await province.done("LIW", "hapus", "1")
        #expect(try await province.failure("LIW", .usage, "edit", ticket, "place=x") == "deleted-case")
        #expect(((try await province.done("LIW", "list", "--deleted"))["cases"] as? [[String: Any]])?.count == 1)
        #expect((try await province.done("LIW", "show", "1"))["deleted"] as? Bool == true)
        try await province.done("LIW", "pulihkan", "1")
        #expect(try province.record("LIW", ticket).fields == before.fields)
        #expect(try await province.failure("LIW", .usage, "undelete", ticket) == "not-deleted")
    }
}
