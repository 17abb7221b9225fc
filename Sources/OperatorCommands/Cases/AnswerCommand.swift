import ArgumentParser
import CallCenter
import CommandFrame
import OfflineClient
import SyncProtocol

struct AnswerCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            "answer", alias: "jawab",
            says: Words(id: "Tulis tanggapan untuk pelapor.", en: "Write the answer to the reporter."),
            more: Words(
                id: "Kasus yang sudah ditanggapi dapat diperbaiki tanggapannya.",
                en: "The answer of a case that is answered already can be corrected."),
            examples: [
                Example(
                    Words(
                        id: "sambung jawab 123 \"Kartu BPJS aktif mulai 1 Juli.\"",
                        en: "sambung answer 123 \"The BPJS card is active from 1 July.\""),
                    id: "Tanggapi kasus …-000123.", en: "Answer case …-000123."),
                Example(
                    Words(id: "sambung jawab 123 - < surat.txt", en: "sambung answer 123 - < letter.txt"),
                    id: "Tanggapan dari berkas.", en: "The answer from a file."),
            ])
    }

    @OptionGroup var target: CaseArgument
    @Argument(
        help: .words(
            id: "Tanggapan; - membacanya dari masukan.", en: "The answer; - reads it from the input.",
            valueName: say(id: "teks", en: "text")))
    var text: String
    @OptionGroup(title: DatabaseOptions.title) var options: DatabaseOptions

    func run() throws {
        let workplace = try Workplace(options)
        let record = try workplace.findCase(target.reference)
        let text = text == "-" ? try workplace.console.readAll() : text
        guard !text.isEmpty else { throw MoveError.answerMissing }
        try CaseMove.write(record.id, in: workplace) { move in
            let fields: [String: Value] = [
                "answer": .text(text), "answered_at": .dateTime(move.transaction.now),
                "answered_by": .given(workplace.operatorName),
            ]
            if try move.stands(at: .answered) {
                try move.transaction.update("cases", record.id, fields)
            } else {
                try move.move(to: .answered, fields: fields)
            }
        }
        try Outcome(
            ticket: record.ticket, id: record.id, action: "answered",
            message: Words(id: "Kasus \(record.ticket) ditanggapi.", en: "Case \(record.ticket) is answered."),
            next: [
                Words(
                    id: "tutup \(record.ticket) --reason \"sudah ditanggapi\"",
                    en: "close \(record.ticket) --reason answered")
            ],
            members: [("status", .string(CaseStatus.answered.rawValue))]
        ).show(in: workplace)
    }
}
