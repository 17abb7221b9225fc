import OfflineClient
import SQLite
import SyncProtocol
import SyncStore

/// What a device's tables hold, read as they are, without the client's own code for it.
extension Device {
    /// Everything that the oracle compares.
    struct Contents {
        var place = Place()
        var pending: [PendingRow] = []
        var local: [RecordKey: ModelRecord] = [:]
        var serverView: [RecordKey: ModelRecord] = [:]
        /// The digest of the server view.
        var digest: UInt64 = 0
    }

    /// A row that was read before.
    struct Row {
        let record: ModelRecord
        let digest: UInt64

        init(_ state: RecordState) {
            record = ModelRecord(state)
            digest = state.digest
        }
    }

    /// Reads the tables.
    ///
    /// - Parameter isAnew: whether to decode each row; else those whose versions and digest, or bytes, are as they were when
    ///   the row was last decoded count as the same.
    func contents(isAnew: Bool = true) throws -> Contents {
        guard let client else { return Contents() }
        if isAnew { rows = [:] }
        var kept: [UInt64: Row] = [:]
        let contents = try client.database.read { connection in
            var contents = Contents()
            contents.place = try Self.place(connection)
            let made: Set<RecordKey>
            (contents.pending, made) = try Self.pending(connection)
            var view: [RecordKey: Row] = [:]
            let store = RecordStore(connection, layout: layout)
            func take(_ key: RecordKey, _ parts: [Column], _ decode: () throws -> RecordState?) throws -> Row? {
                let mark = Self.mark(key, parts)
                let row = try rows[mark] ?? decode().map(Row.init)
                kept[mark] = row
                return row
            }
            for collection in layout.schema.collections {
                let select = try connection.statement("SELECT id, _sync FROM \"\(collection.name)\"")
                defer { select.reset() }
                while try select.step() {
                    guard let id = RecordID(bytes: select.bytes(0)) else { continue }
                    let key = RecordKey(collection.number, id)
                    view[key] = try take(key, [select.row[1]]) { try store.load(collection.number, id)?.state }
                }
            }
            let packed = try connection.statement("SELECT collection, id, fields, _sync FROM _packed")
            defer { packed.reset() }
            while try packed.step() {
                guard let id = RecordID(bytes: packed.bytes(1)) else { continue }
                let key = RecordKey(Int(packed.int64(0)), id)
                view[key] = try take(key, [packed.row[2], packed.row[3]]) {
                    try store.load(key.collection, id)?.state
                }
            }
            contents.local = view.mapValues(\.record)
            for key in made { view[key] = nil }
            let shadow = try connection.statement("SELECT collection, record, fields, _sync FROM _shadow")
            defer { shadow.reset() }
            while try shadow.step() {
                guard let id = RecordID(bytes: shadow.bytes(1)) else { continue }
                let key = RecordKey(Int(shadow.int64(0)), id)
                view[key] = try take(key, [shadow.row[2], shadow.row[3]]) {
                    let sync = shadow.bytes(3)
                    if sync.isEmpty { return nil }
                    return RecordState(
                        collection: key.collection, record: id, versions: try RecordVersions(unpacking: sync[...]),
                        values: try FieldMap(decoding: shadow.bytes(2)))
                }
            }
            contents.serverView = view.mapValues(\.record)
            contents.digest = view.values.reduce(0) { $0 &+ $1.digest }
            return contents
        }
        rows = kept
        return contents
    }

    private typealias Column = SQLite.Row.Column

    private static func mark(_ key: RecordKey, _ parts: [Column]) -> UInt64 {
        var mark = UInt64(key.collection) ^ key.id.high &* 0x9E37_79B9_7F4A_7C15 ^ key.id.low &* 0xD134_2543_DE82_EF95
        for part in parts { mark = XXHash64.hash(part.bytes, seed: mark) }
        return mark
    }
}
