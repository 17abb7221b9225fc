import Foundation
import SyncProtocol
import Testing

/// All small histories of one record (row R1 of the table of tests): 3 replicas, 2 fields, each replica up to 2
/// operations, in every order of arrival, each written with or without a look at the server just before.
///
/// The ordinary run takes all histories of up to 3 operations and an even sample of the longer ones; `tools/long-tests`
/// takes every history of up to 4 operations, each fifth of those of 5 and each 101st of those of 6.
@Suite("All small histories", .ownThread)
struct ExhaustiveMergeTests {
    private enum Operation: CaseIterable {
        case setFirst, setSecond, delete, undelete

        var field: Int { self == .setFirst ? 1 : self == .setSecond ? 2 : 0 }
    }

    /// An operation in its history: whose it is, and whether its writer synced just before.
    private struct Step {
        let replica: Int
        let operation: Operation
        let isInformed: Bool
    }

    private static let record = RecordID(high: 1, low: 2)
    private static let made = Version(time: HybridTimestamp(rawValue: 1), replica: .centre)

    @Test("end with the greatest writes, and with just the entries that a naive model gives", arguments: 0..<4)
    func histories(part: Int) throws {
        let start = Date()
        let strides = CampaignLine.isWanted ? [5: 5, 6: 101] : [4: 11, 5: 509, 6: 20_011]
        var count = 0
        var index = 0
        for lengths in Self.tuples(of: Array(0...2), count: 3) {
            let total = lengths.reduce(0, +)
            let stride = strides[total, default: 1]
            for arrival in Self.interleavings(lengths) {
                for operations in Self.tuples(of: Operation.allCases, count: total) {
                    for informed in 0..<(1 << total) {
                        index += 1
                        guard index % 4 == part, index / 4 % stride == 0 else { continue }
                        let steps = arrival.indices.map {
                            Step(replica: arrival[$0], operation: operations[$0], isInformed: informed >> $0 & 1 == 1)
                        }
                        try check(steps)
                        count += 1
                    }
                }
            }
        }
        #expect(count >= 5_000)
        try CampaignLine.write(
            row: "R1", name: "histories", cell: "part \(part)", since: start, ["histories": count, "of": index])
    }

    /// Runs one history through the product and the model.
    private func check(_ steps: [Step]) throws {
        let creation = Change(
            collection: 2, record: Self.record, time: Self.made.time, operator: "", base: .empty,
            fields: [FieldValue(1, try EncodedValue(.text("made")))])
        var record = RecordState(making: creation, by: .centre)
        var model = NaiveModel()
        var replicas = (0..<3).map { Replica(number: UInt32(7 + $0), base: record.versions.base) }
        var log: [RecordID: NaiveModel.Entry] = [:]
        var writes: [Version: Int] = [:]
        // What is written without a look at the server is written before anything arrives, except behind an informed one.
        for (number, step) in steps.enumerated() {
            let id = number + 1
            if step.isInformed { replicas[step.replica].sync(record, knows: Set(model.arrived.map(\.id))) }
            let write = replicas[step.replica].write(id, step.operation.field, Self.text(step))
            let change = try replicas[step.replica].change(write, Self.record)
            let replica = ReplicaID(rawValue: write.replica)
            let found = ConflictDetection(change, by: replica, against: record, schema: nil).conflicts()
            record.merge(change, by: replica, sequence: Int64(id))
            writes[Version(time: change.time, replica: replica)] = id
            for conflict in found where log[conflict.id] == nil {
                log[conflict.id] = NaiveModel.Entry(
                    kind: conflict.kind.rawValue, losing: try #require(writes[conflict.losing.version]),
                    winning: try #require(writes[conflict.winning.version]))
            }
            model.arrive(write)
        }
        #expect(Self.isEqual(record, model), "\(steps)")
        #expect(Set(log.values) == model.entries, "\(steps)")
        #expect(model.lost.isEmpty, "\(steps)")
    }

    private static func text(_ step: Step) -> String {
        switch step.operation {
        case .delete: "deleted"
        case .undelete: "not deleted"
        // Two of the three write the same value to the second field, which is no conflict.
        case .setSecond: step.replica == 2 ? "other" : "same"
        case .setFirst: "by \(step.replica)"
        }
    }

    private static func isEqual(_ record: RecordState, _ model: NaiveModel) -> Bool {
        [0, 1, 2].allSatisfy { field in
            let version = record.versions.version(of: field)
            guard let write = model.current(field) else { return version == made }
            let value: Value = field == 0 ? .bool(write.isDelete) : .text(write.value)
            return version.time.rawValue == write.time && version.replica.rawValue == write.replica
                && record[field].value == value
        } && record.isDeleted == model.isDeleted
    }

    /// A replica as far as this matters: its clock, and what it had from the server.
    private struct Replica {
        let number: UInt32
        var base: Base
        var known: Set<Int> = []
        var own: Set<Int> = []
        // Two of the three clocks show the same time, so that versions tie by time.
        lazy var clock = HybridLogicalClock(last: HybridTimestamp(rawValue: number == 9 ? 5 : 9))

        mutating func sync(_ record: RecordState, knows: Set<Int>) {
            base = record.versions.base
            known = knows
            clock.observe(record.versions.greatest.time)
        }

        mutating func write(_ id: Int, _ field: Int, _ value: String) -> NaiveModel.Write {
            own.insert(id)
            return NaiveModel.Write(
                id: id, replica: number, time: clock.tick(wall: 0).rawValue, field: field, value: value,
                known: known.union(own))
        }

        func change(_ write: NaiveModel.Write, _ record: RecordID) throws -> Change {
            let value: Value = write.field == 0 ? .bool(write.isDelete) : .text(write.value)
            return Change(
                collection: 2, record: record, time: HybridTimestamp(rawValue: write.time), operator: "", base: base,
                fields: [FieldValue(write.field, try EncodedValue(value))])
        }
    }

    // MARK: Enumeration

    private static func tuples<Item>(of items: [Item], count: Int) -> [[Item]] {
        count == 0 ? [[]] : tuples(of: items, count: count - 1).flatMap { tuple in items.map { tuple + [$0] } }
    }

    /// All orders in which the operations of each replica can arrive, each replica's own in their order.
    private static func interleavings(_ lengths: [Int]) -> [[Int]] {
        if lengths.allSatisfy({ $0 == 0 }) { return [[]] }
        return lengths.indices.filter { lengths[$0] > 0 }.flatMap { replica in
            var rest = lengths
            rest[replica] -= 1
            return interleavings(rest).map { [replica] + $0 }
        }
    }
}
