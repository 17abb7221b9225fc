/// Western Indonesian Time: UTC+7, no summer time.
///
/// Moments are stored in UTC and shown in it.
public enum WIB {
    /// Milliseconds of one day.
    static let dayLength: Int64 = 86_400_000
    private static let offset: Int64 = 7 * 3_600_000
    // 0001-01-01 to 9999-12-31, so that no arithmetic below can overflow.
    private static let range: ClosedRange<Int64> = -62_135_596_800_000...253_402_275_599_999

    /// The day that a moment falls on.
    public static func day(of milliseconds: Int64) -> Day { split(milliseconds).day }

    /// The first millisecond of a day.
    public static func start(of day: Day) -> Int64 { Int64(day.number) * dayLength - offset }

    /// The last millisecond of a day.
    public static func end(of day: Day) -> Int64 { start(of: day) + dayLength - 1 }

    /// `Senin, 27 Juni 2022 14.05 WIB`, `Monday, 27 June 2022, 14:05 WIB`.
    public static func text(_ milliseconds: Int64, in language: Language) -> String {
        let (day, time) = split(milliseconds)
        let clock = clock(time, in: language)
        return switch language {
        case .indonesian: "\(text(day, in: language)) \(clock) WIB"
        case .english: "\(text(day, in: language)), \(clock) WIB"
        }
    }

    /// `Senin, 27 Juni 2022`, `Monday, 27 June 2022`.
    public static func text(_ day: Day, in language: Language) -> String {
        let (year, month, dayOfMonth) = day.parts
        let names = CalendarNames(language)
        return "\(names.weekdays[day.weekday]), \(dayOfMonth) \(names.months[month - 1]) \(year)"
    }

    /// `27/06/2022 14.05`, `2022-06-27 14:05`: for tables.
    public static func short(_ milliseconds: Int64, in language: Language) -> String {
        let (day, time) = split(milliseconds)
        return "\(short(day, in: language)) \(clock(time, in: language))"
    }

    /// `27/06/2022`, `2022-06-27`: for tables.
    public static func short(_ day: Day, in language: Language) -> String {
        let (year, month, dayOfMonth) = day.parts
        return switch language {
        case .indonesian: "\(Digits.padded(dayOfMonth, 2))/\(Digits.padded(month, 2))/\(Digits.padded(year, 4))"
        case .english: day.description
        }
    }

    private static func clock(_ time: Int64, in language: Language) -> String {
        let mark = language == .indonesian ? "." : ":"
        return Digits.padded(time / 3_600_000, 2) + mark + Digits.padded(time / 60_000 % 60, 2)
    }

    /// The moment, or the nearest one within the calendar.
    static func clamped(_ milliseconds: Int64) -> Int64 { min(max(milliseconds, range.lowerBound), range.upperBound) }

    /// The day and the milliseconds since its midnight.
    private static func split(_ milliseconds: Int64) -> (day: Day, time: Int64) {
        let local = clamped(milliseconds) + offset
        let time = (local % dayLength + dayLength) % dayLength
        return (Day(number: Int((local - time) / dayLength)), time)
    }
}

/// The names of weekdays (Sunday first) and months.
struct CalendarNames {
    let weekdays: [String]
    let months: [String]

    init(_ language: Language) {
        switch language {
        case .indonesian:
            weekdays = ["Minggu", "Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu"]
            months = [
                "Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober",
                "November", "Desember",
            ]
        case .english:
            weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
            months = [
                "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
                "November", "December",
            ]
        }
    }
}
