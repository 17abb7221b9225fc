import CallCenter
import CommandFrame
import OfflineClient
import SQLite
import SyncProtocol

/// A list that the centre keeps: codes that cases hold, and their names.
public struct ReferenceTable: Sendable {
    /// Which list.
    public enum Kind: String, Sendable, CaseIterable {
        /// Fields of complaint.
        case category
        /// Agencies.
        case agency
        /// Regencies and cities.
        case region
        /// Offices of the call centre.
        case office

        fileprivate var key: String { self == .category ? "key" : "code" }

        fileprivate var title: Words {
            switch self {
            case .category: Words(id: "bidang", en: "field of complaint")
            case .agency: Words(id: "instansi", en: "agency")
            case .region: Words(id: "wilayah", en: "region")
            case .office: Words(id: "kantor", en: "office")
            }
        }
    }

    struct Entry: Sendable {
        let code: String
        let name: String
        let nameEnglish: String
    }

    let kind: Kind
    let entries: [Entry]

    /// The name of a code; the code itself where the list does not have it.
    public func name(of code: String, in language: Language) -> String {
        guard let entry = entries.first(where: { $0.code == code }) else { return code }
        return language == .indonesian ? entry.name : entry.nameEnglish
    }

    /// The code that a person typed: a code or a name, in any case, or a part of a name that only one has.
    ///
    /// - Throws: ``CommandFrame/CommandError`` that suggests the nearest one.
    func code(typed: String) throws -> String {
        let wanted = typed.lowercased()
        if let entry = entries.first(where: { $0.code.lowercased() == wanted }) { return entry.code }
        if let entry = entries.first(where: { [$0.name, $0.nameEnglish].contains { $0.lowercased() == wanted } }) {
            return entry.code
        }
        let parts = entries.filter { wanted.count >= 3 && $0.name.lowercased().contains(wanted) }
        if parts.count == 1 { return parts[0].code }
        // Districts and villages stand below a regency: 18.04.05.
        if kind == .region, entries.contains(where: { wanted.hasPrefix($0.code + ".") }),
            wanted.utf8.allSatisfy({ $0 == 0x2E || (0x30...0x39).contains($0) })
        {
            return wanted
        }
        throw unknown(typed)
    }

    private func unknown(_ typed: String) -> CommandError {
        let nearest = NearestName.of(typed, among: entries.flatMap { [$0.code, $0.name, $0.nameEnglish] })
        // The agencies are too many to be named in full.
        let list = entries.prefix(60).map {
            kind == .category ? $0.name : kind == .agency ? $0.code : "\($0.code) (\($0.name))"
        }
        let listEnglish = kind == .category ? entries.prefix(60).map(\.nameEnglish) : list
        let more = entries.count > 60 ? ", …" : ""
        return .usage(
            "unknown-\(kind.rawValue)",
            id: "Tidak ada \(kind.title.id) '\(typed)'." + (nearest.map { " Maksud Anda '\($0)'?" } ?? ""),
            en: "There is no \(kind.title.en) '\(typed)'." + (nearest.map { " Did you mean '\($0)'?" } ?? ""),
            advice: Words(
                id: "Yang ada: \(list.joined(separator: ", "))\(more).",
                en: "There are: \(listEnglish.joined(separator: ", "))\(more)."))
    }

    /// The centre's list, or before the first sync the one that this program ships.
    init(_ kind: Kind, _ connection: Connection) throws {
        self.kind = kind
        let english = kind == .category ? "name_en" : "name"
        let order = kind == .category ? "position" : kind.key
        let select = try connection.statement(
            "SELECT \(kind.key), name, \(english) FROM \(kind.rawValue) ORDER BY \(order), \(kind.key)")
        defer { select.reset() }
        var entries: [Entry] = []
        while try select.step() {
            entries.append(Entry(code: select.string(0), name: select.string(1), nameEnglish: select.string(2)))
        }
        self.entries = entries.isEmpty ? Self.shipped(kind) : entries
    }

    private static func shipped(_ kind: Kind) -> [Entry] {
        switch kind {
        case .category: Seed.categories.map { Entry(code: $0.key, name: $0.name, nameEnglish: $0.nameEnglish) }
        case .agency: Seed.agencies.map { Entry(code: $0.code, name: $0.name, nameEnglish: $0.name) }
        case .region: Seed.regions.map { Entry(code: $0.code, name: $0.name, nameEnglish: $0.name) }
        case .office: Seed.offices.map { Entry(code: $0.code, name: $0.name, nameEnglish: $0.name) }
        }
    }
}

extension Workplace {
    /// A list that the centre keeps.
    public func reference(_ kind: ReferenceTable.Kind) throws -> ReferenceTable {
        try client.query { try ReferenceTable(kind, $0) }
    }
}
