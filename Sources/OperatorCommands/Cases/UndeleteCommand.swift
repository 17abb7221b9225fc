import ArgumentParser
import CommandFrame
import OfflineClient

struct UndeleteCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            "undelete", alias: "pulihkan",
            says: Words(
                id: "Pulihkan kasus yang dihapus, dengan semua isinya.",
                en: "Bring a deleted case back, with all its fields."),
            examples: [
                Example(
                    Words(id: "sambung daftar --deleted", en: "sambung list --deleted"),
                    id: "Kasus apa saja yang dihapus.", en: "Which cases are deleted."),
                Example(
                    Words(id: "sambung pulihkan 123", en: "sambung undelete 123"), id: "Pulihkan kasus …-000123.",
                    en: "Bring case …-000123 back."),
            ])
    }

    @OptionGroup var target: CaseArgument
    @OptionGroup(title: DatabaseOptions.title) var options: DatabaseOptions

    func run() throws {
        let workplace = try Workplace(options)
        let record = try workplace.findCase(target.reference, includingDeleted: true)
        try workplace.write { try $0.undelete("cases", record.id) }
        try Outcome(
            ticket: record.ticket, id: record.id, action: "undeleted",
            message: Words(id: "Kasus \(record.ticket) dipulihkan.", en: "Case \(record.ticket) is back."),
            next: [Words(id: "lihat \(record.ticket)", en: "show \(record.ticket)")]
        ).show(in: workplace)
    }
}
