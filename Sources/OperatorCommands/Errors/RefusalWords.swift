import CommandFrame
import SyncProtocol

extension Refusal.Reason {
    /// Why a change is refused, for people.
    var words: Words {
        switch self {
        case .unknown:
            Words(id: "alasan yang tidak dikenal program ini", en: "a reason that this program does not know")
        case .wrongType: Words(id: "jenis nilainya salah", en: "its value is of the wrong type")
        case .missingField: Words(id: "wajib diisi", en: "it is required")
        case .notAllowed:
            Words(id: "nilainya tidak termasuk yang diizinkan", en: "its value is not among the allowed ones")
        case .tooLarge: Words(id: "terlalu besar", en: "it is too large")
        case .readOnly: Words(id: "tidak boleh ditulis dari perangkat ini", en: "this device may not write it")
        case .unknownRecord: Words(id: "catatannya tidak ada di pusat", en: "the centre does not have the record")
        case .unknownReference:
            Words(
                id: "merujuk catatan yang tidak ada di pusat", en: "it refers to a record that the centre does not have"
            )
        case .partOfGroup:
            Words(
                id: "isian yang sepasang harus ditulis bersama",
                en: "fields that belong together must be written together")
        case .escrowed:
            Words(
                id: "perkaranya sudah keluar dari lingkup Anda; pusat menyimpan dan memutuskannya",
                en: "the case has left your scope; the centre keeps the change and decides")
        case .applied: Words(id: "diterapkan pusat", en: "the centre applied it")
        case .dismissed: Words(id: "tidak diterapkan pusat", en: "the centre gave it up")
        case .malformed: Words(id: "tidak dapat dibaca pusat", en: "the centre can't read it")
        }
    }
}
