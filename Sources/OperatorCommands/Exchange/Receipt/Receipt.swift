import CallCenter
import CommandFrame
import OfflineClient
import SyncProtocol

/// The receipt that the law has handed to the reporter at intake: number, time, office, officer, summary.
///
/// It is plain text for any printer, and goes to the reporter himself: his name stands in it unless he asked for none.
struct Receipt {
    let record: Record
    let officeName: String
    let categoryName: String?
    let agencyName: String?
    /// When the matter is to be settled, as far as it can be told.
    let due: Deadlines.Due?
    let printedAt: Int64
    let language: Language

    static let width = 64

    /// The lines of the receipt.
    var text: String {
        let rule = String(repeating: "=", count: Self.width)
        let thin = String(repeating: "-", count: Self.width)
        let head = [
            rule, centred(words("TANDA TERIMA", "RECEIPT")),
            centred(words("Pusat Panggilan Provinsi Lampung", "Call Centre of the Province of Lampung")),
            rule,
        ]
        var lines = head + pairs.flatMap { line($0.0, $0.1) }
        lines += [thin] + wrapped(VisibleText.line(record["title"].text ?? ""), indent: "") + [thin]
        lines += wrapped(
            words(
                "Simpan nomor ini. Tanyakan kelanjutannya di 0811 790 5000 (telepon, WhatsApp) dengan menyebut nomor tiket.",
                "Keep this number. Ask how it goes on at 0811 790 5000 (phone, WhatsApp) and give the ticket number."),
            indent: "")
        lines.append(words("Dicetak ", "Printed ") + WIB.text(printedAt, in: language))
        return lines.joined(separator: "\n")
    }

    private var pairs: [(String, String)] {
        var pairs = [(words("Nomor tiket", "Ticket number"), ticket)]
        if let received = record["received_at"].moment {
            pairs.append((words("Diterima", "Received"), WIB.text(received, in: language)))
        }
        pairs.append((words("Kantor", "Office"), officeName))
        if let officer = record["operator"].text { pairs.append((words("Petugas", "Officer"), officer)) }
        pairs.append((words("Pelapor", "Reporter"), reporter))
        if let name = named("class", CaseClass.self) { pairs.append((words("Jenis", "Class"), name)) }
        if let name = named("channel", Channel.self) { pairs.append((words("Saluran", "Channel"), name)) }
        if let categoryName { pairs.append((words("Bidang", "Field"), categoryName)) }
        if let agencyName { pairs.append((words("Instansi", "Agency"), agencyName)) }
        if let due {
            let day = WIB.text(due.day, in: language)
            pairs.append((words("Tenggat", "Due"), "\(day) (\(due.rule.regulation))"))
        }
        return pairs
    }

    /// For programs.
    var json: JSON {
        [
            "ticket": .string(ticket), "id": .string(record.id.description),
            "received_at": Moment.json(record["received_at"].moment), "office": .text(record["office"].text),
            "office_name": .string(officeName), "operator": .text(record["operator"].text),
            "reporter": .string(reporter), "class": .text(record["class"].text),
            "channel": .text(record["channel"].text), "category": .text(record["category"].text),
            "agency": .text(record["agency"].text), "due_at": Moment.json(due?.moment),
            "title": .text(record["title"].text), "text": .string(text),
        ]
    }

    private var ticket: String { record["ticket"].text ?? "\(record.id)" }

    private var reporter: String {
        if record["anonymous"].isTrue { return words("anonim", "anonymous") }
        return record["reporter_name"].text ?? words("(tidak disebut)", "(not given)")
    }

    private func named<Key: NamedKey>(_ field: String, _ type: Key.Type) -> String? {
        record[field].text.map { Key(rawValue: $0)?.name(in: language) ?? $0 }
    }

    private func words(_ indonesian: String, _ english: String) -> String {
        language == .indonesian ? indonesian : english
    }

    private func line(_ label: String, _ value: String) -> [String] {
        let head = TextWidth.padded(label, to: 14) + ": "
        let lines = wrapped(VisibleText.line(value), indent: String(repeating: " ", count: 16))
        return [head + (lines.first?.drop { $0 == " " } ?? "")] + lines.dropFirst()
    }

    private func wrapped(_ text: String, indent: String) -> [String] {
        TextWidth.wrapped(text, to: Self.width - indent.count).map { indent + $0 }
    }

    private func centred(_ text: String) -> String {
        String(repeating: " ", count: max(0, (Self.width - TextWidth.of(text)) / 2)) + text
    }
}
