import CallCenter
import CommandFrame

/// Tells what came of an import, or would come.
struct ImportReport {
    private let outcome: CaseImport.Outcome
    private let isDryRun: Bool
    private let file: String
    /// Whether nothing is written because of bad rows.
    private let isRefused: Bool
    private static let shownFaults = 20

    init(_ outcome: CaseImport.Outcome, isDryRun: Bool, skipsBadRows: Bool, file: String) {
        self.outcome = outcome
        self.isDryRun = isDryRun
        self.file = file
        isRefused = outcome.bad > 0 && !skipsBadRows
    }

    /// The error to end with, where rows were bad.
    var error: CommandError? {
        guard isRefused else { return nil }
        return CommandError(
            .badData, "bad-rows", id: "\(file): \(outcome.bad) baris salah. Tidak ada yang ditulis.",
            en: "\(file): \(outcome.bad) rows are bad. Nothing was written.",
            advice: Words(
                id: "Perbaiki baris itu lalu ulangi, atau lewati dengan --skip-bad-rows.",
                en: "Mend those rows and run it again, or leave them out with --skip-bad-rows."),
            details: json)
    }

    /// Prints the report.
    func show(on console: Console, isJSON: Bool, _ language: Language) {
        if isJSON {
            // Refused, it goes with the error.
            if !isRefused { console.print(json) }
            return
        }
        showFaults(console)
        if !isRefused || isDryRun { showCounts(console, language) }
    }

    private var json: JSON {
        [
            "file": .string(file), "written": .bool(!isDryRun && !isRefused && outcome.new + outcome.updated > 0),
            "rows": .integer(Int64(outcome.rows)),
            "new": .integer(Int64(outcome.new)), "updated": .integer(Int64(outcome.updated)),
            "unchanged": .integer(Int64(outcome.unchanged)), "other_offices": .integer(Int64(outcome.otherOffices)),
            "bad": .integer(Int64(outcome.bad)), "errors": .array(outcome.faults.map(\.json)),
        ]
    }

    private func showFaults(_ console: Console) {
        for fault in outcome.faults.prefix(Self.shownFaults) { console.note(VisibleText.line(fault.text)) }
        guard outcome.faults.count > Self.shownFaults else { return }
        console.note(
            say(
                id: "… masih ada yang lain; semuanya dengan --json (sampai 1.000).",
                en: "… and more; all of them with --json (up to 1,000)."))
    }

    private func showCounts(_ console: Console, _ language: Language) {
        func count(_ number: Int) -> String { Figures.text(number, in: language) }
        if isDryRun, !outcome.samples.isEmpty { console.print(samples(language).text(for: console)) }
        var parts: [String] = []
        if outcome.new > 0 || outcome.updated == 0 {
            parts.append(
                isDryRun
                    ? say(
                        id: "\(count(outcome.new)) kasus akan dibuat", en: "\(count(outcome.new)) case(s) would be made"
                    )
                    : say(id: "\(count(outcome.new)) kasus dibuat", en: "\(count(outcome.new)) case(s) made"))
        }
        if outcome.updated > 0 {
            parts.append(
                say(id: "\(count(outcome.updated)) kasus diubah", en: "\(count(outcome.updated)) case(s) changed"))
        }
        if outcome.unchanged > 0 {
            parts.append(
                say(id: "\(count(outcome.unchanged)) sudah ada", en: "\(count(outcome.unchanged)) were here already"))
        }
        if outcome.otherOffices > 0 {
            parts.append(
                say(
                    id: "\(count(outcome.otherOffices)) milik kantor lain",
                    en: "\(count(outcome.otherOffices)) of other offices"))
        }
        if outcome.bad > 0 {
            parts.append(
                say(id: "\(count(outcome.bad)) baris salah", en: "\(count(outcome.bad)) bad rows")
                    + (isRefused ? "" : say(id: " dilewati", en: " left out")))
        }
        console.print(parts.joined(separator: ", ") + ".")
        if isDryRun {
            console.note(say(id: "Tidak ada yang ditulis (--dry-run).", en: "Nothing was written (--dry-run)."))
        } else if outcome.new + outcome.updated > 0 {
            console.note(
                say(
                    id: "Kirim dengan: sambung sinkron. Batalkan semuanya dengan: sambung batal",
                    en: "Send with: sambung sync. Take all of it back with: sambung undo"))
        }
    }

    private func samples(_ language: Language) -> Table {
        var table = Table([
            .init(say(id: "Baris", en: "Line"), rightAligned: true), .init(""), .init(say(id: "Tiket", en: "Ticket")),
            .init(say(id: "Diterima", en: "Received")), .init(say(id: "Bidang", en: "Field")),
        ])
        for sample in outcome.samples {
            table.add([
                "\(sample.line)", sample.isNew ? say(id: "baru", en: "new") : say(id: "ubah", en: "change"),
                sample.ticket ?? say(id: "(diberi nanti)", en: "(given later)"),
                sample.receivedAt.map { WIB.short($0, in: language) } ?? "", sample.category ?? "",
            ])
        }
        return table
    }
}
