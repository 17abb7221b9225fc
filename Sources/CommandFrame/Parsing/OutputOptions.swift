import ArgumentParser

/// What every command understands.
///
/// The runner has seen to all three before the command runs.
public struct OutputOptions: ParsableArguments {
    /// Results, and errors, for programs.
    @Flag(name: .long, help: .words(id: "Keluaran JSON untuk program.", en: "Print JSON, for programs."))
    public var json = false

    /// No colours.
    @Flag(name: .long, help: .words(id: "Tanpa warna.", en: "Use no colours."))
    public var noColor = false

    /// No questions.
    @Flag(
        name: .long,
        help: .words(
            id: "Jangan bertanya; perintah yang perlu jawaban gagal.", en: "Never ask; fail where an answer is needed.")
    )
    public var noInput = false

    /// Makes the options' defaults.
    public init() {}

    /// The names of the flags, which are looked for before anything is parsed, so that errors of parsing obey them too.
    static func apply(_ arguments: [String], to console: inout Console) {
        let flags = Set(arguments.prefix { $0 != "--" })
        if flags.contains("--json") { console.isJSON = true }
        if flags.contains("--no-color") { console.allowsColor = false }
        if flags.contains("--no-input") { console.canAsk = false }
    }
}
