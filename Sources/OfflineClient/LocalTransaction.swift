import SQLite
import SyncProtocol
import SyncStore

/// One action of an operator: changes that are written together and can be undone together.
///
/// Every method merges into the row, numbers the change and keeps it pending in the same transaction, so that all of
/// it is durable when ``OfflineClient/write(operator:_:)`` returns.
public final class LocalTransaction {
    /// The time of the action, on the server's clock as far as it is known: milliseconds since 1970.
    public let now: Int64
    let connection: Connection
    let store: RecordStore
    let view: ServerView
    var replica: ReplicaState
    var touched: Set<CollectionNumber> = []
    private var written: Set<[UInt64]> = []
    private let operatorName: String
    private let random: @Sendable () -> UInt64
    private let isUndo: Bool

    init(
        _ connection: Connection, layout: StoreLayout, environment: Environment, operator: String, isUndo: Bool = false
    ) throws {
        try Standing.requireUnlocked(connection)
        self.connection = connection
        store = RecordStore(connection, layout: layout)
        view = ServerView(store, connection)
        replica = try ReplicaState.require(connection)
        replica.lastAction += 1
        now = environment.wallMilliseconds() + replica.clockOffset
        random = environment.random
        operatorName = Text.cut(`operator`, toBytes: Limits.operatorBytes)
        self.isUndo = isUndo
    }

    /// Makes a record.
    ///
    /// - Parameters:
    ///   - id: the record's id, or nil for a new one.
    /// - Returns: the id.
    @discardableResult
    public func insert(_ collection: String, _ fields: [String: Value], id: RecordID? = nil) throws -> RecordID {
        let schema = try writable(collection)
        let isNew = id == nil
        let id = id ?? RecordID(milliseconds: now, random: (random(), random()))
        guard try store.load(schema.number, id) == nil else { throw ClientError.recordExists(id) }
        let encoded = try encode(fields, schema).filter { !$0.value.isNull }
        try check(encoded, isCreation: true, schema)
        try append(schema, id, base: .empty, fields: encoded, before: nil)
        if !isNew, try view.pending.summary(of: schema.number, id).count > 1 {
            // What was refused of a record that has left is shown on top, as ever.
            try view.set(nil, schema.number, id, replica: replica.replica)
        }
        return id
    }

    /// Writes fields of a record.
    ///
    /// Those that have the value already are left out, unless their group changes.
    ///
    /// - Returns: whether anything was written.
    @discardableResult
    public func update(_ collection: String, _ id: RecordID, _ fields: [String: Value]) throws -> Bool {
        let schema = try writable(collection)
        guard let local = try store.load(schema.number, id), !local.state.isDeleted else {
            throw ClientError.noSuchRecord(id)
        }
        let wanted = try encode(fields, schema)
        var written: [FieldValue] = []
        for field in wanted where local.state[field.field] != field.value {
            for member in schema.unit(of: field.field) where !written.contains(where: { $0.field == member }) {
                let value = wanted.first { $0.field == member }?.value ?? local.state[member]
                written.append(FieldValue(member, value))
            }
        }
        if written.isEmpty { return false }
        try change(local, schema, written)
        return true
    }

    /// Deletes a record.
    ///
    /// Its fields are kept, so that ``undelete(_:_:)`` brings it back whole.
    public func delete(_ collection: String, _ id: RecordID) throws {
        let schema = try writable(collection)
        guard let local = try store.load(schema.number, id), !local.state.isDeleted else {
            throw ClientError.noSuchRecord(id)
        }
        try change(local, schema, [FieldValue(.deleted, .true)])
    }

    /// Brings a deleted record back.
    public func undelete(_ collection: String, _ id: RecordID) throws {
        let schema = try writable(collection)
        guard let local = try store.load(schema.number, id) else { throw ClientError.noSuchRecord(id) }
        guard local.state.isDeleted else { throw ClientError.notDeleted(id) }
        try change(local, schema, [FieldValue(.deleted, .false)])
    }

    /// Reads a record as this transaction left it; nil where there is none.
    ///
    /// Deleted records are returned as such.
    public func read(_ collection: String, _ id: RecordID) throws -> Record? {
        let schema = try self.schema(collection)
        return try store.load(schema.number, id).map { Record($0.state, schema) }
    }

    /// Runs a query over the tables as this transaction left them.
    ///
    /// It must only read.
    public func query<T>(_ body: (Connection) throws -> T) throws -> T { try body(connection) }

    // MARK: Within the package

    /// Writes encoded fields over a record as a change.
    func change(_ local: StoredRecord, _ schema: CollectionSchema, _ fields: [FieldValue]) throws {
        try check(fields, isCreation: false, schema)
        let id = local.state.record
        let server = try view.load(schema.number, id, local: local)
        if let server { try view.keep(server) }
        let before = fields.map { FieldValue($0.field, local.state[$0.field]) }.sorted { $0.field < $1.field }
        try append(schema, id, base: Self.base(server), fields: fields, before: before)
    }

    /// The base of an edit.
    ///
    /// A record that the server has not acknowledged yet gives none: the server finds this replica's earlier write
    /// there. The entry is needed all the same, since an empty base would make the record anew.
    static func base(_ server: RecordState?) -> Base {
        server?.versions.base ?? Base(seen: [Base.Seen(version: .none, fields: [])])
    }

    func schema(_ collection: String) throws -> CollectionSchema {
        guard let schema = store.layout.schema[collection] else { throw ClientError.unknownCollection(collection) }
        return schema
    }

    /// Notes fields that a step of this undo wrote back.
    func note(_ record: RecordID, _ fields: [FieldNumber]) {
        for field in fields { written.insert([record.high, record.low, UInt64(field)]) }
    }

    /// Whether a step of this undo wrote the field back.
    func wrote(_ record: RecordID, _ field: FieldNumber) -> Bool {
        written.contains([record.high, record.low, UInt64(field)])
    }

    /// The fields with the rest of their groups as the record has them.
    func completed(_ fields: [FieldValue], _ local: StoredRecord, _ schema: CollectionSchema) -> [FieldValue] {
        var all = fields
        for field in fields {
            for member in schema.unit(of: field.field) where !all.contains(where: { $0.field == member }) {
                all.append(FieldValue(member, local.state[member]))
            }
        }
        return all.sorted { $0.field < $1.field }
    }

    func finish() throws {
        #if PlantedBugs
            if PlantedBug.writeTorn.isActive { try connection.tear() }
        #endif
        try replica.save(connection)
    }

    /// Adds a change that is checked, merges it into the row and notes what it wrote over.
    func append(
        _ schema: CollectionSchema, _ id: RecordID, base: Base, fields: [FieldValue], before: [FieldValue]?
    ) throws {
        let time = replica.clock.tick(wall: now)
        let change = Change(
            collection: schema.number, record: id, time: time, operator: operatorName, base: base, fields: fields)
        let bytes = change.encoded
        guard bytes.count <= Limits.recordBytes else {
            throw ClientError.notAllowed(collection: schema.name, field: "", reason: .tooLarge)
        }
        replica.number += 1
        replica.chain = ChangeChain.next(after: replica.chain, bytes[...])
        try view.pending.append(change, bytes: bytes, number: replica.number)
        if let local = try before == nil ? nil : store.load(schema.number, id) {
            var state = local.state
            state.merge(change, by: replica.replica)
            try store.replace(local, with: state)
        } else {
            try store.insert(RecordState(making: change, by: replica.replica))
        }
        try noteForUndo(change, before)
        touched.insert(schema.number)
    }

    // MARK: Parts

    private func writable(_ collection: String) throws -> CollectionSchema {
        let schema = try schema(collection)
        if schema.isReference || schema.number == ConflictLog.number {
            throw ClientError.readOnly(collection: collection)
        }
        return schema
    }

    private func encode(_ fields: [String: Value], _ schema: CollectionSchema) throws -> [FieldValue] {
        try fields.map { name, value in
            guard let field = schema[name] else {
                throw ClientError.unknownField(collection: schema.name, field: name)
            }
            do throws(ProtocolError) {
                return FieldValue(field.number, try EncodedValue(value))
            } catch {
                throw ClientError.notAllowed(
                    collection: schema.name, field: name, reason: error.code == .overLimit ? .tooLarge : .wrongType)
            }
        }.sorted { $0.field < $1.field }
    }

    private func check(_ fields: [FieldValue], isCreation: Bool, _ schema: CollectionSchema) throws {
        if let violation = schema.violation(of: FieldMap(fields), isCreation: isCreation) {
            throw ClientError.notAllowed(
                collection: schema.name, field: schema[violation.field]?.name ?? "", reason: violation.reason)
        }
    }

    private func noteForUndo(_ change: Change, _ before: [FieldValue]?) throws {
        let insert = try connection.statement(
            """
            INSERT INTO _undo (number, action, is_undone, collection, record, time, before)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
            """)
        try insert.bind(1, replica.number)
        try insert.bind(2, replica.lastAction)
        try insert.bind(3, isUndo ? 1 : Int64(0))
        try insert.bind(4, Int64(change.collection))
        try insert.bind(5, change.record)
        try insert.bind(6, Int64(bitPattern: change.time.rawValue))
        if let before { try insert.bind(7, blob: FieldMap(before).encoded[...]) }
        try insert.run()
    }
}
