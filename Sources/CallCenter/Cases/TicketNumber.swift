/// The number that a citizen is given at once, with or without a network: `LIW-26-000123`.
///
/// The prefix is what keeps two devices apart: the centre gives each device one of its own when it is enrolled, the
/// first of an office the office's letters (`LIW`), the next ones a number behind them (`LIW2`, `LIW3`); a device that
/// takes a new identity (restored or copied) is given a new prefix as well. Year and serial count for themselves under
/// each prefix, so no two numbers are ever the same and no device has to ask another.
public struct TicketNumber: Hashable, Sendable, CustomStringConvertible {
    /// Two to four letters, and a number from 2 on where the office has several devices.
    public let prefix: String
    /// The year in WIB, 2000 to 2099.
    public let year: Int
    /// 1 and up within prefix and year.
    public let serial: Int

    /// Makes a ticket number, or nil where a part is out of its range.
    public init?(prefix: String, year: Int, serial: Int) {
        guard Self.isPrefix(prefix), (2000...2099).contains(year), (1...999_999_999).contains(serial) else {
            return nil
        }
        self.prefix = prefix
        self.year = year
        self.serial = serial
    }

    /// Reads a ticket number in either case, with or without the zeros: `liw-26-123`.
    public init?(_ text: String) {
        let parts = text.uppercased().split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[1].utf8.count == 2, let year = Digits.number(parts[1]),
            let serial = Digits.number(parts[2])
        else { return nil }
        self.init(prefix: String(parts[0]), year: 2000 + year, serial: serial)
    }

    /// Whether a text can be a device's prefix.
    public static func isPrefix(_ text: String) -> Bool {
        let letters = text.utf8.prefix { $0 >= 0x41 && $0 <= 0x5A }
        guard (2...4).contains(letters.count) else { return false }
        let number = text.utf8.dropFirst(letters.count)
        if number.isEmpty { return true }
        // By bytes throughout: an accent on the last letter is one character with it.
        guard number.first != 0x30, number.count <= 3, let value = Digits.number(Substring(number)) else {
            return false
        }
        return value >= 2
    }

    /// The prefix of an office's nth device, counted from 1.
    public static func prefix(office: String, device: Int) -> String { device <= 1 ? office : office + String(device) }

    /// What all numbers of one prefix begin with in the year of that moment, `LIW-26-`: to look up the last serial.
    public static func series(prefix: String, at now: Int64) -> String {
        "\(prefix)-\(Digits.padded(WIB.day(of: now).year % 100, 2))-"
    }

    /// The number to give next, or nil where the prefix or the clock's year is out of range.
    ///
    /// - Parameters:
    ///   - prefix: this device's prefix.
    ///   - now: the present; the year changes at midnight in WIB.
    ///   - lastSerial: the greatest serial of this ``series(prefix:at:)`` that this device holds, deleted cases
    ///     included; 0 where there is none.
    public static func next(prefix: String, at now: Int64, lastSerial: Int) -> TicketNumber? {
        TicketNumber(prefix: prefix, year: WIB.day(of: now).year, serial: max(0, min(lastSerial, 999_999_999)) + 1)
    }

    /// `LIW-26-000123`.
    public var description: String { "\(prefix)-\(Digits.padded(year % 100, 2))-\(Digits.padded(serial, 6))" }
}
