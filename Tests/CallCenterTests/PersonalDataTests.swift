import Testing

@testable import CallCenter

@Suite("Telephone numbers")
struct PhoneNumberTests {
    @Test(arguments: [
        "0811 790 5000", "08117905000", "62811 790 5000", "+62 811 790 5000", "+62 811-790-5000", "0811.790.5000",
        "811 790 5000", "0062 811 790 5000", "+62 (0)811 790 5000", "\u{202A}+62 811\u{2011}790\u{A0}5000\u{202C}",
    ])
    func allFormsAreOneNumber(text: String) throws {
        let number = try PhoneNumber(text)
        #expect(number.e164 == "+628117905000")
        #expect(number.typed == text)
        #expect(number.masked == "+62 811-•••-5000")
    }

    @Test func theFixedNetworkAndForeignNumbersAreRead() throws {
        #expect(try PhoneNumber("(0721) 481-107").e164 == "+62721481107")
        #expect(try PhoneNumber("(0721) 481-107").masked == "+62 721-•••-107")
        #expect(try PhoneNumber("+60 12-345 6789").e164 == "+60123456789")
        #expect(try PhoneNumber("+60 12-345 6789").masked == "+•••-6789")
        #expect(try PhoneNumber("0800 0000 1234").e164 == "+6280000001234")
    }

    @Test(arguments: [
        ("", PhoneNumberError.empty), (" - ", .empty), ("tidak ada", .strangeCharacters("tidak ada")),
        ("0811 790 5000 (istri)", .strangeCharacters("0811 790 5000 (istri)")), ("0811", .wrongLength("0811")),
        ("0811 7905 0001 2345", .wrongLength("0811 7905 0001 2345")), ("+1", .wrongLength("+1")),
        ("481107", .noAreaCode("481107")), ("٠٨١١٧٩٠٥٠٠٠", .strangeCharacters("٠٨١١٧٩٠٥٠٠٠")),
        ("++62811", .strangeCharacters("++62811")), ("0001 790 5000", .wrongLength("0001 790 5000")),
    ])
    func whatIsNoNumberIsExplained(text: String, error: PhoneNumberError) {
        #expect(throws: error) { try PhoneNumber(text) }
        #expect(error.explanation(in: .indonesian) != error.explanation(in: .english))
    }

    @Test(arguments: ["+628117905000", "+62721481107", "+60123456789", "tidak tahu 0811790", "", "+62", "+x"])
    func aMaskNeverShowsTheMiddle(stored: String) {
        let shown = PhoneNumber.masked(stored).filter { $0.isNumber }
        #expect(shown.count <= max(0, stored.filter { $0.isNumber }.count - 3))
    }

    @Test func numbersAreSpacedForReading() {
        #expect(PhoneNumber.spaced("+628117905000") == "+62 811-7905-000")
        #expect(PhoneNumber.spaced("+6281279050001") == "+62 812-7905-0001")
        #expect(PhoneNumber.spaced("+62812790500012") == "+62 812-7905-00012")
        #expect(PhoneNumber.spaced("+60123456789") == "+60123456789")
    }
}

@Suite("NIK")
struct NIKTests {
    @Test(arguments: ["1871012706850001", "1871 0127 0685 0001", "18.71.01.270685.0001", "1871016706850001"])
    func aSoundOneRaisesNoWarning(text: String) {
        let nik = NIK(text)
        #expect(nik.warnings.isEmpty)
        #expect(nik.stored.count == 16)
        #expect(nik.masked == "••••••••••••0001")
    }

    @Test(arguments: [
        ("187101270685000", [NIK.Warning.wrongLength(15)]), ("1071012706850001", [.unknownProvince]),
        ("1871013202850001", [.noSuchBirthDate]), ("1871017202850001", [.noSuchBirthDate]),
        ("1871012706850000", [.zeroSerial]), ("0000000000000000", [.unknownProvince, .noSuchBirthDate, .zeroSerial]),
        ("belum punya", [.notDigits]), ("", [.notDigits]),
    ])
    func aDoubtfulOneIsKeptWithAWarning(text: String, warnings: [NIK.Warning]) {
        let nik = NIK(text)
        #expect(nik.warnings == warnings)
        #expect(nik.stored == text)
        for warning in nik.warnings where text.count > 4 {
            for language in Language.allCases { #expect(!warning.explanation(in: language).contains(text)) }
        }
    }

    @Test func aShortOneIsHiddenWhole() {
        #expect(NIK.masked("12345678") == "••••••••")
        #expect(NIK.masked("") == "")
    }

    @Test func leapDaysOfEitherCenturyAreDates() {
        #expect(NIK("1871012902960001").warnings.isEmpty)
        #expect(NIK("1871012902950001").warnings == [.noSuchBirthDate])
    }
}
