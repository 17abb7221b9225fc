import ArgumentParser
import CallCenter
import CommandFrame
import OfflineClient
import SyncProtocol

struct NoteCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            "note", alias: "catat",
            says: Words(
                id: "Tambahkan catatan atau tindak lanjut pada kasus.", en: "Add a note or a follow-up to a case."),
            more: Words(
                id: "Tindak lanjut pada kasus yang baru diteruskan sekaligus menjadikannya 'diproses'.",
                en: "A follow-up on a case that was just forwarded also moves it to 'in process'."),
            examples: [
                Example(
                    Words(
                        id: "sambung catat 123 \"Surat dari puskesmas sudah ada\" --kind \"tindak lanjut\"",
                        en: "sambung note 123 \"The clinic's letter has come\" --kind follow-up"),
                    id: "Yang dilakukan instansi.", en: "What the agency did."),
                Example(
                    Words(
                        id: "sambung catat 123 \"Menunggu KTP pelapor\" --status tunda",
                        en: "sambung note 123 \"Waiting for the reporter's card\" --status \"on hold\""),
                    id: "Catat dan pindahkan statusnya.", en: "Add a note and move the case."),
            ])
    }

    @OptionGroup var target: CaseArgument
    @Argument(
        help: .words(
            id: "Isi catatan; - membacanya dari masukan.", en: "The note; - reads it from the input.",
            valueName: say(id: "teks", en: "text")))
    var text: String
    @Option(
        help: .words(
            id: "catatan, \"tindak lanjut\", \"hubungan dengan pelapor\".",
            en: "note, follow-up, \"contact with reporter\".",
            valueName: say(id: "macam", en: "kind")))
    var kind: String?
    @Option(
        help: .words(
            id: "Pindahkan juga ke verifikasi, tunda atau diproses.",
            en: "Move the case as well: to verifying, \"on hold\" or \"in process\".",
            valueName: say(id: "status", en: "status")))
    var status: String?
    @OptionGroup(title: DatabaseOptions.title) var options: DatabaseOptions

    func run() throws {
        let workplace = try Workplace(options)
        let record = try workplace.findCase(target.reference)
        let kind = try kind.map { try Choice.read(NoteKind.self, $0, "kind") } ?? .note
        let wanted = try status.map(Self.target)
        let text = text == "-" ? try workplace.console.readAll() : text
        guard !text.isEmpty else {
            throw CommandError.usage("empty-note", id: "Catatannya kosong.", en: "The note is empty.")
        }
        let moved = try CaseMove.write(record.id, in: workplace) { move -> CaseStatus? in
            try move.add("note", ["kind": .text(kind.rawValue), "text": .text(text), "agency": move.record["agency"]])
            let next = try wanted ?? (kind == .followUp && move.stands(at: .forwarded) ? .inProcess : nil)
            if let next { try move.move(to: next) }
            return next
        }
        try Outcome(
            ticket: record.ticket, id: record.id, action: "noted",
            message: Words(
                id: "Kasus \(record.ticket): \(kind.name(in: .indonesian)) ditambahkan"
                    + (moved.map { ", status \($0.name(in: .indonesian))." } ?? "."),
                en: "Case \(record.ticket): \(kind.name(in: .english)) added"
                    + (moved.map { ", status \($0.name(in: .english))." } ?? ".")),
            next: [Words(id: "lihat \(record.ticket)", en: "show \(record.ticket)")],
            members: [("kind", .string(kind.rawValue)), ("status", .string((moved?.rawValue) ?? record.status))]
        ).show(in: workplace)
    }

    /// The states that no command of their own leads to.
    private static func target(_ text: String) throws -> CaseStatus {
        let status = try Choice.read(CaseStatus.self, text, "status")
        guard [.verifying, .onHold, .inProcess].contains(status) else {
            throw CommandError.usage(
                "other-command", id: "Status '\(status.name(in: .indonesian))' punya perintahnya sendiri.",
                en: "The status '\(status.name(in: .english))' has a command of its own.",
                advice: Words(
                    id: "Pakai: sambung disposisi, jawab, tutup, atau buka-kembali.",
                    en: "Use: sambung assign, answer, close, or reopen."))
        }
        return status
    }
}
