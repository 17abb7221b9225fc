/// Texts that break programs: each kind by hand, then many generated ones, the same in every run.
enum HostileStrings {
    /// Where a path among the values would write, were it taken for one.
    static let marker = "sambung-escaped"

    /// 500 texts.
    static let all: [String] = {
        var texts = Set<[UInt8]>()
        var list: [String] = []
        var random = Numbers(state: 13)
        func add(_ text: String) { if texts.insert(Array(text.utf8)).inserted { list.append(text) } }
        for text in byHand { add(text) }
        while list.count < 500 {
            let parts = 1 + random.below(6)
            add((0..<parts).map { _ in pieces[random.below(pieces.count)] }.joined())
        }
        return list
    }()

    private static let byHand = [
        "'; DROP TABLE cases; --", "\" OR 1=1 --", "x'); DELETE FROM pending; --", "1; ATTACH DATABASE '/x' AS y",
        "Robert'); --", "%", "_", "\\", "\\0", "?1", ":a", "@a", "$a", "NULL", "null", "nil", "true", "0", "-1",
        "1e999",
        "NaN", "[]", "{}", "{\"a\":1}", "a\u{0}b", "\u{0}", "\u{0}\u{0}tail", "\u{1B}[2J", "\u{1B}]0;owned\u{7}",
        "\u{1B}[6n", "\u{1B}P$q\"p\u{1B}\\", "\u{1B}]52;c;cm0gLXJm\u{7}", "\u{9B}2J", "\u{9D}0;x\u{9C}", "\u{7F}",
        "\u{8}\u{8}x",
        "a\rb", "a\nb", "a\r\nb", "\n", "\r", "a\u{2028}b\u{2029}c", "a\u{85}b", "\u{B}\u{C}", "a\tb", "\t", " ",
        "  x  ",
        "\u{A0}", "\u{3000}", "\u{200B}", "\u{200B}x\u{200C}\u{200D}", "\u{FEFF}x", "\u{2060}", "\u{202E}gpj.exe",
        "\u{2066}x\u{2069}",
        "\u{200F}abc", "\u{61C}", "السلام عليكم", "שלום", "עברית 123 English", "日本語", "ไทย", "ꦲꦏ꧀ꦱꦫ", "👨‍👩‍👧‍👦", "🇮🇩🇮🇩🇮", "👍🏽",
        "e\u{301}",
        "\u{E9}", "e\u{301}\u{327}\u{323}", "Z" + String(repeating: "\u{335}\u{489}", count: 60), "\u{FFFD}",
        "\u{FFFF}", "\u{10FFFF}",
        "\u{E0001}\u{E0041}", "ﬁ", "ſ", "ß", "İ", "ı", "ǆ", "Å", "\u{212B}", "＝1+1", "=1+1", "=cmd|' /C calc'!A0", "+1",
        "-1+2",
        "@SUM(A1)", "'=1", "''=1", "'", "\"", "\"\"", "\"a\",b", "a,b;c|d", "sep=;", "=HYPERLINK(\"http://x\",\"y\")",
        "0811", "18.10", "1801020304050001", "2022-06-27", "1-2", "../../\(marker)", "/tmp/\(marker)",
        "..\\..\\\(marker)",
        "file:///tmp/\(marker)", "~/\(marker)", "> /tmp/\(marker)", "$(touch /tmp/\(marker))", "`touch /tmp/\(marker)`",
        "; touch /tmp/\(marker)", "| tee /tmp/\(marker)", "%s%n%x", "%00", "%0d%0aSet-Cookie: x", "--help", "--", "-",
        "-x", "@file",
        "<script>alert(1)</script>", "<!--", "]]>", "&lt;", "http://x\r\nHost: y", "\\u0000", "\\x1b[2J",
        "${jndi:ldap://x}",
        String(repeating: "a", count: 10_000), String(repeating: "é", count: 5_000),
        String(repeating: "\"", count: 999),
        String(repeating: "🚑", count: 2_000), String(repeating: "\n", count: 500), String(repeating: "=", count: 300),
    ]

    private static let pieces = [
        "a", "Jalan", " ", "  ", "'", "\"", "\\", ",", ";", "|", "\t", "\n", "\r", "\r\n", "\u{0}", "\u{1B}[31m",
        "\u{1B}]0;x\u{7}",
        "\u{9B}", "\u{7F}", "\u{85}", "\u{2028}", "=", "+", "-", "@", "＝", "0", "12", "..", "/", "../", "%", "$(x)",
        "`", "é", "e\u{301}",
        "\u{600}", "\u{200B}", "\u{200D}", "\u{202E}", "\u{2066}", "\u{FEFF}", "\u{E0061}", "👩‍👩‍👧", "🇮🇩", "日", "ا",
        "\u{10FFFF}",
        "\u{FFFD}", "<b>", "&", "NULL", "--", "#", "\u{8}", "\u{B}",
    ]

    /// Whether a text that a command printed can steer no terminal.
    static func isHarmless(_ output: String) -> Bool {
        !output.unicodeScalars.contains { scalar in
            switch scalar.value {
            case 0x0A: false
            case 0x00...0x1F, 0x7F...0x9F, 0x61C, 0x200E, 0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF: true
            default: false
            }
        }
    }

    /// SplitMix64 (Steele, Lea and Flood, 2014).
    struct Numbers {
        var state: UInt64

        mutating func below(_ count: Int) -> Int {
            state &+= 0x9E37_79B9_7F4A_7C15
            var word = state
            word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
            word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
            return Int((word ^ word >> 31) % UInt64(count))
        }
    }
}
