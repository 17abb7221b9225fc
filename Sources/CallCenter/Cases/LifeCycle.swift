/// The state of a case, after the life cycle of LAPOR!.
public enum CaseStatus: String, NamedKey {
    /// Taken in (*dikirim*).
    case received
    /// Being checked by the coordinator (*verifikasi*).
    case verifying
    /// Waiting for the reporter (*tunda*).
    case onHold = "on_hold"
    /// Passed on to an agency that has not begun (*disposisi*).
    case forwarded
    /// The agency works on it (*diproses*).
    case inProcess = "in_process"
    /// The answer is given (*ditanggapi*).
    case answered
    /// Ended, with a ``ClosingReason`` (*selesai*).
    case closed
    /// Taken up again (*dibuka kembali*).
    case reopened

    /// Its name as people read it.
    public func name(in language: Language) -> String {
        switch (self, language) {
        case (.received, .indonesian): "diterima"
        case (.received, .english): "received"
        case (.verifying, .indonesian): "verifikasi"
        case (.verifying, .english): "verifying"
        case (.onHold, .indonesian): "tunda"
        case (.onHold, .english): "on hold"
        case (.forwarded, .indonesian): "diteruskan"
        case (.forwarded, .english): "forwarded"
        case (.inProcess, .indonesian): "diproses"
        case (.inProcess, .english): "in process"
        case (.answered, .indonesian): "ditanggapi"
        case (.answered, .english): "answered"
        case (.closed, .indonesian): "selesai"
        case (.closed, .english): "closed"
        case (.reopened, .indonesian): "dibuka kembali"
        case (.reopened, .english): "reopened"
        }
    }

    /// The states that may follow this one.
    ///
    /// The coordinator may verify and pass on, or answer at the counter, in one step; passing on a forwarded case once
    /// more ("no wrong door") is a new disposition and no move.
    public var next: [CaseStatus] {
        switch self {
        case .received: [.verifying, .onHold, .forwarded, .answered, .closed]
        case .verifying: [.onHold, .forwarded, .answered, .closed]
        case .onHold: [.verifying, .forwarded, .inProcess, .answered, .closed]
        case .forwarded: [.verifying, .onHold, .inProcess, .answered, .closed]
        case .inProcess: [.verifying, .onHold, .forwarded, .answered, .closed]
        case .answered: [.forwarded, .inProcess, .closed]
        case .closed: [.reopened]
        case .reopened: [.verifying, .onHold, .forwarded, .inProcess, .answered, .closed]
        }
    }
}

/// Why a case was closed.
public enum ClosingReason: String, NamedKey {
    /// It was answered.
    case answered
    /// It is outside of the province's authority (*bukan wewenang*).
    case outOfAuthority = "out_of_authority"
    /// The reporter did not reply.
    case noReply = "no_reply"
    /// It is the same matter as another case.
    case duplicate
    /// The reporter took it back.
    case withdrawn
    /// Another body took it over.
    case referred
    /// Nobody can tell what it asks for (*arsip*).
    case unintelligible

    /// Its name as people read it.
    public func name(in language: Language) -> String {
        switch (self, language) {
        case (.answered, .indonesian): "sudah ditanggapi"
        case (.answered, .english): "answered"
        case (.outOfAuthority, .indonesian): "bukan wewenang"
        case (.outOfAuthority, .english): "out of authority"
        case (.noReply, .indonesian): "pelapor tidak membalas"
        case (.noReply, .english): "no reply"
        case (.duplicate, .indonesian): "ganda"
        case (.duplicate, .english): "duplicate"
        case (.withdrawn, .indonesian): "dicabut pelapor"
        case (.withdrawn, .english): "withdrawn"
        case (.referred, .indonesian): "dirujuk"
        case (.referred, .english): "referred"
        case (.unintelligible, .indonesian): "diarsipkan, tidak jelas"
        case (.unintelligible, .english): "unintelligible"
        }
    }
}

/// Which moves an operator may make. (Merging two offices' moves may lead anywhere: that is a conflict, shown to people.)
public enum LifeCycle {
    /// Checks a move.
    ///
    /// - Parameters:
    ///   - status: where the case stands.
    ///   - next: where it shall go.
    ///   - reason: why it is closed; for a move to ``CaseStatus/closed`` only.
    ///   - hasAnswer: whether the case holds an answer, this move's included.
    public static func check(
        from status: CaseStatus, to next: CaseStatus, reason: ClosingReason? = nil, hasAnswer: Bool
    ) throws(MoveError) {
        guard status != next else { throw .alreadyThere(status) }
        guard status.next.contains(next) else { throw .notAllowed(from: status, to: next) }
        if next == .closed {
            guard let reason else { throw .reasonMissing }
            if reason == .answered && !hasAnswer { throw .answerMissing }
        } else if reason != nil {
            throw .reasonWithoutClosing(next)
        }
        if next == .answered && !hasAnswer { throw .answerMissing }
    }
}

/// A move that the life cycle doesn't allow.
public enum MoveError: ExplainedError, Hashable {
    /// The case stands there already.
    case alreadyThere(CaseStatus)
    /// No such move.
    case notAllowed(from: CaseStatus, to: CaseStatus)
    /// Closing needs a reason.
    case reasonMissing
    /// Only closing has a reason.
    case reasonWithoutClosing(CaseStatus)
    /// There is no answer to be given or to close with.
    case answerMissing

    /// What to say to the operator.
    public func explanation(in language: Language) -> String {
        func list(_ names: [String]) -> String { names.joined(separator: ", ") }
        func name(_ status: CaseStatus) -> String { status.name(in: language) }
        let reasons = list(ClosingReason.allCases.map { $0.name(in: language) })
        return switch (self, language) {
        case (.alreadyThere(let status), .indonesian): "Kasus ini sudah berstatus \(name(status))."
        case (.alreadyThere(let status), .english): "The case is already \(name(status))."
        case (.notAllowed(let from, let to), .indonesian):
            "Kasus berstatus \(name(from)) tidak dapat menjadi \(name(to)); yang mungkin: \(list(from.next.map(name)))."
        case (.notAllowed(let from, let to), .english):
            "A case that is \(name(from)) can't become \(name(to)); possible: \(list(from.next.map(name)))."
        case (.reasonMissing, .indonesian): "Penutupan perlu alasan: \(reasons)."
        case (.reasonMissing, .english): "Closing needs a reason: \(reasons)."
        case (.reasonWithoutClosing(let status), .indonesian):
            "Alasan hanya untuk menutup kasus, bukan untuk status \(name(status))."
        case (.reasonWithoutClosing(let status), .english):
            "A reason belongs to closing only, not to \(name(status))."
        case (.answerMissing, .indonesian): "Kasus ini belum ada tanggapannya. Tulis tanggapan terlebih dahulu."
        case (.answerMissing, .english): "The case has no answer yet. Write the answer first."
        }
    }
}
