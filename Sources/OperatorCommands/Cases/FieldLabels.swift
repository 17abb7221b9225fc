import CommandFrame

extension CaseColumns {
    /// A field's name as people read it: `Nama pelapor`.
    static func label(_ field: String, in speech: Speech) -> String {
        let words = plain(field, in: speech)
        return words.prefix(1).uppercased() + words.dropFirst()
    }

    /// Several fields within a sentence.
    static func list(_ fields: [String]) -> Words {
        func list(_ speech: Speech) -> String { fields.map { plain($0, in: speech) }.joined(separator: ", ") }
        return Words(id: list(.indonesian), en: list(.english))
    }

    private static func plain(_ field: String, in speech: Speech) -> String {
        if field == "deleted" { return Words(id: "terhapus atau tidak", en: "deleted or not").text(in: speech) }
        return header(field, in: speech).split(separator: "_").map { $0 == "nik" ? "NIK" : $0 }.joined(separator: " ")
    }
}
