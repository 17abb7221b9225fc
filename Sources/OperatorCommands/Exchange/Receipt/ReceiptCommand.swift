import ArgumentParser
import CallCenter
import CommandFrame
import OfflineClient
import SyncProtocol

/// Prints the receipt of a case.
struct ReceiptCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            "receipt", alias: "tanda-terima",
            says: Words(
                id: "Cetak tanda terima kasus untuk pelapor.", en: "Print the receipt of a case for its reporter."),
            more: Words(
                id:
                    "Teks biasa selebar 64 huruf. Undang-undang meminta tanda terima saat laporan diterima (UU 14/2008 Pasal 22).",
                en: "Plain text, 64 columns wide. The law asks for it when a case is taken in (UU 14/2008 Art. 22)."),
            examples: [
                Example(
                    Words(id: "sambung tanda-terima LIW-26-000123", en: "sambung receipt LIW-26-000123"),
                    id: "Tampilkan tanda terima.", en: "Show the receipt."),
                Example(
                    Words(id: "sambung tanda-terima LIW-26-000123 | lp", en: "sambung receipt LIW-26-000123 | lp"),
                    id: "Cetak di atas kertas.", en: "Print it on paper."),
            ])
    }

    @Argument(
        help: .words(id: "Nomor tiket kasus.", en: "The ticket of the case.", valueName: say(id: "kasus", en: "case")))
    var reference: String

    @OptionGroup(title: DatabaseOptions.title) var options: DatabaseOptions

    /// Prints the receipt.
    func run() throws {
        let workplace = try Workplace(options)
        let record = try workplace.findCase(reference)
        let language = workplace.language
        func name(_ field: String, _ kind: ReferenceTable.Kind) throws -> String? {
            try record[field].text.map { try workplace.reference(kind).name(of: $0, in: language) }
        }
        let clock = CaseClock(followedUpAt: nil) { record[$0] }
        let deadlines = try workplace.deadlines()
        let receipt = Receipt(
            record: record, officeName: try name("office", .office) ?? "",
            categoryName: try name("category", .category),
            agencyName: try name("agency", .agency), due: clock.flatMap { deadlines.due(.resolve, of: $0) },
            printedAt: try workplace.now(), language: language)
        if options.json { workplace.console.print(receipt.json) } else { workplace.console.print(receipt.text) }
    }
}
