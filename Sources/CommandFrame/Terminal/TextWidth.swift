/// How many columns a text takes on a terminal: two for East Asian letters and emoji, none for combining marks.
public enum TextWidth {
    /// The columns of a text that has gone through ``VisibleText``.
    public static func of(_ text: String) -> Int {
        // Most texts are ASCII, where each byte is a column.
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.utf8.count }
        return text.reduce(0) { $0 + of($1) }
    }

    /// The text, cut with an ellipsis so that it takes at most that many columns.
    public static func cut(_ text: String, to columns: Int) -> String {
        var width = 0
        var fitting = text.startIndex
        for index in text.indices {
            width += of(text[index])
            if width > columns { return columns < 1 ? "" : text[..<fitting] + "…" }
            if width <= columns - 1 { fitting = text.index(after: index) }
        }
        return text
    }

    /// The text with spaces behind it, or before it, up to that many columns.
    public static func padded(_ text: String, to columns: Int, rightAligned: Bool = false) -> String {
        let spaces = String(repeating: " ", count: max(0, columns - of(text)))
        return rightAligned ? spaces + text : text + spaces
    }

    /// The text in lines of at most that many columns, broken at spaces where there are any.
    ///
    /// Lines of the text that begin with a space stay as they are.
    public static func wrapped(_ text: String, to columns: Int) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).flatMap { line -> [String] in
            if line.hasPrefix(" ") || of(String(line)) <= columns { return [String(line)] }
            var lines: [String] = []
            var current = ""
            for word in line.split(separator: " ") {
                if !current.isEmpty, of(current) + 1 + of(String(word)) > columns {
                    lines.append(current)
                    current = ""
                }
                current += (current.isEmpty ? "" : " ") + word
            }
            return lines + [current]
        }
    }

    private static func of(_ character: Character) -> Int {
        guard let first = character.unicodeScalars.first else { return 0 }
        if first.value < 0x300 { return 1 }
        if character.unicodeScalars.contains(where: { $0.value == 0xFE0F }) { return 2 }
        let properties = first.properties
        if properties.isEmojiPresentation || isWide(first) { return 2 }
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: return 1
        }
    }

    /// The ranges that Unicode calls wide or fullwidth.
    private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF,
            0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6,
            0x17000...0x18AFF, 0x1B000...0x1B2FF, 0x1F300...0x1F64F, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
            true
        default: false
        }
    }
}
