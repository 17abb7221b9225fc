import CentralServer
import Foundation
import OfflineClient
import SQLite
import SyncProtocol
import Testing

/// A database that was copied or restored from a backup goes on under a number of its own, and nothing is lost.
@Suite struct IdentityTests {
    @Test func twoCopiesThatSyncInTurnEndEqualWithNothingLost() throws {
        let world = try TestWorld()
        let a = try world.client("a")
        let shared = try a.write(operator: "a") {
            try $0.insert("cases", ["title": .text("before"), "priority": .integer(0)])
        }
        try world.sync(a)
        _ = try a.write(operator: "a") { try $0.insert("cases", ["title": .text("pending in both")]) }
        try a.close()
        try world.copy("a", to: "copy")
        let (original, copy) = (try world.client("a"), try world.client("copy"))
        var titles: Set<String> = ["before", "pending in both"]
        for day in 1...4 {
            for (name, client) in [("original", original), ("copy", copy)] {
                world.clock.advance(seconds: 3600)
                titles.insert("\(name) \(day)")
                _ = try client.write(operator: name) { try $0.insert("cases", ["title": .text("\(name) \(day)")]) }
                try client.write(operator: name) {
                    _ = try $0.update("cases", shared, ["note": .text("\(name) \(day)")])
                }
                let summary = try world.sync(client)
                #expect(summary.isAgreed)
                #expect((summary.newReplica != nil) == (name == "copy" && day == 1))
            }
        }
        try world.sync(original)
        for client in [original, copy] {
            let found = try client.query { connection in
                var titles: [String] = []
                let select = try connection.statement("SELECT title FROM cases")
                defer { select.reset() }
                while try select.step() { titles.append(select.string(0)) }
                return titles
            }
            #expect(Set(found) == titles && found.count == titles.count)
            #expect(try client.status().isSynced)
            #expect(try client.verify().digest == client.status().digest)
            #expect(try client.read("cases", shared)?["note"] == .text("copy 4"))
        }
        #expect(try original.status().replica != copy.status().replica)
        // Neither had ever seen the other's latest note when it wrote its own: the log holds each that was written over.
        let losing = try copy.conflicts().compactMap { $0.losing.values["note"] }
        let expected = (1...4).flatMap { day in ["original", "copy"].map { Value.text("\($0) \(day)") } }.dropLast()
        #expect(Set(losing) == Set(expected) && losing.count == expected.count)
    }

    @Test func aDatabaseRestoredFromYesterdaysBackupDeliversItsPendingWrites() throws {
        let world = try TestWorld()
        let a = try world.client("a")
        let first = try a.write(operator: "a") { try $0.insert("cases", ["title": .text("one")]) }
        try world.sync(a)
        let waiting = try a.write(operator: "a") { try $0.insert("cases", ["title": .text("waiting at the backup")]) }
        try a.close()
        try world.copy("a", to: "backup")
        // After the backup the day went on, and all of it was synced.
        let later = try world.client("a")
        let lost = try later.write(operator: "a") { try $0.insert("cases", ["title": .text("after the backup")]) }
        try later.write(operator: "a") { _ = try $0.update("cases", first, ["priority": .integer(7)]) }
        try world.sync(later)
        try later.close()
        world.clock.advance(seconds: 86_400)
        let restored = try world.client("backup")
        let fresh = try restored.write(operator: "a") { try $0.insert("cases", ["title": .text("today")]) }
        let summary = try world.sync(restored)
        #expect(summary.newReplica != nil && summary.isAgreed)
        for (id, title) in [
            (first, "one"), (waiting, "waiting at the backup"), (lost, "after the backup"), (fresh, "today"),
        ] {
            #expect(try restored.read("cases", id)?["title"] == .text(title))
            #expect(
                try world.held("cases", id).map { Record($0, world.schema.collections[1])["title"] } == .text(title))
        }
        #expect(try restored.read("cases", first)?["priority"] == .integer(7))
        #expect(try restored.conflicts(includingDecided: true).isEmpty)
        #expect(try restored.status().isSynced)
    }

    @Test func aDeviceCannotTakeTheNumberOfAnother() throws {
        let world = try TestWorld()
        let (a, b) = (try world.client("a"), try world.client("b"))
        let request = RenumberRequest(time: 0, replica: try a.status().replica, after: 0, chain: 0)
        let answer = world.server.sync(request.encoded, credential: try b.credential())
        guard case .failure(let failure) = answer else { throw TestFailure("a number was given") }
        #expect(failure.code == .notEnrolled)
    }

    @Test func anEnrolmentWhoseAnswerWasLostWorksWithTheSameCodeAndWithAnother() async throws {
        for isSameCode in [true, false] {
            let world = try TestWorld()
            let client = try OfflineClient(
                path: world.folder.appending(path: "new.db").path, schema: world.schema,
                environment: Environment(wallMilliseconds: { 0 }, random: { UInt64.random(in: 0...UInt64.max) }))
            let codes = try ["one", "two"].map { try world.server.makeCode(office: "A", name: $0, profile: [:]) }
            await #expect(throws: TransportError.self) {
                try await client.enrol(
                    code: codes[0], deviceName: "new", server: "test", over: Line(world, losesAnswers: true))
            }
            let line = Line(world, losesAnswers: false)
            try await client.enrol(code: codes[isSameCode ? 0 : 1], deviceName: "new", server: "test", over: line)
            #expect(try world.sync(client).isAgreed)
            // A code that another device has used stays used.
            let other = try OfflineClient(
                path: world.folder.appending(path: "other.db").path, schema: world.schema,
                environment: Environment(wallMilliseconds: { 0 }, random: { UInt64.random(in: 0...UInt64.max) }))
            let error = await #expect(throws: Failure.self) {
                try await other.enrol(code: codes[0], deviceName: "other", server: "test", over: line)
            }
            #expect(error?.code == .usedCode)
        }
    }

    @Test func recordsOfTwoCollectionsMayHaveOneID() throws {
        let world = try TestWorld()
        let (a, b) = (try world.client("a"), try world.client("b"))
        let id = RecordID(high: 1, low: 2)
        try a.write(operator: "a") { transaction in
            try transaction.insert("cases", ["title": .text("the case")], id: id)
            try transaction.insert("notes", ["case_id": .bytes(id.bytes), "text": .text("the note")], id: id)
            _ = try transaction.update("cases", id, ["note": .text("edited")])
        }
        #expect(try world.sync(a).isAgreed)
        try a.write(operator: "a") { _ = try $0.update("notes", id, ["text": .text("again")]) }
        #expect(try world.sync(a).isAgreed)
        #expect(try world.sync(b).isAgreed)
        for client in [a, b] {
            #expect(try client.read("cases", id)?["note"] == .text("edited"))
            #expect(try client.read("notes", id)?["text"] == .text("again"))
            #expect(try client.verify().damaged.isEmpty)
        }
    }
}

/// A line to a world's server, which may lose what is answered.
private struct Line: Transport {
    let world: TestWorld
    let losesAnswers: Bool

    init(_ world: TestWorld, losesAnswers: Bool) {
        self.world = world
        self.losesAnswers = losesAnswers
    }

    func sync(_ message: [UInt8], credential: [UInt8]) async throws -> [UInt8] {
        try answered(world.server.sync(message, credential: credential).encoded)
    }

    func enrol(_ message: [UInt8]) async throws -> [UInt8] { try answered(world.server.enrol(message).encoded) }

    private func answered(_ answer: [UInt8]) throws -> [UInt8] {
        if losesAnswers { throw TransportError.unreachable("the answer was lost") }
        return answer
    }
}
