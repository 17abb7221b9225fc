import ArgumentParser
import CallCenter
import CommandFrame
import OfflineClient
import SyncProtocol

struct AssignCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            "assign", alias: "disposisi",
            says: Words(
                id: "Teruskan kasus kepada instansi, atau rujuk ke badan lain.",
                en: "Pass a case on to an agency, or refer it to another body."),
            more: Words(
                id: "Kasus yang belum diverifikasi sekaligus tercatat terverifikasi.",
                en: "A case that was not verified yet counts as verified with it."),
            examples: [
                Example(
                    Words(
                        id: "sambung disposisi 123 DINSOS --note \"Mohon surat keterangan\"",
                        en: "sambung assign 123 DINSOS --note \"Please issue the letter\""),
                    id: "Teruskan ke Dinas Sosial.", en: "Pass it on to the social office."),
                Example(
                    Words(
                        id: "sambung disposisi 123 --body \"BPJS Kesehatan\"",
                        en: "sambung assign 123 --body \"BPJS Kesehatan\""),
                    id: "Rujuk ke badan di luar provinsi; instansi penanggung jawab tetap.",
                    en: "Refer it to a body outside of the province; the agency in charge stays."),
            ])
    }

    @OptionGroup var target: CaseArgument
    @Argument(
        help: .words(
            id: "Instansi: kode atau nama.", en: "The agency: a code or a name.",
            valueName: say(id: "instansi", en: "agency")))
    var agency: String?
    @Option(
        help: .words(
            id: "Rujuk ke badan di luar provinsi.", en: "Refer it to a body outside of the province.",
            valueName: say(id: "badan", en: "body")))
    var body: String?
    @Option(help: .words(id: "Catatan disposisi.", en: "A note to go with it.", valueName: say(id: "teks", en: "text")))
    var note: String?
    @OptionGroup(title: DatabaseOptions.title) var options: DatabaseOptions

    func run() throws {
        let workplace = try Workplace(options)
        let record = try workplace.findCase(target.reference)
        guard (agency == nil) != (body == nil) else {
            throw CommandError.usage(
                "agency-or-body", id: "Sebutkan instansi, atau --body untuk rujukan.",
                en: "Name an agency, or --body for a referral.",
                advice: Words(id: "Lihat: sambung disposisi --help", en: "See: sambung assign --help"))
        }
        if let body {
            try refer(record, to: body, workplace)
        } else {
            let table = try workplace.reference(.agency)
            try assign(record, to: try table.code(typed: agency ?? ""), table, workplace)
        }
    }

    private func assign(_ record: Record, to code: String, _ table: ReferenceTable, _ workplace: Workplace) throws {
        try CaseMove.write(record.id, in: workplace) { move in
            let now = Value.dateTime(move.transaction.now)
            var fields: [String: Value] = ["agency": .text(code), "forwarded_at": now]
            if move.record["verified_at"] == .null {
                fields["verified_at"] = now
                fields["verified_by"] = .given(workplace.operatorName)
            }
            // Passing on a forwarded case once more is a new disposition and no move.
            if try move.stands(at: .forwarded) {
                try move.transaction.update("cases", record.id, fields)
            } else {
                try move.move(to: .forwarded, fields: fields)
            }
            try move.add(
                "disposition",
                [
                    "kind": .text(DispositionKind.disposition.rawValue), "from_agency": move.record["agency"],
                    "to_agency": .text(code), "note": .given(note),
                ])
        }
        let name = table.name(of: code, in: workplace.language)
        try Outcome(
            ticket: record.ticket, id: record.id, action: "assigned",
            message: Words(
                id: "Kasus \(record.ticket) diteruskan ke \(name) (\(code)).",
                en: "Case \(record.ticket) is passed on to \(name) (\(code))."),
            next: [
                Words(
                    id: "catat \(record.ticket) \"…\" --kind \"tindak lanjut\"",
                    en: "note \(record.ticket) \"…\" --kind follow-up")
            ],
            members: [("agency", .string(code)), ("status", .string(CaseStatus.forwarded.rawValue))]
        ).show(in: workplace)
    }

    private func refer(_ record: Record, to body: String, _ workplace: Workplace) throws {
        try CaseMove.write(record.id, in: workplace) { move in
            try move.add(
                "disposition",
                [
                    "kind": .text(DispositionKind.referral.rawValue), "from_agency": move.record["agency"],
                    "to_body": .text(body), "note": .given(note),
                ])
        }
        try Outcome(
            ticket: record.ticket, id: record.id, action: "referred",
            message: Words(
                id: "Kasus \(record.ticket) dirujuk ke \(cut(body)).",
                en: "Case \(record.ticket) is referred to \(cut(body))."),
            next: [
                Words(
                    id: "tutup \(record.ticket) --reason dirujuk  (bila badan itu mengambil alih)",
                    en: "close \(record.ticket) --reason referred  (once that body has taken it over)")
            ],
            members: [("body", .string(body)), ("status", .string(record.status))]
        ).show(in: workplace)
    }
}
