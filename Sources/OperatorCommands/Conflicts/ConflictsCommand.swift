import ArgumentParser
import CallCenter
import CommandFrame
import OfflineClient
import SyncProtocol

struct ConflictsCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            "conflicts", alias: "bentrok",
            says: Words(
                id: "Lihat dan putuskan perubahan yang bentrok.", en: "See and decide changes that are in conflict."),
            more: Words(
                id: """
                    Bila dua kantor mengubah isian yang sama tanpa saling tahu, yang terakhir menang dan yang kalah \
                    disimpan di sini. 'kembalikan' menulis lagi nilai yang kalah, 'terima' membiarkan yang menang; \
                    keduanya disinkronkan. Tanpa kata lain, yang terbuka didaftar.
                    """,
                en: """
                    Where two offices change the same field unaware of each other, the last one wins and the losing one \
                    is kept here. 'restore' writes the losing value back, 'accept' lets the winning one stand; both are \
                    synced. Without a further word the open ones are listed.
                    """),
            examples: [
                Example(
                    Words(id: "sambung bentrok", en: "sambung conflicts"), id: "Daftar yang terbuka.",
                    en: "List the open ones."),
                Example(
                    Words(id: "sambung bentrok lihat 1", en: "sambung conflicts show 1"),
                    id: "Kedua sisi bentrok nomor 1.", en: "Both sides of number 1."),
                Example(
                    Words(
                        id: "sambung bentrok kembalikan LIW-26-000123", en: "sambung conflicts restore LIW-26-000123"),
                    id: "Tulis kembali nilai yang kalah.", en: "Write the losing value back."),
            ],
            subcommands: [
                ListConflictsCommand.self, ShowConflictCommand.self, RestoreConflictCommand.self,
                AcceptConflictCommand.self,
            ], default: ListConflictsCommand.self)
    }
}

/// The conflict that a command works on.
struct ConflictArgument: ParsableArguments {
    @Argument(
        help: .words(
            id: "Nomor dalam daftar, nomor tiket kasusnya, atau awal idnya.",
            en: "Its number in the list, the ticket of its case, or the beginning of its id.",
            valueName: say(id: "bentrok", en: "conflict")))
    var reference: String
}

struct ListConflictsCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            "list", alias: "daftar", says: Words(id: "Daftar bentrok yang terbuka.", en: "List the open conflicts."),
            examples: [
                Example(
                    Words(id: "sambung bentrok daftar --all", en: "sambung conflicts list --all"),
                    id: "Juga yang sudah diputuskan dan yang sekadar info.",
                    en: "Those that are decided, or for information, as well.")
            ])
    }

    @Flag(
        help: .words(
            id: "Juga yang sudah diputuskan dan yang sekadar info.",
            en: "Also those that are decided, or for information."))
    var all = false
    @Flag(help: .words(id: "Tampilkan data pribadi.", en: "Show personal data."))
    var reveal = false
    @OptionGroup(title: DatabaseOptions.title) var options: DatabaseOptions

    func run() throws {
        let workplace = try Workplace(options)
        let console = workplace.console
        let book = try ConflictBook(workplace)
        let values = try ConflictValues(workplace, reveals: reveal)
        let items = all ? book.items : book.open
        if reveal { try workplace.noteShown("\(items.count) conflicts") }
        if console.isJSON {
            let pages = items.map { ConflictPage(item: $0, workplace: workplace, values: values).json }
            console.print([
                "open": .integer(Int64(book.open.count)), "masked": .bool(!reveal), "conflicts": .array(pages),
            ])
            return
        }
        if items.isEmpty {
            console.print(say(id: "Tidak ada bentrok yang terbuka.", en: "No conflict is open."))
            return
        }
        console.print(table(items, values, workplace).text(for: console))
        if !book.open.isEmpty {
            console.note(say(id: "→ sambung bentrok lihat NOMOR", en: "→ sambung conflicts show NUMBER"))
        }
    }

    private func table(_ items: [ConflictBook.Item], _ values: ConflictValues, _ workplace: Workplace) -> Table {
        var columns: [Table.Column] = [
            .init(say(id: "No", en: "No"), rightAligned: true), .init("id"), .init(say(id: "Tiket", en: "Ticket")),
            .init(say(id: "Isian", en: "Field"), elastic: true), .init(say(id: "Kalah", en: "Losing"), elastic: true),
            .init(say(id: "Menang", en: "Winning"), elastic: true), .init(say(id: "Dicatat", en: "Noted")),
        ]
        if all { columns.append(.init(say(id: "Keadaan", en: "State"))) }
        var table = Table(columns)
        for item in items {
            let entry = item.entry
            // The first field that a side wrote, and that differs, says what a group is about.
            let fields = entry.fields(in: workplace.client.schema)
                .filter { entry.losing.values[$0] != entry.winning.values[$0] }
            func field(_ side: ConflictEntry.Side) -> String? { fields.first { side.values[$0] != nil } }
            func text(_ side: ConflictEntry.Side) -> String {
                let office = side.office.isEmpty ? "" : "\(side.office): "
                return office + (field(side).map { values.text(side.values[$0], of: $0, in: item) } ?? "–")
            }
            var labels = [entry.losing, entry.winning].compactMap(field).map { values.label($0) }
            if labels.first == labels.last { labels = Array(labels.prefix(1)) }
            var row = [
                "\(item.number)", item.shortID, item.name, labels.joined(separator: " / "),
                text(entry.losing), text(entry.winning), WIB.short(entry.notedAt, in: workplace.language),
            ]
            if all { row.append(entry.state.words.text) }
            table.add(row)
        }
        return table
    }
}

struct ShowConflictCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            "show", alias: "lihat",
            says: Words(id: "Tampilkan kedua sisi, isian demi isian.", en: "Show both sides, field by field."),
            more: Words(
                id: "Data pribadi disamarkan; --reveal menampilkannya.",
                en: "Personal data is masked; --reveal shows it."),
            examples: [
                Example(
                    Words(id: "sambung bentrok lihat 1 --reveal", en: "sambung conflicts show 1 --reveal"),
                    id: "Bentrok nomor 1, tanpa penyamaran.", en: "Number 1, with nothing masked.")
            ])
    }

    @OptionGroup var target: ConflictArgument
    @Flag(help: .words(id: "Tampilkan data pribadi.", en: "Show personal data."))
    var reveal = false
    @OptionGroup(title: DatabaseOptions.title) var options: DatabaseOptions

    func run() throws {
        let workplace = try Workplace(options)
        let item = try ConflictBook(workplace).find(target.reference)
        if reveal { try workplace.noteShown("conflict \(item.entry.id)") }
        let page = ConflictPage(
            item: item, workplace: workplace,
            values: try ConflictValues(workplace, reveals: reveal))
        if workplace.console.isJSON { workplace.console.print(page.json) } else { page.print() }
    }
}
