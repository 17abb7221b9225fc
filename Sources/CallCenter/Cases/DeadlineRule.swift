import SyncProtocol

/// What must be done in time.
public enum DeadlineStage: String, NamedKey {
    /// Verify the case and pass it on.
    case verify
    /// The agency's first follow-up.
    case firstResponse = "first_response"
    /// The answer.
    case resolve
    /// Proof that a poor in-patient is covered.
    case proof
    /// Nobody has spoken after the answer: the case may be closed.
    case close

    /// Its name as people read it.
    public func name(in language: Language) -> String {
        switch (self, language) {
        case (.verify, .indonesian): "verifikasi"
        case (.verify, .english): "verify"
        case (.firstResponse, .indonesian): "tindak lanjut pertama"
        case (.firstResponse, .english): "first response"
        case (.resolve, .indonesian): "penyelesaian"
        case (.resolve, .english): "resolve"
        case (.proof, .indonesian): "bukti jaminan pasien"
        case (.proof, .english): "proof of the patient's cover"
        case (.close, .indonesian): "dapat ditutup"
        case (.close, .english): "may be closed"
        }
    }
}

/// The moment that a deadline counts from.
public enum DeadlineStart: String, NamedKey {
    /// The receipt of the case.
    case received
    /// Its being passed on to the agency.
    case forwarded
    /// The file's being complete.
    case complete
    /// The patient's admission.
    case admitted
    /// The answer.
    case answered

    /// Its name as people read it.
    public func name(in language: Language) -> String {
        switch (self, language) {
        case (.received, .indonesian): "diterima"
        case (.received, .english): "receipt"
        case (.forwarded, .indonesian): "diteruskan"
        case (.forwarded, .english): "forwarding"
        case (.complete, .indonesian): "berkas lengkap"
        case (.complete, .english): "complete file"
        case (.admitted, .indonesian): "masuk rawat inap"
        case (.admitted, .english): "admission"
        case (.answered, .indonesian): "ditanggapi"
        case (.answered, .english): "answer"
        }
    }
}

/// What a deadline is counted in.
public enum DeadlineUnit: String, NamedKey {
    /// Working days, the first one not counted; the whole of the last one is in time.
    case workingDays = "working_days"
    /// Hours of working days, nights included.
    case workingHours = "working_hours"

    /// Its name as people read it.
    public func name(in language: Language) -> String {
        switch (self, language) {
        case (.workingDays, .indonesian): "hari kerja"
        case (.workingDays, .english): "working days"
        case (.workingHours, .indonesian): "jam pada hari kerja"
        case (.workingHours, .english): "hours on working days"
        }
    }
}

/// One deadline, as a regulation sets it and for as long as it is in force: a row of `deadline_rule`.
public struct DeadlineRule: Sendable, Hashable {
    /// Names the row.
    public var key: String
    /// What must be done.
    public var stage: DeadlineStage
    /// The class of case that it is for, or nil for all that have no rule of their own.
    public var caseClass: CaseClass?
    /// What it counts from.
    public var start: DeadlineStart
    /// How many units.
    public var amount: Int
    /// The unit.
    public var unit: DeadlineUnit
    /// By how many units it may be extended, once and with reasons; 0 for never.
    public var `extension`: Int
    /// The regulation.
    public var regulation: String
    /// The first day in force, or nil for "since before the first case".
    public var validFrom: Day?
    /// The last day in force, or nil for "still".
    public var validUntil: Day?
    /// Where the figure was read, and what is left to check.
    public var source: String

    /// Makes a rule.
    public init(
        key: String, stage: DeadlineStage, caseClass: CaseClass? = nil, start: DeadlineStart, amount: Int,
        unit: DeadlineUnit = .workingDays, extension: Int = 0, regulation: String, validFrom: Day? = nil,
        validUntil: Day? = nil, source: String = ""
    ) {
        self.key = key
        self.stage = stage
        self.caseClass = caseClass
        self.start = start
        self.amount = amount
        self.unit = unit
        self.extension = `extension`
        self.regulation = regulation
        self.validFrom = validFrom
        self.validUntil = validUntil
        self.source = source
    }

    /// Reads a row of `deadline_rule`.
    ///
    /// - Parameter value: gives the value of the field with that name.
    public init(row value: (String) -> Value) throws(DeadlineRuleError) {
        let key = Self.text(value("key")) ?? ""
        func bad(_ field: String) -> DeadlineRuleError { DeadlineRuleError(key: key, field: field) }
        func count(_ field: String, _ allowed: ClosedRange<Int64>) throws(DeadlineRuleError) -> Int {
            guard case .integer(let number) = value(field), allowed.contains(number) else { throw bad(field) }
            return Int(number)
        }
        func choice<Key: NamedKey>(_ field: String, _ type: Key.Type) throws(DeadlineRuleError) -> Key {
            guard let key = Self.text(value(field)).flatMap(Key.init(rawValue:)) else { throw bad(field) }
            return key
        }
        func day(_ field: String) throws(DeadlineRuleError) -> Day? {
            if value(field) == .null { return nil }
            guard let day = Self.text(value(field)).flatMap({ Day($0) }) else { throw bad(field) }
            return day
        }
        guard !key.isEmpty else { throw bad("key") }
        guard let regulation = Self.text(value("regulation")) else { throw bad("regulation") }
        self.init(
            key: key, stage: try choice("stage", DeadlineStage.self),
            caseClass: value("class") == .null ? nil : try choice("class", CaseClass.self),
            start: try choice("starts_at", DeadlineStart.self), amount: try count("amount", 1...10_000),
            unit: try choice("unit", DeadlineUnit.self),
            extension: value("extension") == .null ? 0 : try count("extension", 0...10_000), regulation: regulation,
            validFrom: try day("valid_from"), validUntil: try day("valid_until"),
            source: Self.text(value("source")) ?? "")
    }

    /// Whether it is in force on that day.
    public func isInForce(on day: Day) -> Bool {
        (validFrom.map { $0 <= day } ?? true) && (validUntil.map { day <= $0 } ?? true)
    }

    private static func text(_ value: Value) -> String? {
        guard case .text(let text) = value else { return nil }
        return text
    }
}

/// A row of `deadline_rule` that can't be used.
public struct DeadlineRuleError: ExplainedError, Hashable {
    /// The row's key, empty where it has none.
    public let key: String
    /// The field that is missing or wrong.
    public let field: String

    /// What to say to the operator.
    public func explanation(in language: Language) -> String {
        switch language {
        case .indonesian: "Aturan tenggat \"\(key)\": isian \(field) kosong atau salah. Pusat perlu memperbaikinya."
        case .english: "Deadline rule \"\(key)\": its field \(field) is missing or wrong. The centre must mend it."
        }
    }
}
