/// Which days count for the legal deadlines: Monday to Friday without national holidays and joint leave.
///
/// The holidays are records that sync like all others, so that an office without a network computes the same due date
/// as the centre.
public struct WorkingDays: Sendable, Hashable {
    /// The days that the offices rest.
    public let holidays: Set<Day>
    /// The years from the first to the last known holiday, or nil without any.
    public let years: ClosedRange<Int>?

    /// Takes the days of the holiday list in force.
    public init(holidays: some Sequence<Day>) {
        self.holidays = Set(holidays)
        let known = self.holidays.map(\.number)
        if let first = known.min(), let last = known.max() {
            years = Day(number: first).year...Day(number: last).year
        } else {
            years = nil
        }
    }

    /// The list that this version ships.
    public static let shipped = WorkingDays(holidays: Holiday.shipped.lazy.map(\.day))

    /// Whether the holidays of that day's year are known; a due date in another year may still move.
    public func knows(_ day: Day) -> Bool { years?.contains(day.year) ?? false }

    /// Whether the offices work on that day.
    public func contains(_ day: Day) -> Bool { (1...5).contains(day.weekday) && !holidays.contains(day) }

    /// The nth working day after a day, which itself doesn't count; the day itself for 0 or less.
    public func day(_ count: Int, after start: Day) -> Day {
        var left = count
        var day = start
        while left > 0 {
            let next = day.adding(1)
            if next == day { return day }  // 9999-12-31
            day = next
            if contains(day) { left -= 1 }
        }
        return day
    }

    /// How many working days lie after the first day, up to and with the last one.
    public func count(after first: Day, through last: Day) -> Int {
        guard first < last else { return 0 }
        return (first.number + 1...last.number).reduce(0) { $0 + (contains(Day(number: $1)) ? 1 : 0) }
    }

    /// The moment at which that many hours of working days have passed; nights count, other days stand still.
    public func moment(hours: Int, after start: Int64) -> Int64 {
        var left = Int64(min(max(hours, 0), 1_000_000)) * 3_600_000
        var day = WIB.day(of: start)
        var now = WIB.clamped(start)
        while true {
            let midnight = WIB.end(of: day) + 1
            if contains(day) {
                if left <= midnight - now { return now + left }
                left -= midnight - now
            }
            let next = day.adding(1)
            if next == day { return midnight }  // 9999-12-31
            day = next
            now = midnight
        }
    }
}
