/// The merge rule, used by client, server, bundle and simulator alike.
///
/// Each field is a register of its own, and the greater version wins: by time, then by replica number, and for the
/// same version (which only a copied replica can bring about) the greater encoding. That is a total order, so a merge
/// is commutative, associative and idempotent. Fields of a group are written together and so win or lose together.
public enum LastWriterWins {
    /// Whether a written value takes the place of the held one.
    public static func wins(
        _ version: Version, _ value: EncodedValue, over held: Version, _ heldValue: EncodedValue
    ) -> Bool {
        #if PlantedBugs
            if PlantedBug.arrivalWins.isActive { return true }
            if PlantedBug.tiesByArrival.isActive { return version.time >= held.time }
        #endif
        return version == held ? heldValue.bytes.lexicographicallyPrecedes(value.bytes) : version > held
    }
}

extension RecordState {
    /// Whether a write of a field would take the place of what the record holds.
    ///
    /// A field that no write named gives way to any: else a second creation would win over older writes or not,
    /// depending on which came first.
    func gives(_ field: FieldNumber, wayTo value: EncodedValue, of version: Version) -> Bool {
        !isWritten(field) || LastWriterWins.wins(version, value, over: versions.version(of: field), self[field])
    }

    /// Merges one written field into the record.
    ///
    /// - Returns: whether the record changed.
    @discardableResult
    public mutating func merge(_ field: FieldNumber, _ value: EncodedValue, write: RecordVersions.Write) -> Bool {
        guard gives(field, wayTo: value, of: write.version) else { return false }
        set(field, value, write: write)
        return true
    }

    /// Merges a change of a replica into the record.
    ///
    /// A change that makes a record which is there already writes the fields to which it gives a value, and its version
    /// becomes that of the fields that no write named if it is the greater one.
    ///
    /// - Parameters:
    ///   - change: the change.
    ///   - replica: its writer.
    ///   - sequence: the place that the change gets in the server's order; 0 at a client.
    /// - Returns: whether the record changed.
    @discardableResult
    public mutating func merge(_ change: Change, by replica: ReplicaID, sequence: Int64 = 0) -> Bool {
        let version = Version(time: change.time, replica: replica)
        #if PlantedBugs
            if PlantedBug.recordWins.isActive, version < versions.greatest { return false }
        #endif
        var changed = false
        for field in change.written {
            let write = RecordVersions.Write(
                version: version, base: change.base.version(of: field.field), operator: change.operator,
                sequence: sequence)
            if merge(field.field, field.value, write: write) { changed = true }
        }
        let creation = RecordVersions.Write(version: version, operator: change.operator, sequence: sequence)
        if change.isCreation, merge(creation: creation) { changed = true }
        return changed
    }

    /// Takes another creation's version for the fields that no write named, if it is the greater one.
    private mutating func merge(creation: RecordVersions.Write) -> Bool {
        guard creation.version > versions.creation.version else { return false }
        // Fields that the older creation wrote keep its version as a write of their own.
        let older = versions.creation
        for field in values where !versions.isLater(field.field) { versions.set(field.field, to: older) }
        versions.creation = creation
        return true
    }

    /// The record that a change makes.
    public init(making change: Change, by replica: ReplicaID, sequence: Int64 = 0) {
        self.init(
            collection: change.collection, record: change.record,
            versions: RecordVersions(
                creation: RecordVersions.Write(
                    version: Version(time: change.time, replica: replica), operator: change.operator,
                    sequence: sequence)),
            values: change.fields)
    }

    /// The record that a whole update describes, or nil for an update that is not whole.
    ///
    /// - Parameter sequence: the place that it gets in the server's order; 0 at a client.
    public init?(_ update: RecordUpdate, sequence: Int64 = 0) {
        guard update.isWhole, let creation = update.writes.first else { return nil }
        self.init(
            collection: update.collection, record: update.record,
            versions: RecordVersions(
                creation: RecordVersions.Write(
                    version: creation.version, operator: creation.operator, sequence: sequence)),
            values: creation.fields)
        for write in update.writes.dropFirst() { merge(write, sequence: sequence) }
    }

    /// Merges what a server told of the record.
    public mutating func merge(_ write: RecordUpdate.Write, sequence: Int64 = 0) {
        let stored = RecordVersions.Write(version: write.version, operator: write.operator, sequence: sequence)
        for field in write.fields { merge(field.field, field.value, write: stored) }
    }

    /// Merges a whole record as somebody else holds it.
    ///
    /// - Parameters:
    ///   - update: the record, whole.
    ///   - sequence: the place that it gets in the server's order.
    /// - Returns: whether the record changed.
    public mutating func merge(whole update: RecordUpdate, sequence: Int64) -> Bool {
        var changed = false
        for write in update.writes {
            let stored = RecordVersions.Write(
                version: write.version, operator: write.operator, sequence: sequence)
            for field in write.fields where merge(field.field, field.value, write: stored) { changed = true }
        }
        if let creation = update.writes.first,
            merge(
                creation: RecordVersions.Write(
                    version: creation.version, operator: creation.operator, sequence: sequence))
        {
            changed = true
        }
        return changed
    }
}
