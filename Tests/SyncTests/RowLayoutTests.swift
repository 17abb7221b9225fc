import CentralServer
import OfflineClient
import SQLite
import SyncProtocol
import SyncStore
import Testing

/// Rows of the store: what an update leaves alone, and what a newer schema moves.
@Suite struct RowLayoutTests {
    let id = RecordID(high: 1, low: 2)
    let version = Version(time: HybridTimestamp(rawValue: 9), replica: ReplicaID(rawValue: 2))

    private func database() throws -> Database {
        try Database(path: ":memory:", configuration: Database.Configuration())
    }

    private func layout(_ fields: [FieldSchema], indexes: [[String]], version: Int) throws -> StoreLayout {
        StoreLayout(
            try Schema(
                name: "rows", version: version,
                collections: [CollectionSchema(number: 2, name: "cases", fields: fields, indexes: indexes)]))
    }

    private func record(_ fields: [FieldNumber: Value]) throws -> RecordState {
        RecordState(
            collection: 2, record: id, versions: RecordVersions(creation: .init(version: version)),
            values: FieldMap(try fields.map { FieldValue($0, try EncodedValue($1)) }))
    }

    @Test(
        "an update that names only what changes keeps the rest, also what a column can't hold",
        arguments: [false, true])
    func updates(isOrdered: Bool) throws {
        let fields = [
            FieldSchema(1, "title", .text), FieldSchema(2, "priority", .integer), FieldSchema(3, "office", .text),
        ]
        let schema = try layout(fields, indexes: [["priority"], ["office"]], version: 1).schema
        let layout = StoreLayout(schema, isOrdered: isOrdered)
        try database().write { connection in
            try layout.prepare(connection)
            let store = RecordStore(connection, layout: layout)
            // An index names `priority`, and the value is none of its type.
            var values: [FieldNumber: Value] = [1: .text("a"), 2: .text("high"), 3: .text("LIW"), 9: .integer(5)]
            try store.insert(try record(values), sequence: 1)
            let steps: [(FieldNumber, Value?)] = [
                (1, .text("b")), (3, .text("KOT")), (2, .integer(4)), (3, nil), (2, .text("low")), (9, nil), (2, nil),
            ]
            for (place, (field, value)) in steps.enumerated() {
                values[field] = value
                let held = try #require(try store.load(2, id))
                let digest = try store.replace(held, with: try record(values), sequence: Int64(place) + 2)
                let read = try #require(try store.load(2, id))
                #expect(read.state == (try record(values)), "after step \(place)")
                #expect(read.digest == digest && digest == read.state.digest)
                #expect(read.sequence == Int64(place) + 2)
            }
            #expect(
                try connection.scalar("SELECT count(*) FROM cases INDEXED BY cases_by_office WHERE office = 'KOT'") == 0
            )
        }
    }

    @Test("a field that a newer schema knows and indexes moves to its column")
    func promotion() throws {
        let database = try database()
        let old = try layout([FieldSchema(1, "title", .text)], indexes: [], version: 1)
        let new = try layout(
            [FieldSchema(1, "title", .text), FieldSchema(2, "office", .text)], indexes: [["office"]], version: 2)
        let state = try record([1: .text("a"), 2: .text("LIW")])
        try database.write { connection in
            try old.prepare(connection)
            try RecordStore(connection, layout: old).insert(state)
            #expect(try connection.scalar("SELECT _extra IS NOT NULL FROM cases") == 1)
            try new.prepare(connection)
            #expect(try connection.scalar("SELECT count(*) FROM cases WHERE office = 'LIW' AND _extra IS NULL") == 1)
            #expect(try RecordStore(connection, layout: new).load(2, id)?.state == state)
        }
    }

    @Test("a first sync of many pages goes without the schema's indexes until its end, and is taken up again")
    func firstSync() throws {
        let world = try TestWorld()
        let writer = try world.client("a")
        try writer.write(operator: "a") { transaction in
            for number in 0..<200 {
                try transaction.insert("cases", ["title": .text("case \(number)"), "status": .text("new")])
            }
        }
        try world.sync(writer)
        func indexes(_ client: OfflineClient) throws -> Int64? {
            try client.query {
                try $0.scalar(
                    "SELECT count(*) FROM sqlite_schema WHERE name LIKE '%\\_by\\_%' ESCAPE '\\' AND tbl_name NOT LIKE '\\_%' ESCAPE '\\'"
                )
            }
        }
        let reader = try world.client("b")
        let all = try indexes(reader)
        #expect(all == 3)
        let credential = try reader.credential()
        func pull(pages: Int) throws {
            var session = SyncSession(reader, pageBytes: 1000)
            for _ in 0..<pages {
                guard case .send(let message) = try session.next() else { return }
                try session.received(world.server.sync(message, credential: credential).encoded)
            }
        }
        try pull(pages: 3)
        #expect(try indexes(reader) == 0)
        // Work goes on meanwhile, and the next session ends what this one began.
        try reader.write(operator: "b") {
            _ = try $0.insert("cases", ["title": .text("own"), "status": .text("open")])
        }
        #expect(try world.sync(reader, pageBytes: 1000).isAgreed)
        #expect(try indexes(reader) == all)
        let found = "SELECT count(*) FROM cases INDEXED BY cases_by_status WHERE status IN ('new', 'open')"
        #expect(try reader.query { try $0.scalar(found) } == 201)
        // One page needs no such thing, and a device that has records keeps its indexes.
        try writer.write(operator: "a") {
            _ = try $0.insert("cases", ["title": .text("later"), "status": .text("new")])
        }
        try world.sync(writer)
        try pull(pages: 1)
        #expect(try indexes(reader) == all)
    }
}
