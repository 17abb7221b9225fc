import CommandFrame
import SQLite
import SyncStore

func commandError(_ error: DatabaseError) -> CommandError {
    let path = error.path
    return switch error {
    case .newerFormat: newerDatabase(path)
    case .foreignFile:
        CommandError(
            .badData, "foreign-database", id: "\(path) adalah basis data program lain; tidak diubah.",
            en: "\(path) is a database of another program; it was not changed.", advice: otherFile)
    case .damaged(_, let cause):
        CommandError(
            .badData, "damaged-database",
            id: "\(path) rusak atau bukan basis data (\(cause.message)); tidak diubah.",
            en: "\(path) is damaged or no database (\(cause.message)); it was not changed.", advice: damaged)
    case .unusable(_, let reason):
        CommandError(
            .cannotCreate, "unusable-database", id: "\(path) tidak dapat dipakai: \(reason).",
            en: "\(path) can't be used: \(reason).", advice: rightsOrOther)
    case .lockedByOther(_, let holder, let seconds):
        CommandError(
            .temporary, "locked-database",
            id: "\(path) sedang dipakai \(holder ?? "program lain"); sudah ditunggu \(Int(seconds)) detik.",
            en: "\(path) is in use by \(holder ?? "another program"); waited \(Int(seconds)) s.",
            advice: Words(
                id: "Tidak ada yang berubah. Coba lagi sebentar lagi.",
                en: "Nothing was changed. Try again in a moment."))
    case .lostDurability(_, let cause):
        // What the disk holds is unknown until the database is opened anew: try again, as after any passing trouble.
        CommandError(
            .temporary, "disk-failed", id: "Disk gagal menyimpan \(path) (\(cause.message)).",
            en: "The disk failed to keep \(path) (\(cause.message)).", advice: checkDisk)
    case .notDurable(_, let setting, let found):
        CommandError(
            .inputOutput, "not-durable",
            id: "\(path) terletak di tempat yang tidak menjamin penyimpanan (\(setting): \(found)).",
            en: "\(path) lies where nothing is surely kept (\(setting): \(found)).",
            advice: Words(
                id: "Pindahkan ke disk lokal: --database BERKAS.", en: "Put it on a local disk: --database FILE."))
    case .closed, .reentrant, .rolledBack, .badMigrations:
        CommandError(.bug, "database", id: "Kesalahan program: \(error)", en: "A mistake of the program: \(error)")
    }
}

func commandError(_ error: StoreError) -> CommandError {
    switch error {
    case .otherSchema(let found, _):
        CommandError(
            .badData, "foreign-database", id: "Basis data ini milik aplikasi lain (\(found)); tidak diubah.",
            en: "This database belongs to another application (\(found)); it was not changed.", advice: otherFile)
    case .newerSchema: newerDatabase(nil)
    case .notAdditive, .damagedRecord, .damagedState:
        CommandError(
            .badData, "damaged-database", id: "Basis data rusak: \(error).", en: "The database is damaged: \(error).",
            advice: damaged)
    }
}

func commandError(_ error: SQLiteError) -> CommandError {
    let place = error.path.map { " (\($0))" } ?? ""
    if error.isFull {
        return CommandError(
            .inputOutput, "disk-full", id: "Disk penuh; perubahan terakhir tidak tercatat\(place).",
            en: "The disk is full; the last change was not recorded\(place).",
            advice: Words(
                id: "Yang tercatat sebelumnya tetap tersimpan. Kosongkan ruang disk, lalu ulangi perintah ini.",
                en: "What was recorded before is safe. Make room on the disk, then run this command again."))
    }
    if error.isBusy {
        return CommandError(
            .temporary, "locked-database", id: "Basis data sedang dipakai program lain\(place).",
            en: "The database is in use by another program\(place).",
            advice: Words(
                id: "Tidak ada yang berubah. Coba lagi sebentar lagi.",
                en: "Nothing was changed. Try again in a moment."))
    }
    if error.isReadOnly || error.isCannotOpen {
        return CommandError(
            .cannotCreate, "unusable-database",
            id: "Basis data tidak dapat dibuka atau ditulis: \(error.message)\(place).",
            en: "The database can't be opened or written: \(error.message)\(place).",
            advice: rightsOrOther)
    }
    if error.isIOError {
        return CommandError(
            .inputOutput, "disk-failed", id: "Disk gagal membaca atau menulis: \(error.message)\(place).",
            en: "The disk failed to read or write: \(error.message)\(place).", advice: checkDisk)
    }
    if error.isCorrupt || error.isNotADatabase || error.isLostSchema {
        return CommandError(
            .badData, "damaged-database", id: "Basis data rusak: \(error.message)\(place).",
            en: "The database is damaged: \(error.message)\(place).", advice: damaged)
    }
    return CommandError(.bug, "database", id: "Kesalahan program: \(error)", en: "A mistake of the program: \(error)")
}

private func newerDatabase(_ path: String?) -> CommandError {
    CommandError(
        .protocolMismatch, "newer-database",
        id: "Basis data \(path.map { $0 + " " } ?? "")ditulis oleh versi program yang lebih baru; tidak diubah.",
        en:
            "The database \(path.map { $0 + " " } ?? "")was written by a newer version of the program; it was not changed.",
        advice: safe(Words(id: "Perbarui program ini.", en: "Update this program.")))
}

private let otherFile = Words(
    id: "Sebutkan berkas lain dengan --database BERKAS.", en: "Name another file with --database FILE.")
private let rightsOrOther = Words(
    id: "Periksa izin berkas itu dan direktorinya, atau sebutkan berkas lain dengan --database BERKAS.",
    en: "Check the rights of that file and of its directory, or name another file with --database FILE.")
private let checkDisk = Words(
    id: "Yang tercatat sebelumnya tetap tersimpan. Periksa disk, lalu ulangi.",
    en: "What was recorded before is safe. Check the disk, then try again.")
private let damaged = Words(
    id:
        "Simpan berkas itu apa adanya, pulihkan cadangan, atau daftarkan perangkat lagi; yang sudah disinkronkan ada di pusat.",
    en: "Keep the file as it is, restore a backup, or enrol the device anew; what was synced is at the centre.")
