/// The languages that the programs speak.
public enum Speech: String, Sendable, CaseIterable {
    /// Bahasa Indonesia.
    case indonesian = "id"
    /// English.
    case english = "en"

    /// The language of the command that runs.
    public static var current: Speech { Console.current.speech }

    /// Indonesian where the locale says so, else English.
    ///
    /// As everywhere, `LC_ALL` comes before `LC_MESSAGES`, and that before `LANG`; an empty one counts as none.
    public init(environment: (String) -> String?) {
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].lazy.compactMap(environment).first { !$0.isEmpty } ?? ""
        let language = locale.lowercased().prefix { $0 != "_" && $0 != "." && $0 != "@" && $0 != "-" }
        // `in` is the old code of Indonesian.
        self = ["id", "in", "ind"].contains(language) ? .indonesian : .english
    }
}

/// A text in both languages.
///
/// There is no way to make one that lacks a translation.
public struct Words: Sendable, Hashable {
    /// The Indonesian text.
    public let id: String
    /// The English text.
    public let en: String

    /// Makes a text.
    public init(id: String, en: String) {
        self.id = id
        self.en = en
    }

    /// The text in a language.
    public func text(in speech: Speech) -> String { speech == .indonesian ? id : en }

    /// The text in the language of the command that runs.
    public var text: String { text(in: .current) }
}

/// The text in the language of the command that runs; the other one is not even put together.
public func say(id: @autoclosure () -> String, en: @autoclosure () -> String) -> String {
    Speech.current == .indonesian ? id() : en()
}
