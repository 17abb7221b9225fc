import CallCenter
import CommandFrame

/// Moments for programs and for people.
public enum Moment {
    /// ISO 8601 in UTC, such as `2022-06-27T07:05:00.000Z`.
    public static func iso(_ milliseconds: Int64) -> String {
        func padded(_ number: Int64, _ width: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: max(0, width - text.count)) + text
        }
        // The day in UTC is that of WIB seven hours later.
        let clamped = min(max(milliseconds, -62_135_596_800_000), 253_402_275_599_999)
        let time = (clamped % 86_400_000 + 86_400_000) % 86_400_000
        let day = Day(number: Int((clamped - time) / 86_400_000))
        let clock = [(time / 3_600_000, 2), (time / 60_000 % 60, 2), (time / 1000 % 60, 2)].map(padded)
        return "\(day)T\(clock.joined(separator: ":")).\(padded(time % 1000, 3))Z"
    }

    /// As ``iso(_:)``, or null.
    public static func json(_ milliseconds: Int64?) -> JSON { milliseconds.map { .string(iso($0)) } ?? .null }
}
