/// The erasure of fields of a record: what was written of them up to a time counts as null, everywhere and for ever.
///
/// Later writes stand: the fields may be used again.
public struct Redaction: Hashable, Sendable {
    /// Which record it is.
    public var key: RecordKey
    /// The fields, ascending.
    public var fields: [FieldNumber]
    /// When: what the centre or a lower replica number wrote at this time is erased too.
    public var time: HybridTimestamp

    /// Makes a redaction.
    public init(key: RecordKey, fields: [FieldNumber], time: HybridTimestamp) {
        self.key = key
        self.fields = fields
        self.time = time
    }

    /// The version of the nulls that stand in the place of what was erased.
    public var version: Version { Version(time: time, replica: .centre) }

    /// Whether a write of a field is erased.
    public func covers(_ field: FieldNumber, _ version: Version) -> Bool {
        version <= self.version && fields.contains(field)
    }

    // MARK: What is erased

    /// A change without what is erased.
    public func cleaned(_ change: Change, by replica: ReplicaID) -> Change {
        guard change.collection == key.collection, change.record == key.record else { return change }
        var change = change
        change.fields = cleaned(change.fields, of: Version(time: change.time, replica: replica))
        return change
    }

    /// Values of one write without what is erased.
    public func cleaned(_ values: FieldMap, of version: Version) -> FieldMap {
        if !values.contains(where: { covers($0.field, version) }) { return values }
        return FieldMap(values.map { covers($0.field, version) ? FieldValue($0.field, .null) : $0 })
    }

    /// A record without what is erased; the same where nothing of it is there.
    ///
    /// - Parameter sequence: the place that the nulls get in the server's order.
    public func cleaned(_ record: RecordState, sequence: Int64) -> RecordState {
        var record = record
        for field in fields {
            let held = record.versions.write(of: field)
            let write = RecordVersions.Write(version: version, base: held.version, sequence: sequence)
            if covers(field, held.version), held.version != version { record.set(field, .null, write: write) }
        }
        return record
    }

    // MARK: The wire

    func encode(to writer: inout CBORWriter) {
        writer.writeArray(4)
        writer.write(key.collection)
        writer.write(key.record)
        writer.writeArray(fields.count)
        for field in fields { writer.write(field) }
        writer.write(time.rawValue)
    }

    init(from reader: inout CBORReader) throws(ProtocolError) {
        let start = reader.position
        guard try reader.readArray(limit: 4) == 4 else {
            throw ProtocolError(.invalid, at: start, "a redaction has four parts")
        }
        let key = RecordKey(collection: try reader.readCollection(), record: try reader.readRecordID())
        var fields: [FieldNumber] = []
        for _ in 0..<(try reader.readArray(limit: Limits.fieldsPerRecord)) {
            let at = reader.position
            let field = try reader.readField()
            guard field > fields.last ?? .deleted else {
                throw ProtocolError(.keyOrder, at: at, "fields ascend, each once, without field 0")
            }
            fields.append(field)
        }
        self.init(key: key, fields: fields, time: try reader.readTime())
    }
}
