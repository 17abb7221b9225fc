import CentralServer
import OfflineClient
import SyncProtocol

/// What the oracle knew of the server when its records were backed up.
struct ModelBackup {
    let records: [RecordKey: ModelRecord]
    let dealt: [ReplicaID: [ModelDealt]]
    let escrow: [EscrowKey: ModelEscrow]
    let quarantine: [ModelKept]
    let served: [ReplicaID: Int64]
    let pushedIn: [Version: Int]
}

/// What the oracle knows of giving back.
struct ModelRestore {
    /// The versions that were pushed since the last restore.
    var pushed: Set<Version> = []
    /// The replicas that have given everything back since then, and those that may have.
    var given: Set<ReplicaID> = []
    var mayHaveGiven: Set<ReplicaID> = []
    /// The writes that came back: what they were in conflict with they met then.
    var back: Set<Version> = []
    /// The losers that an entry must hold once the request under way is dealt with.
    var losers: [Loser] = []

    struct Loser {
        let key: RecordKey
        let field: Int
        let value: [UInt8]
        /// The write that lost.
        ///
        /// Fields that go together lose as one, with the version of any of them.
        let versions: Set<Version>
    }
}

/// The centre's records go back in time, its accounts don't, and the devices give back what was lost.
///
/// What must be there after a lossy restore can be said exactly of the records: each is what the backup held, merged
/// with what was pushed and given since. It can't of the conflict log. An entry that nobody had pulled is lost for good,
/// and whether a write that is given back knew of another one is told by its writer's replica alone. So of giving back
/// it is asserted that
/// - no record or write that a device held before it began is missing at the server when the device is through (I1);
/// - a write that was lost and one that was pushed since with a base, neither of which knew of the other, leave an entry
///   that holds the loser (I2), and so do an edit and a deletion;
/// - an entry that is made then is about two writes neither of which knew of the other (I3), and one for what is let in
///   from a device that did not give back, about two neither of which names the other as its base.
/// Everything else, and all entries for pushes, is as exact as without a restore.
extension Simulation {
    func backUpOrRestoreCentre() throws {
        if let backup = centreBackup, restores < options.restores, random.chance(40) {
            // It takes its time.
            pass(1000)
            let (before, held) = (try centre.restore(backup.bytes), oracle.server)
            oracle.restore(backup.model)
            contest(held)
            adopted = adopted.filter { oracle.server[RecordKey(ConflictLog.number, $0.value)] != nil }
            restores += 1
            try noteEpoch()
            note("the centre is restored from its backup")
            try adopt(after: before)
            try checkCentre()
        } else {
            let model = ModelBackup(
                records: oracle.server, dealt: oracle.dealt, escrow: oracle.escrow, quarantine: oracle.quarantine,
                served: oracle.served, pushedIn: oracle.pushedIn)
            centreBackup = (try centre.backUp(), model)
            note("the centre is backed up")
        }
    }

    /// Lets people work, after a restore, on what it lost while those who could give it back have no link.
    private func contest(_ before: [RecordKey: ModelRecord]) {
        guard options.contests > 0 else { return }
        lost = oracle.server.filter { key, record in
            key.collection != ConflictLog.number && before[key] != record
        }.keys.sorted()
        for device in devices where random.chance(options.contests) {
            guard let view = oracle.devices[device.index]?.view else { continue }
            device.isCutOut = device.isCutOut || lost.contains { view[$0] != nil && view[$0] != oracle.server[$0] }
        }
    }

    /// Takes it into the model that the centre begins a new epoch.
    func noteEpoch() throws {
        oracle.epochs[try centre.storage.read { try $0.state().epoch }] = oracle.epochs.count
        // In each epoch a replica gives back once.
        (oracle.restored.given, oracle.restored.mayHaveGiven) = ([], [])
    }

    /// What a device gives back, and whether it may.
    func deal(with request: RepairRequest, _ answer: Message) throws {
        let dealt = oracle.dealt[request.replica] ?? []
        let isAtEnd = self.isAtEnd(request)
        let isBehind = Int(request.after) < dealt.count
        let isAhead = Int(request.after) > dealt.count
        switch answer {
        case .failure(let failure)
        where failure.code == .unavailable && hasOtherScope(request.replica, since: request.healing): break
        case .failure(let failure):
            let isRight = isAhead ? oracle.restored.mayHaveGiven.contains(request.replica) : !isAtEnd && !isBehind
            guard failure.code == .forked, isRight else {
                throw Violation("I7", "a device that gives back is turned away: \(failure)")
            }
        case .repairAnswer(let answer) where answer.epoch == request.into && request.givesBack:
            guard isAtEnd || isBehind || isAhead && !oracle.restored.given.contains(request.replica) else {
                throw Violation("I13", "a repair that contradicts what the centre has is answered")
            }
            try oracle.take(request, chains[Chain(after: request.after, hash: request.chain)])
        case .repairAnswer(let answer) where answer.epoch != request.into || !request.givesBack: break
        default: throw Violation("I12", "a repair is answered: \(answer)")
        }
    }

    /// After a healing: what the device held before is at the server, or something later.
    func checkHealed(_ device: Device, from place: Device.Place) throws {
        let after = try device.place()
        guard var model = oracle.devices[device.index] else { return }
        guard after.epoch != place.epoch, place.epoch != 0 else { return }
        note("device \(device.index) is through with giving back")
        model.unconfirmed = nil
        let before = model.before
        model.before = [:]
        oracle.devices[device.index] = model
        guard try centre.storage.read({ try $0.state().epoch }) == UInt32(after.epoch) else { return }
        for (key, record) in before.sorted(by: { $0.key < $1.key }) where !oracle.gone.contains(key) {
            guard let held = oracle.server[key], held.covers(record) else {
                let held = oracle.server[key]?.description ?? "nothing"
                throw Violation("I1", "device \(device.index) held \(record), the server has \(held)", key)
            }
        }
    }

    struct Chain: Hashable {
        let after: Int64
        let hash: UInt64
    }
}

extension Oracle {
    mutating func restore(_ backup: ModelBackup) {
        server = backup.records.filter { !gone.contains($0.key) }
        (dealt, escrow, quarantine, served) = (backup.dealt, backup.escrow, backup.quarantine, backup.served)
        pushedIn = backup.pushedIn
        redactAll()
        entries = entries.filter { about, _ in
            server.contains { key, record in key.collection == ConflictLog.number && record.isAbout(about) }
        }
        restored = ModelRestore()
    }

    /// Takes what a replica gives back: of each field the greater version.
    mutating func take(_ request: RepairRequest, _ acknowledged: [[UInt8]]?) throws {
        for update in request.given {
            let key = RecordKey(update.collection, update.record)
            if gone.contains(key) { continue }
            guard let given = ModelRecord.applying(update, to: nil).map({ redacted(key, $0) }) else { continue }
            if let held = server[key] { noteLosers(key, given, held, since: epochs[request.epoch] ?? 0) }
            restored.back.formUnion(given.fields.values.map(\.version))
            server[key] = server[key]?.merged(with: given) ?? given
        }
        guard request.isLast else { return }
        for change in request.escrowed {
            let key = EscrowKey(replica: request.replica, number: change.number)
            // It may be there still, from the time before the database enrolled again.
            let isThere = escrow.contains { other, kept in
                other == key
                    || other.number == key.number && officeOf[other.replica] == officeOf[key.replica]
                        && cleaned(kept.bytes) == cleaned(Array(change.bytes))
            }
            if isThere { continue }
            escrow[key] = ModelEscrow(bytes: Array(change.bytes))
            for (index, model) in devices where model.replica == request.replica {
                if model.escrowed[change.number] != nil { devices[index]?.escrowed[change.number] = request.replica }
            }
        }
        let known = dealt[request.replica] ?? []
        if request.after > known.count, let acknowledged {
            // The numbers and the chain are the giver's from now on, though a copy of it wrote others of these before.
            dealt[request.replica] = acknowledged.enumerated().map { index, bytes in
                index < known.count && known[index].bytes == bytes ? known[index] : ModelDealt(bytes: bytes)
            }
        }
        restored.given.insert(request.replica)
        restored.mayHaveGiven.insert(request.replica)
    }

    /// Which of two writes has to stand in an entry: one was lost and comes back, the other came since.
    ///
    /// - Parameter epoch: the giver's: what was pushed in a later one came since.
    private mutating func noteLosers(
        _ key: RecordKey, _ given: ModelRecord, _ held: ModelRecord, since epoch: Int
    ) {
        if key.collection == ConflictLog.number { return }
        let versions = Set(held.fields.values.map(\.version)).union([held.creation])
        // What stands in the place of an erased value is nobody's.
        for (field, lost) in given.fields
        where !rules.isBookkeeping(key.collection, field) && !redactions.contains(where: { $0.version == lost.version })
        {
            guard let other = held.fields[field], !versions.contains(lost.version), other.value != lost.value,
                !restored.back.contains(lost.version), !restored.pushed.contains(lost.version),
                other.version.replica != lost.version.replica, pushedIn[other.version] ?? 0 > epoch,
                other.version != held.creation, lost.version != given.creation
            else { continue }
            if isExcused(other.version, in: field, from: lost.version, key, since: epoch) { continue }
            let (loser, side) = other.version < lost.version ? (other, held) : (lost, given)
            let unit = rules.unit(key.collection, field).compactMap { side.fields[$0]?.version }
            restored.losers.append(
                ModelRestore.Loser(key: key, field: field, value: loser.value, versions: Set(unit)))
        }
        noteLosersToDeletions(key, given, held, since: epoch)
    }

    /// The same where one of the two writes deleted the record: the edit loses, whichever was first.
    private mutating func noteLosersToDeletions(
        _ key: RecordKey, _ given: ModelRecord, _ held: ModelRecord, since epoch: Int
    ) {
        let versions = Set(held.fields.values.map(\.version)).union([held.creation])
        func isLost(_ version: Version) -> Bool {
            !versions.contains(version) && !restored.back.contains(version) && !restored.pushed.contains(version)
                && !redactions.contains { $0.version == version }
        }
        func isNew(_ version: Version, _ field: Int, unlike lost: Version) -> Bool {
            version != held.creation && version.replica != lost.replica && pushedIn[version] ?? 0 > epoch
                && !isExcused(version, in: field, from: lost, key, since: epoch)
        }
        func add(_ field: Int, _ edit: ModelRecord.Field, _ versions: [Version]) {
            restored.losers.append(
                ModelRestore.Loser(key: key, field: field, value: edit.value, versions: Set(versions)))
        }
        if let deletion = given.fields[0], given.isDeleted, !held.isDeleted, isLost(deletion.version),
            deletion.version > held.fields[0]?.version ?? held.creation
        {
            for (field, edit) in held.fields.sorted(by: { $0.key < $1.key })
            where field != 0 && !rules.isBookkeeping(key.collection, field) {
                guard isNew(edit.version, field, unlike: deletion.version) else { continue }
                add(field, edit, rules.unit(key.collection, field).compactMap { held.fields[$0]?.version })
            }
        }
        guard let deletion = held.fields[0], held.isDeleted else { return }
        for (field, edit) in given.fields.sorted(by: { $0.key < $1.key })
        where field != 0 && !rules.isBookkeeping(key.collection, field) {
            guard edit.version != given.creation, isLost(edit.version),
                edit.version > held.fields[field]?.version ?? held.creation, held.value(field) != edit.value,
                isNew(deletion.version, 0, unlike: edit.version)
            else { continue }
            add(field, edit, [edit.version])
        }
    }

    /// Whether a write that came since needs no entry beside a lost one: one of the writers knew of the other, or what the
    /// later one stands on came back itself.
    private func isExcused(
        _ version: Version, in field: Int, from lost: Version, _ key: RecordKey, since epoch: Int
    ) -> Bool {
        let later = writes(version, key)
        // What stands on a record that its writer made since is taken for one that came back itself.
        let grounds = later.map { ground(of: $0, version, key, field, since: epoch) }
        return grounds.allSatisfy { $0 == .none || $0 >= lost } || later.contains { knew($0, of: lost, key, field) }
            || writes(lost, key).contains { knew($0.seen, of: version, in: field) }
    }

    /// Whether the writer of a write had seen another one, or what was written over its field by somebody who knew it.
    private func knew(_ write: ModelWrite, of lost: Version, _ key: RecordKey, _ field: Int) -> Bool {
        var waiting = [write]
        var looked: Set<Version> = []
        while let one = waiting.popLast() {
            if knew(one.seen, of: lost, in: field) { return true }
            for version in one.seen.versions where version > lost && looked.insert(version).inserted {
                waiting += writes(version, key).filter { $0.change.fields.contains { $0.field == field } }
            }
        }
        return false
    }

    /// What a write stands on in the end that was there before, or came back: its conflicts with what was lost were noted
    /// when these first met.
    ///
    /// Where its base is not its writer's own, or somebody else had written over that, nobody can tell any more what it
    /// stood on.
    private func ground(
        of write: ModelWrite, _ version: Version, _ key: RecordKey, _ field: Int, since epoch: Int
    ) -> Version {
        var (version, base) = (version, write.base(field))
        while let found = upon[version]?[field], pushedIn[found] ?? 0 > epoch, let below = writes(found, key).first {
            (version, base) = (found, below.base(field))
        }
        return base
    }

    private func writes(_ version: Version, _ key: RecordKey) -> [ModelWrite] {
        written[version.replica]?.values.filter {
            $0.change.time == version.time && $0.change.collection == key.collection && $0.change.record == key.id
        } ?? []
    }

    /// I2, of what was given back with the request that was just dealt with.
    mutating func checkLosers() throws {
        defer { restored.losers = [] }
        for loser in restored.losers {
            let isNoted = entries.contains { about, entry in
                about.record == loser.key && entry.losing.values[loser.field] == loser.value
                    && loser.versions.contains(about.losing)
            }
            if !isNoted {
                throw Violation("I2", "field \(loser.field): what lost when it came back stands in no entry", loser.key)
            }
        }
    }
}

extension ModelWrite {
    /// The version of a field that the writer named as its base.
    func base(_ field: Int) -> Version { change.base.version(of: field) }

    func wrote(_ field: Int) -> Bool { change.fields.contains { $0.field == field } }
}

extension ModelRecord {
    /// The record with what somebody else holds of it: of each field the greater version.
    func merged(with other: ModelRecord) -> ModelRecord {
        var merged = self
        merged.creation = max(creation, other.creation)
        for (field, written) in other.fields where merged.fields[field]?.gives(wayTo: written) ?? true {
            merged.fields[field] = written
        }
        for (field, written) in merged.fields {
            merged.fields[field]?.isLater = written.version != merged.creation
        }
        return merged
    }

    /// Whether all that another one holds is here, or something later.
    func covers(_ other: ModelRecord) -> Bool {
        creation >= other.creation
            && other.fields.allSatisfy { field, written in
                fields[field].map { $0.version >= written.version } ?? false
            }
    }

    /// Whether it is an entry of the conflict log about that.
    func isAbout(_ about: EntryKey) -> Bool {
        typealias Field = ConflictLog.Field
        return decoded(Field.collection) == .integer(Int64(about.record.collection))
            && decoded(Field.record) == .bytes(about.record.id.bytes)
            && decoded(Field.field) == .integer(Int64(about.field))
            && decoded(Field.losingTime) == .integer(Int64(bitPattern: about.losing.time.rawValue))
            && decoded(Field.losingReplica) == .integer(Int64(about.losing.replica.rawValue))
            && (decoded(Field.kind) == .text("soft")) == about.isSoft
    }
}
