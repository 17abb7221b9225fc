import Testing

@testable import CallCenter

@Suite("Working days")
struct WorkingDaysTests {
    let working = WorkingDays.shipped

    @Test(arguments: [
        ("2021-12-23", ["2021-12-28", "2021-12-30", "2022-01-06", "2022-01-17", "2022-01-12", "2022-03-22"]),
        ("2022-04-25", ["2022-04-28", "2022-05-10", "2022-05-18", "2022-05-30", "2022-05-24", "2022-07-29"]),
        ("2026-03-13", ["2026-03-25", "2026-03-27", "2026-04-06", "2026-04-15", "2026-04-10", "2026-06-24"]),
    ])
    func dueDaysAreThoseOfTheField(received: String, due: [String]) throws {
        let start = try #require(Day(received))
        #expect([3, 5, 10, 17, 14, 60].map { working.day($0, after: start).description } == due)
    }

    @Test(arguments: [(2021, 248), (2022, 246), (2025, 237), (2026, 240)])
    func aYearHasSoManyWorkingDays(year: Int, days: Int) throws {
        let first = try #require(Day(year: year - 1, month: 12, day: 31))
        let last = try #require(Day(year: year, month: 12, day: 31))
        #expect(working.count(after: first, through: last) == days)
    }

    @Test func countingAndAddingAgree() throws {
        let start = try #require(Day("2026-03-13"))
        for days in [1, 3, 17, 60, 250] {
            #expect(working.count(after: start, through: working.day(days, after: start)) == days)
        }
    }

    @Test func theCentreMayAmendTheList() throws {
        let start = try #require(Day("2021-12-23"))
        let added = try #require(Day("2021-12-24"))
        let amended = WorkingDays(holidays: Holiday.shipped.map(\.day) + [added])
        #expect(amended.day(3, after: start).description == "2021-12-29")
        #expect(WorkingDays(holidays: []).day(1, after: start) == added)
    }

    @Test func yearsWithoutAListAreNotCertain() throws {
        #expect(working.years == 2021...2027)
        #expect(working.knows(try #require(Day("2027-12-31"))))
        #expect(!working.knows(try #require(Day("2028-01-03"))))
        #expect(!WorkingDays(holidays: []).knows(try #require(Day("2022-01-03"))))
    }

    @Test func hoursStandStillOnOtherDays() throws {
        func moment(_ text: String) throws -> Int64 { try DateInput(text, now: 0).milliseconds }
        // Friday afternoon: ten hours of Friday, then Monday, Tuesday, and Wednesday until the same time.
        #expect(working.moment(hours: 72, after: try moment("2022-06-24 14:05")) == (try moment("2022-06-29 14:05")))
        // Saturday counts for nothing: until the end of Wednesday.
        #expect(working.moment(hours: 72, after: try moment("2022-06-25 09:00")) == (try moment("2022-06-30 00:00")))
        // Thursday 28 April 2022 is followed by the ten days of Idul Fitri.
        #expect(working.moment(hours: 72, after: try moment("2022-04-28 08:00")) == (try moment("2022-05-11 08:00")))
    }

    @Test func theShippedTableIsWhole() {
        let lines = HolidayTable.text.split(separator: "\n")
        #expect(Holiday.shipped.count == lines.count)
        #expect(Holiday.shipped.map(\.day) == Holiday.shipped.map(\.day).sorted())
        #expect(Set(Holiday.shipped.map(\.day)).count == lines.count)
        #expect(Holiday.shipped.contains { $0.kind == .jointLeave } && Holiday.shipped.contains { $0.kind == .public })
    }

    @Test func noStartAndNoCountMakesItRunAway() {
        let last = Day(number: .max)
        #expect(last.description == "9999-12-31")
        #expect(Day(number: .min).description == "0001-01-01")
        #expect(working.day(5, after: last) == last)
        #expect(working.moment(hours: .max, after: .min) > WIB.end(of: Day(number: .min)))
        #expect(working.moment(hours: 72, after: .max) == WIB.end(of: last) + 1)
    }
}

@Suite("Days")
struct DayTests {
    @Test func everyDayOfFourCenturiesIsReadAndWritten() throws {
        var day = try #require(Day("1899-12-31"))
        for year in 1900...2299 {
            for month in 1...12 {
                for number in 1...Day.length(ofMonth: month, year: year) {
                    day = day.adding(1)
                    try #require(Day(year: year, month: month, day: number) == day)
                    try #require(day.parts == (year, month, number))
                }
            }
        }
        #expect(day.description == "2299-12-31")
        #expect(Day(day.description) == day)
    }

    @Test(arguments: [
        ("1970-01-01", 0, 4), ("2022-06-27", 19_170, 1), ("2000-02-29", 11_016, 2), ("1969-12-31", -1, 3),
    ])
    func numbersAndWeekdaysAreRight(text: String, number: Int, weekday: Int) throws {
        let day = try #require(Day(text))
        #expect(day.number == number)
        #expect(day.weekday == weekday)
    }

    @Test(arguments: [
        "2021-02-29", "1900-02-29", "2022-13-01", "2022-00-10", "2022-04-31", "22-04-30", "2022-4-30", "",
        "2022-04-30x",
    ])
    func whatIsNoDayIsRefused(text: String) { #expect(Day(text) == nil) }
}
