import ArgumentParser
import Foundation

/// A command with its arguments and subcommands, from which help and suggestions are made: the library's own are in
/// English only.
struct CommandOutline {
    let type: any ParsableCommand.Type
    let commandName: String
    let aliases: [String]
    let abstract: String
    let discussion: String
    let hasDefault: Bool
    let isShown: Bool
    private let subcommandTypes: [any ParsableCommand.Type]

    init(_ type: any ParsableCommand.Type) {
        let configuration = type.configuration
        self.type = type
        commandName = configuration.commandName ?? type._commandName
        aliases = configuration.aliases
        abstract = configuration.abstract
        discussion = configuration.discussion
        hasDefault = configuration.defaultSubcommand != nil
        isShown = configuration.shouldDisplay
        subcommandTypes = configuration.subcommands
    }

    /// Its name in the language: the Indonesian one is the first alias.
    func name(in speech: Speech) -> String { speech == .indonesian ? aliases.first ?? commandName : commandName }

    /// The subcommands that a person may be told of.
    var shownSubcommands: [CommandOutline] { subcommandTypes.map { CommandOutline($0) }.filter(\.isShown) }

    /// The commands from this one down to the one that the words name.
    func path(_ words: some Sequence<String>) -> [CommandOutline] {
        var path = [self]
        for word in words {
            let below = path[path.count - 1].subcommandTypes.lazy.map { CommandOutline($0) }
            guard let next = below.first(where: { $0.answers(to: word) }) else { break }
            path.append(next)
        }
        return path
    }

    /// Whether a word names it.
    private func answers(to word: String) -> Bool { commandName == word || aliases.contains(word) }

    // MARK: Arguments

    struct Argument: Decodable {
        struct Name: Decodable {
            let kind: String
            let name: String

            var text: String { kind == "long" ? "--" + name : "-" + name }
        }

        let kind: String
        let shouldDisplay: Bool
        let sectionTitle: String?
        let isOptional: Bool
        let isRepeating: Bool
        let names: [Name]?
        let valueName: String?
        let defaultValue: String?
        let abstract: String?

        var isPositional: Bool { kind == "positional" }
        var isFlag: Bool { kind == "flag" }
        var isHelp: Bool { names?.contains { $0.name == "help" } ?? false }
        var isVersion: Bool { names?.contains { $0.name == "version" } ?? false }
    }

    /// Its arguments, as ArgumentParser describes them to programs.
    func arguments() throws -> [Argument] {
        struct Document: Decodable {
            struct Command: Decodable { let arguments: [Argument]? }
            let command: Command
        }
        return try JSONDecoder().decode(Document.self, from: Data(type._dumpHelp().utf8)).command.arguments ?? []
    }
}
