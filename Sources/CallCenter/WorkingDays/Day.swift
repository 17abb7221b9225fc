/// A day of the calendar from 0001-01-01 to 9999-12-31, without a time or a zone.
public struct Day: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Days since 1970-01-01; what lies outside of the years 1 to 9999 is moved to their nearest end.
    public let number: Int

    /// Makes a day from its number.
    public init(number: Int) { self.number = min(max(number, Self.firstNumber), Self.lastNumber) }

    /// Makes a day, or nil for one that is in no calendar.
    public init?(year: Int, month: Int, day: Int) {
        guard (1...9999).contains(year), (1...12).contains(month),
            (1...Self.length(ofMonth: month, year: year)).contains(day)
        else { return nil }
        let before = (1..<month).reduce(0) { $0 + Self.length(ofMonth: $1, year: year) }
        number = Self.daysBefore(year: year) + before + day - 1
    }

    /// Reads `2022-06-27`, and nothing else.
    public init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts.map(\.utf8.count) == [4, 2, 2] else { return nil }
        let numbers = parts.compactMap(Digits.number)
        guard numbers.count == 3 else { return nil }
        self.init(year: numbers[0], month: numbers[1], day: numbers[2])
    }

    /// The year, 1 to 9999.
    public var year: Int {
        // 146,097 days are 400 years; the estimate is off by at most one year.
        var year = (number - Self.firstNumber) * 400 / 146_097 + 1
        while Self.daysBefore(year: year) > number { year -= 1 }
        while Self.daysBefore(year: year + 1) <= number { year += 1 }
        return year
    }

    /// Year, month (1 to 12) and day of the month (1 to 31).
    public var parts: (year: Int, month: Int, day: Int) {
        let year = year
        var rest = number - Self.daysBefore(year: year)
        var month = 1
        while rest >= Self.length(ofMonth: month, year: year) {
            rest -= Self.length(ofMonth: month, year: year)
            month += 1
        }
        return (year, month, rest + 1)
    }

    /// The day of the week: 0 is Sunday, 6 is Saturday.
    public var weekday: Int { ((number + 4) % 7 + 7) % 7 }

    /// The day that many days later.
    public func adding(_ days: Int) -> Day { Day(number: number + min(max(days, -4_000_000), 4_000_000)) }

    /// By the calendar.
    public static func < (left: Day, right: Day) -> Bool { left.number < right.number }

    /// `2022-06-27`.
    public var description: String {
        let (year, month, day) = parts
        return "\(Digits.padded(year, 4))-\(Digits.padded(month, 2))-\(Digits.padded(day, 2))"
    }

    /// How many days a month has.
    static func length(ofMonth month: Int, year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private static let firstNumber = daysBefore(year: 1)
    private static let lastNumber = daysBefore(year: 10_000) - 1

    private static func daysBefore(year: Int) -> Int {
        let past = year - 1
        return past * 365 + past / 4 - past / 100 + past / 400 - 719_162
    }
}
