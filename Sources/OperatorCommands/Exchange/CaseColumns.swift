import CallCenter
import CommandFrame
import SyncProtocol

/// The columns of a file of cases: the record's id and the fields of `cases`, under the names of the schema or under
/// Indonesian ones.
enum CaseColumns {
    /// The name of the column with the record's id.
    static let id = "id"

    /// The fields in the order of a file's columns.
    static let order = [
        "ticket", "status", "class", "channel", "received_at", "office", "title", "narrative", "category",
        "sub_category", "region", "place", "urgency", "event_date", "reported_party", "language", "reporter_name",
        "reporter_phone", "reporter_phone_typed", "reporter_address", "reporter_nik", "reporter_profession",
        "on_behalf_of", "anonymous", "confidential", "consent", "agency", "forwarded_at", "verified_at", "verified_by",
        "complete_at", "extended_at", "extension_reason", "admitted_at", "proof_at", "answer", "answered_at",
        "answered_by", "status_at", "status_by", "closing_reason", "closed_at", "duplicate_of", "external_id",
        "public_text", "publish", "redacted_by", "entered_at", "operator",
    ]

    private static let indonesian = [
        "id": "id", "ticket": "tiket", "status": "status", "class": "jenis", "channel": "saluran",
        "received_at": "diterima_pada", "office": "kantor", "title": "judul", "narrative": "uraian",
        "category": "bidang", "sub_category": "sub_bidang", "region": "wilayah", "place": "lokasi",
        "urgency": "urgensi", "event_date": "tanggal_kejadian", "reported_party": "terlapor", "language": "bahasa",
        "reporter_name": "nama_pelapor", "reporter_phone": "telepon_pelapor",
        "reporter_phone_typed": "telepon_seperti_ditulis", "reporter_address": "alamat_pelapor",
        "reporter_nik": "nik_pelapor", "reporter_profession": "pekerjaan_pelapor", "on_behalf_of": "atas_nama",
        "anonymous": "anonim", "confidential": "rahasia", "consent": "persetujuan", "agency": "instansi",
        "forwarded_at": "diteruskan_pada", "verified_at": "diverifikasi_pada", "verified_by": "diverifikasi_oleh",
        "complete_at": "lengkap_pada", "extended_at": "diperpanjang_pada", "extension_reason": "alasan_perpanjangan",
        "admitted_at": "dirawat_pada", "proof_at": "bukti_pada", "answer": "tanggapan",
        "answered_at": "ditanggapi_pada", "answered_by": "ditanggapi_oleh", "status_at": "status_pada",
        "status_by": "status_oleh", "closing_reason": "alasan_penutupan", "closed_at": "ditutup_pada",
        "duplicate_of": "ganda_dari", "external_id": "nomor_luar", "public_text": "teks_publik", "publish": "terbitkan",
        "redacted_by": "disunting_oleh", "entered_at": "dicatat_pada", "operator": "petugas",
    ]

    /// The name of a column as a file has it.
    static func header(_ field: String, in speech: Speech) -> String {
        speech == .indonesian ? indonesian[field] ?? field : field
    }

    /// The field that a name means: the schema's name or the Indonesian one, in any case, with spaces, `-` or `_`.
    static func field(named header: String) -> String? { byName[folded(header)] }

    /// The name that is nearest to one that means nothing.
    static func nearest(to header: String) -> String? {
        NearestName.of(folded(header), among: names)
    }

    /// Every name that a column may have.
    private static let names = (order + indonesian.values).sorted()

    private static func folded(_ name: String) -> String {
        name.lowercased().split { $0.isWhitespace || $0 == "_" || $0 == "-" }.joined(separator: "_")
    }

    private static let byName: [String: String] = {
        let both = ([id] + order).flatMap { [($0, $0), (indonesian[$0] ?? $0, $0)] }
        return Dictionary(both) { first, _ in first }
    }()
}
