import CallCenter
import CommandFrame
import OfflineClient
import SyncProtocol

/// The entries of the conflict log with what a person calls them: a number, the ticket of the case.
struct ConflictBook {
    /// One entry.
    struct Item {
        /// 1 and up over all, the oldest first, so that neither a new one nor a decision takes anybody's number.
        let number: Int
        let entry: ConflictEntry
        /// The record that both wrote; nil where this device does not hold it any more.
        let record: Record?
        /// The case that it is, or belongs to.
        let caseRecord: Record?

        /// What to call it in a sentence.
        var name: String { caseRecord?.ticket ?? entry.record.description }
        /// Whether it waits for a decision.
        var isOpen: Bool { entry.state == .open }
        /// The first signs of its id, which are enough to name it.
        var shortID: String { String(entry.id.description.prefix(8)) }
    }

    /// All entries, the oldest first.
    let items: [Item]

    init(_ workplace: Workplace) throws {
        let client = workplace.client
        items = try client.conflicts(includingDecided: true).reversed().enumerated().map { index, entry in
            let isKnown = client.schema[entry.collection] != nil
            let record = isKnown ? try client.read(entry.collection, entry.record) : nil
            let parent = try record?["case_id"].recordID.flatMap { try client.read("cases", $0) }
            return Item(
                number: index + 1, entry: entry, record: record,
                caseRecord: entry.collection == "cases" ? record : parent)
        }
    }

    /// The entries that wait for a decision.
    var open: [Item] { items.filter(\.isOpen) }

    /// The entry that a person named: by its number in the list, the ticket of its case, or the beginning of its id.
    func find(_ reference: String) throws -> Item {
        let wanted = reference.filter { !$0.isWhitespace }.lowercased()
        // The ids that a list shows are longer.
        if let number = Int(wanted), wanted.utf8.count <= 6, items.indices.contains(number - 1) {
            return items[number - 1]
        }
        let byID = wanted.utf8.count >= 4 ? items.filter { $0.entry.id.description.hasPrefix(wanted) } : []
        let ticket = TicketNumber(wanted)?.description
        let ofCase = items.filter { $0.caseRecord?.ticket == ticket ?? wanted.uppercased() }
        let openOfCase = ofCase.filter(\.isOpen)
        let found = byID.isEmpty ? (openOfCase.isEmpty ? ofCase : openOfCase) : byID
        if found.count == 1 { return found[0] }
        throw found.isEmpty ? noSuchConflict(reference) : Self.ambiguous(reference, found)
    }

    private func noSuchConflict(_ reference: String) -> CommandError {
        CommandError(
            .noInput, "no-such-conflict", id: "Tidak ada bentrok '\(cut(reference))'.",
            en: "There is no conflict '\(cut(reference))'.",
            advice: open.isEmpty
                ? Words(id: "Tidak ada bentrok yang terbuka.", en: "No conflict is open.")
                : Words(id: "Lihat nomornya dengan: sambung bentrok", en: "See the numbers with: sambung conflicts"))
    }

    private static func ambiguous(_ reference: String, _ items: [Item]) -> CommandError {
        let names = items.map { "\($0.number) (\($0.shortID))" }
        return CommandError(
            .usage, "ambiguous-conflict",
            id: "'\(cut(reference))' cocok dengan beberapa bentrok: \(names.joined(separator: ", ")).",
            en: "'\(cut(reference))' fits several conflicts: \(names.joined(separator: ", ")).",
            advice: Words(id: "Sebut nomornya atau awal idnya.", en: "Give its number, or the beginning of its id."),
            details: ["candidates": .array(items.map { .string($0.entry.id.description) })])
    }
}

extension ConflictEntry {
    /// The names of the fields that either side wrote, in the order of the schema.
    func fields(in schema: Schema) -> [String] {
        let names = Set(losing.values.keys).union(winning.values.keys)
        let known = ["deleted"] + (schema[collection]?.fields.map(\.name) ?? [])
        return known.filter(names.contains) + names.subtracting(known).sorted()
    }
}

extension Conflict.Kind {
    /// What happened, for people.
    var words: Words {
        switch self {
        case .hard: Words(id: "isian yang sama diubah dua pihak", en: "both changed the same field")
        case .delete: Words(id: "dihapus di satu pihak, diubah di pihak lain", en: "deleted here, edited there")
        case .soft: Words(id: "isian berbeda, keduanya berlaku", en: "different fields, both stand")
        }
    }
}

extension ConflictLog.State {
    /// Its name, for people.
    var words: Words {
        switch self {
        case .open: Words(id: "terbuka", en: "open")
        case .information: Words(id: "sekadar info", en: "for information")
        case .restored: Words(id: "dikembalikan", en: "restored")
        case .accepted: Words(id: "diterima", en: "accepted")
        }
    }
}
