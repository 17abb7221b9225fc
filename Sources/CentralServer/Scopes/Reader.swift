import SyncProtocol
import SyncStore

/// Who reads: a replica with the scope of its office.
struct Reader {
    let replica: ReplicaID
    let number: Int64
    let scope: Scope
    let catalogue: ScopeCatalogue
    let snapshot: any CentralSnapshot

    func sees(_ classNumber: Int64) throws -> Bool {
        // Asked for every change and every row, and most servers have no rules: to hand the snapshot on costs more.
        try scope.isEverything || catalogue.sees(scope, classNumber, snapshot)
    }

    /// Whether a record is there and in the scope.
    func sees(_ key: RecordKey) throws -> Bool {
        try snapshot.record(key.collection, key.record).map { try sees($0.classNumber) } ?? false
    }

    /// The digest of all live records in the scope.
    func digest(_ state: CentralState) throws -> UInt64 {
        if scope.isEverything { return state.digest }
        var sum: UInt64 = 0
        for (number, digest) in try snapshot.classDigests() where try sees(number) { sum &+= digest }
        return sum
    }

    /// The first field of a change that may not be written in a record of a class; nil where all may.
    ///
    /// Whoever makes a record must write the fields by which it is in the scope, and whoever makes one that is there
    /// already must name what they are.
    ///
    /// - Parameter held: the record as it is; nil where the change makes it.
    func firstReadOnly(_ change: Change, _ classNumber: Int64, held: RecordState?) throws -> FieldNumber? {
        guard !scope.isEverything, let grants = try catalogue.grants(scope, classNumber, snapshot) else { return nil }
        func allows(_ grant: Scope.Grant, _ written: FieldValue) -> Bool {
            if grant.writes.allow(written.field) { return true }
            guard change.isCreation, grant.conditions.contains(where: { $0.field == written.field }) else {
                return false
            }
            return held.map { $0[written.field] == written.value } ?? true
        }
        return change.fields.first { written in !grants.contains { allows($0, written) } }?.field
    }
}

/// What a replica held of a record when its cursor was made, as far as that can be told from the record's class and its
/// moves since.
struct Holding {
    /// Whether it holds the record for certain.
    let isCertain: Bool
    /// Whether it may hold the record.
    let isPossible: Bool

    /// - Parameters:
    ///   - scopes: the replica's scopes since its cursor was made, the one of now included.
    ///   - classes: the record's classes since then, the one of now included.
    init(
        scopes: [Scope], classes: [Int64], _ catalogue: ScopeCatalogue, _ snapshot: any ScopeSnapshot
    ) throws {
        var (all, any) = (true, false)
        for scope in scopes {
            for number in classes {
                if try catalogue.sees(scope, number, snapshot) { any = true } else { all = false }
            }
        }
        (isCertain, isPossible) = (all, any)
    }
}
