import SyncProtocol
import SyncStore

/// How far deleted records were collected.
public struct CollectionState: Sendable, Hashable {
    /// Every record that was collected had its last change at or before this place in the server's order.
    public var through: Int64 = 0
    /// When collection ran last, in milliseconds since 1970; 0 for never.
    public var ranAt: Int64 = 0
}

/// What the server reads for collection.
public protocol CollectionSnapshot {
    /// How far deleted records were collected.
    func collectionState() throws -> CollectionState
    /// Whether a record was deleted and collected, here or before a restore.
    func isCollected(_ collection: CollectionNumber, _ id: RecordID) throws -> Bool
    /// The ``ClassPath`` of a record when it was collected, here or before a restore; nil where it is not known.
    func classPath(ofCollected key: RecordKey) throws -> [UInt8]?
    /// Whether a record was collected, or stands apart from its collection's table: deleted, or of no table.
    func isAside(_ collection: CollectionNumber, _ id: RecordID) throws -> Bool
    /// Whether the accounts, which no restore turns back, know a record to be collected.
    func isGone(_ key: RecordKey) throws -> Bool
    /// All records that the accounts know to be collected.
    func gone() throws -> [RecordKey]
    /// Visits the deleted records in the server's order; `body` says whether to go on.
    func scanDeleted(_ body: (StoredRecord) throws -> Bool) throws
}

/// What the server writes for collection.
public protocol CollectionTransaction {
    /// Stores how far deleted records were collected.
    func save(_ state: CollectionState) throws
    /// Removes a deleted record for good and keeps its id, so that nothing brings it back.
    func collect(_ record: StoredRecord) throws
    /// Lets the accounts know that records are collected, each with its ``ClassPath``.
    func setGone(_ records: [(key: RecordKey, classPath: [UInt8])]) throws
    /// Lets the accounts know that records are not collected after all.
    func clearGone(_ keys: [RecordKey]) throws
}

extension CentralServer {
    /// The setting of the lease in days: a replica that did not sync for so long holds nothing up any more.
    public static let leaseDays = "lease_days"
    /// The setting of how many days a deleted record is kept at least, so that a deletion can be taken back.
    public static let deletedDays = "deleted_days"
    /// The settings of the centre, with their defaults and what they may be.
    public static let settings: [(name: String, usual: Int64, range: ClosedRange<Int64>)] = [
        (leaseDays, 180, 1...3650), (deletedDays, 30, 0...3650),
    ]
    private static let day: Int64 = 86_400_000
    /// How many records one transaction collects at most: pushes wait for it.
    private static let batch = 1000

    /// What a collection did or would do.
    public struct CollectionReport: Sendable {
        /// The low-water mark: what every replica with a live lease has passed.
        public var mark: Int64 = 0
        /// Records that were collected, or would be.
        public var collected = 0
        /// Deleted records that are old enough and wait for somebody.
        public var waiting = 0
        /// The replicas that they wait for.
        public var holders: [ReplicaEntry] = []
    }

    /// A setting's value, or its default.
    public static func setting(_ name: String, _ snapshot: any AccountSnapshot) throws -> Int64 {
        try snapshot.setting(name) ?? settings.first { $0.name == name }?.usual ?? 0
    }

    /// Changes a setting, which running servers go by at once.
    public func change(_ name: String, to value: Int64, by actor: String = "centre") throws {
        try storage.write { transaction in
            try transaction.set(name, to: value)
            try note(.settingChanged, name, by: actor, "\(value)", in: transaction)
        }
    }

    /// The replicas that collection waits for: those that synced within their lease and whose device is not revoked.
    func leaseholders(_ snapshot: any CentralSnapshot) throws -> [ReplicaEntry] {
        let lease = try Self.setting(Self.leaseDays, snapshot) * Self.day
        let now = environment.wallMilliseconds()
        let revoked = Set(try snapshot.devices().filter { $0.revokedAt != nil }.map(\.id))
        // Who never synced holds nothing, and is told of nothing that is gone.
        return try snapshot.replicas().filter {
            $0.lastSync > 0 && now - $0.lastSync < lease && !revoked.contains($0.device)
        }
    }

    /// The place in the server's order that every replica with a live lease is known to have passed.
    ///
    /// What only replicas have to be told of can be forgotten up to here. Whoever comes back with a cursor before what
    /// was forgotten starts a first sync again.
    func lowWaterMark(_ snapshot: any CentralSnapshot) throws -> Int64 {
        let sequence = try snapshot.state().sequence
        #if PlantedBugs
            if PlantedBug.leasesIgnored.isActive { return sequence }
        #endif
        return try leaseholders(snapshot).map(\.pulled).min().map { min($0, sequence) } ?? sequence
    }

    /// Collects the deleted records that every replica with a live lease knows to be deleted.
    ///
    /// - Parameter isRehearsal: whether it is only told what would be done.
    public func collect(isRehearsal: Bool = false, by actor: String = "server") throws -> CollectionReport {
        var report = CollectionReport()
        try storage.read { snapshot in try survey(snapshot, &report) { _ in true } }
        if isRehearsal { return report }
        if report.collected > 0 { try audit(.collected, "records", by: actor, "\(report.collected) or more") }
        report.collected = 0
        // The accounts are told first. A crash may have left them with what was not collected after all.
        try storage.write { transaction in
            let held = try transaction.gone().filter { try transaction.record($0.collection, $0.record) != nil }
            try transaction.clearGone(held)
        }
        while true {
            try storage.write { transaction in
                // Rules that have just changed put the records into their classes first.
                let writer = try catalogue.writer(transaction)
                let batch = try nextBatch(transaction).0
                try transaction.setGone(try batch.map { ($0.state.key, try writer.classPath(of: $0)) })
            }
            let isDone = try storage.write { transaction in
                var state = try transaction.collectionState()
                // Without what became due since: the accounts do not know of it.
                let (all, part) = try nextBatch(transaction)
                let batch = try all.filter { try transaction.isGone($0.state.key) }
                for record in batch {
                    try transaction.collect(record)
                    state.through = max(state.through, record.sequence)
                }
                // Who is told what left its scope needs the moves since it synced, and so is told anew without them.
                state.through = max(state.through, try transaction.forgetMoves(through: part.mark))
                state.ranAt = environment.wallMilliseconds()
                try transaction.save(state)
                let collected = report.collected + batch.count
                report = part
                report.collected = collected
                return batch.count < Self.batch
            }
            if isDone { return report }
        }
    }

    /// The next records to collect, as many as one transaction takes.
    private func nextBatch(_ snapshot: any CentralSnapshot) throws -> ([StoredRecord], CollectionReport) {
        var batch: [StoredRecord] = []
        var part = CollectionReport()
        try survey(snapshot, &part) { record in
            if batch.count < Self.batch { batch.append(record) }
            return batch.count < Self.batch
        }
        return (batch, part)
    }

    /// Finds what can be collected, and what waits for whom.
    ///
    /// - Parameter found: gets each record that can be collected, and says whether to look further.
    private func survey(
        _ snapshot: any CentralSnapshot, _ report: inout CollectionReport, _ found: (StoredRecord) throws -> Bool
    ) throws {
        let mark = try lowWaterMark(snapshot)
        let limit = environment.wallMilliseconds() - (try Self.setting(Self.deletedDays, snapshot)) * Self.day
        var collected = 0
        var waiting = 0
        var last: Int64 = 0
        try snapshot.scanDeleted { record in
            guard record.state.versions.write(of: .deleted).version.time.milliseconds <= limit else { return true }
            if record.sequence <= mark {
                collected += 1
                return try found(record)
            }
            waiting += 1
            last = record.sequence
            return true
        }
        report.mark = mark
        report.collected = collected
        report.waiting = waiting
        report.holders = try leaseholders(snapshot).filter { $0.pulled < last }
    }
}
