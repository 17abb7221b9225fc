/// Makes a text safe to print: what would steer a terminal, or turn the order of what is read, is shown as a symbol.
public enum VisibleText {
    /// For one line: line ends and tabs are shown as symbols as well.
    public static func line(_ text: String) -> String { shown(text, keepsLines: false) }

    /// For several lines: line ends stay, tabs become spaces.
    public static func lines(_ text: String) -> String { shown(text, keepsLines: true) }

    private static func shown(_ text: String, keepsLines: Bool) -> String {
        guard text.unicodeScalars.contains(where: needsSymbol) else { return text }
        var result = String.UnicodeScalarView()
        var last: Unicode.Scalar = " "
        for scalar in text.unicodeScalars {
            defer { last = scalar }
            switch scalar.value {
            // A line end of Windows or of a pasted chat is one line end.
            case 0x0A where keepsLines && last == "\r": break
            case 0x0A where keepsLines, 0x0D where keepsLines: result.append("\n")
            case 0x2028 where keepsLines, 0x2029 where keepsLines: result.append("\n")
            case 0x09 where keepsLines: result.append(contentsOf: "    ".unicodeScalars)
            case 0x00...0x1F: result.append(Unicode.Scalar(0x2400 + scalar.value) ?? "\u{FFFD}")
            case 0x7F: result.append("\u{2421}")
            case _ where needsSymbol(scalar):
                let digits = String(scalar.value, radix: 16, uppercase: true)
                let code = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
                result.append(contentsOf: "⟨U+\(code)⟩".unicodeScalars)
            default: result.append(scalar)
            }
        }
        return String(result)
    }

    private static func needsSymbol(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        // Controls of ASCII and of Latin 1.
        case 0x00...0x1F, 0x7F...0x9F: true
        // Marks, embeddings, overrides and isolates of the writing direction; separators; what can't be seen.
        case 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF, 0xFFF9...0xFFFB: true
        // Language tags can hide a text; a flag of emoji is the one use that is left.
        case 0xE0001: true
        default: false
        }
    }
}
