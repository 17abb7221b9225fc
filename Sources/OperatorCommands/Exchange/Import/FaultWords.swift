import CommandFrame

extension RowFault.Reason {
    /// A name that never changes, for programs.
    var key: String {
        switch self {
        case .notUTF8: "not-utf-8"
        case .notAnObject: "not-an-object"
        case .tooManyCells: "too-many-cells"
        case .tooFewCells: "too-few-cells"
        case .valueWithoutColumn: "value-without-column"
        case .unknownField: "unknown-field"
        case .missing: "missing"
        case .toCome: "in-the-future"
        case .tooLarge: "too-large"
        case .wrongType: "wrong-type"
        case .notAllowed: "not-allowed"
        case .unknownCode: "unknown-code"
        case .notATicket: "not-a-ticket"
        case .notAPhone: "not-a-phone"
        case .repeated: "repeated"
        case .duplicate: "duplicate"
        case .changedSinceImport: "changed-since-import"
        case .deleted: "deleted"
        case .noSuchCase: "no-such-case"
        }
    }

    /// What is wrong, and the way out.
    var words: Words {
        switch self {
        case .notUTF8:
            Words(id: "bukan teks UTF-8; simpan kembali sebagai \"CSV UTF-8\"", en: "no UTF-8; save as \"CSV UTF-8\"")
        case .notAnObject:
            Words(id: "bukan satu objek JSON per baris", en: "no JSON object on a line of its own")
        case .tooManyCells(let count):
            Words(
                id: "isian lebih banyak daripada \(count) kolom; apit teks yang memuat pemisah dengan tanda kutip",
                en: "more cells than the \(count) columns; put a text that holds the delimiter in quotes")
        case .tooFewCells(let count):
            Words(
                id: "isian kurang dari \(count) kolom; apit teks yang memuat baris baru dengan tanda kutip",
                en: "fewer cells than the \(count) columns; put a text that holds a line end in quotes")
        case .valueWithoutColumn:
            Words(
                id: "ada isian tanpa nama kolom; beri nama kolomnya",
                en: "a value without a column name; name the column")
        case .unknownField(let nearest):
            Words(
                id: "isian ini tidak dikenal" + (nearest.map { "; maksudnya \($0)?" } ?? ""),
                en: "there is no such field" + (nearest.map { "; did you mean \($0)?" } ?? ""))
        case .missing: Words(id: "wajib diisi", en: "must be given")
        case .toCome:
            Words(
                id: "belum tiba: kasus tidak dapat diterima di masa depan; periksa tahunnya",
                en: "still to come: no case is received in the future; check the year")
        case .tooLarge: Words(id: "lebih dari 1 MiB; persingkat", en: "more than 1 MiB; shorten it")
        case .wrongType(let shape): shape.words
        case .notAllowed(let keys):
            Words(
                id: "bukan pilihan yang dikenal: \(keys.joined(separator: ", "))",
                en: "none of the choices: \(keys.joined(separator: ", "))")
        case .unknownCode:
            Words(
                id: "kode atau nama ini tidak ada di data acuan; ambil yang terbaru dengan: sambung sinkron",
                en: "no such code or name in the reference data; fetch the newest with: sambung sync")
        case .notATicket:
            Words(
                id: "bukan nomor tiket seperti LIW-26-000123; kosongkan, dan taruh nomor lain di external_id",
                en: "no ticket like LIW-26-000123; leave it empty, and put another number into external_id")
        case .notAPhone:
            Words(
                id: "bukan nomor telepon; kosongkan, dan taruh aslinya di reporter_phone_typed",
                en: "no telephone number; leave it empty, and put what was written into reporter_phone_typed")
        default: caseWords
        }
    }

    /// What is wrong with the case that the row names.
    private var caseWords: Words {
        switch self {
        case .repeated(let line):
            Words(id: "kasus yang sama sudah ada di baris \(line)", en: "the same case stands on line \(line) already")
        case .duplicate:
            Words(
                id: "kasus ini sudah ada dengan isi lain; buang barisnya, atau pakai --update untuk mengubahnya",
                en: "this case is here with other values; drop the row, or use --update to change the case")
        case .changedSinceImport:
            Words(
                id: "baris ini sudah pernah diimpor dan kasusnya sudah diubah sesudahnya; buang barisnya",
                en: "this row was imported before, and its case was changed since; drop the row")
        case .deleted:
            Words(
                id: "kasus ini sudah dihapus; pulihkan dahulu dengan: sambung pulihkan",
                en: "this case is deleted; bring it back first with: sambung undelete")
        default:
            Words(
                id: "kasus ini tidak ada di perangkat ini, dan barisnya tidak cukup untuk membuatnya",
                en: "there is no such case on this device, and the row is not enough to make it")
        }
    }
}

extension RowFault.Shape {
    var words: Words {
        switch self {
        case .text: Words(id: "harus berupa teks", en: "must be a text")
        case .bool: Words(id: "harus ya atau tidak", en: "must be yes or no")
        case .integer: Words(id: "harus bilangan bulat", en: "must be a whole number")
        case .number: Words(id: "harus bilangan", en: "must be a number")
        case .moment:
            Words(
                id: "harus waktu seperti 27/06/2022 14.05 atau 2022-06-27T14:05:00+07:00",
                en: "must be a time like 27/06/2022 14.05 or 2022-06-27T14:05:00+07:00")
        case .date: Words(id: "harus tanggal seperti 2022-06-27", en: "must be a date like 2022-06-27")
        case .id: Words(id: "harus id kasus (UUID)", en: "must be the id of a case (a UUID)")
        }
    }
}
