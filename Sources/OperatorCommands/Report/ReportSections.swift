import CallCenter
import CommandFrame

/// One table of the report, with the names that people read.
struct ReportSection {
    /// A name that never changes, for programs.
    let key: String
    /// The title.
    let title: Words
    /// The lines with their names.
    let lines: [(line: YearReport.Line, name: String)]
}

extension ReportSection {
    /// The tables of a report, the published figures first.
    static func all(_ report: YearReport, _ names: ReportNames) -> [ReportSection] {
        let language = names.language
        func section(
            _ key: String, id: String, en: String, _ lines: [YearReport.Line], _ name: (String) -> String
        ) -> ReportSection {
            let unnamed = language == .indonesian ? "(tidak diisi)" : "(not given)"
            return ReportSection(
                key: key, title: Words(id: id, en: en), lines: lines.map { ($0, $0.key.map(name) ?? unnamed) })
        }
        func named<Key: NamedKey>(_ type: Key.Type) -> (String) -> String {
            { Key(rawValue: $0)?.name(in: language) ?? $0 }
        }
        // What has no due date yet has a name of its own among the states of its deadline.
        let timeliness = report.timeliness.map { line in
            let none = language == .indonesian ? "belum ada tenggat" : "nothing due yet"
            return (line, line.key.map(named(Deadlines.Standing.self)) ?? none)
        }
        return [
            section(
                "fields", id: "Bidang, seperti diumumkan", en: "Fields, as published", report.groups,
                named(YearReport.Group.self)),
            section("categories", id: "Semua bidang", en: "All fields", report.categories, names.name(.category)),
            section("agencies", id: "Instansi", en: "Agency", report.agencies, names.name(.agency)),
            section("regions", id: "Wilayah", en: "Region", report.regions, names.name(.region)),
            section("channels", id: "Saluran", en: "Channel", report.channels, named(Channel.self)),
            section("states", id: "Status", en: "State", report.states, named(CaseStatus.self)),
            section("classes", id: "Jenis", en: "Class", report.classes, named(CaseClass.self)),
            section(
                "closing_reasons", id: "Alasan penutupan", en: "Reason of closing", report.closingReasons,
                named(ClosingReason.self)),
            ReportSection(
                key: "timeliness", title: Words(id: "Ketepatan waktu", en: "Timeliness"), lines: timeliness),
        ]
    }
}

/// The names of codes, in one language.
struct ReportNames {
    let language: Language
    let tables: [ReferenceTable]

    /// Gives the name of a code of that list.
    func name(_ kind: ReferenceTable.Kind) -> (String) -> String {
        let table = tables.first { $0.kind == kind }
        return { code in table?.name(of: code, in: language) ?? code }
    }
}
