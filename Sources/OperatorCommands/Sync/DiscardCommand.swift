import ArgumentParser
import CommandFrame
import OfflineClient

struct DiscardCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            "discard", alias: "buang",
            says: Words(
                id: "Buang yang ditolak pusat dari satu kasus; kasus kembali seperti di pusat.",
                en: "Give up what the centre refused of a case; it stands again as at the centre."),
            more: Words(
                id: "Ini tidak dapat dibatalkan. Kasus yang pembuatannya ditolak hilang dari perangkat ini.",
                en: "This can't be undone. A case whose making was refused vanishes from this device."),
            examples: [
                Example(
                    Words(id: "sambung buang 123", en: "sambung discard 123"),
                    id: "Setelah bertanya.", en: "After asking."),
                Example(
                    Words(id: "sambung buang 123 --yes", en: "sambung discard 123 --yes"),
                    id: "Tanpa bertanya.", en: "Without asking."),
            ])
    }

    @OptionGroup var target: CaseArgument
    @Flag(help: .words(id: "Jangan bertanya, buang saja.", en: "Do not ask, do it."))
    var yes = false
    @OptionGroup(title: DatabaseOptions.title) var options: DatabaseOptions

    func run() throws {
        let workplace = try Workplace(options)
        let record = try workplace.findCase(target.reference, includingDeleted: true)
        let refused = try RefusedCases(workplace)
        let records = try refused.records(of: record.id)
        let console = workplace.console
        if !yes {
            guard console.canAsk else { throw Self.needsAnswer }
            for item in refused.items where item.caseID == record.id {
                console.note(VisibleText.line(RefusedCases.words(item).text(in: console.speech)))
            }
            let question = Words(
                id: "Buang yang ditolak dari kasus \(record.ticket)?",
                en: "Give up what was refused of case \(record.ticket)?")
            guard console.confirms(question) ?? false else {
                console.note(say(id: "Tidak ada yang dibuang.", en: "Nothing was given up."))
                return
            }
        }
        // The latest first: a note goes before the case that it stands on.
        for id in records.reversed() { try workplace.client.discard(id, operator: workplace.operatorName) }
        try Outcome(
            ticket: record.ticket, id: record.id, action: "discarded",
            message: Words(
                id: "Kasus \(record.ticket): yang ditolak sudah dibuang.",
                en: "Case \(record.ticket): what was refused is given up."),
            members: [("records", .number(records.count))]
        ).show(in: workplace)
    }

    private static let needsAnswer = CommandError.usage(
        "needs-answer", id: "Perintah ini perlu persetujuan.", en: "This command needs a yes.",
        advice: Words(id: "Tambahkan --yes.", en: "Add --yes."))
}
