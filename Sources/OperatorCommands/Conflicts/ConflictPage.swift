import CallCenter
import CommandFrame
import OfflineClient
import SyncProtocol

/// One conflict with both sides, for people or for programs.
struct ConflictPage {
    let item: ConflictBook.Item
    let workplace: Workplace
    let values: ConflictValues

    private var entry: ConflictEntry { item.entry }
    private var language: Language { workplace.language }
    /// A longer text is shown below the table, whole.
    private static let cellWidth = 36

    // MARK: For people

    func print() {
        let console = workplace.console
        console.print(
            console.styled(
                say(id: "Bentrok \(item.number)", en: "Conflict \(item.number)") + "  \(VisibleText.line(item.name))",
                .bold)
                + "  (\(item.shortID))")
        let noted = WIB.text(entry.notedAt, in: language)
        console.print(entry.kind.words.text + say(id: "; dicatat pusat \(noted)", en: "; noted by the centre \(noted)"))
        if let decided = decision { console.print(decided) }
        console.print()
        let fields = entry.fields(in: workplace.client.schema)
        console.print(table(fields).text(for: console))
        for field in fields where isLong(field) { printWhole(field, console) }
        if !changed.isEmpty {
            console.print()
            for field in changed {
                let now = values.text(item.record?[field], of: field, in: item)
                console.print(
                    say(
                        id: "Sudah diubah lagi sejak itu: \(values.label(field)) sekarang \(VisibleText.line(now)).",
                        en: "Changed again since: \(values.label(field)) is now \(VisibleText.line(now))."))
            }
        }
        if item.isOpen {
            console.note(
                say(
                    id: "→ sambung bentrok kembalikan \(item.number)   tulis kembali nilai yang kalah",
                    en: "→ sambung conflicts restore \(item.number)   write the losing value back"))
            console.note(
                say(
                    id: "→ sambung bentrok terima \(item.number)       biarkan nilai yang menang",
                    en: "→ sambung conflicts accept \(item.number)    let the winning value stand"))
        }
    }

    private func table(_ fields: [String]) -> Table {
        let isSoft = entry.kind == .soft
        var table = Table([
            .init(""),
            .init(
                isSoft ? say(id: "Yang datang kemudian", en: "Came later") : say(id: "Kalah", en: "Losing"),
                elastic: true),
            .init(
                isSoft ? say(id: "Yang sudah ada", en: "Was there") : say(id: "Menang", en: "Winning"), elastic: true),
        ])
        func row(_ label: String, _ text: (ConflictEntry.Side) -> String) {
            table.add([label, text(entry.losing), text(entry.winning)])
        }
        for field in fields {
            row(values.label(field)) { side in
                isLong(field)
                    ? say(id: "(di bawah)", en: "(below)") : values.text(side.values[field], of: field, in: item)
            }
        }
        row(say(id: "ditulis oleh", en: "written by")) { $0.operator.isEmpty ? "–" : $0.operator }
        row(say(id: "kantor", en: "office")) { values.office($0.office) }
        row(say(id: "pada (WIB)", en: "at (WIB)")) { WIB.short($0.version.time.milliseconds, in: language) }
        row(say(id: "replika", en: "replica")) { "\($0.version.replica)" }
        row(say(id: "berdasar versi", en: "had seen")) { side in
            guard side.base != .none else { return say(id: "belum ada", en: "nothing yet") }
            let moment = WIB.short(side.base.time.milliseconds, in: language)
            return say(id: "\(moment), replika \(side.base.replica)", en: "\(moment), replica \(side.base.replica)")
        }
        return table
    }

    private func printWhole(_ field: String, _ console: Console) {
        for (side, name) in [
            (entry.losing, say(id: "kalah", en: "losing")), (entry.winning, say(id: "menang", en: "winning")),
        ] {
            console.print("\n" + console.styled("\(values.label(field)), \(name)", .bold))
            console.print(VisibleText.lines(values.text(side.values[field], of: field, in: item)))
        }
    }

    private func isLong(_ field: String) -> Bool {
        [entry.losing, entry.winning].contains { side in
            let text = values.text(side.values[field], of: field, in: item)
            return text.contains(where: \.isNewline) || TextWidth.of(text) > Self.cellWidth
        }
    }

    /// The fields that hold neither value any more.
    private var changed: [String] {
        guard item.isOpen, let record = item.record else { return [] }
        return entry.fields(in: workplace.client.schema).filter { field in
            field != "deleted" && record[field] != entry.winning.values[field] ?? .null
                && record[field] != entry.losing.values[field] ?? .null
        }
    }

    private var decision: String? {
        guard let at = entry.decidedAt else { return nil }
        let (state, moment) = (entry.state.words.text, WIB.text(at, in: language))
        let by = VisibleText.line(entry.decidedBy)
        return say(id: "Sudah \(state) oleh \(by), \(moment)", en: "Already \(state) by \(by), \(moment)")
    }

    // MARK: For programs

    var json: JSON {
        [
            "number": .number(item.number), "id": .string(entry.id.description),
            "ticket": .text(item.caseRecord?.ticket),
            "collection": .string(entry.collection), "record": .string(entry.record.description),
            "kind": .string(entry.kind.rawValue), "state": .string(entry.state.rawValue),
            "noted_at": Moment.json(entry.notedAt), "decided_by": .text(entry.decidedAt == nil ? nil : entry.decidedBy),
            "decided_at": Moment.json(entry.decidedAt), "losing": json(entry.losing), "winning": json(entry.winning),
        ]
    }

    private func json(_ side: ConflictEntry.Side) -> JSON {
        let fields = entry.fields(in: workplace.client.schema).compactMap { field in
            side.values[field].map { (field, values.json($0, of: field, in: item)) }
        }
        let hasBase = side.base != .none
        return [
            "values": .object(fields), "operator": .string(side.operator), "office": .string(side.office),
            "written_at": Moment.json(side.version.time.milliseconds),
            "replica": .integer(Int64(side.version.replica.rawValue)),
            "base_at": Moment.json(hasBase ? side.base.time.milliseconds : nil),
            "base_replica": .number(hasBase ? side.base.replica.rawValue : nil),
        ]
    }
}
