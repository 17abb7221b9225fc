import ArgumentParser
import CallCenter
import CommandFrame
import OfflineClient
import SQLite
import SyncProtocol

/// Which cases a list shows.
struct CaseFilter: ParsableArguments {
    @Option(
        help: .words(
            id: "Status; boleh berulang: diterima, diteruskan, selesai…",
            en: "A status; may be repeated: received, forwarded, closed…", valueName: "status"))
    var status: [String] = []
    @Option(help: .words(id: "Bidang.", en: "Field of complaint.", valueName: say(id: "bidang", en: "category")))
    var category: String?
    @Option(help: .words(id: "Instansi.", en: "Agency.", valueName: say(id: "instansi", en: "agency")))
    var agency: String?
    @Option(help: .words(id: "Kabupaten/kota.", en: "Regency or city.", valueName: say(id: "wilayah", en: "region")))
    var region: String?
    @Option(help: .words(id: "Kantor.", en: "Office.", valueName: say(id: "kantor", en: "office")))
    var office: String?
    @Option(help: .words(id: "Saluran.", en: "Channel.", valueName: say(id: "saluran", en: "channel")))
    var channel: String?
    @Option(
        help: .words(
            id: "Diterima sejak tanggal ini.", en: "Received on this day or later.",
            valueName: say(id: "tanggal", en: "date")))
    var from: String?
    @Option(
        help: .words(
            id: "Diterima sampai dengan tanggal ini.", en: "Received on this day or before.",
            valueName: say(id: "tanggal", en: "date")))
    var to: String?
    @Flag(help: .words(id: "Hanya yang lewat jatuh tempo.", en: "Only what is overdue."))
    var overdue = false
    @Flag(help: .words(id: "Hanya yang belum terkirim.", en: "Only what is not sent yet."))
    var pending = false
    @Flag(help: .words(id: "Hanya yang bentrok.", en: "Only what is in conflict."))
    var conflict = false
    @Flag(help: .words(id: "Yang terhapus, bukan yang ada.", en: "The deleted ones instead of the others."))
    var deleted = false

    /// The cases that pass, of those that are not deleted.
    func selection(_ workplace: Workplace) throws -> CaseSelection {
        var selection = CaseSelection(conditions: try conditions(workplace).map(\.sql))
        if pending { selection.conditions.append(.init(sql: "id IN (\(PendingRecords.pendingCases))")) }
        if conflict { selection.conditions.append(.init(sql: "id IN (\(PendingRecords.openConflicts))")) }
        return selection
    }

    /// The deleted cases that pass, which stand packed and are few.
    func deletedRows(_ workplace: Workplace, _ states: PendingRecords) throws -> [CaseRow] {
        let wanted = try conditions(workplace)
        return try workplace.deletedCases().map { CaseRow($0, followedUpAt: try workplace.firstFollowUp($0.id)) }
            .filter { row in
                wanted.allSatisfy { $0.accepts(row) }
                    && (!pending || states.pending.contains(row.id) || states.refused.contains(row.id))
                    && (!conflict || states.inConflict.contains(row.id))
            }
    }

    /// One condition, for a statement and as a test of a row.
    private struct Condition {
        let sql: CaseSelection.Condition
        let accepts: (CaseRow) -> Bool

        static func any(_ field: String, of keys: [String]) -> Condition {
            Condition(
                sql: .init(
                    sql: "\"\(field)\" IN (\(keys.map { _ in "?" }.joined(separator: ", ")))",
                    values: keys.map { .text($0) }),
                accepts: { keys.contains($0[field].text ?? "") })
        }

        static func received(_ sign: String, _ moment: Int64) -> Condition {
            Condition(
                sql: .init(sql: "received_at \(sign) ?", values: [.dateTime(moment)]),
                accepts: { row in
                    guard let received = row["received_at"].moment else { return false }
                    return sign == ">=" ? received >= moment : received <= moment
                })
        }
    }

    private func conditions(_ workplace: Workplace) throws -> [Condition] {
        var conditions: [Condition] = []
        if !status.isEmpty {
            conditions.append(
                .any("status", of: try status.map { try Choice.read(CaseStatus.self, $0, "status").rawValue }))
        }
        let references: [(ReferenceTable.Kind, String?)] = [
            (.category, category), (.agency, agency), (.region, region), (.office, office),
        ]
        for (kind, typed) in references {
            if let typed {
                conditions.append(.any(kind.rawValue, of: [try workplace.reference(kind).code(typed: typed)]))
            }
        }
        if let channel {
            conditions.append(.any("channel", of: [try Choice.read(Channel.self, channel, "channel").rawValue]))
        }
        let now = try workplace.now()
        if let from { conditions.append(.received(">=", try DateInput(from, now: now).milliseconds)) }
        if let to {
            let input = try DateInput(to, now: now)
            conditions.append(.received("<=", input.hasTime ? input.milliseconds : WIB.end(of: input.day)))
        }
        return conditions
    }
}
