import NIOCore
import Testing

@testable import CentralHTTP

/// The rules for late requests, with no clock but the test's.
@Suite struct RequestTimesTests {
    private var limits: HTTPLimits {
        var limits = HTTPLimits()
        limits.idle = .seconds(30)
        limits.bodyDeadline = .seconds(20)
        limits.bodyBytesPerSecond = 1000
        limits.answerDeadline = .seconds(60)
        return limits
    }

    private func at(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .seconds(seconds) }

    @Test("without a request nothing is late")
    func atRest() {
        #expect(RequestTimes(limits).verdict(at(1_000_000)) == .atRest)
    }

    @Test("a body may take its time and one second more for every thousand bytes that came")
    func body() {
        var times = RequestTimes(limits)
        times.requestBegan(at(100))
        #expect(times.verdict(at(119)) == .waitUntil(at(120)))
        #expect(times.verdict(at(120)) == .bodyTooSlow)
        times.bodyCame(5_000)
        #expect(times.verdict(at(124)) == .waitUntil(at(125)))
        #expect(times.verdict(at(125)) == .bodyTooSlow)
    }

    @Test("the core has its time from the last byte on")
    func core() {
        var times = RequestTimes(limits)
        times.requestBegan(at(0))
        times.requestEnded(at(19))
        #expect(times.verdict(at(78)) == .waitUntil(at(79)))
        #expect(times.verdict(at(79)) == .stuck)
    }

    @Test("an answer may take for ever if pieces of it go out")
    func answer() {
        var times = RequestTimes(limits)
        times.requestBegan(at(0))
        times.requestEnded(at(0))
        for second in stride(from: Int64(50), to: 5_000, by: 25) {
            times.answerMoved(at(second))
            #expect(times.verdict(at(second + 29)) == .waitUntil(at(second + 30)))
            #expect(times.verdict(at(second + 30)) == .stuck)
        }
        times.answerEnded(at(5_000))
        times.answerSent(at(5_000))
        #expect(times.verdict(at(9_000)) == .atRest)
    }

    @Test("a body whose answer came before its end is still bounded")
    func earlyAnswer() {
        var times = RequestTimes(limits)
        times.requestBegan(at(0))
        times.answerMoved(at(1))
        times.answerEnded(at(1))
        times.answerSent(at(1))
        #expect(times.verdict(at(19)) == .waitUntil(at(20)))
        #expect(times.verdict(at(20)) == .bodyTooSlow)
        times.requestEnded(at(19))
        #expect(times.verdict(at(9_000)) == .atRest)
    }

    @Test("a request sent before the last one's answer gets its own time")
    func pipelined() {
        var times = RequestTimes(limits)
        times.requestBegan(at(0))
        times.requestEnded(at(0))
        times.requestBegan(at(1))
        times.requestEnded(at(1))
        #expect(times.verdict(at(59)) == .waitUntil(at(60)))
        times.answerMoved(at(59))
        times.answerEnded(at(59))
        times.answerSent(at(59))
        #expect(times.verdict(at(118)) == .waitUntil(at(119)))
        #expect(times.verdict(at(119)) == .stuck)
    }

    @Test("a flood is known by twice the longest body")
    func flood() {
        var times = RequestTimes(limits)
        times.requestBegan(at(0))
        times.bodyCame(16 << 20)
        #expect(!times.isFlooded)
        times.bodyCame(1)
        #expect(times.isFlooded)
    }

    @Test("a peer that takes nothing of an answer which is written whole is stuck all the same")
    func unsent() {
        var times = RequestTimes(limits)
        times.requestBegan(at(0))
        times.requestEnded(at(0))
        times.answerMoved(at(1))
        times.answerEnded(at(1))
        #expect(times.verdict(at(30)) == .waitUntil(at(31)))
        #expect(times.verdict(at(31)) == .stuck)
        times.answerSent(at(31))
        #expect(times.verdict(at(32)) == .atRest && times.isAtRest)
    }
}
