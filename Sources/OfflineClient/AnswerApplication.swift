import SQLite
import SyncProtocol
import SyncStore

/// Applies one answer in one transaction: acknowledgement, refusals, page, cursor and digest.
struct AnswerApplication {
    struct Outcome {
        var pushed = 0
        var refused = 0
        var pulled = 0
        var newConflicts = 0
        var left = 0
        var escrowed = 0
        var acknowledged: Int64 = 0
        var written: Int64 = 0
        var startedResync = false
        /// The server's epoch, where the difference to it is to be found and put right.
        var differsFrom: UInt32?
        var repairedRecords: [RecordKey] = []
        /// Records of which something was erased.
        var redacted = 0
        /// Whether the database may hold traces of what was erased: of records that are here no more, too.
        var mustScrub = false
        var isAgreed = false
        var touched: Set<CollectionNumber> = []
    }

    let connection: Connection
    let store: RecordStore
    var view: ServerView
    var replica: ReplicaState
    var outcome = Outcome()

    init(_ connection: Connection, layout: StoreLayout) throws {
        self.connection = connection
        store = RecordStore(connection, layout: layout)
        view = ServerView(store, connection)
        replica = try ReplicaState.require(connection)
    }

    // MARK: Acknowledgement

    /// Whether this database still stands where it made a request, and no other process has synced meanwhile or stamped
    /// the changes that were sent anew.
    func isPlace(of request: SyncRequest) throws -> Bool {
        #if PlantedBugs
            if PlantedBug.answerMisplaced.isActive { return true }
        #endif
        return try replica.isAt(request) && view.pending.holds(request.changes, after: request.after)
    }

    /// Takes acknowledgement and refusals of the changes that a request sent.
    mutating func acknowledge(_ answer: SyncAnswer, of request: SyncRequest) throws {
        let lastNumber = replica.acknowledged + Int64(request.changes.count)
        guard answer.acknowledged >= replica.acknowledged, answer.acknowledged <= lastNumber else {
            throw ProtocolError(.invalid, at: 0, "the server acknowledges a change that was not sent")
        }
        // A server of another epoch deals with no changes before it was given back what it lost.
        let isOfOtherEpoch = replica.epoch != 0 && replica.epoch != answer.epoch
        guard answer.acknowledged > replica.acknowledged || lastNumber == replica.acknowledged || isOfOtherEpoch else {
            throw ProtocolError(.invalid, at: 0, "the server took changes without dealing with any")
        }
        func isDecision(_ refusal: Refusal) -> Bool { refusal.reason == .applied || refusal.reason == .dismissed }
        // A decision may be about the change of another copy of this database that has the number of one sent here.
        let refused = answer.refusals.filter { !isDecision($0) }
        let refusals = Dictionary(refused.map { ($0.number, $0) }) { first, _ in first }
        let dealtWith = request.changes.prefix(Int(answer.acknowledged - replica.acknowledged))
        let made = try view.untouchedCreations(after: replica.acknowledged, dealtWith)
        var number = replica.acknowledged
        var accepted = number + 1..<number + 1
        for bytes in dealtWith {
            number += 1
            let head = try ChangeHead(bytes)
            replica.acknowledgedChain = ChangeChain.next(after: replica.acknowledgedChain, bytes)
            // What is written after the clock was set right must come after what the server has dealt with.
            replica.seen = max(replica.seen, head.time)
            outcome.touched.insert(head.collection)
            if let refusal = refusals[number] {
                try view.pending.refuse(number, refusal.reason, field: refusal.field)
                #if PlantedBugs
                    if PlantedBug.refusedDropped.isActive { try view.pending.delete(number) }
                #endif
                if refusal.reason == .escrowed { outcome.escrowed += 1 } else { outcome.refused += 1 }
                continue
            }
            if let digest = made[number] {
                // The row is the server view as it stands.
                replica.digest &+= digest
                if accepted.upperBound != number {
                    try view.pending.delete(accepted)
                    accepted = number..<number
                }
                accepted = accepted.lowerBound..<number + 1
            } else {
                try accept(number, bytes)
            }
            outcome.pushed += 1
        }
        try view.pending.delete(accepted)
        for decision in answer.refusals where isDecision(decision) {
            try forget(decision.number)
        }
        replica.acknowledged = answer.acknowledged
        outcome.acknowledged = answer.acknowledged
        outcome.written = replica.number
    }

    /// Forgets a change that was in escrow, now that the centre has decided about it.
    private mutating func forget(_ number: Int64) throws {
        // The centre tells all copies of a database alike, and another one's change may have this number here.
        guard let pending = try view.pending.refused(number), pending.reason == .escrowed else { return }
        let (collection, record) = (pending.change.collection, pending.change.record)
        let local = try store.load(collection, record)
        let server = try view.load(collection, record, local: local)
        try view.pending.delete(number)
        outcome.touched.insert(collection)
        if local != nil { try view.set(server, collection, record, replica: replica.replica) }
    }

    /// Moves an acknowledged change into the server view.
    private mutating func accept(_ number: Int64, _ bytes: ArraySlice<UInt8>) throws {
        var reader = CBORReader(bytes)
        let change = try Change(from: &reader)
        let local = try store.load(change.collection, change.record)
        let before = try view.load(change.collection, change.record, local: local)
        try view.pending.delete(number)
        var after = before
        if after == nil, change.isCreation {
            after = RecordState(making: change, by: replica.replica)
        } else {
            after?.merge(change, by: replica.replica)
        }
        replica.digest &+= (after?.digest ?? 0) &- (before?.digest ?? 0)
        // Written before it was told here that the field was erased: the change's own bytes are to be overwritten.
        if let after, change.fields.contains(where: { after.erases($0) }) { try noteErasure() }
        try view.set(after, change.collection, change.record, local: local, replica: replica.replica)
    }

    // MARK: Page

    /// Takes the page, its cursor and the digest.
    ///
    /// - Parameters:
    ///   - asksForPage: whether the request asked for a page.
    mutating func pull(_ answer: SyncAnswer, asksForPage: Bool) throws {
        // Until the last page has come and its digest was compared, nobody knows.
        replica.isAgreed = false
        if replica.epoch != answer.epoch {
            guard replica.epoch == 0 else {
                // The cursor belongs to a database that is no more, and that may have held what this one lost.
                outcome.differsFrom = answer.epoch
                return
            }
            replica.epoch = answer.epoch
        }
        if answer.cursor.isEmpty, answer.hasMore, asksForPage, !replica.cursor.isEmpty {
            // The server has collected deleted records that were never told here: all is told again.
            try startResync()
            return
        }
        try view.lookWhetherQuiet()
        if replica.cursor.isEmpty, answer.hasMore, !replica.lacksIndexes, try store.isEmpty() {
            try store.layout.dropIndexes(connection)
            replica.lacksIndexes = true
        }
        if replica.cursor.isEmpty, asksForPage, replica.acknowledged > 0 || replica.isResync {
            // What was pushed before the first page may be out of scope since, or collected.
            if !replica.isResync { replica.isFirstSync = true }
            try expectAll()
        }
        for removal in answer.removals { try leave(removal) }
        for update in answer.updates {
            guard try apply(update) else {
                // A part of a record that is not here: something was lost on the way, so all is told again.
                try startResync()
                return
            }
        }
        // Only an answer to a request for no page may leave the cursor where it was and promise more.
        guard !answer.hasMore || !asksForPage || answer.cursor != replica.cursor else {
            throw ProtocolError(.invalid, at: 0, "the server promises more and tells nothing")
        }
        try redact(answer.redactions)
        #if PlantedBugs
            if PlantedBug.agreedOnEveryPage.isActive { replica.isAgreed = true }
        #endif
        outcome.pulled += answer.updates.count
        replica.cursor = answer.cursor
        guard !answer.hasMore else { return }
        if replica.lacksIndexes {
            try store.layout.makeIndexes(connection)
            replica.lacksIndexes = false
        }
        if replica.isResync { try finishResync() }
        guard let digest = answer.digest else { return }
        replica.isAgreed = digest == replica.digest
        outcome.isAgreed = replica.isAgreed
        if !replica.isAgreed { outcome.differsFrom = answer.epoch }
    }

    /// Drops a record that left this replica's scope; changes on top stay pending, to be kept in escrow by the centre.
    mutating func leave(_ key: RecordKey) throws {
        let local = try store.load(key.collection, key.record)
        let before = try view.load(key.collection, key.record, local: local)
        replica.digest &-= before?.digest ?? 0
        try view.drop(key.collection, key.record, local: local)
        if replica.isResync { try confirm(key.collection, key.record) }
        outcome.touched.insert(key.collection)
        if before != nil { outcome.left += 1 }
    }

    /// Applies an update; false where it needs a record that is not here.
    mutating func apply(_ update: RecordUpdate) throws -> Bool {
        if try insert(update) { return true }
        let local = try store.load(update.collection, update.record)
        let before = try view.load(update.collection, update.record, local: local)
        let after: RecordState
        if let whole = RecordState(update) {
            after = whole
        } else {
            guard var merged = before else { return false }
            for write in update.writes { merged.merge(write) }
            after = merged
        }
        #if PlantedBugs
            if PlantedBug.digestOfDeletes.isActive { if after.isDeleted { replica.digest &+= before?.digest ?? 0 } }
        #endif
        replica.digest &+= after.digest &- (before?.digest ?? 0)
        if replica.isResync {
            try confirm(update.collection, update.record)
            let isRepaired = !replica.isFirstSync && before.map { $0.digest != after.digest } ?? false
            if isRepaired { outcome.repairedRecords.append(after.key) }
        }
        took(after, isNew: before == nil)
        try view.set(after, update.collection, update.record, local: local, replica: replica.replica)
        return true
    }

    /// Stores a record of which nothing is here, in the usual case; false where it is another one, and nothing was done.
    private mutating func insert(_ update: RecordUpdate) throws -> Bool {
        guard view.isQuiet, !replica.isResync, let made = RecordState(update), !made.isDeleted,
            try !store.isAside(update.collection, update.record), let digest = try store.insert(made)
        else { return false }
        replica.digest &+= digest
        took(made, isNew: true)
        return true
    }

    private mutating func took(_ record: RecordState, isNew: Bool) {
        let greatest = record.versions.greatest.time
        replica.seen = max(replica.seen, greatest)
        replica.clock.observe(greatest)
        if record.collection == ConflictLog.number, isNew, !ConflictLog.isDecided(record) { outcome.newConflicts += 1 }
        outcome.touched.insert(record.collection)
    }

    // MARK: First sync again

    /// Lets the next request ask for everything anew, and notes what is here, to find what the server does not have.
    mutating func startResync() throws {
        replica.cursor = []
        replica.isAgreed = false
        replica.isFirstSync = false
        replica.isDoubtful = false
        outcome.startedResync = true
        try expectAll()
    }

    private mutating func expectAll() throws {
        replica.isResync = true
        try connection.execute("DELETE FROM _unconfirmed")
        for collection in store.layout.schema.collections {
            try connection.execute(
                "INSERT INTO _unconfirmed SELECT \(collection.number), id FROM \"\(collection.name)\"")
        }
        // Deleted ones among them: those that are not told again were collected.
        try connection.execute("INSERT OR IGNORE INTO _unconfirmed SELECT collection, id FROM _packed")
    }

    private func confirm(_ collection: CollectionNumber, _ record: RecordID) throws {
        let delete = try connection.statement("DELETE FROM _unconfirmed WHERE collection = ?1 AND record = ?2")
        try delete.bind(1, Int64(collection))
        try delete.bind(2, record)
        try delete.run()
    }

    /// Drops from the server view what the server did not tell of.
    private mutating func finishResync() throws {
        replica.isResync = false
        var left: [(CollectionNumber, RecordID)] = []
        let select = try connection.statement("SELECT collection, record FROM _unconfirmed")
        while try select.step() {
            if let id = RecordID(bytes: select.bytes(1)) { left.append((Int(select.int64(0)), id)) }
        }
        select.reset()
        if replica.isDoubtful { try requireThatNothingIsLost(left) }
        replica.isDoubtful = false
        try connection.execute("DELETE FROM _unconfirmed")
        for (collection, record) in left { try forget(RecordKey(collection: collection, record: record)) }
        replica.isFirstSync = false
    }

    /// Refuses to take a server for right that lacks what this replica was told before.
    ///
    /// Old records that somebody laid back by hand, without the command that restores them, look so.
    private func requireThatNothingIsLost(_ untold: [(CollectionNumber, RecordID)]) throws {
        let lost = try untold.filter { collection, record in
            let local = try store.load(collection, record)
            return try view.load(collection, record, local: local).map { !$0.isDeleted } ?? false
        }
        guard lost.isEmpty else {
            throw Failure(
                code: .behind, time: 0, detail: "the server lacks \(lost.count) record(s) that it told of before")
        }
    }

    /// Drops from the server view what the server does not hold.
    mutating func forget(_ key: RecordKey) throws {
        let local = try store.load(key.collection, key.record)
        guard let before = try view.load(key.collection, key.record, local: local) else { return }
        replica.digest &-= before.digest
        if replica.isFirstSync { outcome.left += 1 } else if !before.isDeleted { outcome.repairedRecords.append(key) }
        outcome.touched.insert(key.collection)
        if try view.pending.summary(of: key.collection, key.record).hasCreation {
            try view.set(nil, key.collection, key.record, replica: replica.replica)
        } else {
            // Nor does the row stay for a change on top: what is in it may be out of scope, or erased.
            try view.drop(key.collection, key.record, local: local)
        }
    }
}

extension RecordState {
    /// Whether a value gave way to an erasure: of a record's fields nobody else writes nulls as the centre.
    fileprivate func erases(_ written: FieldValue) -> Bool {
        let holder = versions.version(of: written.field).replica
        return holder == .centre && self[written.field].isNull && !written.value.isNull
    }
}
