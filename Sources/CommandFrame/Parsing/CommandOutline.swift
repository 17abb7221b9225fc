import ArgumentParser
import Foundation

/// The tree of commands and their arguments, as ArgumentParser describes it to programs.
///
/// Help and suggestions are made from it, since the library's own are in English only.
struct CommandOutline: Decodable {
    let commandName: String
    let aliases: [String]?
    let shouldDisplay: Bool?
    let abstract: String?
    let discussion: String?
    let defaultSubcommand: String?
    let subcommands: [CommandOutline]?
    let arguments: [Argument]?

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

    private struct Document: Decodable { let command: CommandOutline }

    /// The outline of a program, in the current language.
    init(_ root: any ParsableCommand.Type) throws {
        self = try JSONDecoder().decode(Document.self, from: Data(root._dumpHelp().utf8)).command
    }

    /// Its name in the language: the Indonesian one is the first alias.
    func name(in speech: Speech) -> String { speech == .indonesian ? aliases?.first ?? commandName : commandName }

    /// The subcommands that a person may be told of.
    ///
    /// ArgumentParser adds a `help` to the outermost ones.
    var shownSubcommands: [CommandOutline] {
        (subcommands ?? []).filter { ($0.shouldDisplay ?? true) && $0.commandName != "help" }
    }

    /// The commands from this one down to the one that the words name.
    func path(_ words: some Sequence<String>) -> [CommandOutline] {
        var path = [self]
        for word in words {
            guard let next = path[path.count - 1].subcommands?.first(where: { $0.answers(to: word) }) else { break }
            path.append(next)
        }
        return path
    }

    private func answers(to word: String) -> Bool { commandName == word || aliases?.contains(word) ?? false }
}
