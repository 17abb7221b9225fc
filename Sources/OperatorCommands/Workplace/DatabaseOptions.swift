import ArgumentParser
import CommandFrame

/// What every command of an operator understands: which database, who writes, how to print.
public struct DatabaseOptions: ParsableArguments {
    /// The database file.
    @Option(
        help: .words(
            id: "Berkas basis data (bawaan: $SAMBUNG_DATABASE, lalu direktori data Anda).",
            en: "The database file (default: $SAMBUNG_DATABASE, then your data directory).",
            valueName: say(id: "berkas", en: "file")))
    public var database: String?

    /// The person who writes.
    @Option(
        name: .customLong("operator"),
        help: .words(
            id: "Nama petugas (bawaan: $SAMBUNG_OPERATOR, lalu nama pengguna).",
            en: "Who writes (default: $SAMBUNG_OPERATOR, then your user name).",
            valueName: say(id: "nama", en: "name")))
    public var operatorName: String?

    /// How to print.
    @OptionGroup(title: DatabaseOptions.title) public var output: OutputOptions

    /// Makes the options' defaults.
    public init() {}

    /// The title of these options in a help page: `@OptionGroup(title: DatabaseOptions.title)`.
    public static var title: String { say(id: "Opsi umum", en: "Common options") }

    /// Whether the results are for a program.
    public var json: Bool { output.json }
}
