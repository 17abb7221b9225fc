import ArgumentParser
import CallCenter
import CommandFrame
import OfflineClient
import SQLite
import SyncProtocol

struct NewCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            "new", alias: "baru",
            says: Words(
                id: "Catat kasus baru dan beri nomor tiketnya, juga tanpa jaringan.",
                en: "Take in a case and give it its ticket number, also without a network."),
            examples: [
                Example(
                    Words(
                        id: "sambung baru --title \"Jalan rusak\" --category infrastruktur --region \"lampung barat\"",
                        en: "sambung new --title \"Broken road\" --category infrastructure --region 18.04"),
                    id: "Yang tidak disebut: jenis pengaduan, saluran telepon, diterima sekarang.",
                    en: "What is not given: class complaint, channel phone, received now."),
                Example(
                    Words(
                        id: "sambung baru --title \"Pasien perlu BPJS\" --channel whatsapp --narrative - < chat.txt",
                        en: "sambung new --title \"Patient needs BPJS\" --channel whatsapp --narrative - < chat.txt"),
                    id: "Uraian dari berkas, misalnya percakapan yang disalin.",
                    en: "The narrative from a file, such as a pasted chat."),
                Example(
                    Words(
                        id: "sambung baru --title \"Minta data\" --class informasi profesi=petani",
                        en: "sambung new --title \"Data wanted\" --class information reporter_profession=farmer"),
                    id: "Isian lain sebagai isian=nilai.", en: "Other fields as field=value."),
            ])
    }

    @Argument(
        help: .words(
            id: "Isian lain.", en: "Other fields.", valueName: say(id: "isian=nilai", en: "field=value")))
    var pairs: [String] = []
    @OptionGroup(title: CaseOptions.title) var fields: CaseOptions
    @OptionGroup(title: DatabaseOptions.title) var options: DatabaseOptions

    func run() throws {
        let workplace = try Workplace(options)
        var input = FieldInput(workplace)
        try fields.fill(&input)
        for pair in pairs { try input.add(pair: pair) }
        guard let title = input.values["title"]?.text else {
            throw CommandError.usage(
                "title-missing", id: "Judul kasus belum diberikan.", en: "The case has no title.",
                advice: Words(id: "Tambahkan --title \"…\".", en: "Add --title \"…\"."))
        }
        let (ticket, id) = try CaseMaking.make(input.values, in: workplace)
        try Outcome(
            ticket: ticket, id: id, action: "created",
            message: Words(
                id: "Kasus \(ticket) dicatat: \(cut(title))", en: "Case \(ticket) is taken in: \(cut(title))"),
            next: [
                Words(id: "tanda-terima \(ticket)", en: "receipt \(ticket)"),
                Words(id: "disposisi \(ticket) INSTANSI", en: "assign \(ticket) AGENCY"),
            ],
            warnings: input.warnings + (try sameReporter(input.values, id, workplace))
        ).show(in: workplace)
    }

    /// Other cases from the same telephone number, which may be the same matter.
    private func sameReporter(_ values: [String: Value], _ id: RecordID, _ workplace: Workplace) throws -> [Words] {
        guard let phone = values["reporter_phone"]?.text else { return [] }
        let rows = try workplace.client.query { connection in
            try CaseSelection(reporterPhone: phone).rows(connection, order: "received_at DESC")
        }.filter { $0.id != id }
        guard !rows.isEmpty else { return [] }
        let tickets = rows.prefix(5).map(\.ticket).joined(separator: ", ") + (rows.count > 5 ? ", …" : "")
        return [
            Words(
                id: "Nomor telepon yang sama ada pada \(tickets).",
                en: "The same telephone number is in \(tickets).")
        ]
    }
}

/// Makes cases with ticket numbers of this device.
enum CaseMaking {
    /// Makes a case in one write; two commands at once get two numbers.
    static func make(_ given: [String: Value], in workplace: Workplace) throws -> (ticket: String, id: RecordID) {
        let status = try workplace.client.status()
        guard let prefix = status.profile["ticket_prefix"], TicketNumber.isPrefix(prefix) else {
            throw Tickets.noPrefix
        }
        return try workplace.write { transaction in
            let now = transaction.now
            let last = try Tickets.lastSerial(prefix: prefix, at: now, transaction)
            guard let ticket = TicketNumber.next(prefix: prefix, at: now, lastSerial: last) else {
                throw CommandError(
                    .configuration, "clock", id: "Jam perangkat ini salah: nomor tiket tidak dapat dibuat.",
                    en: "This device's clock is wrong: no ticket number can be made.",
                    advice: Words(id: "Betulkan jamnya, lalu ulangi.", en: "Set it right, then try again."))
            }
            var fields: [String: Value] = [
                "class": .text(CaseClass.complaint.rawValue), "channel": .text(Channel.phone.rawValue),
                "received_at": .dateTime(now), "office": .text(status.office),
            ]
            fields.merge(given) { _, new in new }
            fields["ticket"] = .text(ticket.description)
            fields["status"] = .text(CaseStatus.received.rawValue)
            fields["status_at"] = .dateTime(now)
            fields["status_by"] = .given(workplace.operatorName)
            fields["entered_at"] = .dateTime(now)
            fields["operator"] = .given(workplace.operatorName)
            return (ticket.description, try transaction.insert("cases", fields))
        }
    }
}
