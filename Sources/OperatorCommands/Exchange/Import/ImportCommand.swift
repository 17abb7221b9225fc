import ArgumentParser
import CallCenter
import CommandFrame
import OfflineClient
import SQLite
import SyncProtocol

/// Reads cases from a file.
struct ImportCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            "import", alias: "impor",
            says: Words(id: "Baca kasus dari berkas CSV atau NDJSON.", en: "Read cases from a CSV or NDJSON file."),
            more: explanation,
            examples: [
                Example(
                    Words(id: "sambung impor kasus.csv --dry-run", en: "sambung import cases.csv --dry-run"),
                    id: "Periksa dahulu: apa yang akan dibuat, baris mana yang salah.",
                    en: "Look first: what would be made, which rows are wrong."),
                Example(
                    Words(id: "sambung impor kasus.csv", en: "sambung import cases.csv"),
                    id: "Impor semuanya, atau tidak sama sekali.", en: "Import all of it, or nothing."),
                Example(
                    Words(
                        id: "sambung impor perbaikan.csv --update", en: "sambung import corrections.csv --update"),
                    id: "Ubah juga kasus yang sudah ada.", en: "Change cases that are here as well."),
                Example(
                    Words(
                        id: "sambung impor creates.ndjson --only-office LIW",
                        en: "sambung import creates.ndjson --only-office LIW"),
                    id: "Hanya kasus satu kantor.", en: "Only the cases of one office."),
            ])
    }

    private static let explanation = Words(
        id: """
            Kolom CSV: nama seperti yang ditulis 'sambung ekspor', Inggris atau Indonesia (title/judul, class/jenis, \
            channel/saluran, received_at/diterima_pada, region/wilayah, …). Kasus baru perlu judul, jenis dan saluran; \
            nomor tiket, kantor dan waktu diterima diisi bila tidak ada. Isian kosong tidak mengubah apa pun.
            Baris dikenali dari id, lalu tiket, lalu isinya: mengulang impor tidak menggandakan apa pun. Baris untuk \
            kasus yang sudah ada dengan isi lain ditolak sebagai ganda, kecuali dengan --update.
            Satu baris salah: tidak ada yang ditulis (kode keluar 65), kecuali dengan --skip-bad-rows.
            """,
        en: """
            CSV columns: names as 'sambung export' writes them, English or Indonesian (title/judul, class/jenis, \
            channel/saluran, received_at/diterima_pada, region/wilayah, …). A new case needs title, class and channel; \
            ticket, office and time of receipt are filled in where they are absent. An empty cell changes nothing.
            A row is known by its id, else its ticket, else its content: importing again doubles nothing. A row for a \
            case that is here with other values is refused as a duplicate, unless --update is given.
            One bad row: nothing is written (exit code 65), unless --skip-bad-rows is given.
            """)

    @Argument(
        help: .words(
            id: "Berkas CSV atau NDJSON; - untuk masukan standar.",
            en: "The CSV or NDJSON file; - for standard input.", valueName: say(id: "berkas", en: "file")))
    var file: String

    @Flag(
        name: [.long, .customLong("preview")],
        help: .words(id: "Periksa dan tunjukkan saja; tidak menulis.", en: "Check and show only; write nothing."))
    var dryRun = false

    @Flag(help: .words(id: "Ubah kasus yang sudah ada.", en: "Change cases that are here already."))
    var update = false

    @Flag(help: .words(id: "Lewati baris yang salah, impor yang lain.", en: "Leave bad rows out, import the others."))
    var skipBadRows = false

    @Flag(help: .words(id: "Abaikan kolom yang tidak dikenal.", en: "Pass over unknown columns."))
    var ignoreUnknown = false

    @Option(
        help: .words(
            id: "Hanya baris kantor ini: kodenya, atau angka di \"office\" pada NDJSON.",
            en: "Only the rows of this office: its code, or the number in \"office\" of NDJSON.",
            valueName: say(id: "kantor", en: "office")))
    var onlyOffice: String?

    @Option(
        help: .words(
            id: "csv atau ndjson (bawaan: menurut isinya).", en: "csv or ndjson (default: by what is in it).",
            valueName: "csv|ndjson"))
    var format: String?

    @OptionGroup(title: DatabaseOptions.title) var options: DatabaseOptions

    /// Imports the file.
    func run() throws {
        let form = try format.map { try CaseFormat(typed: $0) }
        let workplace = try Workplace(options)
        let source = try ByteSource(path: file)
        let outcome: CaseImport.Outcome
        do {
            var rows = try ImportSource(source, format: form, ignoresUnknown: ignoreUnknown)
            outcome = try take(&rows, source, workplace)
        } catch let fault as FileFault {
            throw fault.error(file: file)
        } catch let refusal as Refused {
            outcome = refusal.outcome
        }
        let report = ImportReport(outcome, isDryRun: dryRun, skipsBadRows: skipBadRows, file: file)
        report.show(on: workplace.console, isJSON: options.json, workplace.language)
        if let error = report.error { throw error }
    }

    /// Ends the transaction of an import that may write nothing.
    private struct Refused: Error { let outcome: CaseImport.Outcome }

    private func take(
        _ rows: inout ImportSource, _ source: ByteSource, _ workplace: Workplace
    ) throws -> CaseImport.Outcome {
        let asked = CaseImport.Options(updates: update, onlyOffice: onlyOffice, skipsBadRows: skipBadRows)
        let status = try workplace.client.status()
        let setting = CaseImport.Setting(
            office: status.office, ticketPrefix: status.profile["ticket_prefix"] ?? "",
            operatorName: workplace.operatorName, now: try workplace.now())
        guard let cases = workplace.client.schema["cases"] else { throw ClientError.unknownCollection("cases") }
        if dryRun {
            return try workplace.client.query { connection in
                var run = try CaseImport(lookingOnly: asked, setting, cases, workplace.client, connection)
                try Self.all(&rows, source, &run)
                return run.outcome
            }
        }
        return try workplace.write { transaction in
            var run = try CaseImport(asked, setting, cases, in: transaction)
            try Self.all(&rows, source, &run)
            if run.isRefused { throw Refused(outcome: run.outcome) }
            return run.outcome
        }
    }

    private static func all(_ rows: inout ImportSource, _ source: ByteSource, _ run: inout CaseImport) throws {
        let progress = ProgressLine(Words(id: "Mengimpor baris", en: "Importing rows"))
        defer { progress.finish() }
        var count = 0
        while let row = try rows.next() {
            try run.take(row)
            count += 1
            if count.isMultiple(of: 256) {
                // How many rows there are is guessed from the bytes.
                let total = source.size.map { $0 / max(1, source.consumed / count) }
                progress.update(done: count, of: total.map { max($0, count) })
            }
        }
    }
}
