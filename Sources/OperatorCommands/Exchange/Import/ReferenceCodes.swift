import SQLite

/// The codes of the reference data, found by code or by name in either language.
struct ReferenceCodes {
    private let codes: [String: [String: String]]

    /// Reads the centre's lists, or those that this program ships while there are none.
    init(_ connection: Connection) throws {
        codes = try Dictionary(
            uniqueKeysWithValues: ReferenceTable.Kind.allCases.map { kind in
                let entries = try ReferenceTable(kind, connection).entries
                // Codes come last: no name takes the place of one.
                let names = entries.flatMap { [($0.name, $0.code), ($0.nameEnglish, $0.code)] }
                let both = (names + entries.map { ($0.code, $0.code) }).map { (Self.folded($0.0), $0.1) }
                return (kind.rawValue, Dictionary(both) { $1 })
            })
    }

    /// The code that a text means, or nil.
    func code(_ text: String, in collection: String) -> String? {
        guard let known = codes[collection] else { return nil }
        if let code = known[Self.folded(text)] { return code }
        // Districts and villages stand below a regency: 18.04.05.
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let isBelow = collection == "region" && (3...4).contains(parts.count) && known[parts[0] + "." + parts[1]] != nil
        return isBelow && parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } })
            ? text : nil
    }

    private static func folded(_ text: String) -> String {
        text.lowercased().split { $0.isWhitespace || $0 == "_" }.joined(separator: " ")
    }
}
