import ArgumentParser
import CommandFrame

/// The fields of a case that are typed most; the others are given as `field=value`.
struct CaseOptions: ParsableArguments {
    @Option(help: .words(id: "Judul.", en: "The title.", valueName: say(id: "teks", en: "text")))
    var title: String?
    @Option(
        help: .words(
            id: "Uraian; - membacanya dari masukan.", en: "The narrative; - reads it from the input.",
            valueName: say(id: "teks", en: "text")))
    var narrative: String?
    @Option(
        name: .customLong("class"),
        help: .words(
            id: "aspirasi, pengaduan, \"pengaduan berkadar pengawasan\", \"permohonan informasi\", whistleblowing.",
            en: "aspiration, complaint, \"complaint with inspection\", \"request for information\", whistle-blowing.",
            valueName: say(id: "jenis", en: "class")))
    var caseClass: String?
    @Option(
        help: .words(
            id:
                "telepon, WhatsApp, SMS, web, \"tatap muka\", surat, surel, \"media sosial\", radio, \"aplikasi lain\".",
            en: "phone, WhatsApp, SMS, web, walk-in, letter, e-mail, \"social media\", radio, \"other app\".",
            valueName: say(id: "saluran", en: "channel")))
    var channel: String?
    @Option(
        help: .words(
            id: "Bidang, misalnya kesehatan atau sosial.", en: "The field of complaint, such as health or social.",
            valueName: say(id: "bidang", en: "category")))
    var category: String?
    @Option(
        help: .words(
            id: "Kabupaten/kota: kode 18.04 atau nama.", en: "The regency or city: the code 18.04 or a name.",
            valueName: say(id: "wilayah", en: "region")))
    var region: String?
    @Option(help: .words(id: "Tempatnya.", en: "Where it is.", valueName: say(id: "teks", en: "text")))
    var place: String?
    @Option(
        help: .words(
            id: "biasa, mendesak, darurat.", en: "normal, urgent, emergency.",
            valueName: say(id: "urgensi", en: "urgency")))
    var urgency: String?
    @Option(
        help: .words(
            id: "Kapan diterima: 27/06/2022, \"kemarin 14.05\"…",
            en: "When it was received: 27/06/2022, \"yesterday 14:05\"…",
            valueName: say(id: "waktu", en: "time")))
    var received: String?
    @Option(
        help: .words(id: "Nama pelapor.", en: "The reporter's name.", valueName: say(id: "nama", en: "name")))
    var reporter: String?
    @Option(
        help: .words(
            id: "Telepon pelapor, ditulis bagaimana pun.", en: "The reporter's telephone, in any spelling.",
            valueName: say(id: "nomor", en: "number")))
    var phone: String?
    @Option(help: .words(id: "Alamat pelapor.", en: "The reporter's address.", valueName: say(id: "teks", en: "text")))
    var address: String?
    @Option(help: .words(id: "NIK pelapor.", en: "The reporter's identity number.", valueName: "NIK"))
    var nik: String?
    @Option(
        help: .words(
            id: "Untuk siapa, misalnya nama pasien.", en: "For whom, such as the patient's name.",
            valueName: say(id: "nama", en: "name")))
    var onBehalfOf: String?
    @Flag(
        inversion: .prefixedNo,
        help: .words(id: "Sembunyikan nama pelapor dari instansi.", en: "Hide the reporter's name from the agency."))
    var anonymous: Bool?
    @Flag(
        inversion: .prefixedNo, help: .words(id: "Rahasiakan seluruh kasus.", en: "Keep the whole case confidential."))
    var confidential: Bool?

    /// The title of these options in a help page.
    static var title: String { say(id: "Isian kasus", en: "Fields of a case") }

    /// Puts what was given into the fields.
    func fill(_ input: inout FieldInput) throws {
        let texts: [(String, String?)] = [
            ("title", title), ("narrative", narrative), ("class", caseClass), ("channel", channel),
            ("category", category), ("region", region), ("place", place), ("urgency", urgency),
            ("received_at", received), ("reporter_name", reporter), ("reporter_phone", phone),
            ("reporter_address", address), ("reporter_nik", nik), ("on_behalf_of", onBehalfOf),
        ]
        for (field, text) in texts { if let text { try input.add(field, text) } }
        for (field, flag) in [("anonymous", anonymous), ("confidential", confidential)] {
            if let flag { try input.add(field, flag ? "yes" : "no") }
        }
    }
}

/// The case that a command works on.
struct CaseArgument: ParsableArguments {
    @Argument(
        help: .words(
            id: "Nomor tiket, bagian awal atau akhirnya, atau id kasus.",
            en: "The ticket number, its beginning or end, or the case's id.",
            valueName: say(id: "kasus", en: "case")))
    var reference: String
}
