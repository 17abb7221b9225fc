import CallCenter
import CommandFrame
import SyncProtocol

/// What an operator types or a file holds, read by hand-written parsers.
extension Decoder {
    static let texts: [Decoder] = [
        Decoder("date", checkDate), Decoder("phone", checkPhone), Decoder("nik", checkNIK),
        Decoder("ticket", checkTicket), Decoder("record-id", checkRecordID), Decoder("terminal", checkTerminal),
    ]

    /// 2024-01-01 07:00 WIB.
    private static let now: Int64 = 1_704_067_200_000

    /// A date is within the calendar, and each form in which it is shown is read as the same minute again.
    private static func checkDate(_ bytes: [UInt8]) throws -> Outcome {
        let date: DateInput
        do throws(DateInputError) {
            date = try DateInput(text(bytes), now: now)
        } catch {
            for language in Language.allCases {
                try expect(!error.explanation(in: language).isEmpty, "an error without words")
            }
            return .refused
        }
        try expect((1899...9001).contains(date.day.year), "a date far out of the calendar")
        try expect(WIB.day(of: date.milliseconds) == date.day, "a moment on another day than its own")
        try expect(Day(date.day.description) == date.day, "a day is not read as it is written")
        guard (1900...9000).contains(date.day.year) else { return .accepted }
        for language in Language.allCases {
            for shown in [WIB.text(date.milliseconds, in: language), WIB.short(date.milliseconds, in: language)] {
                let again = try? DateInput(shown, now: now)
                try expect(
                    again.map { date.milliseconds - $0.milliseconds }.map { (0..<60_000).contains($0) } == true,
                    "'\(shown)' is not read as it was meant")
            }
        }
        return .accepted
    }

    /// A number is read from its stored and its spaced form as the same, and neither mask tells the middle of it.
    private static func checkPhone(_ bytes: [UInt8]) throws -> Outcome {
        let typed = text(bytes)
        if !typed.hasPrefix("+") {
            try expect(!holdsDigit(PhoneNumber.masked(typed)), "the mask of no number shows a digit")
        }
        guard let phone = try? PhoneNumber(typed) else { return .refused }
        try expect(phone.typed.utf8.elementsEqual(typed.utf8), "what was typed is altered")
        try expect(phone.e164.utf8.dropFirst().allSatisfy { (0x30...0x39).contains($0) }, "a number of other signs")
        for shown in [phone.e164, PhoneNumber.spaced(phone.e164)] {
            try expect((try? PhoneNumber(shown))?.e164 == phone.e164, "'\(shown)' is not read as it was meant")
        }
        let digits = phone.masked.utf8.count { (0x30...0x39).contains($0) }
        try expect(digits + 2 <= phone.e164.utf8.count - 1 && phone.masked.contains("•"), "a mask hides nothing")
        return .accepted
    }

    private static func holdsDigit(_ text: String) -> Bool { text.utf8.contains { (0x30...0x39).contains($0) } }

    /// What is stored is read as itself, and the mask shows four digits at most.
    private static func checkNIK(_ bytes: [UInt8]) throws -> Outcome {
        let number = NIK(text(bytes))
        try expect(NIK(number.stored) == number, "what is stored is read as something else")
        let shown = number.masked.count { $0 != "•" }
        try expect(shown <= 4, "a mask shows \(shown) signs")
        if number.warnings.contains(.notDigits) {
            try expect(number.stored.utf8.elementsEqual(text(bytes).utf8), "what was typed is altered")
        }
        return number.warnings.isEmpty ? .accepted : .refused
    }

    /// A ticket number is read as it is shown, whatever the form in which it came.
    private static func checkTicket(_ bytes: [UInt8]) throws -> Outcome {
        guard let ticket = TicketNumber(text(bytes)) else { return .refused }
        try expect(TicketNumber(ticket.description) == ticket, "'\(ticket)' is not read as it was meant")
        try expect(TicketNumber.isPrefix(ticket.prefix), "a prefix that no device can have")
        try expect(ticket.description.utf8.allSatisfy { $0 < 0x80 }, "a ticket number beyond ASCII")
        return .accepted
    }

    /// An id is read as it is shown, and from its bytes.
    private static func checkRecordID(_ bytes: [UInt8]) throws -> Outcome {
        guard let id = RecordID(text(bytes)) else { return .refused }
        try expect(RecordID(id.description) == id && RecordID(bytes: id.bytes) == id, "an id does not come back")
        return .accepted
    }

    /// What is shown can't steer a terminal, and is shown the same a second time.
    private static func checkTerminal(_ bytes: [UInt8]) throws -> Outcome {
        let given = text(bytes)
        let line = VisibleText.line(given)
        let lines = VisibleText.lines(given)
        for (shown, mayBreak) in [(line, false), (lines, true)] {
            for scalar in shown.unicodeScalars where !(mayBreak && scalar == "\n") {
                switch scalar.value {
                case 0x00...0x1F, 0x7F...0x9F, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF:
                    throw Violation("U+\(String(scalar.value, radix: 16)) reaches the terminal")
                default: break
                }
            }
        }
        try expect(VisibleText.line(line) == line && VisibleText.lines(lines) == lines, "a symbol is replaced again")
        return line == given ? .accepted : .refused
    }
}
