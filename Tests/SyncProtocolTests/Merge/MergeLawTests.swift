import SyncProtocol
import Testing

/// Random small histories of one record: few fields, few values and few versions, so that much of it collides.
private struct History {
    let steps: [(replica: ReplicaID, change: Change)]

    init(_ random: inout SplitMix) throws {
        let count = 2 + random.below(5)
        let creations = 1 + random.below(3)
        steps = try (0..<count).map { index in
            let isCreation = index < creations
            let numbers = [0, 1, 2, 3].filter { _ in random.below(2) == 0 }
            let fields = try numbers.map { field in
                let value: Value =
                    field == 0
                    ? .bool(random.below(2) == 0) : random.pick([.null, .integer(1), .text("b"), .double(2)])
                return FieldValue(field, try EncodedValue(value))
            }
            let seen = Base(seen: [Base.Seen(version: .none, fields: [])])
            return (
                ReplicaID(rawValue: UInt32(7 + random.below(2))),
                Change(
                    collection: 2, record: RecordID(high: 1, low: 2),
                    time: HybridTimestamp(rawValue: UInt64(10 + random.below(3))), operator: "",
                    base: isCreation ? .empty : seen,
                    fields: fields.isEmpty && !isCreation ? [FieldValue(1, .null)] : fields)
            )
        }
    }
}

/// What all replicas have to agree on.
private struct Essence: Equatable {
    let values: FieldMap
    let versions: [Version]
    let creation: Version
    let digest: UInt64

    init(_ record: RecordState) {
        values = record.values
        versions = (0...4).map { record.versions.version(of: $0) }
        creation = record.versions.creation.version
        digest = record.digest
    }
}

private func merged(_ steps: some Sequence<(replica: ReplicaID, change: Change)>) -> RecordState? {
    var record: RecordState?
    for step in steps {
        if record == nil {
            record = RecordState(making: step.change, by: step.replica)
        } else {
            record?.merge(step.change, by: step.replica)
        }
    }
    return record
}

@Suite("The merge rule")
struct MergeLawTests {
    @Test("is commutative and idempotent, with second creations and with one version twice", arguments: 0..<20)
    func orderAndRepetition(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        for _ in 0..<100 {
            let steps = try History(&random).steps
            let expected = try #require(merged(steps).map(Essence.init))
            for _ in 0..<8 {
                var order = steps.shuffled(using: &random)
                guard let first = order.firstIndex(where: { $0.change.isCreation }) else { continue }
                order.swapAt(0, first)
                #expect(merged(order).map(Essence.init) == expected)
                #expect(merged(order + order.shuffled(using: &random)).map(Essence.init) == expected)
            }
        }
    }

    @Test("is associative: what a server tells of a record merges like the changes behind it", arguments: 0..<20)
    func updates(seed: UInt64) throws {
        var random = SplitMix(seed: 1_000 + seed)
        for _ in 0..<100 {
            let steps = try History(&random).steps
            let split = 1 + random.below(steps.count)
            var server = try #require(merged(steps[..<1]))
            var replica: RecordState?
            for (index, step) in steps.enumerated().dropFirst() {
                if index == split { replica = server }
                server.merge(step.change, by: step.replica, sequence: Int64(index))
            }
            let whole = try #require(server.update(since: 0, for: .none))
            #expect(RecordState(whole).map(Essence.init) == Essence(server))
            guard var replica, let news = server.update(since: Int64(split - 1), for: .centre) else { continue }
            if let told = RecordState(news) { replica = told } else { news.writes.forEach { replica.merge($0) } }
            #expect(Essence(replica) == Essence(server))
        }
    }

    @Test("leaves the digest of a set to the records alone, not to their order")
    func digests() throws {
        var random = SplitMix(seed: 9)
        let records = try (0..<50).map { _ in
            RecordState(making: try random.change(), by: ReplicaID(rawValue: 7))
        }
        let sum = records.reduce(0) { $0 &+ $1.digest }
        #expect(records.shuffled(using: &random).reduce(0) { $0 &+ $1.digest } == sum)
        #expect(Set(records.map(\.digest)).count == records.count)
        #expect(records.dropFirst().reduce(0) { $0 &+ $1.digest } == sum &- records[0].digest)
    }

    @Test("gives a digest that tells every part of a record: collection, id, field, value, version, deletion")
    func digestParts() throws {
        func digest(
            collection: Int = 2, low: UInt64 = 2, time: UInt64 = 9, replica: UInt32 = 7, field: Int = 1,
            value: Value = .integer(1)
        ) throws -> UInt64 {
            RecordState(
                making: Change(
                    collection: collection, record: RecordID(high: 1, low: low),
                    time: HybridTimestamp(rawValue: time), operator: "", base: .empty,
                    fields: [FieldValue(field, try EncodedValue(value))]), by: ReplicaID(rawValue: replica)
            ).digest
        }
        let digests = [
            try digest(), try digest(collection: 3), try digest(low: 3), try digest(time: 8), try digest(replica: 8),
            try digest(field: 2), try digest(value: .integer(2)), try digest(value: .null),
            try digest(field: 0, value: .bool(true)),
        ]
        #expect(Set(digests).count == digests.count)
        #expect(digests.last == 0)
    }
}
