import SyncProtocol
import SyncStore

/// Writes records in the server's order, with the digests and classes that go with them: the one way in which a record
/// changes at the server.
struct RecordWriter {
    let transaction: any CentralTransaction
    let schema: Schema
    var state: CentralState
    /// Nil where there are no rules: then records have no classes.
    private let rules: CheckedRules?
    /// What is to be added to the digests of the classes at the end.
    private var digests: [Int64: UInt64] = [:]

    init(_ transaction: any CentralTransaction, schema: Schema, rules: CheckedRules?) throws {
        self.transaction = transaction
        self.schema = schema
        self.rules = rules
        state = try transaction.state()
    }

    /// The place in the order that the next record gets.
    var next: Int64 { state.sequence + 1 }

    /// Stores a new record at the next place.
    ///
    /// - Parameter isGivenBack: whether records that follow it may be here already.
    /// - Returns: false where its collection's table has a record of that id already: nothing was changed.
    @discardableResult
    mutating func insert(_ record: RecordState, classNumber: Int64? = nil, isGivenBack: Bool = false) throws -> Bool {
        let number = try classNumber ?? self.classNumber(of: record)
        guard let digest = try transaction.insert(record, sequence: next, classNumber: number) else { return false }
        state.sequence = next
        count(digest, in: number)
        if isGivenBack { try takeAlong(record.collection, record.record) }
        return true
    }

    /// Stores a record in place of what was loaded, at the next place; what follows it moves with it.
    mutating func replace(_ held: StoredRecord, with record: RecordState) throws {
        let number = try classNumber(of: record, after: held)
        state.sequence += 1
        #if PlantedBugs
            if PlantedBug.collectedEarly.isActive, record.isDeleted { return try collect(held) }
        #endif
        let digest = try transaction.replace(held, with: record, sequence: state.sequence, classNumber: number)
        count(0 &- held.digest, in: held.classNumber)
        count(digest, in: number)
        if number != held.classNumber { try left(held, number) }
    }

    /// Removes a record as if it had never been there.
    mutating func collect(_ held: StoredRecord) throws {
        try transaction.collect(held)
        count(0 &- held.digest, in: held.classNumber)
        try takeAlong(held.state.collection, held.state.record)
    }

    /// Stores the state of the database; to be called once, at the end.
    mutating func finish() throws {
        for (number, digest) in digests where digest != 0 { try transaction.add(digest, toClass: number) }
        digests = [:]
        try transaction.save(state)
    }

    /// Adds to the digest of the whole and of a class.
    private mutating func count(_ digest: UInt64, in number: Int64) {
        state.digest &+= digest
        if rules != nil { digests[number, default: 0] &+= digest }
    }

    // MARK: Classes

    /// The class that a record belongs to.
    ///
    /// What follows a record that was collected stays where that was.
    ///
    /// - Parameter held: the record as it stands, whose class tells where what it follows was, if nothing else does.
    func classNumber(of record: RecordState, after held: StoredRecord? = nil) throws -> Int64 {
        guard let fields = rules?.fields[record.collection] else { return 0 }
        let values = FieldMap(fields.map { FieldValue($0, record[$0]) }.filter { !$0.value.isNull })
        let parent = try parent(of: record).flatMap { followed in
            if let there = try transaction.record(followed.collection, followed.record) { return there.classNumber }
            if let path = try transaction.classPath(ofCollected: followed) {
                return try number(of: ClassPath(decoding: path))
            }
            guard let held, self.parent(of: held.state) == followed else { return nil }
            return try key(of: held.classNumber)?.parent
        }
        return try number(of: ClassKey(collection: record.collection, values: values, parent: parent))
    }

    private func number(of key: ClassKey) throws -> Int64 {
        try transaction.classNumber(of: key.encoded) ?? transaction.addClass(key.encoded)
    }

    private func key(of number: Int64) throws -> ClassKey? {
        if number == 0 { return nil }
        return try transaction.classKey(number).map { bytes in try ClassKey(decoding: bytes) }
    }

    // MARK: Classes of what was collected

    /// What tells the class of a record, and those of the records that it follows, without a number.
    func classPath(of record: StoredRecord) throws -> [UInt8] {
        var path = ClassPath()
        let unruled = ClassKey(collection: record.state.collection, values: FieldMap(), parent: nil)
        var next: ClassKey? = try key(of: record.classNumber) ?? unruled
        while let key = next, path.keys.count < Limits.depth {
            path.keys.append(key)
            next = try key.parent.flatMap { try self.key(of: $0) }
        }
        return path.encoded
    }

    /// The number of a class by the rules of now.
    private func number(of path: ClassPath) throws -> Int64? {
        var number: Int64?
        for key in path.keys.reversed() {
            // Of a record that no rule was about nothing is known but that it was there.
            if number == nil, key.parent != nil { number = try withoutValues(rules?.follows[key.collection]?.parent) }
            let isRuled = rules?.fields[key.collection] != nil
            let key = ClassKey(collection: key.collection, values: key.values, parent: number)
            number = isRuled ? try self.number(of: key) : 0
        }
        return number
    }

    private func withoutValues(_ collection: CollectionNumber?) throws -> Int64 {
        guard let collection, rules?.fields[collection] != nil else { return 0 }
        return try number(of: ClassKey(collection: collection, values: FieldMap(), parent: nil))
    }

    /// The record that another one follows.
    func parent(of record: RecordState) -> RecordKey? {
        if record.collection == ConflictLog.number {
            guard case .integer(let collection) = record[ConflictLog.Field.collection].value,
                case .bytes(let bytes) = record[ConflictLog.Field.record].value
            else { return nil }
            return RecordID(bytes: bytes).map { RecordKey(collection: Int(collection), record: $0) }
        }
        guard let follow = rules?.follows[record.collection], case .bytes(let bytes) = record[follow.field].value
        else { return nil }
        return RecordID(bytes: bytes).map { RecordKey(collection: follow.parent, record: $0) }
    }

    /// The other record that a change lets a record follow; nil where it follows the same as before, or none.
    func newParent(of held: RecordState, by change: Change) -> RecordKey? {
        guard let follow = rules?.follows[held.collection], let value = change.fields.value(of: follow.field),
            value != held[follow.field], case .bytes(let bytes) = value.value
        else { return nil }
        return RecordID(bytes: bytes).map { RecordKey(collection: follow.parent, record: $0) }
    }

    /// Notes that a record left a class, and takes along what follows it.
    private mutating func left(_ held: StoredRecord, _ number: Int64) throws {
        let key = (collection: held.state.collection, record: held.state.record)
        try transaction.note(
            ClassMove(
                sequence: state.sequence, collection: key.collection, record: key.record, from: held.classNumber))
        try takeAlong(key.collection, key.record)
    }

    /// Puts what follows a record into the classes that it belongs to now.
    private mutating func takeAlong(_ collection: CollectionNumber, _ record: RecordID) throws {
        #if PlantedBugs
            if PlantedBug.followersStay.isActive { return }
        #endif
        for follower in try followers(of: collection, record) {
            let moved = try classNumber(of: follower.state, after: follower)
            guard moved != follower.classNumber else { continue }
            state.sequence += 1
            _ = try transaction.replace(follower, with: follower.state, sequence: state.sequence, classNumber: moved)
            count(0 &- follower.digest, in: follower.classNumber)
            count(follower.digest, in: moved)
            try left(follower, moved)
        }
    }

    private func followers(of collection: CollectionNumber, _ record: RecordID) throws -> [StoredRecord] {
        guard let rules else { return [] }
        var found: [StoredRecord] = []
        for (child, follow) in rules.follows.sorted(by: { $0.key < $1.key })
        where follow.parent == collection && rules.fields[child] != nil {
            found += try transaction.records(child, where: follow.field, holds: record)
        }
        if rules.fields[ConflictLog.number] != nil, collection != ConflictLog.number {
            found += try transaction.records(ConflictLog.number, where: ConflictLog.Field.record, holds: record)
                .filter { parent(of: $0.state)?.collection == collection }
        }
        return found
    }

    /// Puts every record into the class that the rules of now give it, after the rules have changed.
    ///
    /// Nothing moves in the order: who sees what is decided anew at each replica's next sync.
    mutating func classifyAll(version: Int64) throws {
        var waiting = try transaction.allKeys()
        // What follows a record comes after it, for its class is made from that one's.
        func depth(_ collection: CollectionNumber) -> Int {
            if collection == ConflictLog.number { return Int.max }
            return rules?.follows[collection].map { depth($0.parent) + 1 } ?? 0
        }
        waiting.sort { depth($0.collection) < depth($1.collection) }
        for key in waiting {
            guard let held = try transaction.record(key.collection, key.record) else { continue }
            let number = try classNumber(of: held.state, after: held)
            if number != held.classNumber { try transaction.setClass(number, of: held) }
            if rules != nil { digests[number, default: 0] &+= held.digest }
        }
        for (number, digest) in try transaction.classDigests() { digests[number, default: 0] &-= digest }
        state.classedBy = version
        try finish()
    }
}
