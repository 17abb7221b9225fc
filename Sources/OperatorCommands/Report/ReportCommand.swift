import ArgumentParser
import CallCenter
import CommandFrame
import OfflineClient

/// The year's figures.
struct ReportCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            "report", alias: "laporan",
            says: Words(id: "Hitung aspirasi satu tahun.", en: "Count the aspirasi of a year."),
            more: Words(
                id: """
                    Jumlah, bagian per bidang, instansi, wilayah, saluran, status, jenis, dan ketepatan waktu, dari kasus di \
                    perangkat ini yang diterima tahun itu (WIB). Tabel di terminal, CSV di tempat lain.
                    Tepat waktu: penyelesaian menurut aturan tenggat yang berlaku; CSV: share dalam persen dengan satu desimal.
                    """,
                en: """
                    The total, and the shares by field, agency, region, channel, state, class and timeliness, of the cases on \
                    this device that were received in that year (WIB). A table on a terminal, CSV elsewhere.
                    On time: settled by the deadline rules in force. CSV: share in percent to one decimal.
                    """),
            examples: [
                Example(
                    Words(id: "sambung laporan --year 2021", en: "sambung report --year 2021"),
                    id: "Angka tahun 2021.", en: "The figures of 2021."),
                Example(
                    Words(
                        id: "sambung laporan --year 2021 --suppress-below 5 > 2021.csv",
                        en: "sambung report --year 2021 --suppress-below 5 > 2021.csv"),
                    id: "CSV untuk diumumkan, tanpa angka di bawah 5.", en: "CSV to publish, without numbers below 5."),
                Example(
                    Words(id: "sambung laporan --json", en: "sambung report --json"),
                    id: "Tahun ini, untuk program.", en: "This year, for programs."),
            ])
    }

    @Option(
        help: .words(
            id: "Tahun diterimanya kasus (bawaan: tahun ini).", en: "The year of receipt (default: this year).",
            valueName: say(id: "tahun", en: "year")))
    var year: Int?

    @Option(help: .words(id: "table, csv, atau json.", en: "table, csv, or json.", valueName: "table|csv|json"))
    var format: String?

    @Option(
        help: .words(
            id: "Sembunyikan angka 1 sampai kurang dari ini, untuk diumumkan.",
            en: "Hide numbers from 1 to less than this, to publish.", valueName: say(id: "angka", en: "number")))
    var suppressBelow = 0

    @OptionGroup(title: DatabaseOptions.title) var options: DatabaseOptions

    private enum Format: String { case table, csv, json }

    /// Prints the report.
    func run() throws {
        let console = Console.current
        var form = options.json ? Format.json : console.output.isTerminal ? .table : .csv
        if let format {
            guard let named = Format(rawValue: format.lowercased()) else {
                throw CommandError.usage(
                    "not-a-choice", id: "--format: table, csv, atau json, bukan '\(format)'.",
                    en: "--format: table, csv, or json, not '\(format)'.")
            }
            form = named
        }
        if let year { _ = try YearRange(year) }
        let rendering = try rendering(try Workplace(options))
        switch form {
        case .table: console.print(rendering.text(for: console))
        case .csv: console.output.write(rendering.csv())
        case .json: console.print(rendering.json())
        }
    }

    private func rendering(_ workplace: Workplace) throws -> ReportRendering {
        let now = try workplace.now()
        let year = year ?? WIB.day(of: now).year
        let deadlines = try workplace.deadlines()
        let (rows, tables) = try workplace.client.query { connection in
            (
                try ReportRows.of(year, connection),
                try ReferenceTable.Kind.allCases.map { try ReferenceTable($0, connection) }
            )
        }
        let report = YearReport(year: year, rows: rows, deadlines: deadlines, now: now, suppressBelow: suppressBelow)
        let names = ReportNames(language: workplace.language, tables: tables)
        return ReportRendering(
            report: report, sections: ReportSection.all(report, names), language: workplace.language)
    }
}
