import CentralHTTP
import CentralServer
import CommandFrame
import SQLite
import SyncProtocol
import SyncStore

/// What an error of a lower layer means to the person at the centre; nil for one that nobody expected.
func explain(_ error: any Error) -> CommandError? {
    switch error {
    case let error as DatabaseError: explainDatabase(error)
    case let error as StoreError: explainStore(error)
    case let error as SQLiteError: explainSQLite(error)
    case let error as HTTPServerError: explainListening(error)
    case let error as AccountError: explainAccount(error)
    case let error as CentralStorageError: explainStorage(error)
    case let error as Failure where error.code == .serverClock:
        CommandError(
            .temporary, "server-clock", id: "Jam server ini melompat (\(error.detail)); tidak ada yang ditulis.",
            en: "This server's clock has jumped (\(error.detail)); nothing was written.",
            advice: Words(
                id: "Betulkan jamnya; bila sekarang sudah benar: sambung-server jam terima",
                en: "Set the clock right; if it is right now: sambung-server clock accept"))
    default: nil
    }
}

private func explainDatabase(_ error: DatabaseError) -> CommandError {
    let path = error.path
    let otherFolder = Words(id: "Sebutkan direktori lain dengan --data.", en: "Name another directory with --data.")
    return switch error {
    case .newerFormat: newer(path)
    case .foreignFile:
        CommandError(
            .configuration, "foreign-database", id: "\(path) adalah basis data program lain; tidak diubah.",
            en: "\(path) is a database of another program; it was not changed.", advice: otherFolder)
    case .damaged(_, let cause):
        CommandError(
            .badData, "damaged-database", id: "\(path) rusak atau bukan basis data (\(cause.message)); tidak diubah.",
            en: "\(path) is damaged or no database (\(cause.message)); it was not changed.",
            advice: Words(id: "Pulihkan dari cadangan.", en: "Restore a backup."))
    case .unusable(_, let reason):
        CommandError(
            .cannotCreate, "unusable-database", id: "\(path) tidak dapat dipakai: \(reason).",
            en: "\(path) can't be used: \(reason).", advice: otherFolder)
    case .lockedByOther(_, let holder, let seconds):
        CommandError(
            .temporary, "locked-database",
            id: "\(path) sedang dipakai \(holder ?? "program lain"); sudah ditunggu \(Int(seconds)) detik.",
            en: "\(path) is in use by \(holder ?? "another program"); waited \(Int(seconds)) s.",
            advice: Words(id: "Coba lagi sebentar lagi.", en: "Try again in a moment."))
    case .lostDurability(_, let cause):
        CommandError(
            .temporary, "disk-failed", id: "Disk gagal menyimpan \(path) (\(cause.message)).",
            en: "The disk failed to keep \(path) (\(cause.message)).",
            advice: Words(
                id: "Yang sudah diakui server aman. Periksa disk, lalu jalankan lagi.",
                en: "What the server acknowledged is safe. Check the disk, then start again."))
    case .notDurable(_, let setting, let found):
        CommandError(
            .inputOutput, "not-durable",
            id: "\(path) terletak di tempat yang tidak menjamin penyimpanan (\(setting): \(found)).",
            en: "\(path) lies where nothing is surely kept (\(setting): \(found)).",
            advice: Words(id: "Pindahkan ke disk lokal.", en: "Put it on a local disk."))
    case .closed, .reentrant, .rolledBack, .badMigrations:
        CommandError(.bug, "database", id: "Kesalahan program: \(error)", en: "A mistake of the program: \(error)")
    }
}

private func explainStore(_ error: StoreError) -> CommandError {
    switch error {
    case .newerSchema: newer(nil)
    case .otherSchema(let found, _):
        CommandError(
            .configuration, "foreign-database", id: "Basis data ini milik aplikasi lain (\(found)); tidak diubah.",
            en: "This database belongs to another application (\(found)); it was not changed.")
    case .notAdditive, .damagedRecord, .damagedState:
        CommandError(
            .badData, "damaged-database", id: "Basis data rusak: \(error).", en: "The database is damaged: \(error).",
            advice: Words(id: "Pulihkan dari cadangan.", en: "Restore a backup."))
    }
}

private func explainStorage(_ error: CentralStorageError) -> CommandError {
    switch error {
    case .noRecords(let path):
        CommandError(
            .configuration, "no-records", id: "\(path) hilang atau kosong, padahal akunnya (accounts.db) ada.",
            en: "\(path) is missing or empty, though its accounts (accounts.db) are there.",
            advice: Words(
                id: "Pulihkan dari cadangan: sambung-server pulihkan BERKAS --data DIR",
                en: "Restore a backup: sambung-server restore FILE --data DIR"))
    case .noAccounts(let path):
        CommandError(
            .configuration, "no-accounts", id: "\(path) hilang atau kosong, padahal catatannya ada.",
            en: "\(path) is missing or empty, though the records are there.",
            advice: Words(
                id: "Kembalikan berkas itu, atau pulihkan cadangan ke direktori lain.",
                en: "Put that file back, or restore a backup into another directory."))
    }
}

private func explainSQLite(_ error: SQLiteError) -> CommandError {
    if error.isFull {
        let place = error.path.map { " (\($0))" } ?? ""
        return CommandError(
            .inputOutput, "disk-full", id: "Disk penuh; tidak ada yang ditulis\(place).",
            en: "The disk is full; nothing was written\(place).",
            advice: Words(
                id: "Kosongkan ruang, lalu ulangi. Yang tercatat sebelumnya tetap tersimpan.",
                en: "Make room, then try again. What was written before is safe."))
    }
    if error.isCorrupt || error.isNotADatabase || error.isLostSchema {
        return CommandError(
            .badData, "damaged-database", id: "Basis data rusak: \(error).", en: "The database is damaged: \(error).",
            advice: Words(id: "Pulihkan dari cadangan.", en: "Restore a backup."))
    }
    return CommandError(
        .inputOutput, "database", id: "Basis data gagal: \(error)", en: "The database failed: \(error)",
        advice: Words(
            id: "Periksa disk dan berkas itu, lalu jalankan lagi.", en: "Check the disk and the file, then start again."
        ))
}

private func newer(_ path: String?) -> CommandError {
    CommandError(
        .protocolMismatch, "newer-database",
        id: "Basis data \(path.map { $0 + " " } ?? "")ditulis oleh versi program yang lebih baru; tidak diubah.",
        en:
            "The database \(path.map { $0 + " " } ?? "")was written by a newer version of the program; it was not changed.",
        advice: Words(id: "Perbarui program ini.", en: "Upgrade this program."))
}

private func explainListening(_ error: HTTPServerError) -> CommandError {
    switch error {
    case .plaintextRefused(let host):
        CommandError(
            .configuration, "plaintext",
            id:
                "Tanpa TLS server tidak mau mendengarkan di \(host): kata sandi dan data warga akan terbaca di jaringan.",
            en: "The server won't listen on \(host) without TLS: secrets and citizens' data could be read on the way.",
            advice: Words(
                id: """
                    Beri --certificate dan --key, atau dengarkan di 127.0.0.1 di belakang proksi TLS; \
                    atau izinkan dengan --allow-plaintext.
                    """,
                en: """
                    Give --certificate and --key, or listen on 127.0.0.1 behind a proxy that does TLS; \
                    or allow it with --allow-plaintext.
                    """))
    case .cannotListen(let host, let port, let reason):
        CommandError(
            .cannotCreate, "cannot-listen", id: "Tidak dapat mendengarkan di \(host):\(port): \(reason)",
            en: "Can't listen on \(host):\(port): \(reason)",
            advice: Words(
                id: "Mungkin server lain sudah berjalan; pilih alamat lain dengan --listen.",
                en: "Another server may be running; choose another address with --listen."))
    case .invalidPort, .unreadable, .noCertificate, .noPrivateKey, .certificateAndKeyRefused:
        CommandError(
            .configuration, "tls-files", id: "Sertifikat atau kunci tidak dapat dipakai: \(error)",
            en: "The certificate or key can't be used: \(error)")
    }
}

private func explainAccount(_ error: AccountError) -> CommandError {
    switch error {
    case .unknownOffice(let code):
        CommandError(
            .noInput, "no-such-office", id: "Tidak ada kantor berkode '\(code)'.",
            en: "No office has the code '\(code)'.",
            advice: Words(
                id: "Lihat: sambung-server kantor daftar", en: "See: sambung-server office list"))
    case .unknownDevice(let id):
        CommandError(
            .noInput, "no-such-device", id: "Tidak ada perangkat ber-ID \(id).", en: "No device has the id \(id).",
            advice: Words(id: "Lihat: sambung-server perangkat daftar", en: "See: sambung-server device list"))
    }
}
