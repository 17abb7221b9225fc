import CentralServer
import OfflineClient
import SQLite
import SyncProtocol
import SyncStore

/// A world with two offices, two agencies and the centre, and rules about who sees what.
final class ScopedWorld {
    let world: TestWorld

    static let rules = ScopeRules(
        follow: ["notes": "case_id"],
        rules: [
            ScopeRule(collection: "cases", role: "centre", write: ["*"]),
            ScopeRule(
                collection: "cases", role: "office", match: ["office": "$office"], write: ["*"],
                except: ["published", "office"]),
            ScopeRule(
                collection: "cases", role: "agency", match: ["agency": "$agency"],
                write: ["answer", "agency", "deleted"]),
            ScopeRule(collection: "notes", parent: true, write: ["*"]),
            ScopeRule(collection: "conflict", parent: true, write: ["*"]),
            ScopeRule(collection: "conflict", match: ["losing_office": "$office"], write: ["*"]),
            ScopeRule(collection: "conflict", match: ["winning_office": "$office"], write: ["*"]),
        ])

    init(rules: ScopeRules? = ScopedWorld.rules) throws {
        world = try TestWorld(schema: Self.schema())
        for office in ["A", "B"] { try world.server.save(OfficeEntry(code: office, name: "Office \(office)")) }
        for agency in ["HEALTH", "ROADS"] {
            try world.server.save(
                OfficeEntry(code: agency, name: agency, attributes: ["role": "agency", "agency": agency]))
        }
        try world.server.save(OfficeEntry(code: "CENTRE", name: "Centre", attributes: ["role": "centre"]))
        if let rules { try world.server.setScopeRules(rules) }
    }

    func device(_ name: String, _ office: String) throws -> OfflineClient { try world.client(name, office: office) }

    @discardableResult
    func newCase(_ client: OfflineClient, _ office: String, agency: String? = nil) throws -> RecordID {
        try client.write(operator: "Siti") {
            try $0.insert(
                "cases",
                [
                    "title": .text("a case"), "office": .text(office),
                    "agency": agency.map { .text($0) } ?? .null,
                ])
        }
    }

    /// Deletes a case at the first of some clients, lets all hear of it, and says how many records the server forgets.
    func deleteAndCollect(_ id: RecordID, by clients: [OfflineClient]) throws -> Int {
        _ = try clients.first?.write(operator: "Siti") { try $0.delete("cases", id) }
        for _ in 0..<2 {
            try syncAll(clients)
            world.clock.advance(seconds: 40 * 86_400)
        }
        try syncAll(clients)
        return try world.server.collect().collected
    }

    func syncAll(_ clients: [OfflineClient]) throws { for client in clients { try world.sync(client) } }

    /// The cases that a client shows.
    func cases(_ client: OfflineClient) throws -> [RecordID] {
        try client.query { connection in
            let select = try connection.statement("SELECT id FROM cases ORDER BY id")
            defer { select.reset() }
            var ids: [RecordID] = []
            while try select.step() { if let id = RecordID(bytes: select.bytes(0)) { ids.append(id) } }
            return ids
        }
    }

    /// All cases that the server holds.
    func heldCases() throws -> [RecordState] {
        try world.storage.read { snapshot in
            var found: [RecordState] = []
            try snapshot.scan(after: 0) { row in
                let record = try row.record().state
                if record.collection == 2 { found.append(record) }
                return true
            }
            return found
        }
    }

    /// Whether a case is for an office, in the words of the rules.
    func isFor(_ office: String, _ record: RecordState) -> Bool {
        switch office {
        case "CENTRE": true
        case "HEALTH", "ROADS": record[3].value == .text(office)
        default: record[2].value == .text(office)
        }
    }

    private static func schema() throws -> Schema {
        try Schema(
            name: "test", version: 1,
            collections: [
                CollectionSchema(
                    number: 2, name: "cases",
                    fields: [
                        FieldSchema(1, "title", .text, required: true), FieldSchema(2, "office", .text, required: true),
                        FieldSchema(3, "agency", .text), FieldSchema(5, "answer", .text),
                        FieldSchema(6, "published", .text),
                    ]),
                CollectionSchema(
                    number: 3, name: "notes",
                    fields: [
                        FieldSchema(1, "case_id", .bytes, required: true, reference: "cases"),
                        FieldSchema(2, "text", .text),
                    ]),
            ])
    }
}

/// Chance that a seed repeats (SplitMix64, Steele, Lea and Flood 2014).
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
