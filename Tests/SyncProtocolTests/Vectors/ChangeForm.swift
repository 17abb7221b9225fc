import SyncProtocol

/// A change, as the vectors write it.
struct ChangeForm: Decodable {
    let collection: Int
    let record: Hex
    let time: Number<UInt64>
    let `operator`: String
    let base: [Seen]
    let fields: FieldsForm

    struct Seen: Decodable {
        let version: VersionText
        let fields: [Int]
    }

    func change() throws -> Change {
        Change(
            collection: collection, record: try RecordID.of(record), time: HybridTimestamp(rawValue: time.value),
            operator: self.operator,
            base: Base(seen: base.map { Base.Seen(version: $0.version.version, fields: $0.fields) }),
            fields: fields.fields)
    }
}

/// An update, as the vectors write it.
struct UpdateForm: Decodable {
    let collection: Int
    let record: Hex
    let isWhole: Bool
    let writes: [Write]

    struct Write: Decodable {
        let version: VersionText
        let `operator`: String
        let fields: FieldsForm
    }

    func update() throws -> RecordUpdate {
        RecordUpdate(
            collection: collection, record: try RecordID.of(record), isWhole: isWhole,
            writes: writes.map {
                RecordUpdate.Write(
                    version: $0.version.version, operator: $0.operator, fields: FieldMap($0.fields.fields))
            })
    }
}

extension RecordID {
    static func of(_ hex: Hex) throws -> RecordID {
        guard let id = RecordID(bytes: hex.bytes) else { throw VectorError(reason: "no record id") }
        return id
    }
}
