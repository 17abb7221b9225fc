import ArgumentParser
import CommandFrame
import OfflineClient
import SyncProtocol

struct EditCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            "edit", alias: "ubah",
            says: Words(id: "Ubah isian kasus.", en: "Change fields of a case."),
            more: Words(
                id: "Nilai kosong menghapus isian. Status, instansi dan tanggapan punya perintahnya sendiri.",
                en: "An empty value clears a field. Status, agency and answer have commands of their own."),
            examples: [
                Example(
                    Words(
                        id: "sambung ubah 123 --category kesehatan --urgency mendesak",
                        en: "sambung edit 123 --category health --urgency urgent"),
                    id: "Ubah dua isian kasus …-000123.", en: "Change two fields of case …-000123."),
                Example(
                    Words(
                        id: "sambung ubah LIW-26-000123 lokasi=\"Pasar Liwa\" terlapor=",
                        en: "sambung edit LIW-26-000123 place=\"Liwa market\" reported_party="),
                    id: "Isian apa pun; yang kosong dihapus.", en: "Any field; an empty one is cleared."),
            ])
    }

    @OptionGroup var target: CaseArgument
    @Argument(
        help: .words(
            id: "Isian dan nilainya.", en: "Fields and their values.",
            valueName: say(id: "isian=nilai", en: "field=value")))
    var pairs: [String] = []
    @OptionGroup(title: CaseOptions.title) var fields: CaseOptions
    @OptionGroup(title: DatabaseOptions.title) var options: DatabaseOptions

    func run() throws {
        let workplace = try Workplace(options)
        let record = try workplace.findCase(target.reference)
        var input = FieldInput(workplace)
        try fields.fill(&input)
        for pair in pairs { try input.add(pair: pair) }
        let values = input.values
        guard !values.isEmpty else {
            throw CommandError.usage(
                "nothing-to-edit", id: "Tidak ada isian yang diberikan.", en: "No field was given.",
                advice: Words(id: "Lihat: sambung ubah --help", en: "See: sambung edit --help"))
        }
        let changed = try workplace.write { transaction in
            guard let current = try transaction.read("cases", record.id) else { return [String]() }
            let changed = values.filter { current[$0.key] != $0.value }.keys.sorted()
            try transaction.update("cases", record.id, values)
            return changed
        }
        try Outcome(
            ticket: record.ticket, id: record.id, action: changed.isEmpty ? "unchanged" : "edited",
            message: Self.message(record.ticket, changed),
            next: changed.isEmpty
                ? []
                : [
                    Words(id: "lihat \(record.ticket)", en: "show \(record.ticket)"), Words(id: "batal", en: "undo"),
                ],
            warnings: input.warnings, members: [("changed", .array(changed.map { .string($0) }))]
        ).show(in: workplace)
    }

    private static func message(_ ticket: String, _ changed: [String]) -> Words {
        if changed.isEmpty {
            return Words(id: "Kasus \(ticket) sudah seperti itu.", en: "Case \(ticket) is like that already.")
        }
        let list = CaseColumns.list(changed)
        return Words(id: "Kasus \(ticket) diubah: \(list.id).", en: "Case \(ticket) is changed: \(list.en).")
    }
}

extension Record {
    /// The ticket of a case, or its id where it has none.
    var ticket: String { self["ticket"].text ?? id.description }
    /// The state of a case.
    var status: String { self["status"].text ?? "" }
}
