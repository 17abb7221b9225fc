import SyncProtocol
import Testing

struct ClockTests {
    @Test func `what lies ahead of the wall clock is taken only up to what was taken before`() {
        let wall: Int64 = 1_700_000_000_000
        func clock(last: Int64) -> HybridLogicalClock { HybridLogicalClock(last: HybridTimestamp(milliseconds: last)) }
        func isRefused(_ time: Int64, last: Int64) -> Bool {
            clock(last: last).isFromTheFuture(HybridTimestamp(milliseconds: time), wall: wall)
        }
        let edge = wall + Limits.clockTolerance
        // As long as all is well, the edge is the wall clock's, however near to it the last time lies.
        for last in [0, wall, edge] {
            #expect(!isRefused(edge, last: last))
            #expect(isRefused(edge + 1, last: last))
        }
        // After the clock was set back from a year ahead.
        let year = wall + 365 * 86_400_000
        #expect(!isRefused(year, last: year) && !isRefused(year + 1, last: year) && isRefused(year + 2, last: year))
    }
}
