import SyncProtocol
import SyncStore

/// Applies the pushes that share one transaction.
struct PushApplication {
    let transaction: any CentralTransaction
    let schema: Schema
    /// The server's wall clock, in milliseconds since 1970.
    let wall: Int64
    var writer: RecordWriter
    private let catalogue: ScopeCatalogue
    private let rules: CheckedRules?
    /// What comes in is cleaned of what was erased.
    let redactions: Redactions
    /// Where the order stood when these records were restored for the first time; nil for never.
    private let restoredFrom: Int64?
    private var offices: [ReplicaID: String] = [:]

    /// What became of one push.
    struct Outcome {
        var acknowledged: Int64
        var refusals: [Refusal] = []
        /// The records that changes made which had been dealt with before a healing ended.
        var madeBefore: [RecordKey] = []
        /// What was erased of what the refused changes wrote.
        var redactions: [Redaction] = []
    }

    init(_ transaction: any CentralTransaction, schema: Schema, wall: Int64, _ catalogue: ScopeCatalogue) throws {
        self.transaction = transaction
        self.schema = schema
        self.wall = wall
        self.catalogue = catalogue
        rules = try catalogue.rules(transaction).checked
        redactions = try Redactions(transaction)
        writer = try catalogue.writer(transaction)
        let place = writer.state.restoredFrom
        restoredFrom = place < 0 ? nil : min(place, try transaction.leastPlace(since: 0) ?? place)
    }

    /// Applies one push whole, or throws a ``Failure`` before anything of it is written.
    ///
    /// A repeated push is recognised by its numbers and their chain: what was dealt with is passed over.
    mutating func apply(_ request: SyncRequest, of device: DeviceEntry) throws -> Outcome {
        guard var replica = try transaction.replica(request.replica), replica.device == device.id else {
            throw Failure(code: .notEnrolled, time: wall, detail: "replica \(request.replica) is not this device's")
        }
        offices[replica.number] = device.office
        let scope = try transaction.office(device.office).flatMap { rules?.scope(of: $0) } ?? .everything
        let reader = Reader(
            replica: replica.number, number: 0, scope: scope, catalogue: catalogue, snapshot: transaction)
        // A retry is told again what was refused.
        var outcome = Outcome(
            acknowledged: replica.lastChange,
            refusals: try transaction.refusals(of: replica.number, after: request.after))
        #if PlantedBugs
            if PlantedBug.refusalsForgotten.isActive { outcome.refusals = [] }
        #endif
        let unknown = try Self.unknownChanges(of: request, replica, wall: wall)
        if PullCursor(told: request.cursor)?.isHealed == true {
            outcome.madeBefore = Self.made(by: request, before: unknown.count, without: outcome.refusals)
        }
        for pushed in unknown {
            if let change = Self.decoded(pushed.bytes) {
                if writer.state.clock.isFromTheFuture(change.time, wall: wall) {
                    // What lies before it stays applied; the next request begins with it and is told why.
                    if pushed.number > request.after + 1 { break }
                    throw Failure(code: .clock, time: wall, detail: "change \(pushed.number) is from the future")
                }
                if let (reason, field) = try apply(change, by: reader, size: pushed.bytes.count) {
                    outcome.refusals.append(Refusal(number: pushed.number, reason: reason, field: field))
                    if reason == .escrowed { try keepInEscrow(pushed, of: replica, device) }
                }
            } else {
                outcome.refusals.append(Refusal(number: pushed.number, reason: .malformed))
            }
            if let refusal = outcome.refusals.last, refusal.number == pushed.number {
                try transaction.save(refusal, of: replica.number)
            }
            replica.lastChange = pushed.number
            replica.chain = pushed.chain
        }
        replica.lastPush = wall
        replica.note(request, wall: wall, epoch: writer.state.epoch)
        #if PlantedBugs
            if PlantedBug.acknowledgedUnapplied.isActive {
                replica.lastChange = max(replica.lastChange, request.after + Int64(request.changes.count))
            }
        #endif
        outcome.acknowledged = replica.lastChange
        if !outcome.refusals.isEmpty, !redactions.isEmpty {
            outcome.redactions = erased(from: request, outcome.refusals)
        }
        try transaction.save(replica)
        return outcome
    }

    /// What was erased of what refused changes wrote: their writer may have been told of it before it wrote or pushed them.
    private func erased(from request: SyncRequest, _ refusals: [Refusal]) -> [Redaction] {
        let refused = refusals.map { Int($0.number - request.after - 1) }.filter(request.changes.indices.contains)
            .compactMap { Self.decoded(request.changes[$0]) }
        return redactions.all.filter { redaction in
            refused.contains { redaction.cleaned($0, by: request.replica) != $0 }
        }
    }

    /// Stores the state of the database; to be called once, after the last push.
    mutating func finish() throws { try writer.finish() }

    /// A replica whose change the centre itself lets in, whatever its scope.
    func forCentre(_ replica: ReplicaID) -> Reader {
        Reader(replica: replica, number: 0, scope: .everything, catalogue: catalogue, snapshot: transaction)
    }

    /// A place in the server's order for something that is no record.
    mutating func takePlace() -> Int64 {
        writer.state.sequence += 1
        return writer.state.sequence
    }

    private func keepInEscrow(_ pushed: Pushed, of replica: ReplicaEntry, _ device: DeviceEntry) throws {
        #if PlantedBugs
            if PlantedBug.escrowLost.isActive { return }
        #endif
        try transaction.save(
            EscrowEntry(
                replica: replica.number, number: pushed.number, device: device.id, office: device.office,
                arrivedAt: wall, bytes: redactions.cleaned(bytes: pushed.bytes, by: replica.number)))
    }

    // MARK: Numbers and chain

    private struct Pushed {
        let number: Int64
        /// The hash of the replica's chain after this change.
        let chain: UInt64
        let bytes: ArraySlice<UInt8>
    }

    /// The changes of a request that the server has not dealt with, once numbers and chain are shown to be right.
    private static func unknownChanges(
        of request: SyncRequest, _ replica: ReplicaEntry, wall: Int64
    ) throws -> [Pushed] {
        guard request.after <= replica.lastChange else {
            throw Failure(
                code: .behind, time: wall,
                detail: "replica \(replica.number) is at \(request.after), the server knows \(replica.lastChange)")
        }
        func check(_ number: Int64, _ chain: UInt64) throws {
            #if PlantedBugs
                if PlantedBug.chainUnchecked.isActive { return }
            #endif
            if number == replica.lastChange, chain != replica.chain {
                throw Failure(
                    code: .forked, time: wall,
                    detail: "replica \(replica.number): the server knows another change \(number)")
            }
        }
        var number = request.after
        var chain = request.chain
        try check(number, chain)
        var unknown: [Pushed] = []
        for bytes in request.changes {
            number += 1
            chain = ChangeChain.next(after: chain, bytes)
            #if PlantedBugs
                if PlantedBug.retryAppliedTwice.isActive {
                    unknown.append(Pushed(number: number, chain: chain, bytes: bytes))
                    continue
                }
            #endif
            if number > replica.lastChange {
                unknown.append(Pushed(number: number, chain: chain, bytes: bytes))
            } else {
                try check(number, chain)
            }
        }
        guard number >= replica.lastChange else {
            throw Failure(
                code: .forked, time: wall,
                detail: "replica \(replica.number) ends at \(number), the server knows \(replica.lastChange)")
        }
        return unknown
    }

    /// The decisions about conflicts that a request brings and that the server has not dealt with; none where its numbers
    /// or their chain are wrong.
    static func decisions(of request: SyncRequest, _ replica: ReplicaEntry, wall: Int64) -> [Change] {
        let unknown = (try? unknownChanges(of: request, replica, wall: wall)) ?? []
        return unknown.filter { isDecision($0.bytes) }.compactMap { decoded($0.bytes) }
    }

    /// Whether a change decides about a conflict, by the second byte of it alone, which is its collection.
    static func isDecision(_ change: ArraySlice<UInt8>) -> Bool {
        change.dropFirst().first == UInt8(ConflictLog.number)
    }

    /// Shows that a request without changes stands where the server does.
    static func check(_ request: SyncRequest, _ replica: ReplicaEntry, wall: Int64) throws {
        _ = try unknownChanges(of: request, replica, wall: wall)
    }

    /// The records that a request's changes make, but for the last ones and those that were refused.
    private static func made(
        by request: SyncRequest, before last: Int, without refusals: [Refusal]
    ) -> [RecordKey] {
        let refused = Set(refusals.map(\.number))
        return request.changes.dropLast(last).enumerated().compactMap { index, bytes in
            guard !refused.contains(request.after + Int64(index) + 1), let change = decoded(bytes), change.isCreation
            else { return nil }
            return RecordKey(collection: change.collection, record: change.record)
        }
    }

    static func decoded(_ bytes: ArraySlice<UInt8>) -> Change? {
        var reader = CBORReader(bytes)
        guard let change = try? Change(from: &reader), reader.isAtEnd else { return nil }
        return change
    }

    // MARK: One change

    /// Applies one change, or says why it is refused.
    mutating func apply(
        _ change: Change, by reader: Reader, size: Int
    ) throws -> (reason: Refusal.Reason, field: FieldNumber)? {
        let replica = reader.replica
        let collection = schema[change.collection]
        if let refusal = Self.ownership(of: change, collection) { return refusal }
        if size > Limits.recordBytes { return (.tooLarge, .deleted) }
        if let first = change.fields.first, first.field == .deleted, first.value != .true, first.value != .false {
            return (.wrongType, .deleted)
        }
        if let violation = collection?.violation(of: change.fields, isCreation: change.isCreation) { return violation }
        if let field = try unknownReference(in: change, collection) { return (.unknownReference, field) }
        #if PlantedBugs
            var change = redactions.cleaned(change, by: replica)
            if PlantedBug.unknownFieldsDropped.isActive, let collection {
                change.fields = FieldMap(
                    change.fields.filter { collection[$0.field] != nil || $0.field == .deleted })
            }
        #else
            let change = redactions.cleaned(change, by: replica)
        #endif
        if change.isCreation, try make(change, by: reader) { return nil }
        guard let held = try transaction.record(change.collection, change.record) else {
            // What was deleted everywhere and collected stays so, whoever made it once or twice.
            #if PlantedBugs
                let mayMake = PlantedBug.collectedMadeAgain.isActive
            #else
                let mayMake = false
            #endif
            guard change.isCreation, try mayMake || !transaction.isCollected(change.collection, change.record) else {
                return (.unknownRecord, .deleted)
            }
            let made = try cleaned(RecordState(making: change, by: replica, sequence: writer.next))
            let classNumber = try writer.classNumber(of: made)
            let follows = writer.parent(of: made) != nil
            if let refusal = try Self.outOfScope(change, classNumber, held: nil, reader, follows: follows) {
                return refusal
            }
            writer.state.clock.observe(change.time)
            try writer.insert(made, classNumber: classNumber)
            return nil
        }
        if let refusal = try Self.outOfScope(change, held.classNumber, held: held.state, reader, follows: true) {
            return refusal
        }
        if let parent = writer.newParent(of: held.state, by: change), try !reader.sees(parent) {
            return (.escrowed, .deleted)
        }
        writer.state.clock.observe(change.time)
        #if PlantedBugs
            if PlantedBug.secondCreationIgnored.isActive, change.isCreation { return nil }
        #endif
        let conflicts = ConflictDetection(change, by: replica, against: held.state, schema: collection).conflicts()
        var merged = held.state
        #if PlantedBugs
            let isKept = PlantedBug.sequenceKept.isActive
            let sequence = isKept ? held.state.versions.creation.sequence : writer.next
        #else
            let sequence = writer.next
        #endif
        let isMerged = merged.merge(change, by: replica, sequence: sequence)
        if let restoredFrom {
            let version = Version(time: change.time, replica: replica)
            merged.standOnRestored(version, over: held.state, since: restoredFrom)
        }
        // Who makes a record that is there was never told of it: all of it is news, to this replica too.
        if change.isCreation { merged.versions.tellAgain(at: sequence) }
        if isMerged || change.isCreation {
            guard merged.fitsOnTheWire else { return (.tooLarge, .deleted) }
            try writer.replace(held, with: merged)
        }
        for conflict in conflicts { try note(conflict) }
        return nil
    }

    /// Stores the record that a change makes, in the usual case: nothing of it is here, and it is in the writer's scope.
    ///
    /// It is not looked for first: the index that finds it is the one that refuses a second.
    ///
    /// - Returns: false for any other case; nothing was changed then.
    private mutating func make(_ change: Change, by reader: Reader) throws -> Bool {
        guard try !transaction.isAside(change.collection, change.record) else { return false }
        let made = try cleaned(RecordState(making: change, by: reader.replica, sequence: writer.next))
        if made.isDeleted { return false }
        let classNumber = try writer.classNumber(of: made)
        guard try Self.outOfScope(change, classNumber, held: nil, reader, follows: false) == nil,
            try writer.insert(made, classNumber: classNumber)
        else { return false }
        writer.state.clock.observe(change.time)
        return true
    }

    /// The centre alone writes reference data and conflict entries; of an entry, others write the decision.
    private static func ownership(
        of change: Change, _ collection: CollectionSchema?
    ) -> (reason: Refusal.Reason, field: FieldNumber)? {
        if collection?.isReference == true { return (.readOnly, .deleted) }
        guard change.collection == ConflictLog.number else { return nil }
        if change.isCreation { return (.readOnly, .deleted) }
        let decision = ConflictLog.collection.unit(of: ConflictLog.Field.state)
        return change.fields.first { !decision.contains($0.field) }.map { (.readOnly, $0.field) }
    }

    /// Why a change to a record of that class is kept from being applied; nil where the scope allows it.
    ///
    /// - Parameters:
    ///   - held: the record as it is; nil where the change makes it.
    ///   - follows: whether the record, or the one that it follows, is there and may have left the scope.
    private static func outOfScope(
        _ change: Change, _ classNumber: Int64, held: RecordState?, _ reader: Reader, follows: Bool
    ) throws -> (reason: Refusal.Reason, field: FieldNumber)? {
        #if PlantedBugs
            if PlantedBug.outOfScopeApplied.isActive { return nil }
        #endif
        guard try reader.sees(classNumber) else { return follows ? (.escrowed, .deleted) : (.readOnly, .deleted) }
        return try reader.firstReadOnly(change, classNumber, held: held).map { (.readOnly, $0) }
    }

    private func unknownReference(in change: Change, _ collection: CollectionSchema?) throws -> FieldNumber? {
        #if PlantedBugs
            if PlantedBug.referencesUnchecked.isActive { return nil }
        #endif
        for field in collection?.references ?? [] {
            guard let target = field.reference, let number = schema[target]?.number,
                case .bytes(let bytes) = change.fields.value(of: field.number)?.form
            else { continue }
            guard let id = RecordID(bytes: bytes), try transaction.hasRecord(number, id) else { return field.number }
        }
        return nil
    }

    /// A record that comes in whole, with nulls for what was erased of it.
    mutating func cleaned(_ record: RecordState) throws -> RecordState {
        let sequence = writer.next
        return try redactions.cleaned(record, sequence: sequence) {
            RecordVersions.Write(
                version: Version(time: writer.state.clock.tick(wall: wall), replica: .centre), sequence: sequence)
        }
    }

    // MARK: Conflict log

    mutating func note(_ conflict: Conflict) throws {
        #if PlantedBugs
            let conflict = PlantedBug.sidesSwapped.isActive ? conflict.swapped : conflict
        #endif
        guard try transaction.record(ConflictLog.number, conflict.id) == nil else { return }
        let write = RecordVersions.Write(
            version: Version(time: writer.state.clock.tick(wall: wall), replica: .centre), sequence: writer.next)
        let losing = try office(of: conflict.losing.version.replica)
        let winning = try office(of: conflict.winning.version.replica)
        let entry = try ConflictLog.entry(
            conflict, losingOffice: losing, winningOffice: winning, at: wall, write: write)
        try writer.insert(entry)
    }

    private mutating func office(of replica: ReplicaID) throws -> String {
        if let known = offices[replica] { return known }
        let device = try transaction.replica(replica).flatMap { try transaction.device($0.device) }
        offices[replica] = device?.office ?? ""
        return device?.office ?? ""
    }
}

extension RecordState {
    /// Whether the record can be told whole: many changes that each keep to the limits can make one that does not.
    var fitsOnTheWire: Bool {
        let later = versions.later.reduce(0) { $0 + $1.fields.count }
        let bytes = values.reduce(0) { $0 + $1.value.bytes.count }
        return values.count + later <= Limits.fieldsPerRecord && bytes <= Limits.recordBytes
    }
}
