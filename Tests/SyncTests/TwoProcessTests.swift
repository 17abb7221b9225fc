import CentralServer
import OfflineClient
import SyncProtocol
import Testing

/// Two processes that sync one database at once, whose requests and answers cross.
///
/// The simulator found each.
@Suite struct TwoProcessTests {
    @Test func aProcessThatWasSlowerIsNoCopy() throws {
        let world = try TestWorld()
        let (slow, quick) = (try world.client("a"), try world.client("a"))
        _ = try slow.write(operator: "a") { try $0.insert("cases", ["title": .text("one")]) }
        var session = SyncSession(slow)
        let late = try session.next()
        _ = try quick.write(operator: "a") { try $0.insert("cases", ["title": .text("two")]) }
        try world.sync(quick)
        // The server has more by now than this request tells.
        try session.received(try world.answer(late, slow))
        let summary = try finish(&session, world, slow)
        #expect(summary.newReplica == nil && summary.isAgreed)
    }

    @Test func aProcessThatWasSlowerIsNoCopyThoughTheAnswerIsStillUnderWay() throws {
        let world = try TestWorld()
        let (slow, quick) = (try world.client("a"), try world.client("a"))
        _ = try slow.write(operator: "a") { try $0.insert("cases", ["title": .text("one")]) }
        var first = SyncSession(slow)
        let late = try first.next()
        _ = try quick.write(operator: "a") { try $0.insert("cases", ["title": .text("two")]) }
        var second = SyncSession(quick)
        let underWay = try world.answer(second.next(), quick)
        try first.received(try world.answer(late, slow))
        let summary = try finish(&first, world, slow)
        #expect(summary.newReplica == nil && summary.isAgreed)
        try second.received(underWay)
        #expect(try finish(&second, world, quick).newReplica == nil)
    }

    @Test func anAnswerBesideALaterPushHasNoDigestToCompare() throws {
        let world = try TestWorld()
        let (first, second) = (try world.client("a"), try world.client("a"))
        try world.sync(first)
        _ = try first.write(operator: "a") { try $0.insert("cases", ["title": .text("one")]) }
        var slow = SyncSession(first)
        guard case .send(let one) = try slow.next() else { return }
        let id = try first.write(operator: "a") { try $0.insert("cases", ["title": .text("two")]) }
        var quick = SyncSession(second)
        guard case .send(let both) = try quick.next() else { return }
        // Both arrive in one commit, and both are answered after it.
        let credential = try first.credential()
        let answers = world.server.sync(together: [(one, credential), (both, credential)])
        try slow.received(answers[0].encoded)
        let summary = try finish(&slow, world, first)
        #expect(summary.isAgreed && summary.pushed == 2 && summary.repaired == 0 && summary.roundTrips == 2)
        try quick.received(answers[1].encoded)
        #expect(try finish(&quick, world, second).isAgreed)
        try checkSettled(world, first, id)
    }

    @Test func changesThatOneProcessStampedAnewTheOtherLeavesAlone() throws {
        let (world, first, second, id) = try twoWithAFastClock(by: 3_600_000)
        var slow = SyncSession(first)
        var quick = SyncSession(second)
        let refusal = try world.answer(slow.next(), first)
        try quick.received(try world.answer(quick.next(), second))
        // The server has the new stamps, and nobody here knows yet.
        let underWay = try world.answer(quick.next(), second)
        world.clock.advance(seconds: 1)
        try slow.received(refusal)
        try quick.received(underWay)
        #expect(try finish(&quick, world, second).newReplica == nil)
        #expect(try finish(&slow, world, first).newReplica == nil)
        try checkSettled(world, first, id)
    }

    @Test func whatArrivesAfterItWasStampedAnewAndPushedIsNoFork() throws {
        let (world, first, second, id) = try twoWithAFastClock(by: 3_600_000)
        var slow = SyncSession(first)
        var quick = SyncSession(second)
        let late = try slow.next()
        try quick.received(try world.answer(quick.next(), second))
        let underWay = try world.answer(quick.next(), second)
        // The old stamps arrive when the server has the new ones, of which nobody here knows yet.
        try slow.received(try world.answer(late, first))
        try quick.received(underWay)
        #expect(try finish(&slow, world, first).newReplica == nil)
        #expect(try finish(&quick, world, second).newReplica == nil)
        try checkSettled(world, first, id)
    }

    @Test func anAnswerToWhatWasStampedAnewSinceIsNotTaken() throws {
        let (world, first, second, id) = try twoWithAFastClock(by: 360_000)
        var quick = SyncSession(first)
        var slow = SyncSession(second)
        let (request, late) = (try quick.next(), try slow.next())
        let refusal = try world.answer(request, first)
        // The same changes arrive once more when their time has come, and are taken as they were.
        world.clock.advance(seconds: 120)
        let acknowledgement = try world.answer(late, second)
        try quick.received(refusal)
        try slow.received(acknowledgement)
        #expect(try finish(&quick, world, first).newReplica != nil)
        try checkSettled(world, first, id)
    }

    @Test func aNewNumberBeginsWhereItWasAskedForAndNowhereElse() throws {
        let world = try TestWorld()
        var original = try world.client("a")
        _ = try original.write(operator: "a") { try $0.insert("cases", ["title": .text("shared")]) }
        try original.close()
        try world.copy("a", to: "copy")
        original = try world.client("a")
        let (first, second) = (try world.client("copy"), try world.client("copy"))
        var asking = SyncSession(first)
        var pushing = SyncSession(second)
        let acknowledgement = try world.answer(pushing.next(), second)
        _ = try original.write(operator: "a") { try $0.insert("cases", ["title": .text("original")]) }
        try world.sync(original)
        let id = try first.write(operator: "a") { try $0.insert("cases", ["title": .text("copy")]) }
        try asking.received(try world.answer(asking.next(), first))
        let number = try world.answer(asking.next(), first)
        // Between question and answer the other process learns of an acknowledgement under the old number.
        try pushing.received(acknowledgement)
        try asking.received(number)
        #expect(try finish(&asking, world, first).isAgreed)
        try checkSettled(world, first, id)
    }

    @Test func aNumberThatTheOtherProcessHasGotIsNotAskedForAgain() throws {
        let world = try TestWorld()
        let (slow, quick) = (try world.client("a"), try world.client("a"))
        let id = try slow.write(operator: "a") { try $0.insert("cases", ["title": .text("x")]) }
        let code = try world.server.makeCode(office: "A", name: "again", profile: [:])
        let request = try slow.enrolRequest(code: code, deviceName: "again", server: "test", again: true)
        try slow.enrolled(world.server.enrol(request).encoded)
        var session = SyncSession(slow)
        // The answer is lost.
        _ = try world.answer(session.next(), slow)
        try world.sync(quick)
        let replica = try quick.status().replica
        #expect(try finish(&session, world, slow).newReplica == nil)
        #expect(try slow.status().replica == replica)
        try checkSettled(world, slow, id)
    }

    private func twoWithAFastClock(
        by skew: Int64
    ) throws -> (TestWorld, OfflineClient, OfflineClient, RecordID) {
        let world = try TestWorld()
        let right = try world.client("a")
        try world.sync(right)
        try right.close()
        let (first, second) = (try world.client("a", skew: skew), try world.client("a", skew: skew))
        let id = try first.write(operator: "a") { try $0.insert("cases", ["title": .text("x")]) }
        return (world, first, second, id)
    }

    private func finish(
        _ session: inout SyncSession, _ world: TestWorld, _ client: OfflineClient
    ) throws -> SyncSummary {
        for _ in 0..<100 {
            let action = try session.next()
            if case .finish(let summary) = action { return summary }
            try session.received(try world.answer(action, client))
        }
        throw TestFailure("the sync does not end")
    }

    private func checkSettled(_ world: TestWorld, _ client: OfflineClient, _ id: RecordID) throws {
        #expect(try world.sync(client).repaired == 0)
        #expect(try client.status().isSynced)
        #expect(try client.verify().digest == client.status().digest)
        let other = try world.client("other")
        try world.sync(other)
        #expect(try other.read("cases", id) != nil)
        #expect(try other.status().digest == client.status().digest)
        #expect(try client.conflicts(includingDecided: true).isEmpty)
    }
}
