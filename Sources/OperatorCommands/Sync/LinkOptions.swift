import ArgumentParser
import CommandFrame

/// How far a server is trusted whose address is typed.
struct LinkOptions: ParsableArguments {
    @Option(
        help: .words(
            id: "Sertifikat (PEM) yang menjamin server; disimpan di samping basis data.",
            en: "Certificates (PEM) that vouch for the server; kept beside the database.",
            valueName: say(id: "berkas", en: "file")))
    var ca: String?
    @Flag(
        help: .words(
            id: "Izinkan http:// ke mesin lain, tanpa sandi.", en: "Allow http:// to another machine, unencrypted."))
    var allowPlaintext = false

    /// What the file of `--ca` holds; nil where none is named.
    func authority() throws -> [UInt8]? { try ca.map(Link.read) }
}
