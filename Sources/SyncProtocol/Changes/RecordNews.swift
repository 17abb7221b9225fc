extension RecordState {
    /// The update that tells a replica of the record, or nil where it knows all of it.
    ///
    /// - Parameters:
    ///   - cursor: the place in the server's order up to which the replica knows everything.
    ///   - replica: the replica, which knows its own writes; ``ReplicaID/none`` to send the whole record.
    public func update(since cursor: Int64, for replica: ReplicaID) -> RecordUpdate? {
        func told(_ write: RecordVersions.Write) -> RecordUpdate.Write {
            RecordUpdate.Write(
                version: write.version, operator: write.operator,
                fields: FieldMap(write.fields.map { FieldValue($0, self[$0]) }))
        }
        switch versions.news(since: cursor, for: replica, isDeleted: isDeleted) {
        case .nothing: return nil
        case .writes(let news):
            return RecordUpdate(collection: collection, record: record, isWhole: false, writes: news.map(told))
        case .whole:
            var creation = told(versions.creation)
            creation.fields =
                versions.later.isEmpty ? values : FieldMap(values.filter { !versions.isLater($0.field) })
            return RecordUpdate(
                collection: collection, record: record, isWhole: true, writes: [creation] + versions.later.map(told))
        }
    }
}

extension RecordVersions {
    /// What is told of a record.
    package enum News {
        case nothing
        case writes([Write])
        case whole
    }

    /// What a replica is to be told of a record, with the parameters of ``RecordState/update(since:for:)``.
    package func news(since cursor: Int64, for replica: ReplicaID, isDeleted: Bool) -> News {
        func isNews(_ write: Write) -> Bool { write.sequence > cursor && write.version.replica != replica }
        if replica == .none || isNews(creation) { return .whole }
        let news = later.filter(isNews)
        if news.isEmpty { return .nothing }
        #if PlantedBugs
            if PlantedBug.undeleteInPart.isActive, !isDeleted { return .writes(news) }
        #endif
        // A replica that first synced while the record was deleted does not have it: of a deleted record, and of one
        // that was undeleted, the whole is told.
        return isDeleted || news.contains { $0.fields.contains(.deleted) } ? .whole : .writes(news)
    }
}
