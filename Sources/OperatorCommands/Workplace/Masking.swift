import CallCenter
import SyncProtocol

/// Hides what tells who a reporter is, until somebody asks to see it.
enum Masking {
    /// The fields that are hidden altogether.
    private static let hidden: Set<String> = ["reporter_address", "reporter_profession", "reporter_phone_typed"]
    /// The fields that hold a person's name.
    private static let names: Set<String> = ["reporter_name", "on_behalf_of"]
    /// What a confidential case hides as well.
    private static let matter: Set<String> = ["title", "narrative", "place", "reported_party", "answer"]

    /// A text of a case as it may be shown without more ado.
    static func text(_ text: String, of field: String, isConfidential: Bool = false) -> String {
        switch field {
        case "reporter_phone": PhoneNumber.masked(text)
        case "reporter_nik": NIK.masked(text)
        case _ where names.contains(field): name(text)
        case _ where hidden.contains(field): "•••"
        case _ where isConfidential && matter.contains(field): "•••"
        default: numbersHidden(text)
        }
    }

    /// `Siti Aminah` as `S••• A•••`.
    static func name(_ name: String) -> String {
        name.split(whereSeparator: \.isWhitespace).prefix(6).map { "\($0.prefix(1))•••" }.joined(separator: " ")
    }

    /// Free text without the numbers that may be telephone numbers or identity cards.
    static func numbersHidden(_ text: String) -> String {
        // Most texts hold no such number, and are not copied.
        guard text.utf8.count(where: { (0x30...0x39).contains($0) }) >= 9 else { return text }
        var result = String.UnicodeScalarView()
        var run: [Unicode.Scalar] = []
        for scalar in text.unicodeScalars {
            if isDigit(scalar) || (!run.isEmpty && isFiller(scalar)) || (run.isEmpty && scalar == "+") {
                run.append(scalar)
            } else {
                result.append(contentsOf: shown(run))
                run = []
                result.append(scalar)
            }
        }
        result.append(contentsOf: shown(run))
        return String(result)
    }

    private static func shown(_ run: [Unicode.Scalar]) -> [Unicode.Scalar] {
        let digits = run.filter(isDigit)
        guard digits.count >= 9 else { return run }
        let start = String(String.UnicodeScalarView(digits.prefix(2)))
        let isPhone = run[0] == "+" || start.hasPrefix("0") || start == "62" || start.hasPrefix("8")
        guard isPhone || digits.count >= 13 else { return run }
        return run.map { isDigit($0) ? "•" : $0 }
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }
    private static func isFiller(_ scalar: Unicode.Scalar) -> Bool {
        [" ", ".", "-", "(", ")", "\u{A0}"].contains(scalar)
    }
}
