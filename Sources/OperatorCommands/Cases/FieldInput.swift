import CallCenter
import CommandFrame
import OfflineClient
import SyncProtocol

/// Reads what a person typed into the fields of a case.
struct FieldInput {
    let workplace: Workplace
    /// What the case will hold.
    private(set) var values: [String: Value] = [:]
    /// What looks wrong and is kept all the same.
    private(set) var warnings: [Words] = []

    init(_ workplace: Workplace) { self.workplace = workplace }

    /// Takes `field=value`.
    mutating func add(pair: String) throws {
        guard let mark = pair.firstIndex(of: "="), mark != pair.startIndex else {
            throw CommandError.usage(
                "not-a-pair", id: "'\(cut(pair))' bukan pasangan isian=nilai.", en: "'\(cut(pair))' is no field=value.",
                advice: Words(
                    id: "Tulis misalnya: bidang=kesehatan, atau pakai opsi seperti --category.",
                    en: "Write for example: category=health, or use an option such as --category."))
        }
        let name = String(pair[..<mark])
        guard let field = CaseColumns.field(named: name), field != CaseColumns.id else {
            let nearest = CaseColumns.nearest(to: name)
            throw CommandError.usage(
                "unknown-field",
                id: "Tidak ada isian '\(cut(name))'." + (nearest.map { " Maksud Anda '\($0)'?" } ?? ""),
                en: "There is no field '\(cut(name))'." + (nearest.map { " Did you mean '\($0)'?" } ?? ""),
                advice: Words(
                    id: "Isian kasus: sambung lihat KASUS --json", en: "The fields of a case: sambung show CASE --json")
            )
        }
        try add(field, String(pair[pair.index(after: mark)...]))
    }

    /// Takes a value for a field of the schema; an empty one clears it, and `-` reads it from the input.
    mutating func add(_ field: String, _ typed: String) throws {
        guard let schema = try CallCenterSchema.schema["cases"]?[field] else { return }
        if let command = Self.commands[field] { throw Self.otherCommand(field, command) }
        let text = typed == "-" && schema.type == .text ? try workplace.console.readAll() : typed
        if text.unicodeScalars.contains("\u{FFFD}") {
            // The sign that stands for what is no letter: the text was in another coding, and can't be got back from here.
            warnings.append(
                Words(
                    id: "\(field): ada huruf yang tidak terbaca; simpan teksnya sebagai UTF-8 lalu tulis lagi.",
                    en: "\(field): some letters could not be read; save the text as UTF-8 and write it again."))
        }
        if text.isEmpty || field == "title" && Self.isBlank(text) {
            for name in [field] + (Self.companions[field] ?? []) { values[name] = .null }
            return
        }
        switch schema.type {
        case .dateTime: values[field] = .dateTime(try moment(text, of: field))
        case .bool: values[field] = .bool(try yesOrNo(text))
        case .bytes: values[field] = .bytes(try workplace.findCase(text).id.bytes)
        default: try add(text: text, to: field)
        }
        switch field {
        case "extension_reason": values["extended_at"] = .dateTime(try workplace.now())
        case "public_text", "publish": values["redacted_by"] = .given(workplace.operatorName)
        default: break
        }
    }

    private mutating func add(text: String, to field: String) throws {
        switch field {
        case "class": values[field] = .text(try Choice.read(CaseClass.self, text, field).rawValue)
        case "channel": values[field] = .text(try Choice.read(Channel.self, text, field).rawValue)
        case "urgency": values[field] = .text(try Choice.read(Urgency.self, text, field).rawValue)
        case "category", "region", "office":
            guard let kind = ReferenceTable.Kind(rawValue: field) else { return }
            values[field] = .text(try workplace.reference(kind).code(typed: text))
        case "event_date": values[field] = .text(try DateInput(text, now: workplace.now()).day.description)
        case "reporter_phone": addPhone(text)
        case "reporter_nik":
            let nik = NIK(text)
            values[field] = .text(nik.stored)
            warnings += nik.warnings.map {
                Words(id: $0.explanation(in: .indonesian), en: $0.explanation(in: .english))
            }
        default: values[field] = .text(text)
        }
    }

    /// A number that can't be read is kept as it was typed: the reporter must not be lost for a slip.
    private mutating func addPhone(_ text: String) {
        values["reporter_phone_typed"] = .text(text)
        do throws(PhoneNumberError) {
            values["reporter_phone"] = .text(try PhoneNumber(text).e164)
        } catch {
            values["reporter_phone"] = .null
            warnings.append(Words(id: error.explanation(in: .indonesian), en: error.explanation(in: .english)))
        }
    }

    /// Whether no case can have been received at a moment: a day is for clocks that are off and for time zones.
    static func isToCome(_ moment: Int64, now: Int64) -> Bool { moment > now + 86_400_000 }

    /// Whether a text is no title.
    static func isBlank(_ text: String) -> Bool { text.allSatisfy(\.isWhitespace) }

    private func moment(_ text: String, of field: String) throws -> Int64 {
        let now = try workplace.now()
        let moment = try DateInput(text, now: now).milliseconds
        guard field != "received_at" || !Self.isToCome(moment, now: now) else {
            throw CommandError.usage(
                "in-the-future", id: "'\(cut(text))' belum tiba: kasus tidak dapat diterima di masa depan.",
                en: "'\(cut(text))' is still to come: no case is received in the future.",
                advice: Words(id: "Periksa tahunnya.", en: "Check the year."))
        }
        return moment
    }

    private func yesOrNo(_ text: String) throws -> Bool {
        switch text.lowercased() {
        case "ya", "y", "yes", "true", "1", "benar": return true
        case "tidak", "t", "no", "n", "false", "0", "bukan": return false
        default:
            throw CommandError.usage(
                "yes-or-no", id: "'\(cut(text))' bukan ya atau tidak.", en: "'\(cut(text))' is neither yes nor no.")
        }
    }

    /// Fields that are cleared with another one.
    private static let companions = [
        "reporter_phone": ["reporter_phone_typed"], "extension_reason": ["extended_at"],
    ]

    /// Fields that have a command of their own, since more is written with them; the rest of the list writes itself.
    private static let commands = [
        "status": "", "status_at": "", "status_by": "", "closing_reason": "close", "closed_at": "close",
        "agency": "assign", "forwarded_at": "assign", "verified_at": "assign", "verified_by": "assign",
        "answer": "answer", "answered_at": "answer", "answered_by": "answer", "ticket": "", "entered_at": "",
        "operator": "", "extended_at": "", "redacted_by": "", "reporter_phone_typed": "",
    ]

    private static func otherCommand(_ field: String, _ command: String) -> CommandError {
        let indonesian = ["close": "tutup", "assign": "disposisi", "answer": "jawab"]
        let advice =
            command.isEmpty
            ? nil
            : Words(
                id: "Pakai: sambung \(indonesian[command] ?? command) --help", en: "Use: sambung \(command) --help")
        return .usage(
            "not-editable", id: "Isian '\(field)' tidak diubah langsung.",
            en: "The field '\(field)' is not edited directly.",
            advice: advice)
    }
}

/// A value out of a short list.
enum Choice {
    /// Reads a key or a name in either language.
    static func read<Key: NamedKey>(_ type: Key.Type, _ text: String, _ field: String) throws -> Key {
        if let key = Key(typed: text) { return key }
        func list(_ language: Language) -> [String] { type.allCases.map { $0.name(in: language) } }
        let names = type.keys + list(.indonesian) + list(.english)
        let nearest = NearestName.of(text, among: names)
        throw CommandError.usage(
            "unknown-\(field)",
            id: "'\(cut(text))' tidak berlaku untuk \(CaseColumns.header(field, in: .indonesian))."
                + (nearest.map { " Maksud Anda '\($0)'?" } ?? ""),
            en: "'\(cut(text))' is no \(field.replacing("_", with: " "))."
                + (nearest.map { " Did you mean '\($0)'?" } ?? ""),
            advice: Words(
                id: "Yang ada: \(list(.indonesian).joined(separator: ", ")).",
                en: "There are: \(list(.english).joined(separator: ", "))."))
    }
}

/// A text short enough to be quoted in a message.
func cut(_ text: String) -> String { TextWidth.cut(VisibleText.line(String(text.prefix(200))), to: 60) }

extension Console {
    /// All of the input as one text.
    func readAll() throws -> String {
        var text = ""
        while let line = readLine() {
            text += (text.isEmpty ? "" : "\n") + line
            guard text.utf8.count <= Limits.valueBytes else {
                throw CommandError.usage(
                    "too-large", id: "Masukan lebih dari 1 MiB.", en: "The input is longer than 1 MiB.")
            }
        }
        return text
    }
}
