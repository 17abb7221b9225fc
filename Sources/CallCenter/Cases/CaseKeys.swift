/// What a citizen brings.
public enum CaseClass: String, NamedKey {
    /// A wish or a proposal.
    case aspiration
    /// A complaint that needs no inspection (*tidak berkadar pengawasan*).
    case complaint
    /// A complaint that needs an inspection (*berkadar pengawasan*).
    case inspectionComplaint = "inspection_complaint"
    /// A request for public information (UU 14/2008).
    case information
    /// A report of misconduct by somebody who must be protected.
    case whistleblowing

    /// Its name as people read it.
    public func name(in language: Language) -> String {
        switch (self, language) {
        case (.aspiration, .indonesian): "aspirasi"
        case (.aspiration, .english): "aspiration"
        case (.complaint, .indonesian): "pengaduan"
        case (.complaint, .english): "complaint"
        case (.inspectionComplaint, .indonesian): "pengaduan berkadar pengawasan"
        case (.inspectionComplaint, .english): "complaint with inspection"
        case (.information, .indonesian): "permohonan informasi"
        case (.information, .english): "request for information"
        case (.whistleblowing, .indonesian): "whistleblowing"
        case (.whistleblowing, .english): "whistle-blowing"
        }
    }
}

/// How it reached the call centre.
public enum Channel: String, NamedKey {
    /// A call.
    case phone
    /// A WhatsApp chat.
    case whatsapp
    /// A text message.
    case sms
    /// A form on the web.
    case web
    /// A visit to an office.
    case walkIn = "walk_in"
    /// A letter.
    case letter
    /// An e-mail.
    case email
    /// A post or a message on social media.
    case socialMedia = "social_media"
    /// A call to a radio programme.
    case radio
    /// Another application, for example LAPOR!.
    case otherApp = "other_app"

    /// Its name as people read it.
    public func name(in language: Language) -> String {
        switch (self, language) {
        case (.phone, .indonesian): "telepon"
        case (.phone, .english): "phone"
        case (.whatsapp, _): "WhatsApp"
        case (.sms, _): "SMS"
        case (.web, _): "web"
        case (.walkIn, .indonesian): "tatap muka"
        case (.walkIn, .english): "walk-in"
        case (.letter, .indonesian): "surat"
        case (.letter, .english): "letter"
        case (.email, .indonesian): "surel"
        case (.email, .english): "e-mail"
        case (.socialMedia, .indonesian): "media sosial"
        case (.socialMedia, .english): "social media"
        case (.radio, _): "radio"
        case (.otherApp, .indonesian): "aplikasi lain"
        case (.otherApp, .english): "other app"
        }
    }
}

/// How soon somebody must act, apart from the legal deadlines.
public enum Urgency: String, NamedKey {
    /// In its turn.
    case normal
    /// Before others.
    case urgent
    /// Now: life or health is at stake.
    case emergency

    /// Its name as people read it.
    public func name(in language: Language) -> String {
        switch (self, language) {
        case (.normal, .indonesian): "biasa"
        case (.normal, .english): "normal"
        case (.urgent, .indonesian): "mendesak"
        case (.urgent, .english): "urgent"
        case (.emergency, .indonesian): "darurat"
        case (.emergency, .english): "emergency"
        }
    }
}

/// To whom a case is passed on.
public enum DispositionKind: String, NamedKey {
    /// To an agency of the province (*disposisi*).
    case disposition
    /// To a body outside of it, for example BPJS, a regency or the Ombudsman (*rujukan*).
    case referral

    /// Its name as people read it.
    public func name(in language: Language) -> String {
        switch (self, language) {
        case (.disposition, .indonesian): "disposisi"
        case (.disposition, .english): "disposition"
        case (.referral, .indonesian): "rujukan"
        case (.referral, .english): "referral"
        }
    }
}

/// What a note tells.
public enum NoteKind: String, NamedKey {
    /// A remark.
    case note
    /// What the agency did; the first one ends the clock of its first response.
    case followUp = "follow_up"
    /// A talk with the reporter.
    case contact

    /// Its name as people read it.
    public func name(in language: Language) -> String {
        switch (self, language) {
        case (.note, .indonesian): "catatan"
        case (.note, .english): "note"
        case (.followUp, .indonesian): "tindak lanjut"
        case (.followUp, .english): "follow-up"
        case (.contact, .indonesian): "hubungan dengan pelapor"
        case (.contact, .english): "contact with reporter"
        }
    }
}
