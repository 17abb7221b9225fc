/// Numbers as the languages write them.
public enum Figures {
    /// `9.144.263` in Indonesian, `9,144,263` in English.
    public static func text(_ number: Int, in language: Language) -> String {
        let mark: Character = language == .indonesian ? "." : ","
        let digits = Array(String(number.magnitude))
        var text: [Character] = number < 0 ? ["-"] : []
        for (index, digit) in digits.enumerated() {
            if index > 0 && (digits.count - index).isMultiple(of: 3) { text.append(mark) }
            text.append(digit)
        }
        return String(text)
    }

    /// A share in tenths of a percent: `46,2 %` in Indonesian, `46.2%` in English.
    public static func percent(tenths: Int, in language: Language) -> String {
        let sign = tenths < 0 ? "-" : ""
        let whole = text(Int(tenths.magnitude / 10), in: language)
        return switch language {
        case .indonesian: "\(sign)\(whole),\(tenths.magnitude % 10) %"
        case .english: "\(sign)\(whole).\(tenths.magnitude % 10)%"
        }
    }

    /// A share in whole percents: `46 %` in Indonesian, `46%` in English.
    public static func percent(_ whole: Int, in language: Language) -> String {
        text(whole, in: language) + (language == .indonesian ? " %" : "%")
    }
}
