/// The number of a citizen's identity card: 6 digits of region, 6 of birth (women: day + 40), 4 of serial.
///
/// A wrong one is worth a warning, never a refusal: people read it out over bad lines. No text made here holds it whole.
public struct NIK: Sendable, Hashable {
    /// What is stored: the digits alone where there are digits only, else what was typed.
    public let stored: String
    /// What looks wrong, empty for a sound one.
    public let warnings: [Warning]

    /// What can look wrong.
    public enum Warning: Sendable, Hashable {
        /// It holds something else than digits.
        case notDigits
        /// It has that many digits instead of 16.
        case wrongLength(Int)
        /// No province has its first two digits.
        case unknownProvince
        /// Digits 7 to 12 are no date of birth.
        case noSuchBirthDate
        /// The serial is 0000.
        case zeroSerial
    }

    /// Looks at what was typed; spaces, dots and dashes between the digits don't matter.
    public init(_ text: String) {
        let digits = text.filter { !" .-\u{A0}\t\n".contains($0) }
        guard !digits.isEmpty, digits.utf8.allSatisfy(Digits.isDigit) else {
            stored = text
            warnings = [.notDigits]
            return
        }
        stored = digits
        warnings = Self.check(digits.utf8.map { Int($0) - 0x30 })
    }

    /// Only the last four digits, `••••••••••••0001`; nothing at all of a number that is shorter than it should be.
    public var masked: String { Self.masked(stored) }

    /// Hides a stored number; see ``masked-swift.property``.
    public static func masked(_ stored: String) -> String {
        let shown = stored.suffix(stored.count >= 16 ? 4 : 0)
        return String(repeating: "•", count: stored.count - shown.count) + shown
    }

    private static func check(_ digits: [Int]) -> [Warning] {
        guard digits.count == 16 else { return [.wrongLength(digits.count)] }
        func pair(_ index: Int) -> Int { digits[index] * 10 + digits[index + 1] }
        var warnings: [Warning] = []
        if !provinces.contains(pair(0)) { warnings.append(.unknownProvince) }
        let day = pair(6) > 40 ? pair(6) - 40 : pair(6)
        // The century isn't told: 29 February is right in every fourth year, 1900 aside.
        if Day(year: 2000 + pair(10), month: pair(8), day: day) == nil { warnings.append(.noSuchBirthDate) }
        if digits[12...].allSatisfy({ $0 == 0 }) { warnings.append(.zeroSerial) }
        return warnings
    }

    // The codes of the provinces, those of 2022 in Papua included.
    private static let provinces: Set<Int> = Set(
        [11...19, 21...21, 31...36, 51...53, 61...65, 71...76, 81...82, 91...97].flatMap { Array($0) })
}

extension NIK.Warning {
    /// What to say to the operator.
    public func explanation(in language: Language) -> String {
        switch (self, language) {
        case (.notDigits, .indonesian): "NIK hanya terdiri dari angka."
        case (.notDigits, .english): "A NIK consists of digits only."
        case (.wrongLength(let count), .indonesian): "NIK terdiri dari 16 angka, yang ini \(count)."
        case (.wrongLength(let count), .english): "A NIK has 16 digits, this one \(count)."
        case (.unknownProvince, .indonesian): "Dua angka pertama NIK bukan kode provinsi."
        case (.unknownProvince, .english): "The first two digits of the NIK are no province's code."
        case (.noSuchBirthDate, .indonesian): "Angka ke-7 sampai ke-12 NIK bukan tanggal lahir."
        case (.noSuchBirthDate, .english): "Digits 7 to 12 of the NIK are no date of birth."
        case (.zeroSerial, .indonesian): "Empat angka terakhir NIK tidak mungkin 0000."
        case (.zeroSerial, .english): "The last four digits of the NIK can't be 0000."
        }
    }
}
