import ArgumentParser

/// Turns what ArgumentParser throws into help, or into an error in the person's language.
struct ParseFailure {
    let root: any ParsableCommand.Type
    let arguments: [String]
    let console: Console

    /// What to print, or the error to end with.
    enum Answer {
        case text(String)
        case error(CommandError)
    }

    /// The answer to an error that was thrown while the arguments were parsed.
    func answer(to error: any Error) throws -> Answer {
        let message = root.message(for: error)
        if root.exitCode(for: error) == .success {
            // Versions and scripts are printed as they are.
            let isRaw = arguments.contains {
                $0.hasPrefix("--generate-completion-script") || $0.hasPrefix("---completion")
            }
            if isRaw || message == root.configuration.version || arguments.contains("--experimental-dump-help") {
                return .text(message)
            }
            return .text(try help(for: commandWords))
        }
        if message.isEmpty { return .text(try help(for: commandWords)) }
        return .error(try usageError(message))
    }

    /// The help of the command that some words name.
    func help(for words: [String]) throws -> String {
        let path = CommandOutline(root).path(words)
        if path.count <= words.count, !words.isEmpty {
            throw unknownCommand(words[path.count - 1], below: path)
        }
        let columns = min(console.width ?? 80, 100)
        return try HelpPage(path: path, speech: console.speech, columns: columns).text
    }

    /// The leading words that name the command, whatever they turn out to be.
    private var commandWords: [String] {
        let words = arguments.filter { !$0.hasPrefix("-") }
        return Array(words.prefix(CommandOutline(root).path(words).count - 1))
    }

    private func usageError(_ message: String) throws -> CommandError {
        let path = CommandOutline(root).path(arguments)
        let command = path[path.count - 1]
        // Whatever else is wrong, the command comes first. Behind an option a word may be that option's value, where
        // the options are those of a command that needs no name.
        let rest = arguments.dropFirst(path.count - 1)
        let typed = command.hasDefault ? rest.prefix(1).first { !$0.hasPrefix("-") } : rest.first { !$0.hasPrefix("-") }
        if let typed, !command.shownSubcommands.isEmpty { return unknownCommand(typed, below: path) }
        var words = ParserMessages.translated(message)
        if let typed = ParserMessages.match(message, "Unknown option '{}'")?.first, !typed.contains("'") {
            let names = try command.arguments().flatMap { $0.names ?? [] }.map(\.text)
            if let nearest = NearestName.of(typed, among: names.filter { $0.hasPrefix("--") }) {
                words = ParserMessages.translated("Unknown option '\(typed)'. Did you mean '\(nearest)'?")
            }
        }
        return CommandError(.usage, "usage", id: words.id, en: words.en, advice: seeHelp(path))
    }

    private func unknownCommand(_ typed: String, below path: [CommandOutline]) -> CommandError {
        let known = path[path.count - 1].shownSubcommands
        let names = known.flatMap { [$0.commandName] + $0.aliases }
        guard let nearest = NearestName.of(typed, among: names) else {
            return CommandError(
                .usage, "unknown-command", id: "Perintah '\(typed)' tidak dikenal.",
                en: "There is no command '\(typed)'.", advice: seeHelp(path))
        }
        return CommandError(
            .usage, "unknown-command", id: "Perintah '\(typed)' tidak dikenal. Maksud Anda '\(nearest)'?",
            en: "There is no command '\(typed)'. Did you mean '\(nearest)'?", advice: seeHelp(path),
            details: ["suggestion": .string(nearest)])
    }

    private func seeHelp(_ path: [CommandOutline]) -> Words {
        func line(_ speech: Speech) -> String { path.map { $0.name(in: speech) }.joined(separator: " ") + " --help" }
        return Words(id: "Lihat: \(line(.indonesian))", en: "See: \(line(.english))")
    }
}
