import SyncProtocol
import Testing

@testable import CallCenter

@Suite("Deadlines")
struct DeadlinesTests {
    let deadlines = Deadlines.shipped

    private func at(_ text: String) throws -> Int64 { try DateInput(text, now: 0).milliseconds }

    private func due(_ stage: DeadlineStage, _ clock: CaseClock) -> String? {
        deadlines.due(stage, of: clock)?.day.description
    }

    @Test func eachClassHasItsDueDates() throws {
        let received = try at("2021-12-23 09:00")
        func clock(_ caseClass: CaseClass) -> CaseClock {
            CaseClock(caseClass: caseClass, receivedAt: received, forwardedAt: received, completeAt: received)
        }
        for caseClass in CaseClass.allCases {
            #expect(due(.verify, clock(caseClass)) == "2021-12-28")
            #expect(due(.firstResponse, clock(caseClass)) == "2021-12-30")
        }
        #expect(due(.resolve, clock(.aspiration)) == "2021-12-30")
        #expect(due(.resolve, clock(.complaint)) == "2022-01-12")
        #expect(due(.resolve, clock(.inspectionComplaint)) == "2022-03-22")
        #expect(due(.resolve, clock(.whistleblowing)) == "2022-03-22")
        #expect(due(.resolve, clock(.information)) == "2022-01-06")
    }

    @Test func onlyARequestForInformationIsExtendedAndOnlyOnce() throws {
        var clock = CaseClock(caseClass: .information, receivedAt: try at("2026-03-13"), isExtended: true)
        #expect(due(.resolve, clock) == "2026-04-15")
        clock.caseClass = .complaint
        clock.forwardedAt = clock.receivedAt
        #expect(due(.resolve, clock) == "2026-04-10")
    }

    @Test func aClockRunsFromItsOwnMoment() throws {
        var clock = CaseClock(caseClass: .complaint, receivedAt: try at("2022-06-01 10:00"))
        #expect(due(.resolve, clock) == nil)
        #expect(due(.firstResponse, clock) == nil)
        #expect(due(.close, clock) == nil)
        clock.forwardedAt = try at("2022-06-27 10:00")
        #expect(due(.resolve, clock) == "2022-07-15")
        #expect(due(.firstResponse, clock) == "2022-07-04")
        clock.answeredAt = try at("2022-07-11 10:00")
        #expect(due(.close, clock) == "2022-07-25")
        let inspected = CaseClock(
            caseClass: .inspectionComplaint, receivedAt: clock.receivedAt, forwardedAt: clock.forwardedAt)
        #expect(due(.resolve, inspected) == nil)
    }

    @Test func aCaseAnsweredAtTheCounterIsMeasuredFromReceipt() throws {
        let clock = CaseClock(
            caseClass: .aspiration, receivedAt: try at("2022-06-27 10:00"), answeredAt: try at("2022-06-27 10:05"))
        #expect(due(.resolve, clock) == "2022-07-04")
        #expect(deadlines.standing(.resolve, of: clock, now: monday) == .onTime)
    }

    @Test func theLastDayIsInTimeToItsEnd() throws {
        let received = try at("2022-06-27 10:00")
        var clock = CaseClock(caseClass: .information, receivedAt: received)
        let last = try #require(deadlines.due(.resolve, of: clock)).moment
        #expect(WIB.short(last, in: .english) == "2022-07-11 23:59")
        #expect(deadlines.standing(.resolve, of: clock, now: last) == .running)
        #expect(deadlines.standing(.resolve, of: clock, now: last + 1) == .overdue)
        clock.answeredAt = last
        #expect(deadlines.standing(.resolve, of: clock, now: last + 99) == .onTime)
        clock.answeredAt = last + 1
        #expect(deadlines.standing(.resolve, of: clock, now: last + 99) == .late)
        clock.answeredAt = nil
        clock.closedAt = last + 1
        #expect(deadlines.standing(.resolve, of: clock, now: last + 99) == .late)
    }

    @Test func aPoorInPatientHasThreeTimesTwentyFourHoursOfWorkingDays() throws {
        var clock = CaseClock(
            caseClass: .aspiration, receivedAt: try at("2022-06-24 16:00"), admittedAt: try at("2022-06-24 14:05"))
        let due = try #require(deadlines.due(.proof, of: clock))
        #expect(WIB.text(due.moment, in: .indonesian) == "Rabu, 29 Juni 2022 14.05 WIB")
        #expect(deadlines.standing(.proof, of: clock, now: due.moment + 1) == .overdue)
        clock.proofAt = due.moment
        #expect(deadlines.standing(.proof, of: clock, now: due.moment + 1) == .onTime)
        clock.admittedAt = nil
        #expect(deadlines.standing(.proof, of: clock, now: due.moment) == nil)
    }

    @Test func aFollowUpEndsTheClockOfTheFirstResponse() throws {
        let received = try at("2022-06-27 10:00")
        var clock = CaseClock(caseClass: .complaint, receivedAt: received, forwardedAt: received)
        let now = try at("2022-08-01")
        #expect(deadlines.standing(.firstResponse, of: clock, now: now) == .overdue)
        clock.followedUpAt = try at("2022-07-01")
        #expect(deadlines.standing(.firstResponse, of: clock, now: now) == .onTime)
        #expect(deadlines.standing(.verify, of: clock, now: now) == .onTime)
        #expect(deadlines.standing(.resolve, of: clock, now: now) == .overdue)
    }

    @Test func aDueDateBeyondTheKnownHolidaysIsUncertain() throws {
        let early = CaseClock(caseClass: .information, receivedAt: try at("2022-06-27"))
        let late = CaseClock(caseClass: .information, receivedAt: try at("2027-12-27"))
        #expect(deadlines.due(.resolve, of: early)?.isCertain == true)
        #expect(deadlines.due(.resolve, of: late)?.isCertain == false)
    }

    @Test func aNewRegulationTakesOverOnItsDay() throws {
        var old = try #require(Seed.deadlineRules.first { $0.key == "verify" })
        old.validUntil = Day("2025-06-30")
        var new = old
        new.key = "verify-2025"
        new.amount = 1
        new.regulation = "PermenPANRB 5/2025"
        new.validFrom = Day("2025-07-01")
        new.validUntil = nil
        let both = Deadlines(rules: [new, old], workingDays: .shipped)
        func rule(_ text: String) throws -> String? {
            both.due(.verify, of: CaseClock(caseClass: .complaint, receivedAt: try at(text)))?.rule.regulation
        }
        #expect(try rule("2025-06-30 23:59") == "PermenPANRB 62/2018")
        #expect(try rule("2025-07-01 00:00") == "PermenPANRB 5/2025")
        #expect(both.due(.resolve, of: CaseClock(caseClass: .information, receivedAt: 0)) == nil)
    }

    @Test func theRowsOfTheSeedReadBackAsTheRules() throws {
        let collection = try #require(try CallCenterSchema.schema["deadline_rule"])
        let rows = Seed.records.filter { $0.collection == collection.number }
        let rules = try rows.map { row in
            try DeadlineRule { name in collection[name].flatMap { row.values[$0.number] } ?? .null }
        }
        #expect(rules == Seed.deadlineRules)
    }

    @Test(arguments: [
        ("amount", Value.integer(0)), ("amount", .integer(.max)), ("amount", .text("3")), ("unit", .text("days")),
        ("stage", .null), ("class", .text("x")), ("valid_from", .text("soon")), ("extension", .integer(-1)),
        ("regulation", .null), ("starts_at", .bool(true)), ("key", .null),
    ])
    func aBadRowIsRefusedByField(field: String, value: Value) {
        var row: [String: Value] = [
            "key": .text("k"), "stage": .text("verify"), "starts_at": .text("received"), "amount": .integer(3),
            "unit": .text("working_days"), "regulation": .text("r"),
        ]
        #expect(throws: Never.self) { try DeadlineRule { row[$0] ?? .null } }
        row[field] = value
        #expect(throws: DeadlineRuleError(key: field == "key" ? "" : "k", field: field)) {
            try DeadlineRule { row[$0] ?? .null }
        }
    }
}
