/// Finds the conflicts of a pushed change, before it is merged.
///
/// A write that the record holds is *unseen* by a change if another replica made it and it is not the version that
/// the change names as its base: then neither writer knew of the other. An earlier write of the same replica is no
/// conflict, so a chain of offline edits does not conflict with itself.
public struct ConflictDetection {
    private let change: Change
    private let replica: ReplicaID
    private let held: RecordState
    private let schema: CollectionSchema?

    /// Prepares the detection.
    ///
    /// - Parameters:
    ///   - change: the pushed change.
    ///   - replica: its writer.
    ///   - held: the record as the server holds it.
    ///   - schema: the collection's schema, or nil where the server does not know it: then each field stands alone.
    public init(_ change: Change, by replica: ReplicaID, against held: RecordState, schema: CollectionSchema?) {
        self.change = change
        self.replica = replica
        self.held = held
        self.schema = schema
    }

    /// The conflicts, hard ones and deletes first; a soft one only where there is no other.
    public func conflicts() -> [Conflict] {
        // The log itself makes no entries: decisions about one entry are merged like any field.
        guard change.collection != ConflictLog.number else { return [] }
        #if PlantedBugs
            if PlantedBug.creationUnchecked.isActive, change.isCreation { return [] }
        #endif
        let units = changedUnits()
        var found: [Conflict] = []
        func isNew(_ conflict: Conflict) -> Bool { !found.contains { $0.id == conflict.id } }
        for conflict in units.flatMap(sameUnit) where isNew(conflict) { found.append(conflict) }
        if change.fields.first?.field != .deleted, held.isDeleted, isUnseen(.deleted) {
            #if PlantedBugs
                if PlantedBug.deleteSilent.isActive { return found }
            #endif
            found += units.map(editOfDeleted).filter(isNew)
        } else if change.fields.first == FieldValue(.deleted, .true), !held.isDeleted,
            held.gives(.deleted, wayTo: .true, of: Version(time: change.time, replica: replica))
        {
            #if PlantedBugs
                if PlantedBug.editUnderDeleteSilent.isActive { return found }
            #endif
            found += unseenUnits(besides: [.deleted]).map(deleteOfEdited).filter(isNew)
        }
        #if PlantedBugs
            if PlantedBug.softForgotten.isActive { return found }
        #endif
        if found.isEmpty, !held.isDeleted, change.fields.first?.field != .deleted, let unit = units.first,
            let other = unseenUnits(besides: change.fields.map(\.field)).max(by: {
                held.versions.version(of: $0.leading) < held.versions.version(of: $1.leading)
            })
        {
            let winning = side(ofHeld: other.unit, leading: other.leading)
            found = [conflict(.soft, losing: side(of: change, unit), winning: winning, unit: unit)]
        }
        return found
    }

    private func isUnseen(_ field: FieldNumber) -> Bool {
        let version = held.versions.version(of: field)
        #if PlantedBugs
            if PlantedBug.baseIgnored.isActive { return held.isWritten(field) && version.replica != replica }
            if PlantedBug.baseOfRecord.isActive {
                let seen = change.base.seen.map(\.version).max() ?? .none
                return held.isWritten(field) && version.replica != replica && version > seen
            }
        #endif
        return held.isWritten(field) && version.replica != replica && version != change.base.version(of: field)
    }

    private func isBookkeeping(_ field: FieldNumber) -> Bool {
        #if PlantedBugs
            if PlantedBug.bookkeepingConflicts.isActive { return false }
        #endif
        return schema?[field]?.isBookkeeping ?? false
    }

    private func unit(of field: FieldNumber) -> [FieldNumber] {
        #if PlantedBugs
            if PlantedBug.groupsTorn.isActive { return [field] }
        #endif
        return field == .deleted ? [field] : schema?.unit(of: field) ?? [field]
    }

    /// The units that the change writes, without bookkeeping.
    private func changedUnits() -> [[FieldNumber]] {
        var units: [[FieldNumber]] = []
        for field in change.written where !isBookkeeping(field.field) {
            let unit = unit(of: field.field)
            if !units.contains(unit) { units.append(unit) }
        }
        return units
    }

    /// The units of the record that carry a write which the change's writer had not seen.
    ///
    /// With each unit goes its first field that carries one.
    private func unseenUnits(besides excluded: [FieldNumber]) -> [(unit: [FieldNumber], leading: FieldNumber)] {
        var units: [(unit: [FieldNumber], leading: FieldNumber)] = []
        let edits = held.versions.later.filter { $0.version != held.versions.creation.version }
        for field in edits.flatMap(\.fields).sorted()
        where !excluded.contains(field) && !isBookkeeping(field) && isUnseen(field) {
            let unit = unit(of: field)
            if !units.contains(where: { $0.unit == unit }) { units.append((unit, field)) }
        }
        return units
    }

    /// One conflict for each held write that a unit of the change meets.
    ///
    /// Two creations of one record can leave a unit with fields of several writes; each of them has to stand in an entry.
    private func sameUnit(_ unit: [FieldNumber]) -> [Conflict] {
        let written = change.written.filter { unit.contains($0.field) }
        #if PlantedBugs
            if PlantedBug.sameValueConflicts.isActive, let field = written.first(where: { isUnseen($0.field) })?.field {
                return [
                    conflict(
                        .hard, losing: side(ofHeld: unit, leading: field), winning: side(of: change, unit), unit: unit)
                ]
            }
        #endif
        var met: [Version] = []
        var found: [Conflict] = []
        for contested in written where isUnseen(contested.field) && held[contested.field] != contested.value {
            let version = held.versions.version(of: contested.field)
            if met.contains(version) { continue }
            met.append(version)
            let incoming = side(of: change, unit)
            let current = side(ofHeld: unit, leading: contested.field)
            let isWinning = held.gives(contested.field, wayTo: contested.value, of: incoming.version)
            #if PlantedBugs
                if PlantedBug.onlyLosersLogged.isActive, isWinning { continue }
            #endif
            found.append(
                isWinning
                    ? conflict(.hard, losing: current, winning: incoming, unit: unit)
                    : conflict(.hard, losing: incoming, winning: current, unit: unit))
        }
        return found
    }

    private func editOfDeleted(_ unit: [FieldNumber]) -> Conflict {
        conflict(
            .delete, losing: side(of: change, unit), winning: side(ofHeld: [.deleted], leading: .deleted), unit: unit)
    }

    private func deleteOfEdited(_ unit: [FieldNumber], leading: FieldNumber) -> Conflict {
        conflict(
            .delete, losing: side(ofHeld: unit, leading: leading), winning: side(of: change, [.deleted]), unit: unit)
    }

    private func conflict(
        _ kind: Conflict.Kind, losing: Conflict.Side, winning: Conflict.Side, unit: [FieldNumber]
    ) -> Conflict {
        Conflict(
            kind: kind, collection: change.collection, record: change.record, field: unit.first ?? .deleted,
            losing: losing, winning: winning)
    }

    private func side(of change: Change, _ unit: [FieldNumber]) -> Conflict.Side {
        let values = change.fields.filter { unit.contains($0.field) }
        return Conflict.Side(
            version: Version(time: change.time, replica: replica),
            base: change.base.version(of: values.first?.field ?? .deleted), operator: change.operator, values: values)
    }

    private func side(ofHeld unit: [FieldNumber], leading: FieldNumber) -> Conflict.Side {
        let write = held.versions.write(of: leading)
        return Conflict.Side(
            version: write.version, base: write.base, operator: write.operator,
            values: unit.map { FieldValue($0, held[$0]) })
    }
}
