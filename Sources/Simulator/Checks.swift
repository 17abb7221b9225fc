import CentralServer
import OfflineClient
import SQLite
import SyncProtocol

/// Compares what the databases hold with what the oracle says.
extension Simulation {
    /// Takes the conflict entries that the centre made into the model, and compares what changed.
    ///
    /// - Parameters:
    ///   - mayGiveBack: whether a device gave back, after which an entry that is just may be there.
    ///   - isLetIn: whether the centre let in, after a restore, what a device had not given back first; the same then.
    func adopt(after sequence: Int64, mayGiveBack: Bool = false, isLetIn: Bool = false) throws {
        let mayBeJust = mayGiveBack || isLetIn
        let changed = try centre.records(after: sequence).sorted { $0.key < $1.key }
        for (key, state) in changed { try checkTimes(key, state) }
        for (key, state) in changed where key.collection == ConflictLog.number && oracle.server[key] != nil {
            try adoptAgain(key, state, mayGiveBack)
        }
        for (key, state) in changed {
            if key.collection == ConflictLog.number, oracle.server[key] == nil {
                let (about, entry) = try ModelEntry.read(state)
                if oracle.entries[about] == nil, mayBeJust, oracle.isJust(entry, isLetIn: isLetIn) {
                    oracle.entries[about] = entry
                }
                guard let expected = oracle.entries[about] else {
                    throw Violation("I3", "there must be no entry \(about): \(entry)", about.record)
                }
                guard entry.says(expected), adopted[about] == nil else {
                    throw Violation("I2", "entry \(about) is \(entry), must be \(expected)", about.record)
                }
                note("entry \(entry.kind) \(about)")
                adopted[about] = key.id
                oracle.server[key] = ModelRecord(state)
            }
            try compare(key, ModelRecord(state), oracle.server[key], "the centre")
        }
        if adopted.count != oracle.entries.count, let lost = oracle.entries.first(where: { adopted[$0.key] == nil }) {
            throw Violation("I2", "there is no entry \(lost.key): \(lost.value)", lost.key.record)
        }
    }

    /// I11: nothing that the centre holds is from the future.
    private func checkTimes(_ key: RecordKey, _ state: RecordState) throws {
        let versions = [state.versions.creation.version] + state.versions.later.map(\.version)
        guard let last = versions.max(), last.time.milliseconds > centre.clock.now + Oracle.mostAhead else { return }
        throw Violation("I11", "the centre holds a write of \(last), and its clock is at \(centre.clock.now)", key)
    }

    /// Takes an entry that came back into the model.
    ///
    /// It may have been made anew before, with another winner: then that is merged with what came back.
    private func adoptAgain(_ key: RecordKey, _ state: RecordState, _ mayGiveBack: Bool) throws {
        let (about, entry) = try ModelEntry.read(state)
        let record = ModelRecord(state)
        guard let held = oracle.server[key] else { return }
        let isMadeAnew = mayGiveBack && record.covers(held) && oracle.isJust(entry, isLetIn: false)
        if held != record, try isMadeAnew || isErased(key, record, held, about) { oracle.server[key] = record }
        if adopted[about] != nil { return }
        if oracle.entries[about] == nil { oracle.entries[about] = entry }
        adopted[about] = key.id
        note("entry \(about) is back")
    }

    /// Whether an entry is what it was but for the values that were erased.
    private func isErased(
        _ key: RecordKey, _ record: ModelRecord, _ held: ModelRecord, _ about: EntryKey
    ) throws -> Bool {
        guard oracle.redactions.contains(where: { $0.key == about.record }), record.covers(held) else { return false }
        typealias Field = ConflictLog.Field
        var rest = record
        for (values, time, replica) in [
            (Field.losingValues, Field.losingTime, Field.losingReplica),
            (Field.winningValues, Field.winningTime, Field.winningReplica),
        ] {
            let version = held.version(time, replica)
            let before = ModelEntry.Side(version: version, values: held.values(values))
            guard record.values(values) == oracle.cleaned(before, about).values else { return false }
            rest.fields[values] = held.fields[values]
        }
        return rest == held
    }

    /// Compares the whole of the centre's database.
    func checkCentre() throws {
        let records = try centre.records(after: 0)
        for key in Set(records.keys).union(oracle.server.keys).sorted() {
            try compare(key, records[key].map { ModelRecord($0) }, oracle.server[key], "the centre")
        }
        let digest = records.values.reduce(UInt64(0)) { $0 &+ $1.digest }
        let stored = try centre.storage.read { try $0.state().digest }
        guard digest == stored else { throw Violation("I5", "the centre's digest is \(stored), must be \(digest)") }
        try checkEscrow()
        try checkQuarantine()
    }

    private func compare(_ key: RecordKey, _ has: ModelRecord?, _ must: ModelRecord?, _ who: String) throws {
        guard has == must else {
            throw Violation(
                "I1", "\(who) has \(has?.description ?? "nothing"), must have \(must?.description ?? "nothing")", key)
        }
    }

    /// Takes what a device wrote into the model.
    ///
    /// - Parameter dropsRefused: whether the action may have given up changes that the server refused.
    func register(_ device: Device, dropsRefused: Bool = false) throws {
        guard var model = oracle.devices[device.index] else { return }
        let rows = try device.pending()
        for row in rows where row.number > model.number {
            guard row.number == model.number + 1, let change = Self.change(row.bytes[...]) else {
                throw Violation("I12", "device \(device.index): change \(row.number) comes after \(model.number)")
            }
            model.number = row.number
            let key = RecordKey(change.collection, change.record)
            if !known.contains(key) { known.append(key) }
            // Whoever makes a record sees none there, whatever stood there before it left the scope.
            var seen = change.isCreation ? ModelSeen() : model.seen[key] ?? ModelSeen()
            // Of a record that it holds no more, it names no base: what it wrote under another number is another's then.
            if change.base.version(of: .deleted) == .none { seen = seen.without(model.former) }
            let write = ModelWrite(change: change, bytes: row.bytes, seen: seen)
            model.pending[row.number] = write
            keep(write, of: model.replica)
            note("device \(device.index) writes \(row.number): \(Self.text(change))")
        }
        if dropsRefused {
            let left = Set(rows.map(\.number))
            model.refused = model.refused.filter { left.contains($0.key) }
        }
        oracle.devices[device.index] = model
        try check(device)
    }

    private func keep(_ write: ModelWrite, of replica: ReplicaID) {
        if oracle.written[replica]?[write.bytes] != nil { return }
        if oracle.written[replica]?.values.contains(where: { $0.change.time == write.change.time }) == true {
            oracle.twins.insert(Version(time: write.change.time, replica: replica))
        }
        oracle.written[replica, default: [:]][write.bytes] = write
    }

    /// Takes a device's new replica number into the model: what it has not got acknowledged is written anew as that one.
    func renumbered(_ device: Device) throws {
        guard var model = oracle.devices[device.index] else { return }
        model.former.insert(model.replica)
        model.replica = device.replica
        model.isAgreed = false
        model.isBetweenNumbers = false
        model.beginAgain()
        for write in model.pending.values { keep(write, of: device.replica) }
        oracle.devices[device.index] = model
        note("device \(device.index) is replica \(device.replica) from now on")
    }

    /// Takes the new stamps of a device's changes into the model.
    ///
    /// Nothing else about them may differ.
    func restamped(_ device: Device) throws {
        guard var model = oracle.devices[device.index] else { return }
        for row in try device.pending() where !row.isRefused {
            guard var old = model.pending[row.number], let change = Self.change(row.bytes[...]) else { continue }
            old.change.time = change.time
            guard old.change == change else {
                throw Violation("I12", "device \(device.index): change \(row.number) became \(Self.text(change))")
            }
            old.bytes = row.bytes
            model.pending[row.number] = old
            keep(old, of: model.replica)
        }
        note("device \(device.index) stamps its changes anew")
        oracle.devices[device.index] = model
    }

    /// Compares what a device has to send and what it says with what it wrote and was told: I1, I7, I12, I14.
    ///
    /// - Parameter isWhole: whether to read each row of the database anew, and let the program verify it; every fifth time
    ///   anyhow, for it is most of the work.
    func check(_ device: Device, isWhole: Bool = false) throws {
        guard let model = oracle.devices[device.index], let client = device.client else { return }
        let (pending, place) = try device.standing()
        let who = "device \(device.index)"
        let expected = model.pending.merging(model.refused) { first, _ in first }
        guard pending.count == expected.count else {
            throw Violation("I1", "\(who) keeps \(pending.map(\.number)), must \(expected.keys.sorted())")
        }
        for row in pending {
            guard let written = expected[row.number], written.bytes == row.bytes,
                row.isRefused == (model.refused[row.number] != nil)
            else { throw Violation("I1", "\(who): change \(row.number) is not as it was written, or of another state") }
        }
        guard place.acknowledged == model.acknowledged.count, place.number == model.number else {
            throw Violation(
                "I12", "\(who) stands at \(place), must at \(model.number), \(model.acknowledged.count)")
        }
        let status = try client.status()
        guard status.pending == model.pending.count, status.refused == model.refused.count else {
            throw Violation("I14", "\(who) says \(status), pending are \(model.pending.keys.sorted())")
        }
        guard status.isLocked == model.isLocked else {
            throw Violation("I14", "\(who) is locked: \(status.isLocked), must be: \(model.isLocked)")
        }
        if status.isSynced, !model.isAgreed || !expected.isEmpty {
            throw Violation("I14", "\(who) says synced, and digests were not compared")
        }
        device.looks += 1
        try checkRecords(device, model, status, isAnew: isWhole || device.looks % 5 == 0)
    }

    /// Compares all records of a device's database with what it was told and what it wrote: I1, I5, I9.
    private func checkRecords(
        _ device: Device, _ model: ModelDevice, _ status: ClientStatus, isAnew: Bool
    ) throws {
        guard let client = device.client else { return }
        let contents = try device.contents(isAnew: isAnew)
        let who = "device \(device.index)"
        for key in differing(contents.serverView, model.view) {
            try compare(key, contents.serverView[key], model.view[key], "\(who), of the server's,")
        }
        var must: [RecordKey: ModelRecord] = [:]
        if !model.isBetweenNumbers { for key in contents.local.keys { must[key] = model.local(key) } }
        for key in differing(contents.local.filter { must[$0.key] != nil }, must) {
            try compare(key, contents.local[key], must[key], who)
        }
        if let key = model.view.keys.filter({ contents.local[$0] == nil }).min() {
            throw Violation("I9", "\(who) does not show a record that it was told", key)
        }
        guard contents.digest == status.digest else {
            throw Violation("I5", "\(who): digest \(status.digest), its rows give \(contents.digest)")
        }
        if !isAnew { return }
        let found = try client.verify()
        guard found.isSound, found.digest == status.digest else {
            throw Violation("I5", "\(who): digest \(status.digest), its rows give \(found)")
        }
    }

    /// The records in which two sides differ, in order.
    private func differing(_ one: [RecordKey: ModelRecord], _ other: [RecordKey: ModelRecord]) -> [RecordKey] {
        let (left, right) = (one.filter { other[$0.key] != $0.value }.keys, other.keys.filter { one[$0] == nil })
        return (left + right).sorted()
    }

    static func text(_ change: Change) -> String {
        let fields = change.fields.map { "\($0.field)=\($0.value.value)" }.joined(separator: " ")
        let base = change.base.seen.map { "\(ModelRecord.text($0.version))\($0.fields)" }.joined(separator: ",")
        return "\(change.collection)/\(change.record) at \(change.time.milliseconds).\(change.time.rawValue & 0xFFFF)"
            + " base [\(base)] \(fields)"
    }
}
