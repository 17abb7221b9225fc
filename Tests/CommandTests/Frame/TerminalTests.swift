import CommandFrame
import Testing

@Suite struct TerminalTests {
    @Test func whatSteersATerminalIsShownAndNotRun() {
        #expect(VisibleText.line("a\u{1B}[31mb\u{7}\u{0}\u{7F}") == "a␛[31mb␇␀␡")
        #expect(VisibleText.line("\u{9B}31m") == "⟨U+009B⟩31m")
        #expect(VisibleText.line("x\u{202E}txt.exe\u{2066}") == "x⟨U+202E⟩txt.exe⟨U+2066⟩")
        #expect(VisibleText.line("a\nb\tc\r") == "a␊b␉c␍")
        #expect(VisibleText.lines("a\r\nb\rc\n\td\u{2028}e") == "a\nb\nc\n    d\ne")
        #expect(VisibleText.lines("Assalāmuʿalaikum السلام 👨‍👩‍👧 🇮🇩") == "Assalāmuʿalaikum السلام 👨‍👩‍👧 🇮🇩")
    }

    @Test(arguments: [
        ("", 0), ("Liwa", 4), ("é", 1), ("e\u{301}", 1), ("日本", 4), ("👨‍👩‍👧", 2), ("☎\u{FE0F}", 2), ("➡", 1), ("🇮🇩", 2),
        ("한글", 4), ("…", 1),
    ])
    func aTextTakesItsColumns(_ text: String, _ columns: Int) { #expect(TextWidth.of(text) == columns) }

    @Test func aCutTextNeverTakesMoreThanItsRoom() {
        for text in ["Jalan rusak di Liwa", "日本語テキスト", "a👨‍👩‍👧b👨‍👩‍👧c", "", "x"] {
            for columns in 0...12 {
                let cut = TextWidth.cut(text, to: columns)
                #expect(TextWidth.of(cut) <= columns, "\(text) in \(columns)")
                if TextWidth.of(text) <= columns { #expect(cut == text) }
            }
        }
        #expect(TextWidth.cut("Jalan rusak", to: 6) == "Jalan…")
    }

    @Test func aLineBreaksAtSpacesAndKeepsEveryWord() {
        let text = "Semua pekerjaan tersimpan di perangkat ini.\n  sambung baru --title x"
        let lines = TextWidth.wrapped(text, to: 20)
        #expect(lines.dropLast().allSatisfy { TextWidth.of($0) <= 20 })
        #expect(lines.last == "  sambung baru --title x")
        #expect(lines.joined(separator: " ").split(separator: " ") == text.split(whereSeparator: \.isWhitespace))
    }

    @Test func aTableFitsATerminalAndIsWholeElsewhere() {
        var table = Table([.init("No"), .init("Judul", elastic: true), .init("Jumlah", rightAligned: true)])
        let title = "Permohonan bantuan \u{1B}[31m biaya pengobatan untuk pasien"
        table.add(["1", title, "7"])
        table.add(["22", "日本", "1000"])
        let wide = table.text(for: TestConsole().console)
        #expect(wide.contains("Permohonan bantuan ␛[31m biaya pengobatan untuk pasien"))
        #expect(!wide.contains("\u{1B}"))
        let narrow = table.text(for: TestConsole(["COLUMNS": "40", "NO_COLOR": "1"], isTerminal: true).console)
        let lines = narrow.split(separator: "\n").map(String.init)
        #expect(lines.count == 3)
        #expect(lines.allSatisfy { TextWidth.of($0) <= 40 })
        #expect(lines[1].contains("…"))
        #expect(lines.allSatisfy { TextWidth.of($0) == TextWidth.of(lines[0]) })
    }

    @Test func aBarGrowsWithItsValueAndSmallOnesAreSeen() {
        #expect(Bar.text(0, of: 10, columns: 10) == "")
        #expect(Bar.text(10, of: 10, columns: 10) == "██████████")
        #expect(Bar.text(5, of: 10, columns: 10) == "█████")
        #expect(Bar.text(1, of: 100_000, columns: 10) == "▏")
        #expect(Bar.text(20, of: 10, columns: 3) == "███")
        #expect(Bar.text(5, of: 0, columns: 3) == "")
    }

    @Test func coloursAreForTerminalsThatWantThem() {
        func styled(_ environment: [String: String], isTerminal: Bool) -> String {
            TestConsole(environment, isTerminal: isTerminal).console.styled("x", .bold)
        }
        #expect(styled([:], isTerminal: true) == "\u{1B}[1mx\u{1B}[0m")
        #expect(styled([:], isTerminal: false) == "x")
        #expect(styled(["NO_COLOR": "1"], isTerminal: true) == "x")
        #expect(styled(["NO_COLOR": ""], isTerminal: true) != "x")
        #expect(styled(["TERM": "dumb"], isTerminal: true) == "x")
    }
}
