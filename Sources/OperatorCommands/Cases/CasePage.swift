import CallCenter
import CommandFrame
import OfflineClient
import SyncProtocol

/// One case with everything about it, for people or for programs.
struct CasePage {
    private struct DueLine {
        let stage: DeadlineStage
        let due: Deadlines.Due
        let standing: Deadlines.Standing
    }

    private let record: Record
    private let workplace: Workplace
    private let reveals: Bool
    private let state: CaseSyncState
    private let isInConflict: Bool
    private let dueLines: [DueLine]
    private let history: CaseHistory

    init(_ record: Record, in workplace: Workplace, reveals: Bool) throws {
        self.record = record
        self.workplace = workplace
        self.reveals = reveals
        let states = try workplace.client.query { try PendingRecords($0) }
        state = states.state(of: record.id)
        isInConflict = states.inConflict.contains(record.id)
        history = try CaseHistory(record, in: workplace, reveals: reveals)
        let followedUpAt = try workplace.firstFollowUp(record.id)
        guard let clock = CaseClock(followedUpAt: followedUpAt, { record[$0] }) else {
            dueLines = []
            return
        }
        let deadlines = try workplace.deadlines()
        let now = try workplace.now()
        dueLines = DeadlineStage.allCases.compactMap { stage in
            guard let due = deadlines.due(stage, of: clock),
                let standing = deadlines.standing(stage, of: clock, now: now)
            else { return nil }
            return DueLine(stage: stage, due: due, standing: standing)
        }
    }

    private var language: Language { workplace.language }
    private var speech: Speech { workplace.console.speech }
    private var isConfidential: Bool { record["confidential"].isTrue }

    // MARK: For people

    func print() throws {
        let console = workplace.console
        let title = VisibleText.line(masked(record["title"].text ?? "", "title"))
        console.print(console.styled("\(VisibleText.line(record.ticket))  \(title)", .bold))
        console.print(stateLine)
        console.print()
        try printFields()
        if !dueLines.isEmpty {
            console.print("\n" + console.styled(say(id: "Jatuh tempo", en: "Due"), .bold))
            var table = Table([.init(""), .init(""), .init(""), .init("", elastic: true)])
            for line in dueLines {
                let guess = line.due.isCertain ? "" : say(id: " (perkiraan)", en: " (estimate)")
                table.add([
                    "  " + line.stage.name(in: language), WIB.short(line.due.moment, in: language) + guess,
                    line.standing.name(in: language), line.due.rule.regulation,
                ])
            }
            console.print(table.body(for: console))
        }
        console.print("\n" + console.styled(say(id: "Riwayat", en: "History"), .bold))
        for event in history.events {
            let who = [event.by, event.office].filter { !$0.isEmpty }.joined(separator: ", ")
            let head = "  \(WIB.short(event.at, in: language))  \(VisibleText.line(who.isEmpty ? "–" : who))  "
            console.print(head + indented(event.text.text(in: speech), by: 4))
        }
    }

    private var stateLine: String {
        var parts = [statusName]
        if record.isDeleted { parts.append(say(id: "DIHAPUS", en: "DELETED")) }
        switch state {
        case .synced: parts.append(say(id: "sudah di pusat", en: "at the centre"))
        case .pending: parts.append(say(id: "belum terkirim", en: "not sent yet"))
        case .refused: parts.append(say(id: "ditolak pusat (lihat sambung status)", en: "refused (see sambung status)"))
        case .conflict: break
        }
        if isInConflict {
            parts.append(say(id: "bentrok (lihat sambung bentrok)", en: "in conflict (see sambung conflicts)"))
        }
        return parts.joined(separator: " · ")
    }

    private var statusName: String {
        let status = CaseStatus(rawValue: record.status)?.name(in: language) ?? VisibleText.line(record.status)
        guard let reason = record["closing_reason"].text.flatMap(ClosingReason.init(rawValue:)) else { return status }
        return "\(status) (\(reason.name(in: language)))"
    }

    private func printFields() throws {
        let shown = CaseColumns.order.filter { !["ticket", "title", "status", "closing_reason"].contains($0) }
            .filter { record[$0] != .null }
        let labels = shown.map { CaseColumns.label($0, in: speech) }
        let width = labels.reduce(0) { max($0, TextWidth.of($1)) }
        for (field, label) in zip(shown, labels) {
            let text = indented(try self.text(field), by: width + 2)
            workplace.console.print("\(TextWidth.padded(label, to: width))  \(text)")
        }
    }

    /// A value as people read it.
    private func text(_ field: String) throws -> String {
        switch record[field] {
        case .null: return ""
        case .bool(let value): return value ? say(id: "ya", en: "yes") : say(id: "tidak", en: "no")
        case .integer(let value): return "\(value)"
        case .double(let value): return "\(value)"
        case .dateTime(let moment): return WIB.text(moment, in: language)
        case .bytes: return try record[field].recordID.flatMap { try workplace.client.read("cases", $0)?.ticket } ?? "–"
        case .text(let text):
            switch field {
            case "class": return CaseClass(rawValue: text)?.name(in: language) ?? text
            case "channel": return Channel(rawValue: text)?.name(in: language) ?? text
            case "urgency": return Urgency(rawValue: text)?.name(in: language) ?? text
            case "category": return try workplace.reference(.category).name(of: text, in: language)
            case "region", "agency", "office":
                guard let kind = ReferenceTable.Kind(rawValue: field) else { return text }
                let name = try workplace.reference(kind).name(of: text, in: language)
                return name == text ? text : "\(name) (\(text))"
            case "reporter_phone" where reveals: return PhoneNumber.spaced(text)
            default: return masked(text, field)
            }
        }
    }

    private func masked(_ text: String, _ field: String) -> String {
        guard !reveals, isPersonal(field) else { return text }
        return Masking.text(text, of: field, isConfidential: isConfidential)
    }

    private func isPersonal(_ field: String) -> Bool {
        workplace.client.schema["cases"]?[field]?.isPersonal ?? true
    }

    /// Lines that follow the first stand under it.
    private func indented(_ text: String, by columns: Int) -> String {
        let lines = VisibleText.lines(text).split(separator: "\n", omittingEmptySubsequences: false)
        return lines.joined(separator: "\n" + String(repeating: " ", count: columns))
    }

    // MARK: For programs

    var json: JSON {
        let fields = CaseColumns.order.filter { record[$0] != .null }.map { field -> (String, JSON) in
            if case .text(let text) = record[field] { return (field, .string(masked(text, field))) }
            return (field, record[field].json)
        }
        return [
            "id": .string(record.id.description), "ticket": .string(record.ticket), "deleted": .bool(record.isDeleted),
            "sync": .string(state.rawValue), "in_conflict": .bool(isInConflict), "masked": .bool(!reveals),
            "fields": .object(fields),
            "due": .array(
                dueLines.map { line in
                    [
                        "stage": .string(line.stage.rawValue), "at": Moment.json(line.due.moment),
                        "standing": .string(line.standing.rawValue), "rule": .string(line.due.rule.key),
                        "regulation": .string(line.due.rule.regulation), "certain": .bool(line.due.isCertain),
                    ]
                }),
            "history": .array(
                history.events.map { event in
                    .object(
                        [
                            ("at", Moment.json(event.at)), ("event", .string(event.kind)), ("by", .string(event.by)),
                            ("office", .string(event.office)),
                        ] + event.members)
                }),
        ]
    }
}
