import SQLite
import SyncProtocol
import SyncStore
import Testing

/// A record that is told from its row where it lies is told as one that was read first.
struct RowsToldTests {
    static let fields = [
        FieldSchema(5, "done", .bool), FieldSchema(1, "title", .text), FieldSchema(4, "score", .double),
        FieldSchema(3, "at", .dateTime), FieldSchema(2, "count", .integer), FieldSchema(6, "picture", .bytes),
    ]
    static let values: [FieldNumber: Value] = [
        1: .text("Pak Wayan \u{1F4DE}"), 2: .integer(-300), 3: .dateTime(1_700_000_000_000), 4: .double(-0.0),
        5: .bool(false), 6: .bytes([]),
    ]

    private func write(_ time: UInt64, _ operator: String = "") -> RecordVersions.Write {
        RecordVersions.Write(
            version: Version(time: HybridTimestamp(rawValue: time), replica: ReplicaID(rawValue: 2)),
            operator: `operator`, sequence: Int64(time))
    }

    /// Records in every form that a row can have, and whether they are told from it.
    private func records() throws -> [(state: RecordState, isToldFromRow: Bool)] {
        var made: [(RecordState, Bool)] = []
        func record(
            _ values: [FieldNumber: Value], collection: CollectionNumber = 2, _ isToldFromRow: Bool,
            _ edit: (inout RecordState) throws -> Void = { _ in }
        ) throws {
            var state = RecordState(
                collection: collection, record: RecordID(high: 7, low: UInt64(made.count)),
                versions: RecordVersions(creation: write(9, "Sari")),
                values: FieldMap(try values.map { FieldValue($0, try EncodedValue($1)) }))
            try edit(&state)
            made.append((state, isToldFromRow))
        }
        try record(Self.values, true)
        try record([:], true)
        try record([2: .integer(5), 1: .text("")], true)
        try record(Self.values, true) { state in
            state.set(1, try EncodedValue(.text("other")), write: write(12, "an operator with a long name"))
            state.set(5, .null, write: write(12, "an operator with a long name"))
            state.set(6, .null, write: write(14))
            state.set(2, try EncodedValue(.integer(1)), write: write(15))
        }
        // Two writes of one version, told apart by what their writer had seen.
        try record(Self.values, true) { state in
            var write = write(12)
            state.set(1, try EncodedValue(.text("one")), write: write)
            write.base = Version(time: HybridTimestamp(rawValue: 3), replica: ReplicaID(rawValue: 4))
            state.set(2, try EncodedValue(.integer(2)), write: write)
        }
        try record(Self.values, true) { state in for field in 1...6 { state.set(field, .null, write: write(13)) } }
        // Deleted once, and brought back; alone, and with an edit.
        try record(Self.values, true) { $0.set(.deleted, .false, write: write(16)) }
        try record(Self.values, true) { state in
            state.set(.deleted, .false, write: write(16))
            state.set(3, try EncodedValue(.dateTime(-1)), write: write(16))
        }
        // A field that the schema does not know, with a value and without one.
        try record(Self.values, false) { $0.set(40, try EncodedValue(.integer(1)), write: write(17)) }
        try record(Self.values, true) { $0.set(40, .null, write: write(17)) }
        // A value that its column can't hold.
        try record([1: .integer(4), 2: .integer(4)], false)
        try record(Self.values, false) { $0.set(2, try EncodedValue(.text("four")), write: write(17)) }
        try record(Self.values, false) { $0.set(.deleted, .true, write: write(18)) }
        try record(Self.values, collection: 9, false)
        return made
    }

    @Test(arguments: [false, true])
    func `what is told from a row is what is told of the record`(readsMost: Bool) throws {
        let layout = StoreLayout(
            try Schema(
                name: "rows", version: 1,
                collections: [CollectionSchema(number: 2, name: "cases", fields: Self.fields, indexes: [])]),
            isOrdered: true)
        let records = try records()
        try Database(path: ":memory:", configuration: Database.Configuration()).write { connection in
            try layout.prepare(connection)
            let store = RecordStore(connection, layout: layout)
            for (place, record) in records.enumerated() {
                try store.insert(record.state, sequence: Int64(place) + 1)
            }
            var seen = 0
            try store.scan(after: 0, readsMost: readsMost) { row in
                let (state, isToldFromRow) = records[Int(row.sequence) - 1]
                #expect(try row.record().state == state)
                var (expected, told) = (EncodedUpdates(), EncodedUpdates())
                expected.append(try #require(state.update(since: 0, for: .none)))
                #expect(try row.append(try row.versions(), to: &told) == isToldFromRow, "row \(row.sequence)")
                #expect(told == (isToldFromRow ? expected : EncodedUpdates()), "row \(row.sequence)")
                #expect(told.count == (isToldFromRow ? 1 : 0))
                seen += 1
                return true
            }
            #expect(seen == records.count)
        }
    }

    @Test(arguments: [false, true])
    func `text that the disk spoilt is named and not told`(isEdited: Bool) throws {
        let layout = StoreLayout(
            try Schema(
                name: "rows", version: 1,
                collections: [CollectionSchema(number: 2, name: "cases", fields: Self.fields, indexes: [])]))
        try Database(path: ":memory:", configuration: Database.Configuration()).write { connection in
            try layout.prepare(connection)
            let store = RecordStore(connection, layout: layout)
            var state = try records()[0].state
            if isEdited { state.set(1, try EncodedValue(.text("edited")), write: write(12)) }
            try store.insert(state, sequence: 1)
            try connection.execute("UPDATE cases SET title = CAST(x'61ff' AS TEXT)")
            #expect(throws: StoreError.damagedRecord(table: "cases", record: state.record)) {
                try store.scan(after: 0) { row in
                    var told = EncodedUpdates()
                    return try row.append(try row.versions(), to: &told)
                }
            }
        }
    }

    @Test func `a page that was made and updates that were read go into one answer`() throws {
        var answer = SyncAnswer()
        let states = try records().map(\.state)
        let updates = states.compactMap { $0.update(since: 0, for: .none) }
        for update in updates { answer.page.append(update) }
        answer.updates = [try #require(updates.first)]
        guard case .syncAnswer(let read) = try Message(decoding: answer.encoded) else { throw TestFailure("no answer") }
        #expect(read.updates == updates + updates.prefix(1))
        #expect(read.updateCount == states.count + 1)
    }
}
