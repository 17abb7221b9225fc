import CommandFrame
import OfflineClient
import SyncProtocol

func commandError(_ error: ClientError) -> CommandError {
    switch error {
    case .notEnrolled:
        CommandError(
            .configuration, "not-enrolled", id: "Perangkat ini belum terdaftar.",
            en: "This device is not enrolled yet.",
            advice: Words(
                id: "Minta kode kepada pusat, lalu: sambung daftarkan KODE ALAMAT-SERVER",
                en: "Ask the centre for a code, then: sambung enrol CODE SERVER-ADDRESS"))
    case .alreadyEnrolled(let office):
        CommandError(
            .usage, "already-enrolled", id: "Basis data ini sudah terdaftar untuk kantor \(office).",
            en: "This database is enrolled already, for office \(office).",
            advice: Words(
                id: "Untuk kantor lain, pakai berkas lain: --database BERKAS. Untuk mendaftar ulang: --again.",
                en: "For another office, use another file: --database FILE. To enrol anew: --again."))
    case .locked:
        CommandError(
            .notAllowed, "locked", id: "Pusat mencabut izin perangkat ini: basis datanya dikunci, tidak dihapus.",
            en: "The centre revoked this device: its database is locked, not erased.", advice: safe(enrolAgainOrSync))
    case .notAllowed(let collection, let field, let reason): notAllowed(collection, field, reason)
    case .noSuchRecord(let id):
        CommandError(
            .noInput, "no-such-record", id: "Tidak ada catatan \(id) di perangkat ini, atau sudah dihapus.",
            en: "There is no record \(id) on this device, or it is deleted.")
    case .notDeleted:
        CommandError(
            .usage, "not-deleted", id: "Kasus itu tidak terhapus.", en: "That case is not deleted.")
    case .changedSince(_, let fields):
        CommandError(
            .temporary, "changed-since",
            id: "Sejak itu sudah ada yang mengubah: \(fields.joined(separator: ", ")). Tidak ada yang ditulis.",
            en: "Somebody has changed since: \(fields.joined(separator: ", ")). Nothing was written.",
            advice: Words(
                id: "Lihat keadaan sekarang dengan: sambung lihat KASUS",
                en: "See how it stands with: sambung show CASE"))
    case .nothingToUndo:
        CommandError(
            .noInput, "nothing-to-undo", id: "Tidak ada yang dapat dibatalkan.", en: "There is nothing to undo.")
    default: explainOther(error)
    }
}

private func explainOther(_ error: ClientError) -> CommandError {
    switch error {
    case .noSuchConflict(let id):
        CommandError(
            .noInput, "no-such-conflict", id: "Tidak ada bentrok \(id).", en: "There is no conflict \(id).",
            advice: Words(id: "Lihat daftarnya: sambung bentrok", en: "See the list: sambung conflicts"))
    case .alreadyDecided(_, let state):
        CommandError(
            .usage, "already-decided", id: "Bentrok itu sudah diputuskan (\(state)).",
            en: "That conflict is decided already (\(state)).")
    case .notRefused:
        CommandError(
            .usage, "not-refused", id: "Kasus itu tidak mempunyai perubahan yang ditolak.",
            en: "That case has no refused change.",
            advice: Words(id: "Lihat: sambung status", en: "See: sambung status"))
    case .readOnly(let collection):
        CommandError(
            .notAllowed, "read-only", id: "Hanya pusat yang dapat menulis \(collection).",
            en: "Only the centre can write \(collection).")
    case .unknownField(let collection, let field):
        CommandError(
            .usage, "unknown-field", id: "\(collection) tidak mempunyai isian '\(field)'.",
            en: "\(collection) has no field '\(field)'.")
    default:
        CommandError(.bug, "client", id: "Kesalahan program: \(error)", en: "A mistake of the program: \(error)")
    }
}

private func notAllowed(_ collection: String, _ field: String, _ reason: Refusal.Reason) -> CommandError {
    let words = reason.words
    let place = field.isEmpty ? collection : field
    return CommandError(
        .usage, "value-not-allowed", id: "Isian \(place): \(words.id). Tidak ada yang ditulis.",
        en: "Field \(place): \(words.en). Nothing was written.")
}
