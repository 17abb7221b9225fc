/// A telephone number: in the international form E.164, and as it was typed.
public struct PhoneNumber: Sendable, Hashable {
    /// `+628117905000`.
    public let e164: String
    /// What the operator typed.
    public let typed: String

    /// Reads `0811…`, `62811…`, `811…`, `+62 811…`, `(0721) 481-107`, and foreign numbers with `+` or `00` before them.
    ///
    /// Spaces, dots, dashes, slashes and brackets don't matter, nor do the invisible marks of a pasted chat.
    public init(_ text: String) throws(PhoneNumberError) {
        typed = text
        let bare = String(String.UnicodeScalarView(text.unicodeScalars.filter { !Self.isFiller($0) }))
        guard !bare.isEmpty else { throw .empty }
        let isForeignForm = bare.hasPrefix("+") || bare.hasPrefix("00")
        let digits = bare.hasPrefix("+") ? bare.dropFirst() : bare.hasPrefix("00") ? bare.dropFirst(2) : bare[...]
        guard digits.utf8.allSatisfy(Digits.isDigit) else { throw .strangeCharacters(text) }
        if digits.hasPrefix("62"), isForeignForm || digits.utf8.count >= 10 {
            let national = digits.dropFirst(2)
            e164 = try Self.indonesian(national.hasPrefix("0") ? national.dropFirst() : national, typed: text)
        } else if isForeignForm {
            guard (8...15).contains(digits.utf8.count), !digits.hasPrefix("0") else { throw .wrongLength(text) }
            e164 = "+" + digits
        } else if digits.hasPrefix("0") {
            e164 = try Self.indonesian(digits.dropFirst(), typed: text)
        } else if digits.hasPrefix("8"), digits.utf8.count >= 9 {
            e164 = try Self.indonesian(digits, typed: text)
        } else {
            throw .noAreaCode(text)
        }
    }

    /// The number with its last but one part hidden: `+62 811-•••-5000`.
    public var masked: String { Self.masked(e164) }

    /// Hides the middle of a stored number; of a text that is no number, every digit.
    public static func masked(_ stored: String) -> String {
        let digits = stored.utf8.dropFirst()
        guard stored.hasPrefix("+"), (8...15).contains(digits.count), digits.allSatisfy(Digits.isDigit) else {
            // Sign by sign: a digit can hide in a character that begins with an invisible mark.
            let hidden = stored.unicodeScalars.map { $0.properties.numericType == nil ? $0 : "•" }
            return String(String.UnicodeScalarView(hidden))
        }
        guard stored.hasPrefix("+62") else { return "+•••-" + stored.suffix(4) }
        let national = stored.dropFirst(3)
        // A short number of the fixed network would show nearly whole with four digits; two are hidden of any.
        let shown = min(national.count >= 10 ? 4 : 3, national.count - 5)
        return "+62 \(national.prefix(3))-•••-\(national.suffix(max(0, shown)))"
    }

    /// Spaced for reading: `+62 811-7905-000`.
    public static func spaced(_ stored: String) -> String {
        guard stored.hasPrefix("+62") else { return stored }
        var rest = stored.dropFirst(3)
        var groups = [rest.prefix(3)]
        rest = rest.dropFirst(3)
        while !rest.isEmpty {
            groups.append(rest.prefix(rest.count == 5 ? 5 : 4))
            rest = rest.dropFirst(groups[groups.count - 1].count)
        }
        return "+62 " + groups.joined(separator: "-")
    }

    private static func indonesian(_ national: Substring, typed: String) throws(PhoneNumberError) -> String {
        // Mobile numbers have 9 to 12 digits after +62, those of the fixed network 7 to 11.
        let lengths = national.hasPrefix("8") ? 9...12 : 7...11
        guard lengths.contains(national.utf8.count), !national.hasPrefix("0") else { throw .wrongLength(typed) }
        return "+62" + national
    }

    private static func isFiller(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A, 0x0D, 0x20, 0x28, 0x29, 0x2D, 0x2E, 0x2F, 0xA0, 0x200B...0x200F, 0x2010...0x2015,
            0x202A...0x202F, 0x2060...0x2069, 0xFEFF:
            true
        default: false
        }
    }
}

/// A text that is no telephone number; the case may keep it as typed.
public enum PhoneNumberError: ExplainedError, Hashable {
    /// Nothing was given.
    case empty
    /// It holds letters or other signs.
    case strangeCharacters(String)
    /// It has too few or too many digits.
    case wrongLength(String)
    /// It starts with neither 0, 8, 62 nor +.
    case noAreaCode(String)

    /// What to say to the operator.
    public func explanation(in language: Language) -> String {
        switch (self, language) {
        case (.empty, .indonesian): "Nomor telepon kosong."
        case (.empty, .english): "The telephone number is empty."
        case (.strangeCharacters(let text), .indonesian):
            "Nomor telepon \"\(text)\" memuat huruf atau tanda lain. Tulis misalnya 0811 790 5000."
        case (.strangeCharacters(let text), .english):
            "The telephone number \"\(text)\" holds letters or other signs. Write for example 0811 790 5000."
        case (.wrongLength(let text), .indonesian):
            "Nomor telepon \"\(text)\" terlalu pendek atau terlalu panjang. Periksa kembali angkanya."
        case (.wrongLength(let text), .english):
            "The telephone number \"\(text)\" is too short or too long. Check its digits."
        case (.noAreaCode(let text), .indonesian):
            "Nomor telepon \"\(text)\" tanpa kode wilayah. Tulis misalnya (0721) 481-107."
        case (.noAreaCode(let text), .english):
            "The telephone number \"\(text)\" has no area code. Write for example (0721) 481-107."
        }
    }
}
