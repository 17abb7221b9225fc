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
        let (found, states) = try workplace.client.query { connection in
            (try rows(phrase, terms, connection), try PendingRecords(connection))
        }
        var list = try CaseList(found, states, in: workplace)
        if limit > 0 { list.items = Array(list.items.prefix(limit)) }
        let console = workplace.console
        if console.isJSON {
            console.print([
                "cases": .array(list.json), "shown": .number(list.items.count), "total": .number(found.count),
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
        if found.count > list.items.count {
            console.note(
                say(
                    id: "\(list.items.count) dari \(found.count) kasus; semuanya dengan --limit 0.",
                    en: "\(list.items.count) of \(found.count) cases; all of them with --limit 0."))
        }
    }

    private func rows(_ phrase: String, _ terms: [String], _ connection: Connection) throws -> [CaseRow] {
        if let phone = try? PhoneNumber(phrase).e164 {
            let found = try CaseRow.select(connection, where: "reporter_phone = ?1", order: "received_at DESC") {
                try $0.bind(1, text: phone)
            }
            if !found.isEmpty { return found }
        }
        let fields = ["ticket", "title", "narrative", "reporter_name", "reporter_phone", "reporter_phone_typed"]
        let conditions = terms.indices.map { index in
            "(" + fields.map { "\($0) LIKE ?\(index + 1) ESCAPE '\\'" }.joined(separator: " OR ") + ")"
        }
        return try CaseRow.select(
            connection, where: conditions.joined(separator: " AND "), order: "received_at DESC, id"
        ) { statement in
            for (index, term) in terms.enumerated() {
                try statement.bind(Int32(index + 1), text: "%\(Self.escaped(term))%")
            }
        }
    }

    private static func escaped(_ term: String) -> String {
        term.replacing("\\", with: "\\\\").replacing("%", with: "\\%").replacing("_", with: "\\_")
    }
}
