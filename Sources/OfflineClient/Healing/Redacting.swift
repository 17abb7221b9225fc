import SQLite
import SyncProtocol
import SyncStore

extension AnswerApplication {
    /// Erases what this replica keeps of redacted fields.
    ///
    /// That is, changes that were refused, and what undo would bring back. The records themselves and the conflict log
    /// follow as the server tells of them, but for a record that it told once and has collected since.
    mutating func redact(_ redactions: [Redaction]) throws {
        if !redactions.isEmpty { try noteErasure() }
        for redaction in redactions {
            let key = redaction.key
            var hasErased = try forgetUndo(of: key)
            for pending in try view.pending.of(key.collection, key.record) where pending.reason != nil {
                let cleaned = redaction.cleaned(pending.change, by: replica.replica)
                guard cleaned != pending.change else { continue }
                #if PlantedBugs
                    if PlantedBug.refusedNotErased.isActive { continue }
                #endif
                // The server has dealt with it, so its bytes are no longer part of the chain to come.
                try view.pending.rewrite(pending.number, cleaned.encoded)
                hasErased = true
            }
            let local = try store.load(key.collection, key.record)
            if local == nil, !hasErased { continue }
            if let local {
                let before = try view.load(key.collection, key.record, local: local)
                let after = before.map { redaction.cleaned($0, sequence: 0) }
                replica.digest &+= (after?.digest ?? 0) &- (before?.digest ?? 0)
                // Where only edits are left of a record whose creation was given up, the row stands for what was there.
                let isAll = try before == nil && !view.pending.summary(of: key.collection, key.record).hasCreation
                let row = isAll ? redaction.cleaned(local.state, sequence: 0) : local.state
                if row != local.state { try store.replace(local, with: row) }
                if hasErased || after != before || row != local.state {
                    try view.set(after, key.collection, key.record, replica: replica.replica)
                    outcome.touched.insert(key.collection)
                }
            }
            outcome.redacted += 1
        }
    }

    /// Notes that the file is to be rewritten, since it holds traces of what was erased.
    ///
    /// It is noted with the erasure itself: the process may end before it is done.
    mutating func noteErasure() throws {
        outcome.mustScrub = true
        var standing = try Standing.load(connection)
        standing.toOverwrite += 1
        try standing.save(connection)
    }

    private func forgetUndo(of key: RecordKey) throws -> Bool {
        let delete = try connection.statement("DELETE FROM _undo WHERE collection = ?1 AND record = ?2 RETURNING 1")
        defer { delete.reset() }
        try delete.bind(1, Int64(key.collection))
        try delete.bind(2, key.record)
        var hasAny = false
        while try delete.step() { hasAny = true }
        return hasAny
    }
}

extension OfflineClient {
    /// Overwrites the traces of what was erased, where that is still to be done.
    func overwriteErased() throws {
        #if PlantedBugs
            if PlantedBug.filesNotOverwritten.isActive { return }
        #endif
        let due = try database.read { try Standing.load($0).toOverwrite }
        if due == 0 { return }
        try database.scrub()
        // Another process of this database may have taken another erasure meanwhile.
        try changeStanding { if $0.toOverwrite == due { $0.toOverwrite = 0 } }
    }
}
