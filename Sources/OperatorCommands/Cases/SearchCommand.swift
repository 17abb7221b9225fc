import ArgumentParser
import CallCenter
import CommandFrame
import OfflineClient
import SQLite
import SyncProtocol

struct SearchCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            "search", alias: "cari",
            says: Words(
                id: "Cari kasus menurut tiket, judul, uraian, nama atau telepon pelapor.",
                en: "Find cases by ticket, title, narrative, or the reporter's name or telephone."),
            more: Words(
                id: "Setiap kata harus ada. Nomor telepon ditemukan bagaimana pun ditulis.",
                en: "Every word must be there. A telephone number is found in any spelling."),
            examples: [
                Example(
                    Words(id: "sambung cari bpjs liwa", en: "sambung search bpjs liwa"),
                    id: "Kasus yang memuat kedua kata.", en: "Cases that hold both words."),
                Example(
                    Words(id: "sambung cari 0811-790-5000", en: "sambung search 0811-790-5000"),
                    id: "Kasus dari nomor itu, juga bila tercatat +62 811….",
                    en: "Cases of that number, also where it was written +62 811…."),
            ])
    }

    @Argument(help: .words(id: "Kata-kata.", en: "Words.", valueName: say(id: "kata", en: "word")))
    var words: [String]
    @Option(
        help: .words(
            id: "Paling banyak sekian; 0 untuk semua.", en: "At most so many; 0 for all.",
            valueName: say(id: "jumlah", en: "count")))
    var limit = 50
    @OptionGroup(title: DatabaseOptions.title) var options: DatabaseOptions

    func run() throws {
        let workplace = try Workplace(options)
        let phrase = words.joined(separator: " ")
        let terms = phrase.split(whereSeparator: \.isWhitespace).map(String.init)
        guard !terms.isEmpty, terms.count <= 20, phrase.utf8.count <= 1000 else {
            throw CommandError.usage(
                "search-words", id: "Berikan satu sampai 20 kata.", en: "Give one to 20 words.")
        }
        let (rows, total) = try found(phrase, terms, workplace.client)
        let states = try workplace.client.query { try PendingRecords($0) }
        let list = try CaseList(rows, states, in: workplace)
        let console = workplace.console
        if console.isJSON {
            console.print([
                "cases": .array(list.json), "shown": .number(list.items.count), "total": .number(total),
            ])
            return
        }
        if list.items.isEmpty {
            console.note(
                say(
                    id: "Tidak ditemukan di perangkat ini. Yang baru diambil dengan: sambung sinkron",
                    en: "Nothing found on this device. What is new is fetched with: sambung sync"))
            return
        }
        try list.printTable()
        if total > list.items.count {
            console.note(
                say(
                    id: "\(list.items.count) dari \(total) kasus; semuanya dengan --limit 0.",
                    en: "\(list.items.count) of \(total) cases; all of them with --limit 0."))
        }
    }

    /// The newest cases that are found, and how many there would be without a limit.
    private func found(_ phrase: String, _ terms: [String], _ client: OfflineClient) throws -> ([CaseRow], Int) {
        if let phone = try? PhoneNumber(phrase).e164 {
            let rows = try client.query { connection in
                try CaseSelection(reporterPhone: phone).rows(connection, order: "received_at DESC, id")
            }
            if !rows.isEmpty { return (limit > 0 ? Array(rows.prefix(limit)) : rows, rows.count) }
        }
        let fields = ["ticket", "title", "narrative", "reporter_name", "reporter_phone", "reporter_phone_typed"]
        let any = "(" + fields.map { "\($0) LIKE ? ESCAPE '\\'" }.joined(separator: " OR ") + ")"
        let selection = CaseSelection(
            conditions: terms.map { term in
                .init(sql: any, values: fields.map { _ in .text("%\(Self.escaped(term))%") })
            })
        // Sorted here: SQLite would go through the table in the order of an index, which takes twice as long.
        let places = try CaseScan(client: client).places(of: selection, "received_at, id") { select in
            RecordID(bytes: select.bytes(2)).map { (received: select.int64(1), id: $0) }
        }.sorted { left, right in
            left.found.received == right.found.received
                ? left.found.id < right.found.id : left.found.received > right.found.received
        }
        let shown = limit > 0 ? places.prefix(limit) : places[...]
        return (
            try client.query { connection in try shown.compactMap { try CaseRow.at($0.place, connection) } },
            places.count
        )
    }

    private static func escaped(_ term: String) -> String {
        term.replacing("\\", with: "\\\\").replacing("%", with: "\\%").replacing("_", with: "\\_")
    }
}
