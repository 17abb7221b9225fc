import Testing

@testable import SyncProtocol

/// A case of `merge.json`: changes in the order in which they reach a server.
struct MergeVector: Decodable, CustomTestStringConvertible {
    let name: String
    let groups: [[Int]]
    let bookkeeping: [Int]
    let steps: [Step]
    let log: [String: String]
    let result: Result

    struct Step: Decodable {
        let replica: UInt32
        let change: ChangeForm
        let entries: [Entry]
    }

    struct Entry: Decodable {
        let kind: String
        let id: Hex
        let field: Int
        let losing: Side
        let winning: Side
    }

    struct Side: Decodable {
        let version: VersionText
        let base: VersionText
        let `operator`: String
        let values: FieldsForm

        var side: Conflict.Side {
            Conflict.Side(
                version: version.version, base: base.version, operator: self.operator, values: values.fields)
        }
    }

    struct Result: Decodable {
        let creation: VersionText
        let isDeleted: Bool
        let digest: Number<UInt64>
        let fields: [String: Field]
    }

    struct Field: Decodable {
        let value: ValueForm
        let version: VersionText
    }

    var testDescription: String { name }

    /// The schema of the case: text fields, since neither merge nor detection looks at types.
    var schema: CollectionSchema {
        let grouped = Set(groups.joined())
        let numbers = grouped.union(bookkeeping).sorted()
        return CollectionSchema(
            number: 2, name: "sample",
            fields: numbers.map { number in
                FieldSchema(
                    number, "field_\(number)", .text, bookkeeping: bookkeeping.contains(number),
                    group: groups.firstIndex { $0.contains(number) }.map { "group_\($0)" })
            })
    }
}

@Suite("Merge and conflict detection agree with the vectors")
struct MergeVectorTests {
    @Test(
        "Each step gives its entries, and the end is the expected record",
        arguments: try VectorFile.read("merge", as: [MergeVector].self))
    func steps(_ vector: MergeVector) throws {
        let first = try #require(vector.steps.first)
        var record = RecordState(making: try first.change.change(), by: ReplicaID(rawValue: first.replica))
        var log: [RecordID: String] = [:]
        for step in vector.steps.dropFirst() {
            let change = try step.change.change()
            let replica = ReplicaID(rawValue: step.replica)
            let found = ConflictDetection(change, by: replica, against: record, schema: vector.schema).conflicts()
            record.merge(change, by: replica)
            #expect(found.count == step.entries.count)
            for (conflict, entry) in zip(found, step.entries) {
                #expect(conflict.id.bytes == entry.id.bytes)
                #expect(conflict.kind.rawValue == entry.kind)
                #expect(conflict.field == entry.field)
                #expect(conflict.losing == entry.losing.side)
                #expect(conflict.winning == entry.winning.side)
                if log[conflict.id] == nil { log[conflict.id] = conflict.kind.rawValue }
            }
        }
        let ids = log.map { ($0.key.description.filter { $0 != "-" }, $0.value) }
        #expect(Dictionary(uniqueKeysWithValues: ids) == vector.log)
        try expect(record, vector.result)
    }

    @Test(
        "The order of arrival does not matter to the record",
        arguments: try VectorFile.read("merge", as: [MergeVector].self))
    func orders(_ vector: MergeVector) throws {
        for order in permutations(vector.steps) where try order[0].change.change().isCreation {
            var record = RecordState(making: try order[0].change.change(), by: ReplicaID(rawValue: order[0].replica))
            for step in order.dropFirst() {
                record.merge(try step.change.change(), by: ReplicaID(rawValue: step.replica))
            }
            try expect(record, vector.result)
        }
    }

    private func expect(_ record: RecordState, _ result: MergeVector.Result) throws {
        #expect(record.versions.creation.version == result.creation.version)
        #expect(record.isDeleted == result.isDeleted)
        #expect(record.digest == result.digest.value)
        let written = Set(record.values.map(\.field) + record.versions.later.flatMap(\.fields))
        #expect(Set(written.map(String.init)) == Set(result.fields.keys))
        for (field, expected) in result.fields {
            let number = try #require(Int(field))
            #expect(record[number] == (try EncodedValue(expected.value.value)))
            #expect(record.versions.version(of: number) == expected.version.version)
        }
        // What is told of the record makes the same record elsewhere.
        let update = try #require(record.update(since: 0, for: .none))
        #expect(RecordState(update)?.digest == record.digest)
        var packed: [UInt8] = []
        record.versions.pack(to: &packed)
        #expect(try RecordVersions(unpacking: packed[...]) == record.versions)
    }
}

/// All orders of some items.
func permutations<Item>(_ items: [Item]) -> [[Item]] {
    guard items.count > 1 else { return [items] }
    return items.indices.flatMap { index in
        var rest = items
        let first = rest.remove(at: index)
        return permutations(rest).map { [first] + $0 }
    }
}
