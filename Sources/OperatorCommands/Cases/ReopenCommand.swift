import ArgumentParser
import CallCenter
import CommandFrame
import OfflineClient
import SyncProtocol

struct ReopenCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            "reopen", alias: "buka-kembali",
            says: Words(id: "Buka kembali kasus yang sudah ditutup.", en: "Take up a closed case again."),
            examples: [
                Example(
                    Words(
                        id: "sambung buka-kembali 123 --note \"Pelapor belum puas\"",
                        en: "sambung reopen 123 --note \"The reporter is not satisfied\""),
                    id: "Dengan catatan mengapa.", en: "With a note that says why.")
            ])
    }

    @OptionGroup var target: CaseArgument
    @Option(help: .words(id: "Mengapa.", en: "Why.", valueName: say(id: "teks", en: "text")))
    var note: String?
    @OptionGroup(title: DatabaseOptions.title) var options: DatabaseOptions

    func run() throws {
        let workplace = try Workplace(options)
        let record = try workplace.findCase(target.reference)
        try CaseMove.write(record.id, in: workplace) { try $0.move(to: .reopened, note: note) }
        try Outcome(
            ticket: record.ticket, id: record.id, action: "reopened",
            message: Words(id: "Kasus \(record.ticket) dibuka kembali.", en: "Case \(record.ticket) is reopened."),
            next: [Words(id: "disposisi \(record.ticket) INSTANSI", en: "assign \(record.ticket) AGENCY")],
            members: [("status", .string(CaseStatus.reopened.rawValue))]
        ).show(in: workplace)
    }
}
