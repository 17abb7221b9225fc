import SyncProtocol
import SyncStore

extension CentralServer {
    /// Takes what a replica gives back after a restore, and tells of the records that it asks for.
    func repair(_ request: RepairRequest, of device: DeviceEntry) throws -> Message {
        let number = try scopeNumber(of: device)
        func answer(_ snapshot: any CentralSnapshot) throws -> Message {
            let state = try snapshot.state()
            var answer = RepairAnswer()
            answer.epoch = state.epoch
            answer.time = environment.wallMilliseconds()
            guard request.into == state.epoch else { return .repairAnswer(answer) }
            guard try snapshot.replica(request.replica)?.device == device.id else {
                throw failure(.notEnrolled, "replica \(request.replica) is not this device's")
            }
            let reader = try reader(request.replica, scope: number, state, snapshot, healing: request.healing)
            try answer.tell(request, by: reader, snapshot)
            // The cursor that comes with a new epoch passes over what was told in the old one.
            if request.isLast { answer.redactions = try snapshot.redactions(after: 0) }
            return .repairAnswer(answer)
        }
        guard request.givesBack else {
            if request.into == request.epoch, !request.given.isEmpty { try mend(request.given) }
            return try storage.read(answer)
        }
        if request.isLast {
            try audit(
                .givenBack, "device \(device.id)", by: "device \(device.id)", "replica \(request.replica.rawValue)")
        }
        return try storage.write { transaction in
            let state = try transaction.state()
            if request.into == state.epoch {
                if let failure = try clockFailure(transaction) { throw failure }
                var application = try PushApplication(
                    transaction, schema: schema, wall: environment.wallMilliseconds(), catalogue)
                try application.takeBack(request, of: device)
                try application.finish()
            }
            return try answer(transaction)
        }
    }
}

extension RepairAnswer {
    /// Tells of the wanted records, as far as a page holds them.
    fileprivate mutating func tell(
        _ request: RepairRequest, by reader: Reader, _ snapshot: any CentralSnapshot
    ) throws {
        let given = Dictionary(
            request.given.map { (RecordKey(collection: $0.collection, record: $0.record), $0) },
            uniquingKeysWith: { $1 })
        var size = 0
        for key in request.wanted {
            if size >= Limits.pageBytes { break }
            served += 1
            guard let held = try snapshot.record(key.collection, key.record), try reader.sees(held.classNumber) else {
                removals.append(key)
                size += 24
                continue
            }
            if let given = given[key], RecordState(given)?.digestOfAll == held.state.digestOfAll { continue }
            guard let update = held.state.update(since: 0, for: .none) else { continue }
            updates.append(update)
            size += update.estimatedBytes
        }
    }
}

extension PushApplication {
    /// Takes what a replica knows the server to have held before it was restored.
    ///
    /// Its word is taken for it, also a second time: a copy of its database has the same number, and may know more.
    fileprivate mutating func takeBack(_ request: RepairRequest, of device: DeviceEntry) throws {
        guard var replica = try transaction.replica(request.replica), replica.device == device.id else {
            throw Failure(code: .notEnrolled, time: wall, detail: "replica \(request.replica) is not this device's")
        }
        guard writer.state.restoredFrom >= 0 else {
            throw Failure(code: .badCursor, time: wall, detail: "this server was never restored")
        }
        let isAt = request.after == replica.lastChange && request.chain == replica.chain
        let hasGiven = replica.givenBack == writer.state.epoch
        guard isAt || request.after < replica.lastChange || !hasGiven && request.after > replica.lastChange else {
            throw Failure(
                code: .forked, time: wall,
                detail:
                    "replica \(replica.number) gives back up to \(request.after), the server knows \(replica.lastChange)"
            )
        }
        // The giver may have missed several restores: what came after the first of them could not know what it gives.
        let place = min(writer.state.restoredFrom, try transaction.leastPlace(since: request.epoch) ?? Int64.max)
        for update in request.given { try takeBack(update, from: replica.number, lostSince: place) }
        guard request.isLast else { return }
        for change in request.escrowed { try takeBack(change, of: replica, device) }
        // One that is behind may have missed the last acknowledgement: its next push shows whether it goes on from there.
        #if PlantedBugs
            let isTakenOver = !PlantedBug.numbersForgotten.isActive
        #else
            let isTakenOver = true
        #endif
        if request.after > replica.lastChange, isTakenOver {
            replica.lastChange = request.after
            replica.chain = request.chain
        }
        replica.givenBack = writer.state.epoch
        try transaction.save(replica)
    }

    /// Merges a record that a replica gives back; not one that was deleted everywhere and collected.
    ///
    /// - Parameter place: where the order stood when what the giver knew began to be lost.
    private mutating func takeBack(
        _ update: RecordUpdate, from giver: ReplicaID, lostSince place: Int64
    ) throws {
        let update = redactions.cleaned(update)
        guard let told = RecordState(update, sequence: writer.next), told.fitsOnTheWire else { return }
        let given = try cleaned(told)
        let greatest = given.versions.greatest.time
        if writer.state.clock.isFromTheFuture(greatest, wall: wall) {
            throw Failure(code: .clock, time: wall, detail: "record \(update.record) is from the future")
        }
        writer.state.clock.observe(greatest)
        guard let held = try transaction.record(update.collection, update.record) else {
            if try transaction.isCollected(update.collection, update.record) { return }
            try noteGiven(update.writes, of: update, by: giver)
            try writer.insert(given, isGivenBack: true)
            return
        }
        #if PlantedBugs
            if PlantedBug.givenForgotten.isActive { return }
        #endif
        let lost = update.writes.filter { write in
            !held.state.versions.contains { $0.version == write.version }
        }
        // What came back before met then what it is in conflict with.
        let found = try lost.filter { try !transaction.isGiven($0.version, held.state.key, in: writer.state.epoch) }
            .flatMap { conflicts(of: $0, with: held.state, lostSince: place) }
        var merged = held.state
        if merged.merge(whole: update, sequence: writer.next), merged.fitsOnTheWire {
            try noteGiven(lost.filter { write in merged.carries(write.version) }, of: update, by: giver)
            try writer.replace(held, with: merged)
        }
        #if PlantedBugs
            if PlantedBug.givenConflictsSilent.isActive { return }
        #endif
        for conflict in found { try note(conflict) }
    }

    /// The conflicts of a lost write with those that came since it was lost, whose writers could not know of it.
    ///
    /// Conflicts among lost writes were found when these first came, and their entries come back by themselves. Nothing is
    /// noted for information: of a write to other fields no base tells whether its writer knew of this one.
    private func conflicts(
        of write: RecordUpdate.Write, with held: RecordState, lostSince place: Int64
    ) -> [Conflict] {
        func isUnseen(_ other: RecordVersions.Write) -> Bool {
            // What was given back names no base, and erasures are made again with a restore.
            other.sequence > place && other.base != .none && other.base < write.version
                && other.version.replica != write.version.replica && !held.shows(other, knew: write)
                && !redactions.has(other.version, of: held.key)
        }
        if redactions.has(write.version, of: held.key) { return [] }
        #if PlantedBugs
            if PlantedBug.givenDeletionsSilent.isActive, write.fields.first?.field == .deleted { return [] }
        #endif
        // Where a later write knew of this one, or was there before the restore, nothing is new; nor where it says the
        // same, as a copy's does.
        let contested = write.fields.filter { written in
            let other = held.versions.write(of: written.field)
            if held[written.field] == written.value { return false }
            return other.version < write.version || other.version > write.version && isUnseen(other)
        }
        // What goes together stands in an entry as a whole.
        let collection = schema[held.collection]
        let units = contested.map { collection?.unit(of: $0.field) ?? [$0.field] }
        let fields = write.fields.filter { written in units.contains { $0.contains(written.field) } }
        guard !fields.isEmpty, held.versions.later.contains(where: isUnseen) else { return [] }
        let seen = held.versions.later.map {
            Base.Seen(version: isUnseen($0) ? .none : $0.version, fields: $0.fields)
        }
        let change = Change(
            collection: held.collection, record: held.record, time: write.version.time, operator: write.operator,
            base: Base(seen: [Base.Seen(version: held.versions.creation.version, fields: [])] + seen), fields: fields)
        return ConflictDetection(
            change, by: write.version.replica, against: held, schema: collection
        ).conflicts().filter { $0.kind != .soft }
    }

    private func noteGiven(_ writes: [RecordUpdate.Write], of update: RecordUpdate, by giver: ReplicaID) throws {
        for write in writes {
            try transaction.note(
                GivenWrite(
                    epoch: writer.state.epoch, collection: update.collection, record: update.record,
                    version: write.version, giver: giver, at: wall))
        }
    }

    /// Keeps a change in escrow again, or lets its writer be told again what the centre decided.
    private mutating func takeBack(
        _ change: RepairRequest.Escrowed, of replica: ReplicaEntry, _ device: DeviceEntry
    ) throws {
        guard var entry = try transaction.escrow(replica.number, change.number) ?? claim(change, for: device) else {
            return try transaction.save(
                EscrowEntry(
                    replica: replica.number, number: change.number, device: device.id, office: device.office,
                    arrivedAt: wall, bytes: redactions.cleaned(bytes: change.bytes, by: replica.number)))
        }
        if entry.decision != nil {
            entry.sequence = takePlace()
            try transaction.save(entry)
        }
    }
}

extension RecordState {
    /// Lets a write that was made upon one of its own writer's, which came since a restore, stand on what that one stood on.
    ///
    /// Whether its writer knew of what the restore lost is told by what it had seen of others, and not by what it wrote
    /// itself since.
    ///
    /// - Parameters:
    ///   - version: of the write.
    ///   - held: the record before it.
    ///   - place: where the order stood at the restore.
    mutating func standOnRestored(_ version: Version, over held: RecordState, since place: Int64) {
        for write in versions.later where write.version == version {
            for field in write.fields {
                let below = held.versions.write(of: field)
                let isOwn = below.version.replica == version.replica && write.base.replica == version.replica
                guard isOwn, below.sequence > place, below.base != .none else { continue }
                var lowered = write
                lowered.base = below.base
                versions.set(field, to: lowered)
            }
        }
    }

    /// Whether what a writer wrote to the fields of another write, before some write of its, shows that it knew that one.
    ///
    /// The base of a field tells nothing of the others.
    fileprivate func shows(_ own: RecordVersions.Write, knew other: RecordUpdate.Write) -> Bool {
        versions.later.contains { write in
            write.version.replica == own.version.replica && write.version <= own.version
                && write.base == other.version
                && write.fields.contains { field in other.fields.contains { $0.field == field } }
        }
    }

    /// Whether a write is still visible in the record.
    fileprivate func carries(_ version: Version) -> Bool {
        versions.contains { $0.version == version }
    }
}
