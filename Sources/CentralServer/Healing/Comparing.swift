import SyncProtocol
import SyncStore

extension SyncRequest {
    /// Whether it is the first one of a replica: of no epoch, with no cursor.
    var isFirst: Bool { epoch == 0 && cursor.isEmpty }

    /// Whether its numbers and its cursor hold in an epoch.
    func isOf(_ epoch: UInt32) -> Bool {
        #if PlantedBugs
            if PlantedBug.epochIgnored.isActive { return true }
        #endif
        return self.epoch == epoch || isFirst
    }
}

extension CentralServer {
    /// Lists the records in which the server may differ from a replica.
    func compare(_ request: CompareRequest, of device: DeviceEntry) throws -> Message {
        let number = try scopeNumber(of: device)
        return try storage.read { snapshot in
            let state = try snapshot.state()
            var answer = CompareAnswer()
            answer.epoch = state.epoch
            answer.time = environment.wallMilliseconds()
            guard try snapshot.replica(request.replica)?.device == device.id else {
                throw failure(.notEnrolled, "replica \(request.replica) is not this device's")
            }
            guard request.into == state.epoch else { return .compareAnswer(answer) }
            let reader = try reader(request.replica, scope: number, state, snapshot, healing: request.healing)
            let former = try PullCursor(told: request.cursor)
                .map { try catalogue.scopes(of: $0, device.office, snapshot) }?
                .compactMap { try catalogue.scope($0, snapshot) }
            let comparison = try Comparison(request, by: reader, former: former ?? [], snapshot)
            answer.cursor = PullCursor(after: state.sequence, scope: number).encoded
            (answer.buckets, answer.next) = try comparison.page(ofBytes: Limits.pageBytes)
            return .compareAnswer(answer)
        }
    }
}

/// Compares the records in a replica's scope with the digests that it sent, in one snapshot.
private struct Comparison {
    private let request: CompareRequest
    private let reader: Reader
    private let snapshot: any CentralSnapshot
    /// What changed beyond this place the replica will pull.
    private let known: Int64
    /// The records that left a class since which the replica saw.
    private let moved: Set<RecordKey>
    private var digests: BucketDigests
    private var counts: [Int]

    /// - Parameter former: the scopes that the replica had since its cursor was made.
    init(
        _ request: CompareRequest, by reader: Reader, former: [Scope], _ snapshot: any CentralSnapshot
    ) throws {
        self.request = request
        self.reader = reader
        self.snapshot = snapshot
        known = request.countsDeleted ? Int64.max : PullCursor(told: request.cursor)?.everythingThrough ?? 0
        var moves = request.countsDeleted || reader.scope.isEverything ? [] : try snapshot.moves(after: known)
        // What it never saw is no news to it, and its id nothing to be told.
        moves = try moves.filter { move in
            try reader.sees(move.from) || former.contains { try reader.catalogue.sees($0, move.from, snapshot) }
        }
        moved = Set(moves.map { RecordKey(collection: $0.collection, record: $0.record) })
        digests = BucketDigests(bits: request.bits)
        counts = Array(repeating: 0, count: digests.sums.count)
        var (digests, counts) = (digests, counts)
        try scan { entry in
            let bucket = digests.bucket(of: entry.key)
            if entry.state != .news { digests.add(entry.digest, of: entry.key) }
            counts[bucket] += 1
        }
        (self.digests, self.counts) = (digests, counts)
    }

    /// The buckets that differ, as far as they fit; at least one of them.
    func page(ofBytes bytes: Int) throws -> (buckets: [CompareAnswer.Bucket], next: Int?) {
        var size = 0
        var next: Int?
        var places: [Int: Int] = [:]
        var buckets: [CompareAnswer.Bucket] = []
        for (index, told) in request.digests.enumerated() where told != digests.sums[request.first + index] {
            let bucket = request.first + index
            size += 8 + counts[bucket] * CompareAnswer.Entry.estimatedBytes
            if size > bytes, !buckets.isEmpty {
                next = bucket
                break
            }
            places[bucket] = buckets.count
            buckets.append(CompareAnswer.Bucket(number: bucket))
        }
        if !buckets.isEmpty {
            try scan { entry in
                if let place = places[digests.bucket(of: entry.key)] { buckets[place].records.append(entry) }
            }
        }
        return (buckets, next)
    }

    /// Visits the records that count.
    private func scan(_ body: (CompareAnswer.Entry) -> Void) throws {
        try snapshot.scan(after: 0, readsMost: false) { row in
            let (collection, record) = try row.key()
            let key = RecordKey(collection: collection, record: record)
            let isVisible = try reader.sees(row.classNumber())
            if isVisible ? row.sequence > known : moved.contains(key) {
                body(CompareAnswer.Entry(key: key, digest: 0, state: .news))
            } else if isVisible {
                let digest = try row.digest()
                if digest != 0 {
                    body(CompareAnswer.Entry(key: key, digest: digest, state: .live))
                } else if request.countsDeleted {
                    body(CompareAnswer.Entry(key: key, digest: try row.record().state.digestOfAll, state: .deleted))
                }
            }
            return true
        }
    }
}
