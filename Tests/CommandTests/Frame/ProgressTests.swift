import CommandFrame
import Synchronization
import Testing

@Suite struct ProgressTests {
    private final class Clock: Sendable {
        let milliseconds = Atomic<Int64>(0)
        var now: Int64 { milliseconds.load(ordering: .relaxed) }
    }

    private func printed(isTerminal: Bool, _ environment: [String: String] = [:], after: Int64) -> String {
        let clock = Clock()
        let test = TestConsole(environment, isTerminal: isTerminal, now: { clock.now })
        let line = ProgressLine(Words(id: "Sinkron", en: "Sync"), console: test.console)
        clock.milliseconds.store(after, ordering: .relaxed)
        line.update(done: 200, of: 1000)
        line.finish()
        #expect(test.output.isEmpty)
        return test.errors
    }

    @Test func itTellsRateAndRemainingTime() {
        #expect(printed(isTerminal: true, after: 2000) == "\r\u{1B}[KSync  200 / 1000  100/s  about 8 s left\r\u{1B}[K")
        let indonesian = printed(isTerminal: true, ["LANG": "id_ID"], after: 100_000)
        #expect(indonesian.contains("Sinkron  200 / 1000  2/dtk  sisa ± 7 min"))
    }

    @Test func itIsQuietWithinTheFirstSecondAndWhereNobodyWatches() {
        #expect(printed(isTerminal: true, after: 900) == "")
        #expect(printed(isTerminal: false, after: 9000) == "")
    }

    @Test func aLineNeverRunsOverTheTerminal() {
        let text = printed(isTerminal: true, ["COLUMNS": "20"], after: 2000)
        let line = text.split(separator: "\r").first?.dropFirst(3) ?? ""
        #expect(TextWidth.of(String(line)) < 20)
    }
}
