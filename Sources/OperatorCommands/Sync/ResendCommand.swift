import ArgumentParser
import CommandFrame
import OfflineClient
import SyncProtocol

struct ResendCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            "resend", alias: "kirim-ulang",
            says: Words(
                id: "Kirim lagi, pada sinkron berikutnya, yang ditolak pusat dari satu kasus.",
                en: "Send again, with the next sync, what the centre refused of a case."),
            more: Words(
                id: "Betulkan dahulu dengan 'sambung ubah'; sebabnya ada di 'sambung status'.",
                en: "Mend it first with 'sambung edit'; 'sambung status' tells why it was refused."),
            examples: [
                Example(
                    Words(id: "sambung kirim-ulang 123", en: "sambung resend 123"),
                    id: "Semua yang ditolak dari kasus …-000123.", en: "All that was refused of case …-000123.")
            ])
    }

    @OptionGroup var target: CaseArgument
    @OptionGroup(title: DatabaseOptions.title) var options: DatabaseOptions

    func run() throws {
        let workplace = try Workplace(options)
        let record = try workplace.findCase(target.reference, includingDeleted: true)
        let records = try RefusedCases(workplace).records(of: record.id)
        var sent: Set<RecordID> = []
        for id in records where !sent.contains(id) {
            // What refers to a record goes with it.
            sent.insert(id)
            sent.formUnion(try workplace.client.resend(id, operator: workplace.operatorName))
        }
        try Outcome(
            ticket: record.ticket, id: record.id, action: "resent",
            message: Words(
                id: "Kasus \(record.ticket): \(sent.count) catatan dikirim lagi pada sinkron berikutnya.",
                en: "Case \(record.ticket): \(sent.count) record(s) will be sent again with the next sync."),
            next: [Words(id: "sinkron", en: "sync")], members: [("records", .number(sent.count))]
        ).show(in: workplace)
    }
}
