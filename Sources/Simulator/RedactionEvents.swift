import CentralServer
import OfflineClient
import SyncProtocol

/// That fields of a record were erased, as the oracle keeps it.
struct ModelRedaction {
    let key: RecordKey
    let fields: Set<Int>
    /// What is not later than this counts as null.
    let version: Version

    func covers(_ field: Int, _ version: Version) -> Bool { fields.contains(field) && version <= self.version }

    /// A record with nulls in the place of what was erased.
    func applied(to record: ModelRecord) -> ModelRecord {
        var record = record
        for field in fields {
            let held = record.fields[field]?.version ?? record.creation
            guard held != version, covers(field, held) else { continue }
            record.fields[field] = ModelRecord.Field(value: [0xF6], version: version, operator: "", isLater: true)
        }
        return record
    }

    /// A change with nulls in the place of what was erased.
    func applied(to change: Change, by replica: ReplicaID) -> Change {
        guard key == RecordKey(change) else { return change }
        var change = change
        let version = Version(time: change.time, replica: replica)
        change.fields = FieldMap(
            change.fields.map { covers($0.field, version) ? FieldValue($0.field, .null) : $0 })
        return change
    }
}

/// The law's erasure.
///
/// Each record must be, after it, what it was with nulls in the place of what was erased (exact, as ever). Entries of the
/// conflict log must be what they were but for the values (I2). And at the end of a history no erased value of a person
/// stands in a file of the centre or of a device, unless somebody wrote it anew since: the files are searched byte by
/// byte.
extension Simulation {
    func redact() throws {
        let cases = oracle.server.keys.filter { $0.collection == SimulatedSchema.cases }.sorted()
        guard let key = random.pick(cases) else { return }
        let fields = random.pick([[12], [5, 12], [5]]) ?? [12]
        let before = try centre.sequence
        let target = SyncProtocol.RecordKey(collection: key.collection, record: key.id)
        let request = try centre.server.askRedaction(of: [(target, fields)], why: "asked for", by: "one")
        try confirm(request)
        guard let time = try centre.storage.read({ try $0.redactions().last?.time }) else { return }
        note("fields \(fields) of \(key) are erased")
        let redaction = ModelRedaction(
            key: key, fields: Set(fields), version: Version(time: time, replica: .centre))
        oracle.redactions.append(redaction)
        oracle.redactAll()
        try adopt(after: before)
    }

    /// Erases at the centre, on a disk that may fail: what was confirmed happens, at the latest when it starts again.
    private func confirm(_ request: Int64) throws {
        func erase() throws {
            try centre.server.confirmRedaction(request, by: "another")
            try centre.server.overwriteErased()
        }
        shake(centre.disk)
        do { try erase() } catch  where isOfDisk(error, centre.disk) {}
        guard centre.disk.hasFailed else { return centre.disk.heal() }
        note("the centre: a call on its disk fails")
        try centre.restart(centre.kind)
        let isConfirmed = try centre.storage.read { snapshot in
            try snapshot.redactions().contains { $0.request == request && $0.confirmedAt > 0 }
        }
        if !isConfirmed { try erase() }
    }

    /// What a device forgets when it is told of erasures: the values in the changes that were refused, and those of
    /// records that the centre tells of no more.
    func erase(_ redactions: [Redaction], _ model: inout ModelDevice) {
        let erasures = redactions.map {
            ModelRedaction(key: RecordKey($0.key), fields: Set($0.fields), version: $0.version)
        }
        for erasure in erasures {
            guard let held = model.view[erasure.key] else { continue }
            let record = erasure.applied(to: held)
            if record != held { model.set(erasure.key, record) }
        }
        for (number, write) in model.refused {
            let change = erasures.reduce(write.change) { $1.applied(to: $0, by: model.replica) }
            if change == write.change { continue }
            model.refused[number] = ModelWrite(change: change, bytes: change.encoded, seen: write.seen)
        }
    }

    /// Searches all files for what was erased.
    func checkErased() throws {
        if oracle.redactions.isEmpty { return }
        var erased: Set<String> = []
        var kept: Set<String> = []
        for (replica, writes) in oracle.written {
            for write in writes.values {
                let version = Version(time: write.change.time, replica: replica)
                let key = RecordKey(write.change)
                for written in write.change.fields {
                    let persons = Self.persons(in: Array(written.value.bytes))
                    let isErased = oracle.redactions.contains { $0.key == key && $0.covers(written.field, version) }
                    if isErased { erased.formUnion(persons) } else { kept.formUnion(persons) }
                }
            }
        }
        erased.subtract(kept)
        if erased.isEmpty { return }
        let files =
            [("the centre", centre.path)]
            + devices.map { ("device \($0.index)", $0.path) }
        for (who, path) in files {
            for end in ["", "-wal"] {
                guard let bytes = MemoryFiles.bytes(of: path + end) else { continue }
                let found = Self.persons(in: bytes).intersection(erased)
                if let value = found.min() {
                    throw Violation("erasure", "\(value) was erased and stands in a file of \(who)")
                }
            }
        }
    }
}

extension RecordKey {
    init(_ change: Change) { self.init(change.collection, change.record) }
}

extension Oracle {
    /// A record with nulls in the place of what was erased.
    func redacted(_ key: RecordKey, _ record: ModelRecord) -> ModelRecord {
        redactions.filter { $0.key == key }.reduce(record) { $1.applied(to: $0) }
    }

    /// A change with nulls in the place of what was erased.
    func cleaned(_ change: Change, by replica: ReplicaID) -> Change {
        redactions.reduce(change) { $1.applied(to: $0, by: replica) }
    }

    /// The bytes of a change with nulls in the place of what was erased.
    ///
    /// - Parameter replica: the writer; the centre, to compare the bytes of whatever writers.
    func cleaned(_ bytes: [UInt8], by replica: ReplicaID = .centre) -> [UInt8] {
        guard !redactions.isEmpty, let change = Simulation.change(bytes[...]) else { return bytes }
        let cleaned = cleaned(change, by: replica)
        return cleaned == change ? bytes : cleaned.encoded
    }

    /// Lets all records and entries go through the redactions.
    mutating func redactAll() {
        if redactions.isEmpty { return }
        for (key, record) in server { server[key] = redacted(key, record) }
        for (about, entry) in entries {
            var entry = entry
            (entry.losing, entry.winning) = (cleaned(entry.losing, about), cleaned(entry.winning, about))
            entries[about] = entry
        }
    }

    func cleaned(_ side: ModelEntry.Side, _ about: EntryKey) -> ModelEntry.Side {
        var side = side
        for redaction in redactions where redaction.key == about.record {
            for field in side.values.keys where redaction.covers(field, side.version) { side.values[field] = [0xF6] }
        }
        return side
    }
}

extension Oracle {
    /// The change that a replica wrote with those bytes, or with what was erased of them since.
    func write(_ bytes: [UInt8], of replica: ReplicaID) -> ModelWrite? {
        if let write = written[replica]?[bytes] { return write }
        let all = [written[replica]].compactMap { $0 } + written.sorted { $0.key < $1.key }.map(\.value)
        return all.lazy.compactMap { writes in writes.values.first { cleaned($0.bytes) == cleaned(bytes) } }.first
    }
}

extension ModelRecord {
    /// The values that a field of an entry holds.
    func values(_ field: Int) -> [Int: [UInt8]] {
        guard case .bytes(let bytes) = decoded(field), let pairs = try? ConflictLog.decode(bytes) else { return [:] }
        return Dictionary(pairs.map { ($0.field, Array($0.value.bytes)) }) { first, _ in first }
    }

    /// The version that two fields of an entry hold.
    func version(_ time: Int, _ replica: Int) -> Version {
        guard case .integer(let time) = decoded(time), case .integer(let replica) = decoded(replica) else {
            return .none
        }
        return Version(
            time: HybridTimestamp(rawValue: UInt64(bitPattern: time)),
            replica: ReplicaID(rawValue: UInt32(truncatingIfNeeded: replica)))
    }
}
