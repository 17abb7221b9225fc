import ArgumentParser

extension ArgumentHelp {
    /// The help of an argument in both languages.
    public static func words(id: String, en: String, valueName: String? = nil) -> ArgumentHelp {
        ArgumentHelp(stringLiteral: Words(id: id, en: en).text).named(valueName)
    }

    private func named(_ valueName: String?) -> ArgumentHelp {
        var help = self
        if let valueName { help.valueName = valueName }
        return help
    }
}

/// A command line to copy, and what it does.
public struct Example: Sendable {
    let command: Words
    let meaning: Words

    /// Makes an example.
    ///
    /// - Parameters:
    ///   - command: the whole line, with the Indonesian word of the command in the Indonesian one.
    public init(_ command: Words, id: String, en: String) {
        self.command = command
        meaning = Words(id: id, en: en)
    }
}

extension CommandConfiguration {
    /// The configuration of a command in both languages, to be given by a computed property.
    ///
    /// - Parameters:
    ///   - name: its English word.
    ///   - alias: its Indonesian word, or nil where that is the same.
    ///   - says: what it does, in one line.
    ///   - more: what else there is to know.
    public init(
        _ name: String, alias: String?, says: Words, more: Words? = nil, examples: [Example] = [],
        version: String = "", subcommands: [any ParsableCommand.Type] = [],
        default: (any ParsableCommand.Type)? = nil
    ) {
        var parts = more.map { [$0.text] } ?? []
        if !examples.isEmpty {
            let lines = examples.map { "  \($0.command.text)\n      \($0.meaning.text)" }
            parts.append(([say(id: "Contoh:", en: "Examples:")] + lines).joined(separator: "\n"))
        }
        self.init(
            commandName: name, abstract: says.text, discussion: parts.joined(separator: "\n\n"), version: version,
            subcommands: subcommands, defaultSubcommand: `default`,
            helpNames: [.short, .long, .customLong("bantuan")], aliases: alias.map { [$0] } ?? [])
    }
}
