/// What the server answers in a sync.
public struct SyncAnswer: Hashable, Sendable {
    /// What the request said already, and is left out on the wire where the answer says the same; nil to write it as to
    /// a request whose clock stood at 0, of schema version 0, and of no epoch.
    public var request: SyncRequest.Place?
    /// The epoch of the server's database.
    public var epoch: UInt32 = 0
    /// The server's wall clock, in milliseconds since 1970.
    public var time: Int64 = 0
    /// The number of the replica's last change that the server has durably dealt with.
    public var acknowledged: Int64 = 0
    /// The changes of this push that were refused; all others up to ``acknowledged`` were applied.
    public var refusals: [Refusal] = []
    /// The page, as whoever reads the answer has it.
    public var updates: [RecordUpdate] = []
    /// The page, as the server makes it; on the wire it stands before ``updates``.
    package var page = EncodedUpdates()
    /// How many updates there are, read or made.
    package var updateCount: Int { page.count + updates.count }
    /// Up to where the replica knows everything once it has the page.
    public var cursor: [UInt8] = []
    /// Whether there is more to pull.
    public var hasMore = false
    /// The digest of what the replica should hold at the cursor; only where there is no more to pull.
    public var digest: UInt64?
    /// The version of the server's schema.
    public var schemaVersion = 0
    /// The records that left the replica's scope; to be taken before ``updates``.
    public var removals: [RecordKey] = []
    /// What was erased from records, for whoever may hold something of it outside the records themselves.
    public var redactions: [Redaction] = []
    /// Records whose rows the server found damaged: whoever holds them as they were stored gives them back.
    public var wanted: [RecordKey] = []
    /// The head of the server's audit log; nil where its mark is the request's.
    public var auditHead: AuditHead?
    /// Whether the head that the request showed is not one of the server's log: it was cut or written anew.
    public var auditDiffers = false

    /// Makes an answer to be filled in.
    public init() {}

    private enum Key {
        static let acknowledged = 3
        static let refusals = 4
        static let updates = 5
        static let cursor = 6
        static let hasMore = 7
        static let digest = 8
        static let schemaVersion = 9
        static let auditHead = 10
        static let auditDiffers = 11
        static let wanted = 12
        static let removals = 32
        static let redactions = 33
    }

    /// The message on the wire.
    public var encoded: [UInt8] {
        var writer = CBORWriter(capacity: 256 + page.byteCount)
        let (hasEpoch, hasAcknowledged) = (epoch != request?.epoch, acknowledged != request?.last)
        let hasUpdates = updateCount > 0
        let hasSchemaVersion = schemaVersion != request?.schemaVersion ?? 0
        let optional = [
            hasEpoch, hasAcknowledged, hasSchemaVersion, !refusals.isEmpty, hasUpdates, hasMore, digest != nil,
            auditHead != nil, auditDiffers, !removals.isEmpty, !wanted.isEmpty, !redactions.isEmpty,
        ].count { $0 }
        writer.startMessage(.syncAnswer, keys: 2 + optional)
        if hasEpoch {
            writer.write(CommonKey.epoch)
            writer.write(UInt64(epoch))
        }
        writer.write(CommonKey.time)
        writer.write(time &- (request?.time ?? 0))
        if hasAcknowledged {
            writer.write(Key.acknowledged)
            writer.write(acknowledged)
        }
        if !refusals.isEmpty {
            writer.write(Key.refusals)
            writer.writeArray(refusals.count)
            for refusal in refusals { refusal.encode(to: &writer) }
        }
        if hasUpdates {
            writer.write(Key.updates)
            writer.writeArray(updateCount)
            writer.write(encoded: page.writer.bytes[...])
            for update in updates { update.encode(to: &writer) }
        }
        writer.write(Key.cursor)
        writer.write(bytes: cursor)
        if hasMore {
            writer.write(Key.hasMore)
            writer.write(true)
        }
        if let digest {
            writer.write(Key.digest)
            writer.write(digest)
        }
        if hasSchemaVersion {
            writer.write(Key.schemaVersion)
            writer.write(schemaVersion)
        }
        if let auditHead {
            writer.write(Key.auditHead)
            writer.write(bytes: auditHead.bytes)
        }
        if auditDiffers {
            writer.write(Key.auditDiffers)
            writer.write(true)
        }
        if !wanted.isEmpty {
            writer.write(Key.wanted)
            writer.writeArray(wanted.count)
            for key in wanted { key.encode(to: &writer) }
        }
        if !removals.isEmpty {
            writer.write(Key.removals)
            writer.writeArray(removals.count)
            for removal in removals { removal.encode(to: &writer) }
        }
        if !redactions.isEmpty {
            writer.write(Key.redactions)
            writer.writeArray(redactions.count)
            for redaction in redactions { redaction.encode(to: &writer) }
        }
        return writer.bytes
    }

    init(from reader: inout CBORReader, to request: SyncRequest.Place?) throws(ProtocolError) {
        self.request = request
        var required = Set([CommonKey.time, Key.cursor])
        if let request {
            (epoch, acknowledged, schemaVersion) = (request.epoch, request.last, request.schemaVersion)
        } else {
            required.formUnion([CommonKey.epoch, Key.acknowledged])
        }
        try reader.readMessage { (key, reader) throws(ProtocolError) in
            required.remove(key)
            switch key {
            case CommonKey.epoch: epoch = UInt32(try reader.readInt(limit: Int(UInt32.max)))
            case CommonKey.time: time = try reader.readWallTime(after: request?.time ?? 0)
            case Key.acknowledged: acknowledged = try reader.readNumber()
            case Key.refusals:
                for _ in 0..<(try reader.readArray(limit: Limits.changesPerPush)) {
                    refusals.append(try Refusal(from: &reader))
                }
            case Key.updates:
                for _ in 0..<(try reader.readArray(limit: Limits.messageBytes)) {
                    updates.append(try RecordUpdate(from: &reader))
                }
            case Key.cursor: cursor = Array(try reader.readBytes(limit: Limits.cursorBytes))
            case Key.hasMore: hasMore = try reader.readBool()
            case Key.digest: digest = try reader.readUInt64()
            case Key.schemaVersion: schemaVersion = try reader.readInt()
            case Key.auditHead: auditHead = try reader.readAuditHead()
            case Key.auditDiffers: auditDiffers = try reader.readBool()
            case Key.wanted:
                for _ in 0..<(try reader.readArray(limit: Limits.wantsPerAnswer)) {
                    wanted.append(try RecordKey(from: &reader))
                }
            case Key.removals:
                for _ in 0..<(try reader.readArray(limit: Limits.messageBytes)) {
                    removals.append(try RecordKey(from: &reader))
                }
            case Key.redactions:
                for _ in 0..<(try reader.readArray(limit: Limits.messageBytes)) {
                    redactions.append(try Redaction(from: &reader))
                }
            default: return false
            }
            return true
        }
        try reader.require(required)
    }
}

extension RecordKey {
    /// Writes the key as an item of an answer.
    func encode(to writer: inout CBORWriter) {
        writer.writeArray(2)
        writer.write(collection)
        writer.write(record)
    }

    init(from reader: inout CBORReader) throws(ProtocolError) {
        let start = reader.position
        guard try reader.readArray(limit: 2) == 2 else {
            throw ProtocolError(.invalid, at: start, "a record is named by collection and id")
        }
        self.init(collection: try reader.readCollection(), record: try reader.readRecordID())
    }
}

/// One refused change.
public struct Refusal: Hashable, Sendable {
    /// Why the server refuses a change.
    ///
    /// The numbers are those of the wire.
    public enum Reason: Int, Sendable, CaseIterable {
        /// A code that this side does not know.
        case unknown = 0
        /// A value of another type than the schema gives to the field.
        case wrongType = 1
        /// A required field is missing or null.
        case missingField = 2
        /// A text that is not among the allowed ones.
        case notAllowed = 3
        /// A change or record over a limit.
        case tooLarge = 4
        /// A collection or field that this replica may not write.
        case readOnly = 5
        /// An edit of a record that the server does not have, usually because the change that made it was refused.
        case unknownRecord = 6
        /// A reference to a record that the server does not have.
        case unknownReference = 7
        /// A change that writes some fields of a group but not all.
        case partOfGroup = 8
        /// Bytes that are no change.
        case malformed = 9
        /// A change to a record that had left the replica's scope: the centre keeps it and decides.
        case escrowed = 10
        /// The centre applied a change that was in escrow.
        case applied = 11
        /// The centre gave up a change that was in escrow.
        case dismissed = 12
    }

    /// The number of the change.
    public var number: Int64
    /// Why.
    public var reason: Reason
    /// The field that is at fault; 0 for the record as a whole.
    public var field: FieldNumber

    /// Makes a refusal.
    public init(number: Int64, reason: Reason, field: FieldNumber = 0) {
        self.number = number
        self.reason = reason
        self.field = field
    }

    func encode(to writer: inout CBORWriter) {
        writer.writeArray(3)
        writer.write(number)
        writer.write(reason.rawValue)
        writer.write(field)
    }

    init(from reader: inout CBORReader) throws(ProtocolError) {
        let start = reader.position
        guard try reader.readArray(limit: 3) == 3 else {
            throw ProtocolError(.invalid, at: start, "a refusal has three parts")
        }
        number = try reader.readNumber()
        reason = Reason(rawValue: try reader.readInt()) ?? .unknown
        field = try reader.readField()
    }
}
