import Testing

@testable import CallCenter

@Suite("Ticket numbers")
struct TicketNumberTests {
    @Test func theyAreReadAndWritten() throws {
        let ticket = try #require(TicketNumber("LIW-26-000123"))
        #expect(ticket == TicketNumber(prefix: "LIW", year: 2026, serial: 123))
        #expect(ticket.description == "LIW-26-000123")
        #expect(TicketNumber("liw2-26-123")?.description == "LIW2-26-000123")
        #expect(TicketNumber("LIW-26-1234567")?.description == "LIW-26-1234567")
    }

    @Test(arguments: [
        "", "LIW", "LIW-26", "LIW-26-0", "LIW-2026-1", "LIW-26-1-2", "L-26-1", "LIWAX-26-1", "LIW1-26-1", "LIW0-26-1",
        "LIW02-26-1", "LIW1000-26-1", "2LIW-26-1", "LI2W-26-1", "LIW-26-x", "LIW-26--1", "LÏW-26-1",
        "LIW-26-9999999999",
    ])
    func whatIsNoneIsRefused(text: String) { #expect(TicketNumber(text) == nil) }

    @Test func theNextOneFollowsTheLast() {
        #expect(TicketNumber.next(prefix: "LIW", at: monday, lastSerial: 0)?.description == "LIW-22-000001")
        #expect(TicketNumber.next(prefix: "LIW", at: monday, lastSerial: 122)?.description == "LIW-22-000123")
        #expect(TicketNumber.next(prefix: "LIW", at: monday, lastSerial: 999_999_999) == nil)
        #expect(TicketNumber.next(prefix: "LIW", at: .max, lastSerial: 0) == nil)
        #expect(TicketNumber.next(prefix: "liw", at: monday, lastSerial: 0) == nil)
    }

    @Test func theYearChangesAtMidnightInWIB() {
        let newYear: Int64 = 1_767_200_400_000  // 2026-01-01 00.00 WIB, still 2025 in UTC
        #expect(TicketNumber.series(prefix: "LIW", at: newYear - 1) == "LIW-25-")
        #expect(TicketNumber.series(prefix: "LIW", at: newYear) == "LIW-26-")
        #expect(TicketNumber.next(prefix: "LIW", at: newYear - 1, lastSerial: 7)?.description == "LIW-25-000008")
        #expect(TicketNumber.next(prefix: "LIW", at: newYear, lastSerial: 0)?.description == "LIW-26-000001")
    }

    @Test func devicesOfAllOfficesNeverClash() {
        var prefixes: Set<String> = []
        for office in Seed.offices {
            for device in 1...20 {
                let prefix = TicketNumber.prefix(office: office.code, device: device)
                #expect(TicketNumber.isPrefix(prefix))
                #expect(prefixes.insert(prefix).inserted)
            }
        }
        #expect(prefixes.contains("LIW") && prefixes.contains("LIW2"))
    }
}
