/// What a replica sends in a sync: where it stands, and its pending changes.
public struct SyncRequest: Hashable, Sendable {
    /// The epoch of the server's database that the cursor belongs to; 0 before the first sync.
    public var epoch: UInt32 = 0
    /// The replica's wall clock, in milliseconds since 1970.
    public var time: Int64 = 0
    /// The replica's number.
    public var replica: ReplicaID = .none
    /// The number of the change before the first one of ``changes``.
    public var after: Int64 = 0
    /// The chain's hash after the change with that number.
    public var chain: UInt64 = 0
    /// The pushed changes, each as its bytes on the wire; their numbers follow on from ``after``.
    public var changes: [ArraySlice<UInt8>] = []
    /// How far the replica has pulled; empty before the first page.
    public var cursor: [UInt8] = []
    /// The version of the replica's schema.
    public var schemaVersion = 0
    /// The size of the page that is asked for, in bytes; 0 asks for none (more changes are to be pushed first).
    public var pageBytes = Limits.pageBytes
    /// A head of the server's audit log that the replica was told and did not show yet, to be compared.
    public var auditHead: AuditHead?
    /// The mark of the head that the replica was told last, which the answer need not repeat; nil to be told it whole.
    public var auditMark: UInt32?
    /// The number of the last change that was written at the replica; 0 where there is none after those of this request.
    public var written: Int64 = 0
    /// How many refused changes the replica keeps.
    public var refused = 0
    /// The replica's program and its version, for people; empty where it does not tell.
    public var program = ""
    /// What was done with personal data at the device and not told yet, the oldest first.
    public var events: [DeviceEvent] = []

    /// Makes a request to be filled in.
    public init() {}

    /// What an answer need not say again.
    public struct Place: Hashable, Sendable {
        /// The request's epoch.
        public let epoch: UInt32
        /// The request's wall clock, from which the answer's is counted.
        public let time: Int64
        /// The number of the last change that it pushes, or else its ``SyncRequest/after``.
        public let last: Int64
        /// The version of the replica's schema.
        public let schemaVersion: Int

        /// Puts them together.
        public init(epoch: UInt32, time: Int64, last: Int64, schemaVersion: Int) {
            self.epoch = epoch
            self.time = time
            self.last = last
            self.schemaVersion = schemaVersion
        }
    }

    /// What an answer to this request need not say again.
    public var place: Place {
        Place(epoch: epoch, time: time, last: after &+ Int64(changes.count), schemaVersion: schemaVersion)
    }

    private enum Key {
        static let replica = 3
        static let after = 4
        static let chain = 5
        static let changes = 6
        static let cursor = 7
        static let schemaVersion = 8
        static let pageBytes = 9
        static let auditHead = 10
        static let written = 11
        static let refused = 12
        static let program = 13
        static let events = 14
        static let auditMark = 15
    }

    /// The message on the wire.
    public var encoded: [UInt8] {
        var writer = CBORWriter(capacity: 128 + changes.reduce(0) { $0 + $1.count })
        let hasPage = pageBytes != Limits.pageBytes
        let optional = [
            !changes.isEmpty, hasPage, auditHead != nil, written > 0, refused > 0, !program.isEmpty, !events.isEmpty,
            auditMark != nil,
        ].count { $0 }
        writer.startMessage(.syncRequest, keys: 7 + optional)
        writer.write(CommonKey.epoch)
        writer.write(UInt64(epoch))
        writer.write(CommonKey.time)
        writer.write(time)
        writer.write(Key.replica)
        writer.write(UInt64(replica.rawValue))
        writer.write(Key.after)
        writer.write(after)
        writer.write(Key.chain)
        writer.write(chain)
        if !changes.isEmpty {
            writer.write(Key.changes)
            writer.writeArray(changes.count)
            for change in changes { writer.write(encoded: change) }
        }
        writer.write(Key.cursor)
        writer.write(bytes: cursor)
        writer.write(Key.schemaVersion)
        writer.write(schemaVersion)
        if hasPage {
            writer.write(Key.pageBytes)
            writer.write(pageBytes)
        }
        if let auditHead {
            writer.write(Key.auditHead)
            writer.write(bytes: auditHead.bytes)
        }
        if written > 0 {
            writer.write(Key.written)
            writer.write(written)
        }
        if refused > 0 {
            writer.write(Key.refused)
            writer.write(refused)
        }
        if !program.isEmpty {
            writer.write(Key.program)
            writer.write(program)
        }
        if !events.isEmpty {
            writer.write(Key.events)
            writer.writeArray(events.count)
            for event in events { event.encode(to: &writer) }
        }
        if let auditMark {
            writer.write(Key.auditMark)
            writer.write(bytes: withUnsafeBytes(of: auditMark.bigEndian) { Array($0) })
        }
        return writer.bytes
    }

    init(from reader: inout CBORReader) throws(ProtocolError) {
        var required = Set([CommonKey.epoch, CommonKey.time, Key.replica, Key.after, Key.chain, Key.cursor])
        try reader.readMessage { (key, reader) throws(ProtocolError) in
            required.remove(key)
            switch key {
            case CommonKey.epoch: epoch = UInt32(try reader.readInt(limit: Int(UInt32.max)))
            case CommonKey.time: time = try reader.readWallTime()
            case Key.replica: replica = try reader.readReplica()
            case Key.after: after = try reader.readNumber()
            case Key.chain: chain = try reader.readUInt64()
            case Key.changes:
                let count = try reader.readArray(limit: Limits.changesPerPush)
                changes.reserveCapacity(count)
                for _ in 0..<count {
                    let start = reader.position
                    try reader.skip()
                    changes.append(reader.bytes[start..<reader.position])
                }
            case Key.cursor: cursor = Array(try reader.readBytes(limit: Limits.cursorBytes))
            case Key.schemaVersion: schemaVersion = try reader.readInt()
            case Key.pageBytes: pageBytes = try reader.readInt(limit: Limits.messageBytes)
            case Key.written: written = try reader.readNumber()
            case Key.refused: refused = try reader.readInt()
            case Key.program: program = try reader.readText(limit: Limits.programBytes)
            case Key.events:
                for _ in 0..<(try reader.readArray(limit: Limits.eventsPerRequest)) {
                    events.append(try DeviceEvent(from: &reader))
                }
            case Key.auditHead: auditHead = try reader.readShownAuditHead()
            case Key.auditMark: auditMark = try reader.readAuditMark()
            default: return false
            }
            return true
        }
        try reader.require(required)
    }
}

extension CBORReader {
    /// Fails where required keys were not there.
    func require(_ missing: Set<Int>) throws(ProtocolError) {
        if let key = missing.min() { throw ProtocolError(.missing, at: position, "key \(key) is missing") }
    }
}
