import SyncProtocol
import SyncStore

extension CentralServer {
    /// Writes records of the centre, such as reference data: those that are new are made, of those that are there the
    /// fields that differ are written.
    ///
    /// - Parameters:
    ///   - records: records by collection name, id and fields by name.
    ///   - operator: who writes.
    /// - Returns: how many records changed.
    /// - Throws: ``ProtocolError`` for a value that is none; ``SchemaError`` for a name or value that the schema does
    ///   not allow; ``Failure`` where the server's clock has jumped. Nothing is written then.
    @discardableResult
    public func put(
        _ records: [(collection: String, id: RecordID, fields: [String: Value])], operator: String
    ) throws -> Int {
        try storage.write { transaction in
            var writer = try catalogue.writer(transaction)
            var written = 0
            for record in records {
                guard let collection = schema[record.collection] else {
                    throw SchemaError("no collection is named \(record.collection)")
                }
                let fields = try record.fields.map { name, value in
                    guard let field = collection[name] else {
                        throw SchemaError("\(collection.name) has no field \(name)")
                    }
                    return FieldValue(field.number, try EncodedValue(value))
                }
                if try put(record.id, fields, collection, `operator`, &writer, isFirst: written == 0) { written += 1 }
            }
            if written > 0 { try writer.finish() }
            return written
        }
    }

    private func put(
        _ id: RecordID, _ fields: [FieldValue], _ collection: CollectionSchema, _ operator: String,
        _ writer: inout RecordWriter, isFirst: Bool
    ) throws -> Bool {
        let held = try writer.transaction.record(collection.number, id)
        let news = fields.filter { field in held.map { $0.state[field.field] != field.value } ?? true }
        if held != nil, news.isEmpty { return false }
        if isFirst {
            // Only now, for nothing is written where nothing is new; it may have moved on.
            if let failure = try clockFailure(writer.transaction) { throw failure }
            writer.state.clock = try writer.transaction.state().clock
        }
        let change = Change(
            collection: collection.number, record: id,
            time: writer.state.clock.tick(wall: environment.wallMilliseconds()),
            operator: `operator`, base: held?.state.versions.base ?? .empty, fields: news)
        if let (reason, field) = collection.violation(of: change.fields, isCreation: change.isCreation) {
            throw SchemaError("\(collection.name).\(collection[field]?.name ?? ""): \(reason)")
        }
        if let held {
            var merged = held.state
            merged.merge(change, by: .centre, sequence: writer.next)
            try writer.replace(held, with: merged)
        } else {
            try writer.insert(RecordState(making: change, by: .centre, sequence: writer.next))
        }
        return true
    }
}
