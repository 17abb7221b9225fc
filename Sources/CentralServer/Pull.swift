import SyncProtocol
import SyncStore

/// Where a replica stands in the server's order.
///
/// To the replica it is opaque.
struct PullCursor: Equatable {
    /// Every record whose last change lies up to here was looked at.
    var sequence: Int64
    /// Every write up to here is known.
    ///
    /// It stays where it was while pages follow one another: a record comes up where its last change is, and its earlier
    /// ones with it.
    var known: Int64
    /// During a first sync: what was deleted up to here is left out.
    ///
    /// It is the place where the order ended when the sync began, or 0 for a replica that may have deleted records. Until
    /// the replica has caught up, records are sent whole whoever wrote them.
    var firstSyncFrom: Int64?
    /// During a first sync: where the order ended when it began.
    ///
    /// What was deleted later may have been told alive.
    var began: Int64 = 0
    /// The numbers of the scopes that the replica has had since it knew everything, each once, the last the newest.
    var scopes: [Int64] = []
    /// Whether all redactions are to be told with the next last page: the place was reached by a healing, and what was
    /// pending then may have been refused since.
    var isHealed = false

    /// - Parameter skipsDeleted: whether a sync that begins with an empty cursor leaves out what is deleted by now.
    /// - Throws: ``UnknownCursor`` for what this server did not give out.
    init(_ bytes: [UInt8], state: CentralState, skipsDeleted: Bool) throws(UnknownCursor) {
        if bytes.isEmpty {
            sequence = 0
            known = 0
            firstSyncFrom = skipsDeleted ? state.sequence : 0
            began = state.sequence
            return
        }
        guard let told = PullCursor(told: bytes), told.sequence <= state.sequence, told.known <= state.sequence else {
            throw UnknownCursor()
        }
        self = told
    }

    /// The cursor of a replica that has everything up to a place that a scope lets it see.
    init(after sequence: Int64, scope: Int64) {
        self.sequence = sequence
        known = sequence
        scopes = [scope]
        isHealed = true
    }

    /// What a cursor's bytes say; nil for none and for what is no cursor.
    init?(told bytes: [UInt8]) {
        guard bytes.count <= Limits.cursorBytes else { return nil }
        var numbers: [Int64] = []
        var position = 0
        while position < bytes.count {
            guard let number = try? Varint.read(bytes[...], &position, limit: UInt64(Limits.number)) else { return nil }
            numbers.append(Int64(number))
        }
        // The first number tells which of the others there are.
        guard let form = numbers.first, form <= 15 else { return nil }
        let rest = Array(numbers.dropFirst())
        let scopesAt = 1 + Int(form & 1) + Int(form >> 1 & 1) + Int(form >> 3 & 1)
        guard rest.count >= scopesAt else { return nil }
        sequence = rest[0]
        known = form & 1 != 0 ? rest[1] : sequence
        began = form & 8 != 0 ? rest[scopesAt - 1] : 0
        firstSyncFrom = form & 2 != 0 ? rest[1 + Int(form & 1)] : nil
        isHealed = form & 4 != 0
        // Whoever always saw everything needs no word about it.
        scopes = rest.count == scopesAt ? [0] : Array(rest[scopesAt...])
    }

    /// Every deletion up to here is known to its holder, or was before all that it was told.
    var deletionsThrough: Int64 { firstSyncFrom == nil ? known : max(sequence, began) }

    /// Up to where its holder was told everything that its scope of now lets it see.
    var everythingThrough: Int64 { min(sequence, known) }

    var encoded: [UInt8] {
        var bytes: [UInt8] = []
        func append(_ number: Int64) { Varint.append(UInt64(number), to: &bytes) }
        append((known != sequence ? 1 : 0) | (firstSyncFrom == nil ? 0 : 2) | (isHealed ? 4 : 0) | (began == 0 ? 0 : 8))
        append(sequence)
        if known != sequence { append(known) }
        if let firstSyncFrom { append(firstSyncFrom) }
        if began != 0 { append(began) }
        if scopes != [0] { for scope in scopes { append(scope) } }
        return bytes
    }

    /// Goes on for a scope; if it is another one than before, all records are looked at anew.
    ///
    /// What the replica holds and keeps is not sent again: only what its old scopes and its new one treat differently.
    mutating func enter(_ scope: Int64) {
        if scopes.last == scope { return }
        if !scopes.isEmpty { sequence = 0 }
        scopes.removeAll { $0 == scope }
        scopes.append(scope)
    }
}

/// This server gave out no such cursor: what its holder kept is damaged, or this server lost what it told.
struct UnknownCursor: Error {}

/// Fills the page of an answer from a snapshot.
struct PullPage {
    private(set) var updates = EncodedUpdates()
    private(set) var removals: [RecordKey] = []
    private(set) var cursor: PullCursor
    private(set) var hasMore = false

    private let reader: Reader
    private let start: PullCursor
    /// The scopes that the replica had since its cursor was made, the one of now included.
    private let scopes: [Scope]
    /// The classes that each record left since.
    private let left: [RecordKey: [Int64]]
    /// The records to which the centre let in changes of the replica since: it does not have them as its own.
    private let letIn: Set<RecordKey>
    /// Tells what came otherwise than by its writer's pushes; nil where nothing did.
    private let given: (snapshot: any HealingSnapshot, epoch: UInt32)?
    /// Whether the replica ever pushed: then it may hold, by its acknowledgement alone, what it was never told.
    private let hasPushed: Bool

    init(
        _ snapshot: any CentralSnapshot, state: CentralState, from cursor: PullCursor, for reader: Reader,
        letIn: Set<RecordKey>, hasPushed: Bool, pageBytes: Int
    ) throws {
        var cursor = cursor
        cursor.enter(reader.number)
        self.cursor = cursor
        self.reader = reader
        self.letIn = letIn
        self.hasPushed = hasPushed
        start = cursor
        let hasNews = cursor.sequence < state.sequence
        let mayBeGiven = try hasNews && (state.restoredFrom >= 0 || snapshot.wasInQuarantine(reader.replica))
        given = mayBeGiven ? (snapshot, state.epoch) : nil
        scopes = try cursor.scopes.map { number in
            guard let scope = try reader.catalogue.scope(number, snapshot) else { throw UnknownCursor() }
            return scope
        }
        let hasRules = scopes.contains { !$0.isEverything }
        left =
            hasRules
            ? Dictionary(
                grouping: try snapshot.moves(after: max(cursor.known, cursor.firstSyncFrom ?? 0)),
                by: { RecordKey(collection: $0.collection, record: $0.record) }
            ).mapValues { $0.map(\.from) } : [:]
        var reached = start.sequence
        // A first sync fills its pages: else their memory would grow step by step, and be copied with each.
        var updates = EncodedUpdates(capacity: start.firstSyncFrom == nil ? 0 : pageBytes + (16 << 10))
        var (removals, hasMore) = ([RecordKey](), false)
        if start.sequence < state.sequence {
            // Of a busy office most rows are its own, and of a province most are another office's.
            let readsMost = start.firstSyncFrom != nil && !hasRules
            try snapshot.scan(after: start.sequence, readsMost: readsMost) { row in
                guard updates.byteCount + 24 * removals.count < pageBytes else {
                    hasMore = true
                    return false
                }
                reached = row.sequence
                if let removal = try tell(row, in: &updates) { removals.append(removal) }
                return true
            }
        }
        (self.updates, self.removals, self.hasMore) = (updates, removals, hasMore)
        #if PlantedBugs
            if PlantedBug.cursorTooFar.isActive, hasMore { reached += 1 }
            if PlantedBug.pageWithoutCursor.isActive, hasMore { reached = state.sequence }
        #endif
        self.cursor.sequence = hasMore ? reached : state.sequence
        if !hasMore {
            self.cursor.known = self.cursor.sequence
            self.cursor.firstSyncFrom = nil
            self.cursor.began = 0
            self.cursor.isHealed = false
            self.cursor.scopes = [reader.number]
        }
    }

    /// Tells the replica what it does not know of a record.
    ///
    /// - Returns: the record where it is to go instead.
    private func tell(_ row: any ScannedRow, in updates: inout EncodedUpdates) throws -> RecordKey? {
        guard scopes.contains(where: { !$0.isEverything }) else {
            try update(row, isHeld: start.firstSyncFrom == nil && !isLetIn(row), in: &updates)
            return nil
        }
        let classNumber = try row.classNumber()
        #if PlantedBugs
            var isVisible = try reader.sees(classNumber)
            if PlantedBug.scopeOfOldValue.isActive, let old = try left[rowKey(row)]?.first {
                isVisible = try reader.sees(old)
            }
        #else
            let isVisible = try reader.sees(classNumber)
        #endif
        // Most records of a province are another office's, and were so before.
        let isPushed = try !isVisible && isPushed(row)
        if !isVisible, !isPushed, left.isEmpty, scopes.count == 1 { return nil }
        let key = try rowKey(row)
        let holding = try Holding(
            scopes: scopes, classes: (left[key] ?? []) + [classNumber], reader.catalogue, reader.snapshot)
        if isVisible {
            #if PlantedBugs
                if PlantedBug.enteredInPart.isActive {
                    try update(row, isHeld: true, in: &updates)
                    return nil
                }
            #endif
            let isHeld = try holding.isCertain && start.firstSyncFrom == nil && !isLetIn(row)
            try update(row, isHeld: isHeld, in: &updates)
            return nil
        }
        #if PlantedBugs
            if PlantedBug.removalUntold.isActive { return nil }
        #endif
        return holding.isPossible || isPushed ? key : nil
    }

    /// Whether the replica pushed a write of a record beyond its cursor: perhaps in a scope that no cursor tells of, since
    /// the rules changed again before it was answered.
    private func isPushed(_ row: any ScannedRow) throws -> Bool {
        guard hasPushed, row.sequence > start.known else { return false }
        return try row.versions().contains {
            $0.sequence > start.known && $0.version.replica == reader.replica
        }
    }

    private func isLetIn(_ row: any ScannedRow) throws -> Bool {
        #if PlantedBugs
            if PlantedBug.letInUntold.isActive { return false }
        #endif
        return try !letIn.isEmpty && letIn.contains(rowKey(row))
    }

    /// Whether one of the replica's own writes that are new came otherwise than by its pushes: perhaps a copy of its
    /// database made it, under its number, before a restore lost that or when it was revoked.
    private func isGiven(_ row: any ScannedRow, _ versions: RecordVersions) throws -> Bool {
        guard let given else { return false }
        return try versions.contains { write in
            guard write.sequence > start.known, write.version.replica == reader.replica else { return false }
            return try given.snapshot.isGiven(write.version, rowKey(row), in: given.epoch)
        }
    }

    /// Whether the replica edited a record before it made it: it had none to apply these edits to when they were
    /// acknowledged.
    private func isMadeAfterwards(_ versions: RecordVersions) -> Bool {
        let made = versions.creation
        return made.version.replica == reader.replica && made.sequence > start.known
            && versions.later.contains { $0.version < made.version && $0.version.replica == reader.replica }
    }

    /// Whether the replica brought a record back that it had not been told of: it may have none to bring back.
    private func isBroughtBack(_ row: any ScannedRow, _ versions: RecordVersions) throws -> Bool {
        let mayBe = versions.later.contains {
            $0.version.replica == reader.replica && $0.sequence > start.known && $0.base == .none
                && $0.fields.contains(.deleted)
        }
        return try mayBe && !row.record().state.isDeleted
    }

    private func rowKey(_ row: any ScannedRow) throws -> RecordKey {
        let (collection, record) = try row.key()
        return RecordKey(collection: collection, record: record)
    }

    /// Tells of a record in the scope, where the replica does not know all of it.
    ///
    /// - Parameter isHeld: whether the replica holds the record up to its cursor.
    private func update(_ row: any ScannedRow, isHeld: Bool, in updates: inout EncodedUpdates) throws {
        var isHeld = isHeld
        let versions = try row.versions()
        if isHeld {
            #if PlantedBugs
                if PlantedBug.ownRecordsSkipped.isActive, versions.creation.version.replica == reader.replica {
                    return
                }
            #endif
            isHeld = try !isGiven(row, versions) && !isMadeAfterwards(versions) && !isBroughtBack(row, versions)
        }
        let replica = isHeld ? reader.replica : .none
        // Whether it is deleted is seen when it is read; only what is alive is written from where it lies.
        switch versions.news(since: start.known, for: replica, isDeleted: false) {
        // Most rows of a busy office are its own: they are passed over before their values are read.
        case .nothing: return
        case .whole: if try row.append(versions, to: &updates) { return }
        case .writes: break
        }
        let record = try row.record().state
        #if PlantedBugs
            if PlantedBug.deletesUntold.isActive, start.firstSyncFrom != nil, record.isDeleted { return }
        #endif
        if let start = start.firstSyncFrom, record.isDeleted,
            record.versions.write(of: .deleted).sequence <= start
        {
            return
        }
        if let update = record.update(since: start.known, for: replica) { updates.append(update) }
    }
}
