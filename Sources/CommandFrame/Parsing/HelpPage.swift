/// The help of one command in the language of the person who asks.
struct HelpPage {
    let path: [CommandOutline]
    let speech: Speech
    /// How wide a line may be.
    let columns: Int
    private let shownArguments: [CommandOutline.Argument]

    init(path: [CommandOutline], speech: Speech, columns: Int) throws {
        self.path = path
        self.speech = speech
        self.columns = columns
        shownArguments = try path[path.count - 1].arguments().filter(\.shouldDisplay)
    }

    private var command: CommandOutline { path[path.count - 1] }
    private var words: [String] { path.map { $0.name(in: speech) } }

    var text: String {
        var blocks: [String] = []
        if !command.abstract.isEmpty { blocks.append(wrapped(command.abstract)) }
        blocks.append(heading(id: "Pemakaian", en: "Usage") + "\n  " + usage)
        if let names = otherNames { blocks.append(names) }
        blocks += sections
        if !command.shownSubcommands.isEmpty {
            let rows = command.shownSubcommands.map { ($0.listed(in: speech), $0.abstract) }
            blocks.append(heading(id: "Perintah", en: "Commands") + "\n" + list(rows))
        }
        if !command.discussion.isEmpty { blocks.append(wrapped(command.discussion)) }
        if !command.shownSubcommands.isEmpty {
            let line = (words + [Words(id: "PERINTAH", en: "COMMAND").text(in: speech), "--help"]).joined(
                separator: " ")
            blocks.append(
                Words(id: "Bantuan satu perintah: \(line)", en: "Help on one command: \(line)").text(in: speech))
        }
        return blocks.joined(separator: "\n\n")
    }

    /// How the command is written, such as `sambung tutup <kasus> [opsi]`.
    private var usage: String {
        var parts = words
        if !command.shownSubcommands.isEmpty {
            let word = Words(id: "<perintah>", en: "<command>").text(in: speech)
            parts.append(command.hasDefault ? "[\(word)]" : word)
        }
        let arguments = shownArguments
        for argument in arguments where argument.isPositional {
            let value = "<\(argument.valueName ?? "")>" + (argument.isRepeating ? "…" : "")
            parts.append(argument.isOptional ? "[\(value)]" : value)
        }
        for argument in arguments where !argument.isPositional && !argument.isOptional && !argument.isFlag {
            parts.append(synopsis(argument))
        }
        if arguments.contains(where: { !$0.isPositional && $0.isOptional }) {
            parts.append(Words(id: "[opsi]", en: "[options]").text(in: speech))
        }
        return parts.joined(separator: " ")
    }

    private var otherNames: String? {
        guard path.count > 1 else { return nil }
        let names = ([command.commandName] + command.aliases).filter { $0 != command.name(in: speech) }
        guard !names.isEmpty else { return nil }
        return Words(id: "Nama lain", en: "Also").text(in: speech) + ": " + names.joined(separator: ", ")
    }

    /// Arguments, then the options under their titles, in the order of declaration.
    private var sections: [String] {
        var titles: [String] = []
        var rows: [String: [(String, String)]] = [:]
        let arguments = shownArguments
        for argument in arguments.filter({ !$0.isHelp }) + arguments.filter(\.isHelp)
        where !isNegation(argument, among: arguments) {
            let fallback =
                argument.isPositional ? Words(id: "Argumen", en: "Arguments") : Words(id: "Opsi", en: "Options")
            let last = titles.last { _ in argument.isHelp && arguments.contains { !$0.isPositional && !$0.isHelp } }
            let title = last ?? argument.sectionTitle ?? fallback.text(in: speech)
            if rows[title] == nil { titles.append(title) }
            rows[title, default: []].append((synopsis(argument), meaning(argument)))
        }
        return titles.map { "\($0):\n" + list(rows[$0] ?? []) }
    }

    /// Whether it is the `--no-x` of a flag `--x`, which is listed as `--[no-]x`.
    private func isNegation(_ argument: CommandOutline.Argument, among all: [CommandOutline.Argument]) -> Bool {
        guard argument.isFlag, let name = argument.names?.first?.name, name.hasPrefix("no-") else { return false }
        return all.contains { $0.isFlag && $0.names?.first?.name == String(name.dropFirst(3)) }
    }

    private func hasNegation(_ argument: CommandOutline.Argument) -> Bool {
        guard argument.isFlag, let name = argument.names?.first?.name else { return false }
        return shownArguments.contains { $0.isFlag && $0.names?.first?.name == "no-" + name }
    }

    private func synopsis(_ argument: CommandOutline.Argument) -> String {
        if argument.isPositional { return "<\(argument.valueName ?? "")>" + (argument.isRepeating ? "…" : "") }
        if hasNegation(argument), let name = argument.names?.first?.name { return "--[no-]" + name }
        let names = (argument.names ?? []).sorted { $0.text.count < $1.text.count }.map(\.text)
        let value = argument.isFlag ? "" : " <\(argument.valueName ?? "")>"
        return names.joined(separator: ", ") + value
    }

    private func meaning(_ argument: CommandOutline.Argument) -> String {
        if argument.isHelp { return Words(id: "Tampilkan bantuan ini.", en: "Show this help.").text(in: speech) }
        if argument.isVersion {
            return Words(id: "Tampilkan versi.", en: "Show the version.").text(in: speech)
        }
        var text = argument.abstract ?? ""
        if let value = argument.defaultValue, !argument.isFlag {
            text += Words(id: " (bawaan: \(value))", en: " (default: \(value))").text(in: speech)
        }
        return text
    }

    private func heading(id: String, en: String) -> String { Words(id: id, en: en).text(in: speech) + ":" }

    /// Two columns; what is left of the line holds the second one.
    private func list(_ rows: [(String, String)]) -> String {
        let left = min(30, rows.reduce(0) { max($0, TextWidth.of($1.0)) })
        return rows.map { name, meaning in
            let lines = TextWidth.wrapped(meaning, to: max(24, columns - left - 4))
            let margin = String(repeating: " ", count: left + 4)
            let first = TextWidth.of(name) > left ? "  \(name)\n\(margin)" : "  \(TextWidth.padded(name, to: left))  "
            return first + lines.joined(separator: "\n\(margin)")
        }.joined(separator: "\n")
    }

    private func wrapped(_ text: String) -> String {
        TextWidth.wrapped(text, to: columns).joined(separator: "\n")
    }
}

extension CommandOutline {
    /// `daftar (list)`: the word of the language first.
    fileprivate func listed(in speech: Speech) -> String {
        let name = name(in: speech)
        let others = ([commandName] + aliases).filter { $0 != name }
        return others.isEmpty ? name : "\(name) (\(others.joined(separator: ", ")))"
    }
}
