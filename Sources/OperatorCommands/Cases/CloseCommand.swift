import ArgumentParser
import CallCenter
import CommandFrame
import OfflineClient
import SyncProtocol

struct CloseCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            "close", alias: "tutup",
            says: Words(id: "Tutup kasus dengan alasannya.", en: "Close a case, with the reason."),
            examples: [
                Example(
                    Words(
                        id: "sambung tutup 123 --reason \"sudah ditanggapi\"", en: "sambung close 123 --reason answered"
                    ),
                    id: "Pelapor sudah mendapat tanggapan.", en: "The reporter has got the answer."),
                Example(
                    Words(
                        id: "sambung tutup 124 --reason ganda --duplicate-of 123",
                        en: "sambung close 124 --reason duplicate --duplicate-of 123"),
                    id: "Hal yang sama dengan kasus lain.", en: "The same matter as another case."),
            ])
    }

    @OptionGroup var target: CaseArgument
    @Option(
        help: .words(
            id: """
                "sudah ditanggapi", "bukan wewenang", "pelapor tidak membalas", ganda, "dicabut pelapor", dirujuk, \
                "diarsipkan, tidak jelas".
                """,
            en: "answered, \"out of authority\", \"no reply\", duplicate, withdrawn, referred, unintelligible.",
            valueName: say(id: "alasan", en: "reason")))
    var reason: String?
    @Option(
        help: .words(
            id: "Kasus yang sama halnya.", en: "The case that it is the same matter as.",
            valueName: say(id: "kasus", en: "case")))
    var duplicateOf: String?
    @Option(help: .words(id: "Catatan.", en: "A note.", valueName: say(id: "teks", en: "text")))
    var note: String?
    @OptionGroup(title: DatabaseOptions.title) var options: DatabaseOptions

    func run() throws {
        let workplace = try Workplace(options)
        let record = try workplace.findCase(target.reference)
        let reason = try reason.map { try Choice.read(ClosingReason.self, $0, "closing_reason") }
        var fields: [String: Value] = [:]
        if let duplicateOf {
            let original = try workplace.findCase(duplicateOf)
            guard original.id != record.id else {
                throw CommandError.usage(
                    "own-duplicate", id: "Kasus tidak dapat menjadi ganda dirinya sendiri.",
                    en: "A case can't be a duplicate of itself.")
            }
            fields["duplicate_of"] = .bytes(original.id.bytes)
        }
        try CaseMove.write(record.id, in: workplace) { move in
            try move.move(to: .closed, reason: reason, note: note, fields: fields)
        }
        try Outcome(
            ticket: record.ticket, id: record.id, action: "closed",
            message: Words(
                id: "Kasus \(record.ticket) ditutup: \(reason?.name(in: .indonesian) ?? "").",
                en: "Case \(record.ticket) is closed: \(reason?.name(in: .english) ?? "")."),
            next: [Words(id: "buka-kembali \(record.ticket)", en: "reopen \(record.ticket)")],
            members: [
                ("status", .string(CaseStatus.closed.rawValue)), ("closing_reason", .text(reason?.rawValue)),
            ]
        ).show(in: workplace)
    }
}
