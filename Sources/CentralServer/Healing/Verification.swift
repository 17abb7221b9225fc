import SQLite
import SyncProtocol
import SyncStore

/// What a computation from the rows has shown.
public struct CentralVerification: Sendable {
    /// How many records were looked at.
    public var records = 0
    /// What is wrong, in English; nothing where all is well.
    public var faults: [String] = []
    /// The records whose rows are not what was stored.
    public var damaged: [DamagedRow] = []
}

extension SQLiteStorage {
    /// How many faults are named at most.
    private static let mostFaults = 100

    /// Computes everything anew from the rows: the pages of the files, each record, and the digests of all and of each
    /// class.
    public func verify() throws -> CentralVerification {
        var found = CentralVerification()
        found.faults = try database.integrityFaults()
        guard found.faults.isEmpty else { return found }
        try database.read { connection in
            let transaction = SQLiteTransaction(connection, layout: layout)
            var digest: UInt64 = 0
            var classes: [Int64: UInt64] = [:]
            try transaction.scan(after: Int64.min) { row in
                found.records += 1
                guard let (collection, record) = try? row.key(), let stored = try? row.digest() else {
                    found.faults.append("the row at place \(row.sequence) can't be read: restore a backup")
                    return found.faults.count < Self.mostFaults
                }
                if (try? row.record().state.digest) != stored {
                    found.faults.append("record \(record) of collection \(collection) is not as it was stored")
                    found.damaged.append(
                        DamagedRow(
                            key: RecordKey(collection: collection, record: record), sequence: row.sequence,
                            classNumber: try row.classNumber(), digest: stored))
                }
                digest &+= stored
                classes[try row.classNumber(), default: 0] &+= stored
                return found.faults.count < Self.mostFaults
            }
            let state = try transaction.state()
            guard found.faults.count < Self.mostFaults else { return }
            if digest != state.digest { found.faults.append("the digest of the rows is not the one that was kept") }
            if state.classedBy != 0 {
                for (number, kept) in try transaction.classDigests() where classes[number, default: 0] != kept {
                    found.faults.append("the digest of class \(number) is not that of its rows")
                }
            }
        }
        return found
    }

    /// What is wrong, in English; nothing where all is well.
    public func faults() throws -> [String] { try verify().faults }
}

extension CentralServer {
    /// Asks the offices, in their next syncs, for the records whose rows were found damaged.
    ///
    /// One that is given back is taken only if it is, by its digest, what had been stored.
    public func ask(for damaged: [DamagedRow]) throws { try storage.write { try $0.save(damaged) } }

    /// Takes records in the place of damaged rows.
    func mend(_ given: [RecordUpdate]) throws {
        try storage.write { transaction in
            for row in try transaction.damagedRows(limit: Int.max) {
                guard
                    let update = given.first(where: {
                        $0.collection == row.key.collection && $0.record == row.key.record
                    }), let record = RecordState(update, sequence: row.sequence)
                else { continue }
                let held = try? transaction.record(row.key.collection, row.key.record)
                let isSound = held.map { $0.digest == $0.state.digest } ?? false
                if !isSound, record.digest != row.digest || row.digest == 0 { continue }
                try transaction.mend(row, with: isSound ? nil : record)
                environment.notice("record \(row.key.record) was damaged and is whole again")
            }
        }
    }
}
