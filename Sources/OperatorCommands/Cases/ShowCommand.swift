import ArgumentParser
import CallCenter
import CommandFrame
import OfflineClient
import SyncProtocol

struct ShowCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            "show", alias: "lihat",
            says: Words(
                id: "Tampilkan satu kasus dengan jatuh tempo dan riwayatnya.",
                en: "Show one case with its due dates and its history."),
            more: Words(
                id: """
                    Nama, telepon, NIK dan alamat pelapor disamarkan, juga angka dalam teks yang mungkin nomor telepon \
                    atau NIK, serta seluruh isi kasus rahasia; --reveal menampilkannya.
                    """,
                en: """
                    The reporter's name, telephone, identity number and address are masked, and so are numbers in texts \
                    that may be such ones, and the whole of a confidential case; --reveal shows them.
                    """),
            examples: [
                Example(
                    Words(id: "sambung lihat 123", en: "sambung show 123"), id: "Kasus …-000123.", en: "Case …-000123."),
                Example(
                    Words(id: "sambung lihat LIW-26-000123 --reveal", en: "sambung show LIW-26-000123 --reveal"),
                    id: "Dengan data pelapor.", en: "With the reporter's data."),
            ])
    }

    @OptionGroup var target: CaseArgument
    @Flag(help: .words(id: "Tampilkan data pribadi.", en: "Show personal data."))
    var reveal = false
    @OptionGroup(title: DatabaseOptions.title) var options: DatabaseOptions

    func run() throws {
        let workplace = try Workplace(options)
        let record = try workplace.findCase(target.reference, includingDeleted: true)
        if reveal { try workplace.noteShown(record.ticket) }
        let page = try CasePage(record, in: workplace, reveals: reveal)
        if workplace.console.isJSON {
            workplace.console.print(page.json)
        } else {
            try page.print()
        }
    }
}
