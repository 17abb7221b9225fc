import CallCenter
import CommandFrame
import OfflineClient
import SyncProtocol

/// The values of a conflict as people read them, masked unless somebody asked to see them.
struct ConflictValues {
    private let language: Language
    private let speech: Speech
    private let schema: Schema
    private let tables: [ReferenceTable]
    private let reveals: Bool

    init(_ workplace: Workplace, reveals: Bool) throws {
        language = workplace.language
        speech = workplace.console.speech
        schema = workplace.client.schema
        tables = try ReferenceTable.Kind.allCases.map { try workplace.reference($0) }
        self.reveals = reveals
    }

    /// The name of a field.
    func label(_ field: String) -> String {
        if field == "deleted" { return Words(id: "dihapus", en: "deleted").text(in: speech) }
        return CaseColumns.header(field, in: speech).replacing("_", with: " ")
    }

    /// A value for people.
    func text(_ value: Value?, of field: String, in item: ConflictBook.Item) -> String {
        switch value ?? .null {
        case .null: return "–"
        case .bool(let value): return Words(id: value ? "ya" : "tidak", en: value ? "yes" : "no").text(in: speech)
        case .integer(let value): return "\(value)"
        case .double(let value): return "\(value)"
        case .dateTime(let moment): return WIB.short(moment, in: language)
        case .bytes(let bytes): return RecordID(bytes: bytes)?.description ?? "\(bytes.count) B"
        case .text(let text):
            if let name = name(of: text, field) { return name }
            return masked(text, field, item)
        }
    }

    /// A value for programs.
    func json(_ value: Value, of field: String, in item: ConflictBook.Item) -> JSON {
        if case .text(let text) = value { return .string(masked(text, field, item)) }
        return value.json
    }

    /// The name of an office.
    func office(_ code: String) -> String {
        if code.isEmpty { return Words(id: "pusat", en: "the centre").text(in: speech) }
        let name = tables.first { $0.kind == .office }?.name(of: code, in: language) ?? code
        return name == code ? code : "\(code) (\(name))"
    }

    private func name(of key: String, _ field: String) -> String? {
        switch field {
        case "status", "from_status", "to_status": CaseStatus(rawValue: key)?.name(in: language)
        case "class": CaseClass(rawValue: key)?.name(in: language)
        case "channel": Channel(rawValue: key)?.name(in: language)
        case "urgency": Urgency(rawValue: key)?.name(in: language)
        case "closing_reason": ClosingReason(rawValue: key)?.name(in: language)
        case "category", "agency", "region", "office", "from_agency", "to_agency":
            tables.first { field == $0.kind.rawValue || field.hasSuffix("_" + $0.kind.rawValue) }?
                .name(of: key, in: language)
        default: nil
        }
    }

    private func masked(_ text: String, _ field: String, _ item: ConflictBook.Item) -> String {
        // What this schema does not know may be about a person.
        let isPersonal = schema[item.entry.collection]?[field]?.isPersonal ?? true
        guard !reveals, isPersonal else { return text }
        // Without its case nobody can tell whether it is confidential.
        let isConfidential = item.caseRecord.map { $0["confidential"].isTrue } ?? true
        return Masking.text(text, of: field, isConfidential: isConfidential)
    }
}
