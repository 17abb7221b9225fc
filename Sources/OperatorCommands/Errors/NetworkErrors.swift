import CommandFrame
import OfflineClient
import SyncProtocol

func commandError(_ error: TransportError) -> CommandError {
    switch error {
    case .unreachable(let why):
        CommandError(
            .unreachable, "unreachable", id: "Server tidak dapat dihubungi (\(why)).",
            en: "The server can't be reached (\(why)).",
            advice: safe(
                Words(
                    id: "Coba lagi nanti: sambung sinkron; bila alamat pusat berganti: sambung sinkron --server ALAMAT",
                    en: "Try again later: sambung sync; if the centre has another address: sambung sync --server URL")))
    case .untrusted(let why):
        CommandError(
            .configuration, "untrusted-server", id: "Sertifikat server tidak dipercaya (\(why)).",
            en: "The server's certificate is not trusted (\(why)).",
            advice: safe(
                Words(
                    id: "Periksa alamat server dan jam perangkat; sertifikat sendiri diberikan dengan --ca BERKAS.",
                    en:
                        "Check the server's address and this device's clock; a private authority is given with --ca FILE."
                )))
    case .notSambung(let why):
        CommandError(
            .protocolMismatch, "not-sambung", id: "Di alamat itu bukan server Sambung (\(why)).",
            en: "What answers at that address is no Sambung server (\(why)).",
            advice: safe(
                Words(
                    id: "Periksa alamatnya, dan apakah jaringan meminta masuk (login) dahulu.",
                    en: "Check the address, and whether the network asks for a login first.")))
    case .busy(let why):
        CommandError(
            .temporary, "busy", id: "Server sedang sibuk (\(why)).", en: "The server is busy (\(why)).",
            advice: safe(Words(id: "Coba lagi beberapa menit lagi.", en: "Try again in some minutes.")))
    }
}

func commandError(_ failure: Failure) -> CommandError {
    switch failure.code {
    case .unknownCode:
        CommandError(
            .notAllowed, "unknown-code", id: "Kode pendaftaran itu tidak dikenal server.",
            en: "The server does not know this enrolment code.",
            advice: Words(id: "Periksa kodenya, atau minta yang baru.", en: "Check the code, or ask for a new one."))
    case .usedCode:
        CommandError(
            .notAllowed, "used-code", id: "Kode pendaftaran itu sudah dipakai perangkat lain.",
            en: "Another device has used this enrolment code.",
            advice: Words(id: "Minta kode baru kepada pusat.", en: "Ask the centre for a new code."))
    case .expiredCode:
        CommandError(
            .notAllowed, "expired-code", id: "Kode pendaftaran itu sudah kedaluwarsa.",
            en: "This enrolment code has expired.",
            advice: Words(id: "Minta kode baru kepada pusat.", en: "Ask the centre for a new code."))
    case .notEnrolled:
        CommandError(
            .notAllowed, "unknown-device", id: "Server tidak mengenal perangkat ini.",
            en: "The server does not know this device.", advice: safe(tellCentre))
    case .revoked:
        CommandError(
            .notAllowed, "revoked",
            id: "Pusat telah mencabut izin perangkat ini; basis datanya dikunci, tidak dihapus.",
            en: "The centre has revoked this device; its database is locked, not erased.",
            advice: safe(enrolAgainOrSync))
    default: explainOther(failure)
    }
}

private func explainOther(_ failure: Failure) -> CommandError {
    switch failure.code {
    case .unsupportedVersion:
        CommandError(
            .protocolMismatch, "protocol-version", id: "Server memakai versi protokol lain.",
            en: "The server speaks another version of the protocol.", advice: safe(updateProgram))
    case .otherSchema:
        CommandError(
            .protocolMismatch, "other-schema", id: "Server itu milik aplikasi lain.",
            en: "That server is of another application.",
            advice: safe(Words(id: "Periksa alamat server.", en: "Check the server's address.")))
    case .clock:
        CommandError(
            .configuration, "clock", id: "Jam perangkat ini salah, dan server menolak perubahannya.",
            en: "This device's clock is wrong, and the server refused its changes.",
            advice: safe(
                Words(id: "Betulkan jam, lalu: sambung sinkron", en: "Set the clock right, then: sambung sync")))
    case .forked, .behind:
        CommandError(
            .protocolMismatch, failure.code == .forked ? "forked" : "behind",
            id: "Riwayat perangkat ini dan server tidak cocok (\(failure.detail)).",
            en: "The histories of this device and of the server do not match (\(failure.detail)).",
            advice: safe(
                Words(
                    id:
                        "Salah satunya dipulihkan dari cadangan atau disalin. Beri tahu pusat sebelum bekerja lebih lanjut.",
                    en: "One of them was restored from a backup or copied. Tell the centre before you work on.")))
    case .unavailable:
        CommandError(
            .temporary, "busy", id: "Server sedang tidak dapat melayani.", en: "The server can't serve now.",
            advice: safe(Words(id: "Coba lagi beberapa menit lagi.", en: "Try again in some minutes.")))
    case .tooManyAttempts:
        CommandError(
            .temporary, "too-many-attempts",
            id: "Terlalu banyak percobaan yang salah dari alamat ini; tunggu \(failure.wait) detik.",
            en: "Too many wrong attempts from this address; wait \(failure.wait) s.",
            advice: safe(Words(id: "Periksa kodenya, lalu coba lagi.", en: "Check the code, then try again.")))
    case .serverClock:
        CommandError(
            .temporary, "server-clock", id: "Jam server melompat; server belum menerima perubahan.",
            en: "The server's clock has jumped; it takes no changes yet.",
            advice: safe(
                Words(id: "Beri tahu pusat, lalu coba lagi nanti.", en: "Tell the centre, then try again later.")))
    case .storageFull:
        CommandError(
            .temporary, "server-full", id: "Disk server penuh; tidak ada yang diterapkan.",
            en: "The server's disk is full; nothing was applied.",
            advice: safe(
                Words(id: "Beri tahu pusat, lalu coba lagi nanti.", en: "Tell the centre, then try again later.")))
    default:
        CommandError(
            .protocolMismatch, "refused-request",
            id: "Server menolak permintaan ini (\(failure.code): \(failure.detail)).",
            en: "The server refused the request (\(failure.code): \(failure.detail)).", advice: safe(updateProgram))
    }
}

let enrolAgainOrSync = Words(
    id: "Minta pusat memulihkannya, lalu: sambung sinkron; atau minta kode baru: sambung daftarkan KODE SERVER",
    en: "Ask the centre to reinstate it, then: sambung sync; or ask for a new code: sambung enrol CODE SERVER")
