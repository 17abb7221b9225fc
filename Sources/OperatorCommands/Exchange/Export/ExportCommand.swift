import ArgumentParser
import CallCenter
import CommandFrame
import Foundation
import OfflineClient
import SyncProtocol

/// Writes cases to a file.
struct ExportCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            "export", alias: "ekspor",
            says: Words(id: "Tulis kasus ke berkas CSV atau NDJSON.", en: "Write cases to a CSV or NDJSON file."),
            more: Words(id: explanation.id, en: explanation.en),
            examples: [
                Example(
                    Words(id: "sambung ekspor kasus.csv --year 2021", en: "sambung export cases.csv --year 2021"),
                    id: "Kasus tahun 2021, tanpa data pribadi.", en: "The cases of 2021, without personal data."),
                Example(
                    Words(
                        id: "sambung ekspor laporan.csv --excel --header id",
                        en: "sambung export report.csv --excel --header id"),
                    id: "Untuk Excel, dengan nama kolom bahasa Indonesia.",
                    en: "For Excel, with Indonesian names of columns."),
                Example(
                    Words(
                        id: "sambung ekspor - --format ndjson --with-personal | gzip > kasus.ndjson.gz",
                        en: "sambung export - --format ndjson --with-personal | gzip > cases.ndjson.gz"),
                    id: "Semuanya, lewat keluaran standar.", en: "Everything, by standard output."),
            ])
    }

    private static let explanation = Words(
        id: """
            Kolom: id lalu isian kasus, dengan nama yang juga dibaca 'sambung impor'. Waktu ditulis dalam WIB sampai \
            milidetik, pilihan dengan kuncinya (closed, walk_in). Isian kosong berarti tidak ada nilai, "" berarti teks \
            kosong. Di CSV, teks yang akan dijalankan lembar kerja sebagai rumus (=, +, -, @) diawali tanda petik ('), \
            dengan --excel juga teks yang mirip angka atau tanggal; impor membuangnya lagi.
            NDJSON: {"id", "fields"}, waktu dalam milidetik sejak 1970 (UTC).
            Tanpa --with-personal, isian tentang orang tidak ditulis: judul, uraian, nama, telepon, NIK, dan lainnya.
            """,
        en: """
            Columns: id, then the fields of a case, under names that 'sambung import' reads as well. Times are in WIB to \
            the millisecond, choices by their keys (closed, walk_in). An empty cell is no value, "" an empty text. In \
            CSV a text that a spreadsheet would run as a formula (=, +, -, @) has an apostrophe (') before it, with \
            --excel also a text that looks like a number or a date; import takes it away again.
            NDJSON: {"id", "fields"}, times in milliseconds since 1970 (UTC).
            Without --with-personal the fields about people are left out: title, narrative, name, phone, NIK and more.
            """)

    @Argument(
        help: .words(
            id: "Berkas tujuan; - untuk keluaran standar.", en: "The file to write; - for standard output.",
            valueName: say(id: "berkas", en: "file")))
    var file: String

    @Option(
        help: .words(
            id: "csv atau ndjson (bawaan: menurut nama berkas, lalu csv).",
            en: "csv or ndjson (default: by the file's name, then csv).", valueName: "csv|ndjson"))
    var format: String?

    @Flag(help: .words(id: "CSV untuk Excel: pemisah ; dan penanda UTF-8.", en: "CSV for Excel: ; and a UTF-8 mark."))
    var excel = false

    @Option(
        help: .words(
            id: "Bahasa nama kolom CSV: en atau id (bawaan: en).",
            en: "The language of the names of CSV columns: en or id (default: en).", valueName: "en|id"))
    var header: String?

    @Option(
        help: .words(
            id: "Hanya yang diterima tahun itu (WIB).", en: "Only those received in that year (WIB).",
            valueName: say(id: "tahun", en: "year")))
    var year: Int?

    @Option(help: .words(id: "Hanya yang berstatus itu.", en: "Only those in that state.", valueName: "status"))
    var status: String?

    @Flag(help: .words(id: "Tulis juga data pribadi.", en: "Write personal data as well."))
    var withPersonal = false

    @Flag(help: .words(id: "Timpa berkas yang sudah ada.", en: "Replace a file that exists."))
    var force = false

    @OptionGroup(title: DatabaseOptions.title) var options: DatabaseOptions

    /// Writes the file.
    func run() throws {
        let export = try plan()
        let workplace = try Workplace(options)
        let console = workplace.console
        let progress = ProgressLine(Words(id: "Menulis kasus", en: "Writing cases"))
        defer { progress.finish() }
        let isStandardOutput = file == "-"
        let target =
            isStandardOutput
            ? nil
            : try OutputFile(
                path: file, overwrites: force, keeping: workplace.files,
                advice: Words(id: "Pilih nama lain, atau tambahkan --force.", en: "Name another file, or add --force."))
        if withPersonal {
            let years = year.map { "year \($0)" } ?? "all years"
            try workplace.client.note(
                "personal-exported", of: "cases", operator: workplace.operatorName, detail: years)
        }
        let count = try workplace.client.query { connection in
            try export.run(connection) { bytes in
                if let target {
                    try target.write(bytes)
                } else {
                    console.output.write(String(decoding: bytes, as: UTF8.self))
                }
            } progress: {
                progress.update(done: $0, of: $1)
            }
        }
        try target?.finish()
        progress.finish()
        if !isStandardOutput { try report(count, export, console) }
    }

    private func plan() throws -> CaseExport {
        var export = CaseExport(forSpreadsheet: excel, withPersonal: withPersonal, year: year)
        if let year { _ = try YearRange(year) }
        // Data on standard output that is to be JSON is NDJSON.
        export.format = CaseFormat(path: file) ?? (file == "-" && options.json ? .ndjson : .csv)
        if let format { export.format = try CaseFormat(typed: format) }
        if excel && export.format != .csv {
            throw CommandError.usage(id: "--excel hanya untuk CSV.", en: "--excel is for CSV only.")
        }
        if let header {
            guard let speech = Speech(rawValue: header.lowercased()) else {
                throw CommandError.usage(
                    id: "--header: 'id' atau 'en', bukan '\(cut(header))'.",
                    en: "--header: 'id' or 'en', not '\(cut(header))'.")
            }
            export.headers = speech
        }
        if let status { export.status = try Choice.read(CaseStatus.self, status, "status") }
        return export
    }

    private func report(_ count: Int, _ export: CaseExport, _ console: Console) throws {
        if options.json {
            console.print([
                "file": .string(file), "format": .string(export.format.rawValue), "cases": .integer(Int64(count)),
                "personal": .bool(withPersonal), "fields": .array(try export.fields.map { .string($0.name) }),
            ])
            return
        }
        let number = Figures.text(count, in: console.speech == .indonesian ? .indonesian : .english)
        let name = VisibleText.line(file)
        console.print(say(id: "\(number) kasus ditulis ke \(name).", en: "\(number) cases were written to \(name)."))
        if !withPersonal {
            console.note(
                say(
                    id: "Data pribadi tidak ditulis; tambahkan --with-personal bila memang perlu.",
                    en: "Personal data was left out; add --with-personal where it is really needed."))
        }
    }
}

extension CaseFormat {
    /// The form that an option names.
    init(typed: String) throws {
        guard let format = CaseFormat(rawValue: typed.lowercased()) else {
            throw CommandError.usage(
                "unknown-format", id: "--format: csv atau ndjson, bukan '\(cut(typed))'.",
                en: "--format: csv or ndjson, not '\(cut(typed))'.")
        }
        self = format
    }
}
