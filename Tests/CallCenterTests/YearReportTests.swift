import Testing

@testable import CallCenter

@Suite("The year's report")
struct YearReportTests {
    private static let others = ["infrastructure", "education", "agriculture", "tourism", "livestock", "other"]

    /// Cases of 2021 with that many of health, social affairs, and the other fields in turn.
    private func rows(_ health: Int, _ social: Int, _ others: Int) -> [YearReport.Row] {
        let kinds =
            Array(repeating: "health", count: health) + Array(repeating: "social", count: social)
            + (0..<others).map { Self.others[$0 % Self.others.count] }
        return kinds.enumerated().map { index, kind in
            let at: Int64 = 1_609_434_000_000 + Int64(index) * WIB.dayLength
            return row(kind, at: at)
        }
    }

    private func row(_ category: String?, at: Int64, status: CaseStatus = .received) -> YearReport.Row {
        YearReport.Row(
            category: category, agency: nil, region: "18.71", channel: "phone", status: status.rawValue,
            clock: CaseClock(caseClass: .aspiration, receivedAt: at))
    }

    private func report(_ rows: [YearReport.Row], year: Int = 2021, suppressBelow: Int = 0) -> YearReport {
        YearReport(year: year, rows: rows, deadlines: .shipped, now: monday, suppressBelow: suppressBelow)
    }

    @Test(arguments: [(98, 66, 48), (97, 66, 49), (98, 65, 49)])
    func thePublishedSharesOf2021AreMet(health: Int, social: Int, others: Int) {
        let report = report(rows(health, social, others))
        #expect(report.total == 212)
        #expect(report.groups.map(\.key) == ["health", "social", "others"])
        #expect(report.groups.map(\.count) == [health, social, others])
        #expect(report.groups.map(\.percent) == [46, 31, 23])
        #expect(report.categories.count == 8)
        #expect(report.categories.first?.key == "health")
    }

    @Test func tenthsOfAPercentAreSharedOutToo() {
        #expect(report(rows(98, 66, 48)).groups.map(\.tenths) == [462, 311, 227])
    }

    @Test(arguments: [[1, 1, 1], [98, 66, 48], [0, 0, 7], [1, 2, 3, 4, 5, 6, 7], [999_999, 1]])
    func sharesAddUpAndNoneIsOffByOne(counts: [Int]) {
        for whole in [100, 1000] {
            let parts = Shares.split(counts, whole: whole)
            let total = counts.reduce(0, +)
            #expect(parts.reduce(0, +) == whole)
            for (part, count) in zip(parts, counts) { #expect(abs(part * total - count * whole) < total) }
        }
    }

    @Test func nothingHasNoShares() {
        #expect(Shares.split([0, 0]) == [0, 0])
        #expect(Shares.split([]) == [])
        let empty = report([])
        #expect(empty.total == 0)
        #expect(empty.groups.map(\.percent) == [0, 0, 0])
        #expect(empty.categories.isEmpty)
        #expect(empty.medianWorkingDays == nil)
    }

    @Test func theYearIsThatOfWIB() {
        let newYear: Int64 = 1_609_434_000_000  // 2021-01-01 00.00 WIB
        let rows = [row("health", at: newYear - 1), row("health", at: newYear), row("social", at: newYear + 1)]
        #expect(report(rows).total == 2)
        #expect(report(rows, year: 2020).total == 1)
    }

    @Test func aCaseWithoutAFieldIsCountedAmongTheOthers() {
        let report = report([row(nil, at: 1_620_000_000_000), row("health", at: 1_620_000_000_000)])
        #expect(report.groups.map(\.count) == [1, 0, 1])
        #expect(report.categories.map(\.key) == ["health", nil])
        #expect(report.agencies.map(\.key) == [nil])
    }

    @Test func statesAndClassesAreListedInTheirOrder() {
        let report = report([row("health", at: 1_620_000_000_000, status: .closed)])
        #expect(report.states.map(\.key) == CaseStatus.keys.map { $0 })
        #expect(report.states.first { $0.key == "closed" }?.count == 1)
        #expect(report.classes.first { $0.key == "aspiration" }?.count == 1)
        #expect(report.closingReasons.map(\.count) == [1])
    }

    @Test func timelinessComesFromTheDeadlines() throws {
        let received = try DateInput("2021-12-23 09:00", now: 0).milliseconds
        func row(forwarded: Bool, answered: String? = nil) throws -> YearReport.Row {
            var row = self.row("health", at: received)
            row.clock.forwardedAt = forwarded ? received : nil
            row.clock.answeredAt = try answered.map { try DateInput($0, now: 0).milliseconds }
            return row
        }
        let rows = [
            try row(forwarded: true, answered: "2021-12-30 23:00"),
            try row(forwarded: true, answered: "2021-12-31 08:00"),
            try row(forwarded: true), try row(forwarded: false),
        ]
        let counts = Dictionary(uniqueKeysWithValues: report(rows).timeliness.map { ($0.key, $0.count) })
        #expect(counts == ["on_time": 1, "late": 1, "running": 0, "overdue": 1, nil: 1])
        #expect(report(rows).medianWorkingDays == 5)
    }

    @Test func smallNumbersAreHiddenWithoutBeingToldByTheRest() {
        let shown = report(rows(98, 66, 48))
        #expect(shown.categories.allSatisfy { $0.count != nil })
        // 8 for health, 6 for social affairs, 3 for the first of the others: the 3 and the 6 must go.
        let few = report(
            rows(8, 6, 0) + Array(repeating: row("tourism", at: 1_620_000_000_000), count: 3), suppressBelow: 5)
        #expect(few.total == 17)
        #expect(few.categories.map(\.key) == ["health", "social", "tourism"])
        #expect(few.categories.map(\.count) == [8, nil, nil])
        #expect(few.categories.map(\.percent)[1...] == [nil, nil])
        #expect(few.categories.map(\.tenths)[1...] == [nil, nil])
        // Two single cases would be told by their sum.
        let single = report(rows(8, 6, 2), suppressBelow: 5)
        #expect(single.categories.map(\.count) == [8, nil, nil, nil])
    }
}
