import ArgumentParser
import CallCenter
import CommandFrame
import OfflineClient
import SyncProtocol

struct RestoreConflictCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            "restore", alias: "kembalikan",
            says: Words(
                id: "Tulis kembali nilai yang kalah dan tutup bentroknya.",
                en: "Write the losing value back and close the conflict."),
            more: Words(
                id: """
                    Nilai itu ditulis sebagai perubahan baru. Bila isiannya sudah diubah lagi sejak bentrok dicatat, \
                    Anda ditanya dahulu; --even-if-changed menjawab ya.
                    """,
                en: """
                    The value is written as a new change. Where the field was changed again since the conflict was \
                    noted you are asked first; --even-if-changed says yes.
                    """),
            examples: [
                Example(
                    Words(id: "sambung bentrok kembalikan 1", en: "sambung conflicts restore 1"),
                    id: "Kembalikan nilai yang kalah dari bentrok nomor 1.",
                    en: "Restore the losing value of number 1.")
            ])
    }

    @OptionGroup var target: ConflictArgument
    @Flag(
        help: .words(
            id: "Juga bila isiannya sudah diubah lagi sejak itu.", en: "Also where the field was changed again since."))
    var evenIfChanged = false
    @OptionGroup(title: DatabaseOptions.title) var options: DatabaseOptions

    func run() throws {
        let workplace = try Workplace(options)
        let item = try ConflictBook(workplace).find(target.reference)
        do {
            try workplace.client.restore(
                item.entry.id, operator: workplace.operatorName, evenIfChanged: evenIfChanged)
        } catch ClientError.changedSince(_, let fields) {
            guard try confirms(item, fields, workplace) else { return }
            try workplace.client.restore(item.entry.id, operator: workplace.operatorName, evenIfChanged: true)
        }
        try Decision(item, workplace).show(
            "restored",
            Words(id: "Nilai yang kalah ditulis kembali", en: "The losing value is written back"))
    }

    /// Explains what was changed, and asks.
    private func confirms(_ item: ConflictBook.Item, _ fields: [String], _ workplace: Workplace) throws -> Bool {
        let values = try ConflictValues(workplace, reveals: false)
        let console = workplace.console
        let changes = fields.map { field in
            let now = field == "deleted" ? Value.bool(item.record?.isDeleted ?? false) : item.record?[field]
            return "\(values.label(field)): \(VisibleText.line(values.text(now, of: field, in: item)))"
        }.joined(separator: "; ")
        let explanation = Words(
            id: "Isian ini sudah diubah lagi sejak bentrok dicatat (sekarang \(changes)).",
            en: "This was changed again since the conflict was noted (now \(changes)).")
        if !console.isJSON, console.canAsk {
            console.note(explanation.text)
            let question = Words(id: "Tetap tulis nilai yang kalah?", en: "Write the losing value all the same?")
            if console.confirms(question) == true { return true }
            console.note(say(id: "Tidak ada yang ditulis.", en: "Nothing was written."))
            return false
        }
        throw CommandError(
            .temporary, "changed-since", id: explanation.id + " Tidak ada yang ditulis.",
            en: explanation.en + " Nothing was written.",
            advice: Words(
                id: "Untuk tetap menulisnya: sambung bentrok kembalikan \(item.shortID) --even-if-changed",
                en: "To write it all the same: sambung conflicts restore \(item.shortID) --even-if-changed"),
            details: ["fields": .array(fields.map { .string($0) })])
    }
}

struct AcceptConflictCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            "accept", alias: "terima",
            says: Words(
                id: "Biarkan nilai yang menang dan tutup bentroknya.",
                en: "Let the winning value stand and close the conflict."),
            examples: [
                Example(
                    Words(id: "sambung bentrok terima 1", en: "sambung conflicts accept 1"),
                    id: "Terima nilai yang menang dari bentrok nomor 1.", en: "Accept the winning value of number 1.")
            ])
    }

    @OptionGroup var target: ConflictArgument
    @OptionGroup(title: DatabaseOptions.title) var options: DatabaseOptions

    func run() throws {
        let workplace = try Workplace(options)
        let item = try ConflictBook(workplace).find(target.reference)
        try workplace.client.accept(item.entry.id, operator: workplace.operatorName)
        try Decision(item, workplace).show(
            "accepted", Words(id: "Nilai yang menang diterima", en: "The winning value stands"))
    }
}

/// Tells what was decided and what comes next.
private struct Decision {
    private let item: ConflictBook.Item
    private let workplace: Workplace

    init(_ item: ConflictBook.Item, _ workplace: Workplace) {
        self.item = item
        self.workplace = workplace
    }

    func show(_ action: String, _ message: Words) throws {
        let console = workplace.console
        let status = try workplace.client.status()
        let names = item.entry.fields(in: workplace.client.schema)
        if console.isJSON {
            console.print([
                "action": .string(action), "conflict": .string(item.entry.id.description),
                "ticket": .text(item.caseRecord?.ticket), "record": .string(item.entry.record.description),
                "fields": .array(names.map { .string($0) }), "open": .number(status.openConflicts),
                "pending": .number(status.pending),
            ])
            return
        }
        let values = try ConflictValues(workplace, reveals: false)
        let labels = names.map { values.label($0) }.joined(separator: ", ")
        console.print(VisibleText.line("\(message.text): \(item.name), \(labels)."))
        let left = status.openConflicts
        console.note(
            say(
                id: "Masih terbuka: \(left). Kirim keputusan dengan: sambung sinkron",
                en: "Still open: \(left). Send the decision with: sambung sync"))
    }
}
