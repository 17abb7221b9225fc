import CallCenter
import CommandFrame

/// What is wrong with one cell or one row of a file.
///
/// It names no value: these lines end in logs and chats.
struct RowFault: Error, Hashable {
    /// The line that the row begins on, from 1.
    let line: Int
    /// The column's name as the file has it; nil for the row as a whole.
    var column: String?
    /// What is wrong.
    let reason: Reason

    /// What can be wrong with a row.
    enum Reason: Hashable, Sendable {
        case notUTF8
        case notAnObject
        case tooManyCells(expected: Int)
        case tooFewCells(expected: Int)
        case valueWithoutColumn
        case unknownField(nearest: String?)
        case missing
        case toCome
        case tooLarge
        case wrongType(Shape)
        case notAllowed([String])
        case unknownCode
        case notATicket
        case notAPhone
        case repeated(firstLine: Int)
        case duplicate
        case changedSinceImport
        case deleted
        case noSuchCase
    }

    /// What a cell should have held.
    enum Shape: Hashable, Sendable { case text, bool, integer, number, moment, date, id }

    /// As it is shown to a person.
    var text: String {
        let place = column.map { say(id: "baris \(line), kolom \($0)", en: "line \(line), column \($0)") }
        return "\(place ?? say(id: "baris \(line)", en: "line \(line)")): \(reason.words.text)"
    }

    /// As it is shown to a program.
    var json: JSON {
        [
            "line": .integer(Int64(line)), "column": .text(column), "reason": .string(reason.key),
            "message": .string(reason.words.text),
        ]
    }
}

/// A file that can't be read as what it should be; no row of it is worth anything then.
struct FileFault: Error, Hashable {
    var line: Int?
    let key: String
    let words: Words

    static let utf16 = FileFault(
        key: "utf-16",
        words: Words(
            id: "berkas ini UTF-16. Simpan kembali sebagai \"CSV UTF-8\"",
            en: "it is UTF-16. Save it again as \"CSV UTF-8\""))
    static let workbook = FileFault(
        key: "workbook",
        words: Words(
            id: "ini buku kerja Excel. Simpan sebagai \"CSV UTF-8\" lalu impor berkas itu",
            en: "it is an Excel workbook. Save it as \"CSV UTF-8\" and import that file"))
    static let empty = FileFault(
        key: "empty", words: Words(id: "berkas ini kosong", en: "it is empty"))
    static let jsonArray = FileFault(
        key: "json-array",
        words: Words(
            id: "ini satu larik JSON. Tulis satu objek per baris (NDJSON)",
            en: "it is one JSON array. Write one object a line (NDJSON)"))

    static func openQuote(line: Int) -> FileFault {
        FileFault(
            line: line, key: "open-quote",
            words: Words(
                id: "tanda kutip di sini tidak ditutup. Tulis tanda kutip di dalam teks dua kali (\"\")",
                en: "the quote that opens here is never closed. Write a quote within a text twice (\"\")"))
    }

    static func textAfterQuote(line: Int) -> FileFault {
        FileFault(
            line: line, key: "text-after-quote",
            words: Words(
                id: "ada teks setelah tanda kutip penutup. Tulis tanda kutip di dalam teks dua kali (\"\")",
                en: "there is text behind a closing quote. Write a quote within a text twice (\"\")"))
    }

    static func quoteInside(line: Int) -> FileFault {
        FileFault(
            line: line, key: "quote-inside",
            words: Words(
                id:
                    "ada tanda kutip di tengah isian. Apit isian itu dengan tanda kutip dan tulis yang di dalam dua kali (\"\")",
                en: "a quote stands within a cell. Put the cell in quotes and write the inner one twice (\"\")"))
    }

    static func longRow(line: Int) -> FileFault {
        FileFault(
            line: line, key: "long-row",
            words: Words(id: "baris ini lebih dari 4 MiB", en: "this row has more than 4 MiB"))
    }

    static func tooManyCells(line: Int) -> FileFault {
        FileFault(
            line: line, key: "too-many-cells",
            words: Words(id: "baris ini lebih dari 512 isian", en: "this row has more than 512 cells"))
    }

    static func header(_ key: String, _ words: Words) -> FileFault { FileFault(line: 1, key: key, words: words) }

    /// The error that a command ends with.
    func error(file: String) -> CommandError {
        let place =
            line.map { Words(id: "\(file), baris \($0)", en: "\(file), line \($0)") } ?? Words(id: file, en: file)
        return CommandError(
            .badData, "bad-file", id: "\(place.id): \(words.id).", en: "\(place.en): \(words.en).",
            advice: Words(
                id: "Tidak ada yang ditulis. Perbaiki berkasnya lalu ulangi.",
                en: "Nothing was written. Mend the file and run it again."),
            details: ["line": .number(line), "reason": .string(key)])
    }
}
