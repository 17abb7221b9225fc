/// The languages that the call centre speaks.
public enum Language: String, Sendable, CaseIterable {
    /// Bahasa Indonesia.
    case indonesian = "id"
    /// English.
    case english = "en"
}

/// An error that explains itself to an operator: what was given, why it can't be used, what to do.
public protocol ExplainedError: Error, CustomStringConvertible {
    /// The explanation.
    func explanation(in language: Language) -> String
}

extension ExplainedError {
    /// The explanation in English, for logs and tests.
    public var description: String { explanation(in: .english) }
}

/// A value out of a short list, stored under a key that never changes and shown under a name.
public protocol NamedKey: RawRepresentable, CaseIterable, Sendable where RawValue == String {
    /// Its name as people read it.
    func name(in language: Language) -> String
}

extension NamedKey {
    /// Every key, in its order: what a schema allows.
    public static var keys: [String] { allCases.map(\.rawValue) }

    /// Reads what an operator typed: the key, or the name in either language, in any case, with spaces, `-` or `_`.
    public init?(typed text: String) {
        let wanted = Self.folded(text)
        let match = Self.allCases.first { candidate in
            ([candidate.rawValue] + Language.allCases.map(candidate.name)).contains { Self.folded($0) == wanted }
        }
        guard let match else { return nil }
        self = match
    }

    private static func folded(_ text: String) -> String {
        text.lowercased().split { $0 == " " || $0 == "_" || $0 == "-" }.joined(separator: " ")
    }
}
