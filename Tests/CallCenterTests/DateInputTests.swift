import Testing

@testable import CallCenter

/// 27 June 2022, 14.05 WIB.
let monday: Int64 = 1_656_313_500_000

@Suite("Dates that people write")
struct DateInputTests {
    @Test func momentsAreShownAsTheFieldWritesThem() {
        #expect(WIB.text(monday, in: .indonesian) == "Senin, 27 Juni 2022 14.05 WIB")
        #expect(WIB.text(monday, in: .english) == "Monday, 27 June 2022, 14:05 WIB")
        #expect(WIB.short(monday, in: .indonesian) == "27/06/2022 14.05")
        #expect(WIB.short(monday, in: .english) == "2022-06-27 14:05")
    }

    @Test func theDayChangesAtMidnightInWIB() {
        let newYear: Int64 = 1_609_434_000_000  // 2020-12-31T17:00:00Z
        #expect(WIB.day(of: newYear).description == "2021-01-01")
        #expect(WIB.day(of: newYear - 1).description == "2020-12-31")
        #expect(WIB.start(of: WIB.day(of: newYear)) == newYear)
        #expect(WIB.end(of: WIB.day(of: newYear - 1)) == newYear - 1)
    }

    @Test func absurdMomentsAreShownAsTheEndsOfTheCalendar() {
        #expect(WIB.text(.max, in: .english) == "Friday, 31 December 9999, 23:59 WIB")
        #expect(WIB.day(of: .min).description == "0001-01-01")
    }

    @Test(arguments: [
        "27/06/2022 14.05", "27/6/2022 14:05", "27-06-2022 14.05", "27.06.2022 14.05", "27/06/22 14.05",
        "2022-06-27 14:05", "2022-06-27T14:05", "2022-06-27T14:05:00+07:00", "2022-06-27T07:05:00Z",
        "2022-06-27T07:05:00.000Z", "2022-06-27t02:05-0500", "2022-06-27 14:05 +07",
        "Senin, 27 Juni 2022 14.05 WIB", "Monday, 27 June 2022, 14:05 WIB", "27 Jun 2022 pukul 14.05", "hari ini 14.05",
        "Hari  Ini jam 14:05", "today 14:05", "sekarang", "now",
    ])
    func oneMomentIsWrittenInManyWays(text: String) throws {
        let input = try DateInput(text, now: monday)
        #expect(input.milliseconds == monday)
        #expect(input.hasTime)
        #expect(input.day.description == "2022-06-27")
    }

    @Test(arguments: [
        ("27/06/2022", "2022-06-27"), ("2022-06-27", "2022-06-27"), ("kemarin", "2022-06-26"),
        ("Yesterday", "2022-06-26"),
        ("hari ini", "2022-06-27"), ("today", "2022-06-27"), ("besok", "2022-06-28"), ("17 Agustus 2021", "2021-08-17"),
        ("1 mei 2026", "2026-05-01"), ("29/02/2024", "2024-02-29"),
    ])
    func aDateAloneIsItsFirstMoment(text: String, day: String) throws {
        let input = try DateInput(text, now: monday)
        #expect(input.day.description == day)
        #expect(input.milliseconds == WIB.start(of: input.day))
        #expect(!input.hasTime)
    }

    @Test func whatIsShownCanBeTypedAgain() throws {
        for moment in stride(from: monday, to: monday + 400 * WIB.dayLength, by: Int(WIB.dayLength * 7 / 5)) {
            let minute = moment / 60_000 * 60_000
            for language in Language.allCases {
                #expect(try DateInput(WIB.text(minute, in: language), now: 0).milliseconds == minute)
                #expect(try DateInput(WIB.short(minute, in: language), now: 0).milliseconds == minute)
            }
        }
    }

    @Test(arguments: [
        ("", DateInputError.empty), ("  ,", .empty), ("minggu depan", .unknownForm("minggu depan")),
        ("27/06", .unknownForm("27/06")), ("2022", .unknownForm("2022")), ("27 xyz 2022", .unknownForm("27 xyz 2022")),
        ("27/06/022", .unknownForm("27/06/022")), ("-5/06/2022", .unknownForm("-5/06/2022")),
        ("06/27/2022", .noSuchDay("06/27/2022")), ("29/02/2023", .noSuchDay("29/02/2023")),
        ("01/01/0001", .noSuchDay("01/01/0001")), ("27/06/2022 25.00", .noSuchTime("27/06/2022 25.00")),
        ("kemarin sore", .noSuchTime("kemarin sore")), ("27/06/2022 14", .noSuchTime("27/06/2022 14")),
        ("2022-06-27T14:05+7", .noSuchTime("2022-06-27T14:05+7")),
    ])
    func whatCannotBeReadIsExplained(text: String, error: DateInputError) {
        #expect(throws: error) { try DateInput(text, now: monday) }
        for language in Language.allCases { #expect(error.explanation(in: language).contains("27/06/2022")) }
    }
}

@Suite("Numbers that people read")
struct FiguresTests {
    @Test(arguments: [
        (9_144_263, "9.144.263", "9,144,263"), (0, "0", "0"), (999, "999", "999"), (1000, "1.000", "1,000"),
        (-12_345, "-12.345", "-12,345"), (.min, "-9.223.372.036.854.775.808", "-9,223,372,036,854,775,808"),
    ])
    func thousandsAreParted(number: Int, indonesian: String, english: String) {
        #expect(Figures.text(number, in: .indonesian) == indonesian)
        #expect(Figures.text(number, in: .english) == english)
    }

    @Test func percentsFollowTheLanguage() {
        #expect(Figures.percent(tenths: 462, in: .indonesian) == "46,2 %")
        #expect(Figures.percent(tenths: 462, in: .english) == "46.2%")
        #expect(Figures.percent(tenths: -5, in: .english) == "-0.5%")
        #expect(Figures.percent(46, in: .indonesian) == "46 %")
        #expect(Figures.percent(46, in: .english) == "46%")
    }
}
