import CallCenter
import CommandFrame
import OfflineClient
import SQLite
import SyncProtocol
import SyncStore

/// Everything that happened to a case, as far as this device knows.
struct CaseHistory {
    struct Event {
        let at: Int64
        /// A name for programs: `created`, `note`, `disposition`, `status_change`, `feedback`, `edited`, `conflict`.
        let kind: String
        let by: String
        let office: String
        let text: Words
        /// More for programs.
        let members: [(String, JSON)]
    }

    private let record: Record
    private let workplace: Workplace
    private let reveals: Bool
    private(set) var events: [Event] = []

    init(_ record: Record, in workplace: Workplace, reveals: Bool) throws {
        self.record = record
        self.workplace = workplace
        self.reveals = reveals
        events.append(
            Event(
                at: record.creation.version.time.milliseconds, kind: "created", by: record.creation.operator,
                office: record["office"].text ?? "", text: Words(id: "dicatat", en: "taken in"), members: []))
        for collection in ["disposition", "note", "status_change", "feedback"] {
            for child in try children(collection) { events.append(event(child)) }
        }
        events += edits()
        events += try workplace.client.conflicts(includingDecided: true, of: record.id).map(event)
        events.sort { $0.at < $1.at }
    }

    private func children(_ collection: String) throws -> [Record] {
        let ids = try workplace.client.query { connection in
            let select = try connection.statement(
                "SELECT id FROM \(collection) WHERE case_id = ?1 ORDER BY written_at, id")
            defer { select.reset() }
            try select.bind(1, record.id)
            var ids: [RecordID] = []
            while try select.step() { if let id = RecordID(bytes: select.bytes(0)) { ids.append(id) } }
            return ids
        }
        return try ids.compactMap { try workplace.client.read(collection, $0) }
    }

    private func event(_ child: Record) -> Event {
        let text: Words
        switch child.collection {
        case "disposition":
            let target = (child["to_agency"].text ?? child["to_body"].text).map(shown) ?? "?"
            let kind = named(child["kind"], DispositionKind.self)
            text = Words(id: "\(kind.id) ke \(target)", en: "\(kind.en) to \(target)").with(note(child["note"]))
        case "status_change":
            let from = named(child["from_status"], CaseStatus.self)
            let to = named(child["to_status"], CaseStatus.self)
            let reason = named(child["closing_reason"], ClosingReason.self)
            text = Words(id: "status: \(from.id) → \(to.id)", en: "status: \(from.en) → \(to.en)")
                .with(reason.id.isEmpty ? nil : Words(id: "(\(reason.id))", en: "(\(reason.en))"))
                .with(note(child["note"]))
        case "note":
            text = named(child["kind"], NoteKind.self).with(note(child["text"]))
        default:
            text = Words(id: "penilaian", en: "feedback").with(note(child["comment"]))
        }
        let names = child.fields.keys.filter { !["case_id", "written_at", "written_by", "office"].contains($0) }
        return Event(
            at: child["written_at"].moment ?? 0, kind: child.collection, by: child["written_by"].text ?? "",
            office: child["office"].text ?? "", text: text,
            members: names.sorted().map { ($0, json(child[$0])) })
    }

    /// Fields whose last writer was not the one who made the case; those of one write are one event.
    private func edits() -> [Event] {
        let byWrite = Dictionary(grouping: record.lastWrites) { $0.value }
        return byWrite.map { write, fields in
            let names = fields.map(\.key).sorted()
            let list = CaseColumns.list(names)
            return Event(
                at: write.version.time.milliseconds, kind: "edited", by: write.operator, office: "",
                text: Words(id: "terakhir menulis: \(list.id)", en: "last wrote: \(list.en)"),
                members: [
                    ("fields", .array(names.map { .string($0) })), ("replica", .number(write.version.replica.rawValue)),
                ])
        }
    }

    private func event(_ entry: ConflictEntry) -> Event {
        let fields = entry.losing.values.keys.sorted()
        let list = CaseColumns.list(fields)
        return Event(
            at: entry.notedAt, kind: "conflict", by: entry.losing.operator, office: entry.losing.office,
            text: Words(
                id: "bentrok (\(entry.state.rawValue)): \(list.id); lihat sambung bentrok",
                en: "conflict (\(entry.state.rawValue)): \(list.en); see sambung conflicts"),
            members: [
                ("conflict", .string(entry.id.description)), ("state", .string(entry.state.rawValue)),
                ("fields", .array(fields.map { .string($0) })),
            ])
    }

    // MARK: Values

    private func shown(_ text: String) -> String { reveals ? text : Masking.numbersHidden(text) }

    private func note(_ value: Value) -> Words? {
        value.text.map { text in Words(id: "– " + shown(text), en: "– " + shown(text)) }
    }

    private func json(_ value: Value) -> JSON {
        if case .text(let text) = value { return .string(shown(text)) }
        return value.json
    }

    private func named<Key: NamedKey>(_ value: Value, _ type: Key.Type) -> Words {
        let text = value.text ?? ""
        let key = Key(rawValue: text)
        return Words(id: key?.name(in: .indonesian) ?? text, en: key?.name(in: .english) ?? text)
    }
}

extension Words {
    /// Both texts with another one behind them.
    fileprivate func with(_ other: Words?) -> Words {
        other.map { Words(id: "\(id) \($0.id)", en: "\(en) \($0.en)") } ?? self
    }
}
