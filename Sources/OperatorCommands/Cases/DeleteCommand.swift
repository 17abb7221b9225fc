import ArgumentParser
import CommandFrame
import OfflineClient

struct DeleteCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            "delete", alias: "hapus",
            says: Words(
                id: "Hapus kasus; dapat dipulihkan, dan nomornya tidak dipakai lagi.",
                en: "Delete a case; it can be brought back, and its number is not used again."),
            examples: [
                Example(
                    Words(id: "sambung hapus 123", en: "sambung delete 123"), id: "Hapus kasus …-000123.",
                    en: "Delete case …-000123.")
            ])
    }

    @OptionGroup var target: CaseArgument
    @OptionGroup(title: DatabaseOptions.title) var options: DatabaseOptions

    func run() throws {
        let workplace = try Workplace(options)
        let record = try workplace.findCase(target.reference)
        try workplace.write { try $0.delete("cases", record.id) }
        try Outcome(
            ticket: record.ticket, id: record.id, action: "deleted",
            message: Words(id: "Kasus \(record.ticket) dihapus.", en: "Case \(record.ticket) is deleted."),
            next: [Words(id: "pulihkan \(record.ticket)", en: "undelete \(record.ticket)")]
        ).show(in: workplace)
    }
}
