import CentralServer
import SyncProtocol

/// The rules of scope that a simulated centre goes by, and the offices that they are about.
enum SimulatedScopes: String, CaseIterable {
    /// Everybody sees everything.
    case off
    /// An office sees its own cases, an agency those that are assigned to it.
    case byOffice
    /// Open cases are seen, and not written, by all; notes and the conflict log have no rule.
    case openToAll
    /// Agencies see nothing, and offices may write little.
    case narrow

    /// The offices: two branch offices, two agencies, and one that sees all.
    static let offices = [
        OfficeEntry(code: "A", name: "A"), OfficeEntry(code: "B", name: "B"),
        OfficeEntry(code: "H", name: "H", attributes: ["role": "agency", "agency": "HEALTH"]),
        OfficeEntry(code: "R", name: "R", attributes: ["role": "agency", "agency": "ROADS"]),
        OfficeEntry(code: "C", name: "C", attributes: ["role": "centre"]),
    ]

    var rules: ScopeRules? {
        let mine = ["office": "$office"]
        let centre = ScopeRule(collection: "cases", role: "centre", write: ["*"])
        let entries = [
            ScopeRule(collection: "conflict", parent: true, write: ["*"]),
            ScopeRule(collection: "conflict", match: ["losing_office": "$office"], write: ["*"]),
            ScopeRule(collection: "conflict", match: ["winning_office": "$office"], write: ["*"]),
        ]
        let rules: [ScopeRule]
        switch self {
        case .off: return nil
        case .byOffice:
            rules =
                [
                    centre,
                    ScopeRule(collection: "cases", role: "office", match: mine, write: ["*"], except: ["office"]),
                    ScopeRule(
                        collection: "cases", role: "agency", match: ["agency": "$agency"],
                        write: ["status", "closed_at", "note", "agency", "person", "deleted"]),
                    ScopeRule(collection: "notes", parent: true, write: ["*"]),
                ] + entries
        case .openToAll:
            rules = [
                centre, ScopeRule(collection: "cases", match: mine, write: ["*"]),
                ScopeRule(collection: "cases", match: ["agency": "$agency"], write: ["*"], except: ["title"]),
                ScopeRule(collection: "cases", match: ["status": "open"]),
            ]
        case .narrow:
            rules =
                [
                    centre, ScopeRule(collection: "cases", role: "office", match: mine, write: ["note", "agency"]),
                    ScopeRule(collection: "notes", role: "office", parent: true, write: ["text"]),
                ] + entries
        }
        return ScopeRules(follow: ["notes": "case_id"], rules: rules)
    }
}

/// Who sees and writes what, found out anew for each record by the words of the rules.
struct ModelScopes {
    var rules: ScopeRules?
    /// How often rules or offices have changed.
    var changes = 0
    var offices: [String: OfficeEntry] = ["A": OfficeEntry(code: "A", name: "A")] { didSet { changes += 1 } }
    /// The fields of cases that rules look at or looked at.
    var lookedAt: Set<Int> = []
    /// What was forgotten, as rules saw it, with what it followed: what follows it stays where it was.
    var graves: [RecordKey: Grave] = [:]

    struct Grave {
        let record: ModelRecord
        let parents: [RecordKey: ModelRecord]
    }

    mutating func set(_ rules: ScopeRules?) {
        self.rules = rules
        changes += 1
        for rule in rules?.rules ?? [] where rule.collection == "cases" {
            lookedAt.formUnion((rule.match ?? [:]).keys.map(Self.number))
        }
    }

    /// Keeps how a record was seen that is about to be forgotten.
    mutating func bury(_ key: RecordKey, in records: [RecordKey: ModelRecord]) {
        guard let record = records[key] else { return }
        // Without rules nothing was looked at.
        if lookedAt.isEmpty { return graves[key] = Grave(record: record.seen(through: []), parents: [:]) }
        var parents: [RecordKey: ModelRecord] = [:]
        if let parent = Self.parent(key, record) {
            parents[parent] = records[parent]?.seen(through: lookedAt) ?? graves[parent]?.record
        }
        let fields = key.collection == SimulatedSchema.cases ? lookedAt : lookedAt.union([1])
        graves[key] = Grave(record: record.seen(through: fields), parents: parents)
    }

    /// The rules that fit a record for an office; nil where no rule names its collection, and all is free.
    func fitting(
        _ key: RecordKey, _ record: ModelRecord, for office: String, in records: [RecordKey: ModelRecord]
    ) -> [ScopeRule]? {
        guard let rules = rules?.rules, rules.contains(where: { Self.number($0.collection) == key.collection }) else {
            return nil
        }
        var attributes = offices[office]?.attributes ?? [:]
        let role = attributes["role"] ?? "office"
        attributes["office"] = office
        return rules.filter { rule in
            guard Self.number(rule.collection) == key.collection, rule.role == nil || rule.role == role else {
                return false
            }
            for (name, wanted) in rule.match ?? [:] {
                let text = wanted.hasPrefix("$") ? attributes[String(wanted.dropFirst())] : wanted
                guard let text, record.text(Self.number(name)) == text else { return false }
            }
            if rule.parent != true { return true }
            guard let parent = Self.parent(key, record) else { return false }
            if let held = records[parent] { return sees(parent, held, by: office, in: records) }
            guard let grave = graves[parent] else { return false }
            return sees(parent, grave.record, by: office, in: grave.parents)
        }
    }

    func sees(
        _ key: RecordKey, _ record: ModelRecord, by office: String, in records: [RecordKey: ModelRecord]
    ) -> Bool { fitting(key, record, for: office, in: records)?.isEmpty != true }

    /// What an office sees of some records.
    func visible(to office: String, of records: [RecordKey: ModelRecord]) -> [RecordKey: ModelRecord] {
        rules == nil ? records : records.filter { sees($0.key, $0.value, by: office, in: records) }
    }

    /// The record that another one follows: a note its case, an entry of the conflict log what it is about.
    static func parent(_ key: RecordKey, _ record: ModelRecord) -> RecordKey? {
        func id(_ field: Int) -> RecordID? {
            guard case .bytes(let bytes) = record.decoded(field) else { return nil }
            return RecordID(bytes: bytes)
        }
        switch key.collection {
        case SimulatedSchema.notes: return id(1).map { RecordKey(SimulatedSchema.cases, $0) }
        case ConflictLog.number:
            guard case .integer(let collection) = record.decoded(2) else { return nil }
            return id(3).map { RecordKey(Int(collection), $0) }
        default: return nil
        }
    }

    /// Whether one of the rules lets a field be written.
    ///
    /// - Parameters:
    ///   - isCreation: whether the write makes the record, and so may name what puts it into the rule's scope.
    ///   - held: the record that is there already, which a second creation must not move.
    static func allow(_ rules: [ScopeRule], _ written: FieldValue, isCreation: Bool, held: ModelRecord?) -> Bool {
        let field = written.field
        return rules.contains { rule in
            let write = rule.write ?? []
            if isCreation, (rule.match ?? [:]).keys.contains(where: { number($0) == field }),
                held.map({ $0.value(field) == Array(written.value.bytes) }) ?? true
            {
                return true
            }
            if write == ["*"] { return !(rule.except ?? []).contains { number($0) == field } }
            return write.contains { number($0) == field }
        }
    }

    /// The number of a collection or a field; the rules name no two of one name.
    private static func number(_ name: String) -> Int {
        [
            "conflict": 1, "cases": 2, "notes": 3, "deleted": 0, "title": 1, "status": 2, "closed_at": 3, "note": 5,
            "office": 10, "agency": 11, "person": 12, "text": 2, "losing_office": 12, "winning_office": 18,
        ][name] ?? -1
    }
}

extension ModelRecord {
    func decoded(_ field: Int) -> Value { (try? EncodedValue(decoding: value(field)[...]).value) ?? .null }

    /// A field's text; nil where it holds none.
    func text(_ field: Int) -> String? {
        if case .text(let text) = decoded(field) { text } else { nil }
    }
}
