import ArgumentParser
import CommandFrame
import OfflineClient
import SyncProtocol

struct UndoCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            "undo", alias: "batal",
            says: Words(
                id: "Batalkan tindakan terakhir di perangkat ini.", en: "Take back the last action on this device."),
            more: Words(
                id: """
                    Diulang, ia membatalkan tindakan sebelumnya. Juga yang sudah disinkronkan dapat dibatalkan, selama \
                    belum diubah orang lain.
                    """,
                en: """
                    Run again, it takes back the one before. What was synced can be taken back too, as long as nobody \
                    else has changed it.
                    """),
            examples: [
                Example(
                    Words(id: "sambung batal", en: "sambung undo"), id: "Kembalikan nilai sebelumnya.",
                    en: "Give the fields their earlier values.")
            ])
    }

    @OptionGroup(title: DatabaseOptions.title) var options: DatabaseOptions

    func run() throws {
        let workplace = try Workplace(options)
        let action = try workplace.client.undo(operator: workplace.operatorName)
        let pending = try workplace.client.status().pending
        let console = workplace.console
        if console.isJSON {
            console.print([
                "action": "undone",
                "records": .array(
                    try action.records.map { written in
                        [
                            "collection": .string(written.collection), "id": .string(written.record.description),
                            "ticket": .text(try ticket(of: written, workplace)), "deleted": .bool(written.wasCreation),
                            "fields": .array(written.fields.map { .string($0) }),
                        ]
                    }),
                "pending": .number(pending),
            ])
            return
        }
        for written in action.records {
            console.print(VisibleText.line(try line(written, workplace).text(in: console.speech)))
        }
        console.note(
            say(
                id: "Belum terkirim: \(pending) perubahan di perangkat ini.",
                en: "Not sent yet: \(pending) change(s) on this device."))
    }

    private func line(_ written: UndoneAction.Written, _ workplace: Workplace) throws -> Words {
        let ticket = try ticket(of: written, workplace) ?? written.record.description
        let name = CollectionWords.of(written.collection)
        if written.wasCreation {
            return Words(
                id: "Dibatalkan: \(name.id) \(ticket) dihapus.", en: "Undone: \(name.en) \(ticket) is deleted.")
        }
        let list = CaseColumns.list(written.fields)
        return Words(
            id: "Dibatalkan: \(name.id) \(ticket), kembali seperti semula: \(list.id).",
            en: "Undone: \(name.en) \(ticket), as before again: \(list.en).")
    }

    /// The ticket of the case, or of the case that the record belongs to.
    private func ticket(of written: UndoneAction.Written, _ workplace: Workplace) throws -> String? {
        guard let record = try workplace.client.read(written.collection, written.record) else { return nil }
        if written.collection == "cases" { return record.ticket }
        return try record["case_id"].recordID.flatMap { try workplace.client.read("cases", $0) }?.ticket
    }
}

/// The collections by the words that operators use.
enum CollectionWords {
    static func of(_ collection: String) -> Words {
        switch collection {
        case "cases": Words(id: "kasus", en: "case")
        case "note": Words(id: "catatan pada", en: "note on")
        case "disposition": Words(id: "disposisi", en: "disposition of")
        case "status_change": Words(id: "perpindahan status", en: "status change of")
        case "feedback": Words(id: "penilaian atas", en: "feedback on")
        default: Words(id: collection, en: collection)
        }
    }
}
