import ArgumentParser
import CallCenter
import CommandFrame
import OfflineClient
import SQLite
import SyncProtocol

struct ListCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            "list", alias: "daftar",
            says: Words(id: "Tampilkan daftar kasus.", en: "List cases."),
            more: Words(
                id: "Angka yang mungkin nomor telepon atau NIK disamarkan.",
                en: "Numbers that may be telephone numbers or identity cards are masked."),
            examples: [
                Example(
                    Words(id: "sambung daftar --overdue --sort tempo", en: "sambung list --overdue --sort due"),
                    id: "Yang lewat jatuh tempo, yang paling lama dahulu.", en: "What is overdue, the oldest first."),
                Example(
                    Words(
                        id: "sambung daftar --status diteruskan --agency DINSOS --from 01/06/2022",
                        en: "sambung list --status forwarded --agency DINSOS --from 2022-06-01"),
                    id: "Yang menunggu Dinas Sosial sejak Juni 2022.",
                    en: "What waits for the social office since June 2022."),
            ])
    }

    @OptionGroup(title: say(id: "Saringan", en: "Filters")) var filter: CaseFilter
    @Option(
        help: .words(
            id: "Urutan: diterima (terbaru dahulu), tempo, status, tiket.",
            en: "Order: received (newest first), due, status, ticket.", valueName: say(id: "urutan", en: "order")))
    var sort: String?
    @Option(
        help: .words(
            id: "Paling banyak sekian; 0 untuk semua.", en: "At most so many; 0 for all.",
            valueName: say(id: "jumlah", en: "count")))
    var limit = 50
    @OptionGroup(title: DatabaseOptions.title) var options: DatabaseOptions

    /// What a list is sorted by.
    enum Order: String, CaseIterable, NamedKey {
        case received
        case due
        case status
        case ticket

        func name(in language: Language) -> String {
            switch (self, language) {
            case (.received, .indonesian): "diterima"
            case (.due, .indonesian): "tempo"
            case (.ticket, .indonesian): "tiket"
            default: rawValue
            }
        }
    }

    func run() throws {
        guard limit >= 0 else {
            throw CommandError.usage(
                "limit", id: "--limit tidak boleh negatif.", en: "--limit can't be negative.")
        }
        let order = try sort.map { try Choice.read(Order.self, $0, "order") } ?? .received
        let workplace = try Workplace(options)
        let (rows, total, states) = try chosen(in: workplace, order)
        let list = try CaseList(rows, states, in: workplace)
        let console = workplace.console
        if console.isJSON {
            console.print([
                "cases": .array(list.json), "shown": .number(list.items.count),
                "total": total.map { .number($0) } ?? .null,
            ])
            return
        }
        if list.items.isEmpty {
            console.note(say(id: "Tidak ada kasus yang cocok.", en: "No case fits."))
            return
        }
        try list.printTable()
        if total.map({ $0 > list.items.count }) ?? true {
            let (all, most) = (total.map { "\($0)" }, CaseSelection.mostCounted)
            console.note(
                say(
                    id: "\(list.items.count) dari \(all ?? "lebih dari \(most)") kasus; semuanya dengan --limit 0.",
                    en: "\(list.items.count) of \(all ?? "more than \(most)") cases; all of them with --limit 0."))
        }
    }

    // MARK: Choosing

    /// The rows to show in their order, how many there would be without a limit (nil where they are too many to count),
    /// and how far cases have come.
    private func chosen(in workplace: Workplace, _ order: Order) throws -> ([CaseRow], Int?, PendingRecords) {
        if filter.deleted { return try deleted(in: workplace, order) }
        var selection = try filter.selection(workplace)
        let deadlines = try workplace.deadlines()
        let now = try workplace.now()
        return try workplace.client.query { connection in
            let states = try PendingRecords(connection)
            guard filter.overdue || order == .due else {
                let rows = try selection.rows(connection, order: Self.sql(order), limit: limit)
                let isWhole = limit == 0 || rows.count < limit
                return (rows, isWhole ? rows.count : try selection.count(connection), states)
            }
            // When a case is due stands nowhere: it is computed for each.
            if filter.overdue { selection.conditions.append(.open) }
            var found = try selection.places(
                connection, CaseClock.columns, suffix: "ORDER BY \(Self.sql(order))"
            ) { select -> Int64? in
                let due = CaseClock(select, from: 1).flatMap { deadlines.next(of: $0, now: now) }
                return filter.overdue && due?.isOverdue != true ? nil : due?.due.moment ?? .max
            }
            if order == .due {
                found = found.enumerated().sorted { ($0.element.found, $0.offset) < ($1.element.found, $1.offset) }
                    .map(\.element)
            }
            let shown = limit > 0 ? found.prefix(limit) : found[...]
            return (try shown.compactMap { try CaseRow.at($0.place, connection) }, found.count, states)
        }
    }

    private func deleted(in workplace: Workplace, _ order: Order) throws -> ([CaseRow], Int?, PendingRecords) {
        let states = try workplace.client.query { try PendingRecords($0) }
        var list = try CaseList(try filter.deletedRows(workplace, states), states, in: workplace)
        if filter.overdue { list.items.removeAll { !($0.due?.isOverdue ?? false) } }
        list.items.sort { Self.precedes($0, $1, order) }
        let rows = list.items.map(\.row)
        return (limit > 0 ? Array(rows.prefix(limit)) : rows, rows.count, states)
    }

    // MARK: Order

    /// SQL for an order; by due date for those that have the same, or none.
    private static func sql(_ order: Order) -> String {
        let newestFirst = "received_at DESC, id DESC"
        switch order {
        case .due, .received: return newestFirst
        case .ticket: return "ticket, id"
        case .status:
            let places = CaseStatus.allCases.enumerated().map { "WHEN '\($0.element.rawValue)' THEN \($0.offset)" }
            return "CASE status \(places.joined(separator: " ")) ELSE \(places.count) END, \(newestFirst)"
        }
    }

    /// The same order for cases that stand in no table.
    private static func precedes(_ left: CaseList.Item, _ right: CaseList.Item, _ order: Order) -> Bool {
        let (leftReceived, rightReceived) = (left.row["received_at"].moment ?? 0, right.row["received_at"].moment ?? 0)
        switch order {
        case .due:
            let (leftDue, rightDue) = (left.due?.due.moment ?? .max, right.due?.due.moment ?? .max)
            if leftDue != rightDue { return leftDue < rightDue }
        case .status:
            let places = CaseStatus.allCases
            func place(_ item: CaseList.Item) -> Int { item.row.status.flatMap(places.firstIndex) ?? places.count }
            if place(left) != place(right) { return place(left) < place(right) }
        case .ticket:
            return (left.row.ticket, left.row.id) < (right.row.ticket, right.row.id)
        case .received: break
        }
        return leftReceived == rightReceived ? left.row.id > right.row.id : leftReceived > rightReceived
    }
}
