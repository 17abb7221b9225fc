import SQLite
import SyncProtocol
import SyncStore

/// Finds the records in which this replica and the server differ, and puts them right.
///
/// Within one epoch the server is right: the replica fetches what differs and drops what the server lacks. A server of
/// another epoch was restored from a backup: the replica gives it what it knows the server to have held, and fetches
/// what came of it. Nothing of this is stored before its end but the records themselves, so a healing that breaks off
/// begins anew at the next sync.
struct Healing {
    /// Where the replica stood when it began.
    let place: ReplicaState.Place
    /// The server's epoch.
    let into: UInt32
    /// The records of the server view with their digests; 0 for those that can't be read.
    private let digests: [RecordKey: UInt64]
    /// What is made here under an id that another replica may have used.
    private let created: Set<RecordKey>
    private let buckets: BucketDigests
    /// The first bucket to be compared; nil once all were.
    private var next: Int? = 0
    /// The server's cursor when the first bucket was compared.
    private(set) var cursor: [UInt8]?
    /// What is still to be given, asked for and dropped.
    private var toGive: [RecordKey] = []
    private var toAsk: [RecordKey] = []
    private(set) var toDrop: [RecordKey] = []
    private var hasGivenAll: Bool
    /// How many of the first ones to give the request under way deals with.
    private var taken = 0
    /// How many records were given.
    private(set) var given = 0

    /// What is sent next.
    enum Step {
        /// The digests of the buckets.
        case compare(CompareRequest)
        /// Records.
        case repair(RepairRequest)
        /// Nothing: all is put right.
        case finish
    }

    /// Whether the server is the one that the replica knows, and so is right.
    var isWithinEpoch: Bool { place.epoch == into }

    /// The cursor that the replica has at the end, as far as that is known.
    private var endsAt: [UInt8] { isWithinEpoch ? place.cursor : cursor ?? [] }

    /// Begins where a database stands.
    init(_ application: AnswerApplication, into: UInt32) throws {
        place = application.replica.place
        self.into = into
        let givesBack = place.epoch != into
        hasGivenAll = !givesBack
        var digests: [RecordKey: UInt64] = [:]
        try application.view.scan { key, state in
            #if PlantedBugs
                if let state, state.isDeleted, PlantedBug.deletedKeptBack.isActive { return }
                if key.collection == ConflictLog.number, givesBack, PlantedBug.entriesKeptBack.isActive { return }
            #endif
            if let state, state.isDeleted, !givesBack { return }
            digests[key] = state?.digestOfAll ?? 0
        }
        var buckets = BucketDigests(bits: BucketDigests.bits(forRecords: digests.count))
        for (key, digest) in digests { buckets.add(digest, of: key) }
        (self.digests, self.buckets) = (digests, buckets)
        created = try application.view.created()
    }

    // MARK: Requests

    /// What to send next, from where the database stands.
    mutating func step(_ application: AnswerApplication, time: Int64) throws -> Step {
        if let next {
            var request = CompareRequest()
            request.epoch = place.epoch
            request.time = time
            request.replica = place.replica
            request.into = into
            request.cursor = place.cursor
            request.bits = buckets.bits
            request.first = next
            request.digests = Array(buckets.sums[next...])
            request.healing = endsAt
            return .compare(request)
        }
        if toGive.isEmpty, toAsk.isEmpty, hasGivenAll { return .finish }
        var request = RepairRequest()
        request.epoch = place.epoch
        request.time = time
        request.replica = place.replica
        request.into = into
        request.after = place.after
        request.chain = place.chain
        request.wanted = Array(toAsk.prefix(Limits.wantsPerRequest))
        request.healing = endsAt
        var size = 0
        taken = 0
        // What is given is asked for too: the server tells what it made of it where that is something else.
        for key in toGive where request.wanted.count < Limits.wantsPerRequest {
            if size >= Limits.pageBytes { break }
            taken += 1
            guard let update = try application.whole(key) else { continue }
            #if PlantedBugs
                let isOwn = update.writes[0].version.replica == place.replica
                if PlantedBug.othersKeptBack.isActive, !isOwn { continue }
            #endif
            request.given.append(update)
            request.wanted.append(key)
            size += update.estimatedBytes
        }
        request.isLast = !hasGivenAll && taken == toGive.count
        if request.isLast {
            request.escrowed = try application.view.pending.escrowed()
        }
        return .repair(request)
    }

    /// The request that gives a server of the same epoch the records whose rows it found damaged; nil where none is here.
    static func mending(_ wanted: [RecordKey], _ application: AnswerApplication) throws -> RepairRequest? {
        let place = application.replica.place
        var request = RepairRequest()
        request.epoch = place.epoch
        request.replica = place.replica
        request.into = place.epoch
        request.after = place.after
        request.chain = place.chain
        request.given = try wanted.compactMap { try application.whole($0) }
        return request.given.isEmpty ? nil : request
    }

    // MARK: Answers

    /// Takes the list of records that may differ.
    mutating func take(_ answer: CompareAnswer) throws(ProtocolError) {
        let listed = Set(answer.buckets.map(\.number))
        let start = next ?? 0
        if let following = answer.next, following <= start || following >= buckets.sums.count {
            throw ProtocolError(.invalid, at: 0, "the server compares buckets again, or such as there are not")
        }
        if cursor == nil { cursor = answer.cursor }
        next = answer.next
        var left = digests.filter { listed.contains(buckets.bucket(of: $0.key)) }
        for entry in answer.buckets.flatMap(\.records) {
            let own = left.removeValue(forKey: entry.key)
            if entry.state == .news || own == entry.digest { continue }
            if own == nil, entry.state == .deleted, !created.contains(entry.key) { continue }
            if !isWithinEpoch, let own, own != 0 { toGive.append(entry.key) } else { toAsk.append(entry.key) }
        }
        for (key, digest) in left {
            if isWithinEpoch || digest == 0 { toDrop.append(key) } else { toGive.append(key) }
        }
        // The conflict log first: the server makes no entry anew that comes back. And the same order in every run.
        toGive.sort { ($0.collection, $0.record) < ($1.collection, $1.record) }
        toDrop.sort { ($0.collection, $0.record) < ($1.collection, $1.record) }
    }

    /// Takes the answer to a request: what was asked for is to be applied by the caller.
    mutating func take(_ answer: RepairAnswer, to request: RepairRequest) throws(ProtocolError) {
        guard answer.served > 0 || request.wanted.isEmpty, answer.served <= request.wanted.count else {
            throw ProtocolError(.invalid, at: 0, "the server was asked for records and deals with none")
        }
        given += request.given.count
        toGive.removeFirst(taken)
        taken = 0
        let old = toAsk.dropFirst(min(toAsk.count, Limits.wantsPerRequest))
        toAsk = Array(request.wanted.dropFirst(answer.served)) + old
        if request.isLast { hasGivenAll = true }
    }

    /// Whether a record here could not be read.
    func isDamaged(_ key: RecordKey) -> Bool { digests[key] == 0 }
}

extension AnswerApplication {
    /// A record of the server view, whole; nil where there is none.
    fileprivate func whole(_ key: RecordKey) throws -> RecordUpdate? {
        let local = try store.load(key.collection, key.record)
        return try view.load(key.collection, key.record, local: local)?.update(since: 0, for: .none)
    }

    /// Puts records right that differed.
    mutating func repair(_ answer: RepairAnswer, of healing: Healing) throws {
        for update in answer.updates {
            guard update.isWhole else { throw ProtocolError(.invalid, at: 0, "a repair needs the whole record") }
            let key = RecordKey(collection: update.collection, record: update.record)
            if healing.isDamaged(key) { try view.clear(key) }
            guard try apply(update) else { continue }
            if healing.isWithinEpoch { outcome.repairedRecords.append(key) }
        }
        for key in answer.removals {
            if healing.isDamaged(key) { try view.clear(key) }
            try leave(key)
        }
        try redact(answer.redactions)
        outcome.pulled += answer.updates.count
    }

    /// Ends a healing: what the server does not hold is dropped, and the replica stands where the server's list was made.
    mutating func finish(_ healing: Healing) throws {
        for key in healing.toDrop {
            if healing.isDamaged(key) { try view.clear(key) }
            try forget(key)
        }
        if replica.epoch != healing.into {
            replica.epoch = healing.into
            replica.cursor = healing.cursor ?? []
            (replica.isResync, replica.isFirstSync, replica.isDoubtful) = (false, false, false)
            try connection.execute("DELETE FROM _unconfirmed")
        }
        // The sum that was kept may be what was wrong.
        var digest: UInt64 = 0
        try view.scan { _, state in digest &+= state?.digest ?? 0 }
        replica.digest = digest
    }
}
