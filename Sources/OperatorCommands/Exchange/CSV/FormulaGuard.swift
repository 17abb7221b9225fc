/// Keeps a spreadsheet from running, or rewriting, what is only text, by an apostrophe before it.
///
/// A cell that begins with `=`, `+`, `-`, `@`, a tab or a line end would be run as a formula (ASVS 1.2.10). A cell of
/// digits and dots would lose zeros or become a date: `18.10`, a NIK. ``removed(from:)`` takes back what ``isNeeded``
/// asked for, and nothing else, so that a file comes back as it was.
enum FormulaGuard {
    /// Whether an apostrophe must stand before a text.
    ///
    /// - Parameter forSpreadsheet: whether texts that look like numbers or dates are kept as well.
    static func isNeeded(_ text: some Collection<UInt8>, forSpreadsheet: Bool) -> Bool {
        guard let first = text.first else { return false }
        if first == apostrophe {
            let bare = text.drop { $0 == apostrophe }
            return isFormula(bare) || isNumberLike(bare)
        }
        return isFormula(text) || forSpreadsheet && isNumberLike(text)
    }

    /// The text without the apostrophe that guarded it.
    static func removed(from text: String) -> String {
        guard text.utf8.first == apostrophe else { return text }
        let bare = text.utf8.drop { $0 == apostrophe }
        guard isFormula(bare) || isNumberLike(bare) else { return text }
        return String(Substring(text.utf8.dropFirst()))
    }

    private static let apostrophe: UInt8 = 0x27
    /// `＝`, `＋`, `－`, `＠` in their wide forms, which some spreadsheets take for the narrow ones.
    private static let wide = ["＝", "＋", "－", "＠"].map { Array($0.utf8) }

    private static func isFormula(_ text: some Collection<UInt8>) -> Bool {
        switch text.first {
        case nil: false
        case 0x3D, 0x2B, 0x2D, 0x40, 0x09, 0x0A, 0x0D: true
        case 0xEF: wide.contains { text.starts(with: $0) }
        default: false
        }
    }

    /// Begins with a digit and holds nothing but digits and what numbers, dates and times have between them; plain
    /// numbers of a few digits keep their look and pass.
    private static func isNumberLike(_ text: some Collection<UInt8>) -> Bool {
        guard let first = text.first, isDigit(first) else { return false }
        var isPlain = true
        for byte in text where !isDigit(byte) {
            guard " .,:/-+eE".utf8.contains(byte) else { return false }
            isPlain = false
        }
        return !isPlain || text.count >= 12 || first == 0x30 && text.count > 1
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
}
