import SQLite
import SyncProtocol

extension RecordStore {
    /// The records of a collection in which a field holds the id of another record, deleted or not.
    public func records(
        _ collection: CollectionNumber, where field: FieldNumber, holds id: RecordID
    ) throws -> [StoredRecord] {
        var found: [RecordID] = []
        if let table = layout.table(collection), let column = table.collection[field]?.name {
            let (name, column) = (TableLayout.quoted(table.collection.name), TableLayout.quoted(column))
            let select = try connection.statement("SELECT id FROM \(name) WHERE \(column) = ?1 ORDER BY id")
            try select.bind(1, id)
            while try select.step() { if let id = RecordID(bytes: select.bytes(0)) { found.append(id) } }
            select.reset()
        }
        // Fields of a deleted record are packed: those that hold the bytes at all are looked at closely.
        let packed = try connection.statement(
            "SELECT id FROM _packed WHERE collection = ?1 AND instr(fields, ?2) > 0 ORDER BY id")
        try packed.bind(1, Int64(collection))
        try packed.bind(2, id)
        while try packed.step() { if let id = RecordID(bytes: packed.bytes(0)) { found.append(id) } }
        packed.reset()
        let wanted = try EncodedValue(.bytes(id.bytes))
        return try found.compactMap { try load(collection, $0) }.filter { $0.state[field] == wanted }
    }

    /// The collection and id of every record, deleted ones too.
    public func allKeys() throws -> [(collection: CollectionNumber, record: RecordID)] {
        var keys: [(collection: CollectionNumber, record: RecordID)] = []
        for table in layout.tables {
            let select = try connection.statement("SELECT id FROM \(TableLayout.quoted(table.collection.name))")
            while try select.step() {
                if let id = RecordID(bytes: select.bytes(0)) { keys.append((table.collection.number, id)) }
            }
            select.reset()
        }
        let packed = try connection.statement("SELECT collection, id FROM _packed")
        while try packed.step() {
            if let id = RecordID(bytes: packed.bytes(1)) { keys.append((Int(packed.int64(0)), id)) }
        }
        packed.reset()
        return keys
    }
}
