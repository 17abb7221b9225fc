import CallCenter
import CommandFrame

/// A report as text, CSV and JSON.
struct ReportRendering {
    let report: YearReport
    let sections: [ReportSection]
    let language: Language

    /// For people: tables with bars, without the lines that have no cases.
    func text(for console: Console) -> String {
        let total = Figures.text(report.total, in: language)
        let title = say(
            id: "Aspirasi tahun \(report.year): \(total) kasus", en: "Aspirasi of \(report.year): \(total) cases")
        var blocks = [console.styled(title, .bold)]
        guard report.total > 0 else {
            return title + "\n"
                + say(
                    id: "Tidak ada kasus yang diterima tahun itu di perangkat ini.",
                    en: "This device has no case received in that year.")
        }
        let shown = sections.map { section in (section, section.lines.filter { $0.line.count != 0 }) }
        let width = shown.flatMap(\.1).reduce(0) { max($0, TextWidth.of($1.name)) }
        for (section, lines) in shown where !lines.isEmpty {
            blocks.append(table(section, lines, nameWidth: width).text(for: console))
        }
        if let median = report.medianWorkingDays {
            blocks.append(
                say(
                    id: "Median penyelesaian: \(median) hari kerja.",
                    en: "Half of the settled cases took at most \(median) working days."))
        }
        if sections.contains(where: { $0.lines.contains { $0.line.count == nil } }) {
            blocks.append(say(id: "* angka kecil disembunyikan.", en: "* small numbers are hidden."))
        }
        return blocks.joined(separator: "\n\n")
    }

    private func table(
        _ section: ReportSection, _ lines: [(line: YearReport.Line, name: String)], nameWidth: Int
    ) -> Table {
        var table = Table([
            .init(TextWidth.padded(section.title.text, to: nameWidth), elastic: true),
            .init(say(id: "jumlah", en: "cases"), rightAligned: true), .init("%", rightAligned: true), .init(""),
        ])
        let greatest = lines.compactMap(\.line.count).max() ?? 0
        for (line, name) in lines {
            table.add([
                name, line.count.map { Figures.text($0, in: language) } ?? "*",
                line.percent.map { Figures.percent($0, in: language) } ?? "*",
                Bar.text(line.count ?? 0, of: greatest, columns: 24),
            ])
        }
        return table
    }

    /// For spreadsheets and programs: a row a line of each table; a hidden number is an empty cell.
    func csv() -> String {
        var csv = CSVWriter(forSpreadsheet: false)
        for name in ["year", "section", "key", "name", "count", "percent", "share"] { csv.add(plain: name) }
        csv.endRow()
        func row(_ section: String, _ key: String?, _ name: String, _ numbers: [String?]) {
            csv.add(plain: "\(report.year)")
            csv.add(plain: section)
            if let key { csv.add(key.utf8) } else { csv.addNothing() }
            csv.add(name.utf8)
            for number in numbers { if let number { csv.add(plain: number) } else { csv.addNothing() } }
            csv.endRow()
        }
        row("total", nil, say(id: "jumlah", en: "total"), ["\(report.total)", nil, nil])
        for section in sections {
            for (line, name) in section.lines {
                row(
                    section.key, line.key, name,
                    [line.count.map { "\($0)" }, line.percent.map { "\($0)" }, line.tenths.map(Self.decimal)])
            }
        }
        return String(decoding: csv.bytes, as: UTF8.self)
    }

    /// For programs.
    func json() -> JSON {
        let tables = sections.map { section in
            let lines = section.lines.map { line, name in
                [
                    "key": .text(line.key), "name": .string(name), "count": .number(line.count),
                    "percent": .number(line.percent), "share": line.tenths.map { .double(Double($0) / 10) } ?? .null,
                ] as JSON
            }
            return (section.key, JSON.array(lines))
        }
        let head: [(String, JSON)] = [
            ("year", .integer(Int64(report.year))), ("total", .integer(Int64(report.total))),
            ("median_working_days", .number(report.medianWorkingDays)),
        ]
        return .object(head + tables)
    }

    private static func decimal(_ tenths: Int) -> String { "\(tenths / 10).\(tenths % 10)" }
}
