import SyncProtocol
import SyncStore

extension CentralServer {
    /// Asks for the erasure of fields of records, which another person has to confirm.
    ///
    /// - Parameter why: the reason, without a personal value.
    /// - Returns: the number of the request.
    /// - Throws: ``RedactionError`` where a record is not there or nothing is named.
    public func askRedaction(
        of targets: [(key: RecordKey, fields: [FieldNumber])], why: String, by person: String
    ) throws -> Int64 {
        guard !targets.isEmpty, targets.allSatisfy({ !$0.fields.isEmpty && !$0.fields.contains(.deleted) }) else {
            throw RedactionError.nothing
        }
        return try storage.write { transaction in
            var request: Int64 = 0
            for target in targets {
                guard try transaction.record(target.key.collection, target.key.record) != nil else {
                    throw RedactionError.noRecord(target.key.record)
                }
                let id = try transaction.save(
                    RedactionEntry(
                        request: request, key: target.key, fields: Set(target.fields).sorted(),
                        why: Text.cut(why, toBytes: 1024), askedBy: person, askedAt: environment.wallMilliseconds()))
                if request == 0 { request = id }
            }
            try note(.redactionAsked, "redaction \(request)", by: person, in: transaction)
            return request
        }
    }

    /// Confirms a request and erases at once what the server holds; the offices follow at their next syncs.
    ///
    /// - Throws: ``RedactionError``; nothing is erased then.
    public func confirmRedaction(_ request: Int64, by person: String) throws {
        // The accounts first: once it is confirmed it happens, at the latest when the server starts again.
        try storage.write { transaction in
            if let failure = try clockFailure(transaction) { throw failure }
            let entries = try transaction.redactions().filter { $0.request == request }
            guard let first = entries.first else { throw RedactionError.unknown(request) }
            if first.confirmedAt > 0 { throw RedactionError.confirmed(request) }
            if first.askedBy == person { throw RedactionError.samePerson(person) }
            var clock = try transaction.state().clock
            let wall = environment.wallMilliseconds()
            let time = clock.tick(wall: wall)
            for var entry in entries {
                (entry.confirmedBy, entry.confirmedAt, entry.time) = (person, wall, time)
                _ = try transaction.save(entry)
            }
            try note(.redacted, "redaction \(request)", by: person, "asked by \(first.askedBy)", in: transaction)
        }
        try applyRedactions()
    }

    /// Gives a request up that nobody confirmed.
    ///
    /// - Throws: ``RedactionError``.
    public func withdrawRedaction(_ request: Int64, by person: String) throws {
        try storage.write { transaction in
            let entries = try transaction.redactions().filter { $0.request == request }
            guard let first = entries.first else { throw RedactionError.unknown(request) }
            if first.confirmedAt > 0 { throw RedactionError.confirmed(request) }
            for entry in entries { try transaction.removeRedaction(entry.id) }
            try note(.redactionWithdrawn, "redaction \(request)", by: person, in: transaction)
        }
    }

    /// Lets the records go through all that was confirmed: after a confirmation, after a restore, and when the server
    /// starts, for a crash may have come between.
    public func applyRedactions() throws {
        guard try storage.read({ try !$0.unappliedRedactions().isEmpty }) else { return }
        // First, and in the accounts, for the process may end before the file is rewritten.
        try storage.write { transaction in
            try transaction.set(Self.toOverwrite, to: (transaction.setting(Self.toOverwrite) ?? 0) + 1)
        }
        try storage.write { transaction in
            let waiting = try transaction.unappliedRedactions()
            // What was confirmed is erased even while the clock is wrong; where it is right it may have to move on.
            _ = try clockFailure(transaction)
            var writer = try catalogue.writer(transaction)
            let redactions = Redactions(waiting.compactMap(\.redaction))
            let wall = environment.wallMilliseconds()
            for entry in waiting {
                writer.state.clock.observe(entry.time)
                try redact(entry.key, redactions, &writer, wall: wall)
                writer.state.sequence += 1
                try transaction.noteApplied(redaction: entry.id, at: writer.state.sequence)
            }
            for kept in try transaction.escrow(includingDecided: true) {
                let bytes = redactions.cleaned(bytes: kept.bytes[...], by: kept.replica)
                if bytes != kept.bytes { try transaction.save(kept.with(bytes)) }
            }
            for kept in try transaction.quarantined(device: nil) {
                let bytes = redactions.cleaned(bytes: kept.bytes[...], by: kept.replica)
                if bytes != kept.bytes { try transaction.replaceQuarantined(kept.id, with: bytes) }
            }
            try writer.finish()
        }
    }

    /// The setting of how often something was erased since the file was rewritten.
    static let toOverwrite = "to_overwrite"

    /// Rewrites the records' file without the traces of what was erased, where that is still to be done.
    public func overwriteErased() throws {
        let due = try storage.read { try $0.setting(Self.toOverwrite) ?? 0 }
        if due == 0 { return }
        try storage.scrub()
        try storage.write { transaction in
            // Another process may have erased more meanwhile.
            if try transaction.setting(Self.toOverwrite) == due { try transaction.set(Self.toOverwrite, to: 0) }
        }
    }

    /// Erases in a record and in the entries of the conflict log about it.
    private func redact(
        _ key: RecordKey, _ redactions: Redactions, _ writer: inout RecordWriter, wall: Int64
    ) throws {
        let transaction = writer.transaction
        let entries = try transaction.records(ConflictLog.number, where: ConflictLog.Field.record, holds: key.record)
        for held in try [transaction.record(key.collection, key.record)].compactMap({ $0 }) + entries {
            let sequence = writer.next
            let cleaned = try redactions.cleaned(held.state, sequence: sequence) {
                RecordVersions.Write(
                    version: Version(time: writer.state.clock.tick(wall: wall), replica: .centre),
                    base: held.state.versions.greatest, sequence: sequence)
            }
            if cleaned != held.state { try writer.replace(held, with: cleaned) }
        }
    }
}

extension EscrowEntry {
    fileprivate func with(_ bytes: [UInt8]) -> EscrowEntry {
        var entry = self
        entry.bytes = bytes
        return entry
    }
}
