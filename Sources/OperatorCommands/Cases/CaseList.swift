import CallCenter
import CommandFrame
import OfflineClient
import SyncProtocol

/// Rows of cases with what is computed about them, for a table or for programs.
struct CaseList {
    struct Item {
        let row: CaseRow
        let state: CaseSyncState
        let isInConflict: Bool
        let due: (stage: DeadlineStage, due: Deadlines.Due, isOverdue: Bool)?
    }

    let workplace: Workplace
    var items: [Item]

    init(_ rows: [CaseRow], _ states: PendingRecords, in workplace: Workplace) throws {
        self.workplace = workplace
        let deadlines = try workplace.deadlines()
        let now = try workplace.now()
        items = rows.map { row in
            Item(
                row: row, state: states.state(of: row.id), isInConflict: states.inConflict.contains(row.id),
                due: row.clock.flatMap { deadlines.next(of: $0, now: now) })
        }
    }

    // MARK: For people

    /// Prints a table, and beside it what its marks mean.
    func printTable() throws {
        let console = workplace.console
        let isWide = console.width.map { $0 >= 110 } ?? true
        let category = try workplace.reference(.category)
        let marks = say(id: "Tanda", en: "Mark")
        var columns: [Table.Column] = [
            .init(say(id: "Tiket", en: "Ticket")), .init(say(id: "Diterima", en: "Received")),
            .init("Status", elastic: true), .init(say(id: "Jatuh tempo", en: "Due")), .init(marks),
        ]
        if isWide {
            columns += [
                .init(say(id: "Bidang", en: "Field"), elastic: true), .init(say(id: "Instansi", en: "Agency")),
            ]
        }
        columns.append(.init(say(id: "Judul", en: "Title"), elastic: true))
        var table = Table(columns)
        for item in items {
            let row = item.row
            var cells = [
                row.ticket, row["received_at"].moment.map { WIB.short(WIB.day(of: $0), in: workplace.language) } ?? "",
                row.status?.name(in: workplace.language) ?? row["status"].text ?? "",
                item.due.map { WIB.short($0.due.day, in: workplace.language) } ?? "–", Self.marks(of: item),
            ]
            if isWide {
                cells += [
                    row["category"].text.map { category.name(of: $0, in: workplace.language) } ?? "",
                    row["agency"].text ?? "",
                ]
            }
            cells.append(Self.title(row))
            table.add(cells)
        }
        console.print(table.text(for: console))
        let used = Set(items.flatMap { Self.marks(of: $0) })
        let legend = Self.legend.filter { used.contains($0.mark) }.map { "\($0.mark) \($0.words.text)" }
        if !legend.isEmpty { console.note(legend.joined(separator: "   ")) }
    }

    private static let legend: [(mark: Character, words: Words)] = [
        ("▲", Words(id: "lewat jatuh tempo", en: "overdue")), ("*", Words(id: "belum terkirim", en: "not sent yet")),
        ("!", Words(id: "bentrok", en: "in conflict")), ("x", Words(id: "ditolak pusat", en: "refused by the centre")),
        ("↑", Words(id: "mendesak", en: "urgent")),
    ]

    private static func marks(of item: Item) -> String {
        var marks = ""
        if item.due?.isOverdue ?? false { marks += "▲" }
        if item.state == .pending { marks += "*" }
        if item.isInConflict { marks += "!" }
        if item.state == .refused { marks += "x" }
        if ["urgent", "emergency"].contains(item.row["urgency"].text) { marks += "↑" }
        return marks
    }

    private static func title(_ row: CaseRow) -> String {
        // No terminal shows more of one line, and a title may be a megabyte long.
        let title = String((row["title"].text ?? "").prefix(300))
        return Masking.text(title, of: "title", isConfidential: row.isConfidential)
    }

    // MARK: For programs

    /// One object a case.
    var json: [JSON] {
        items.map { item in
            let row = item.row
            func text(_ field: String) -> (String, JSON) { (field, .text(row[field].text)) }
            return .object([
                ("id", .string(row.id.description)), text("ticket"), text("status"), text("closing_reason"),
                ("received_at", Moment.json(row["received_at"].moment)), text("class"), text("channel"),
                (
                    "title",
                    .string(Masking.text(row["title"].text ?? "", of: "title", isConfidential: row.isConfidential))
                ),
                text("category"), text("agency"), text("region"), text("office"), text("urgency"),
                ("confidential", .bool(row.isConfidential)), ("due", item.due.map(Self.json) ?? .null),
                ("sync", .string(item.state.rawValue)), ("in_conflict", .bool(item.isInConflict)),
            ])
        }
    }

    private static func json(_ due: (stage: DeadlineStage, due: Deadlines.Due, isOverdue: Bool)) -> JSON {
        [
            "stage": .string(due.stage.rawValue), "at": Moment.json(due.due.moment), "overdue": .bool(due.isOverdue),
            "rule": .string(due.due.rule.key), "certain": .bool(due.due.isCertain),
        ]
    }
}
