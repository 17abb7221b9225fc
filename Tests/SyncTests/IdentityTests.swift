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
}
