/// A replica asks in which records the server may differ from it.
///
/// It sends the digests of all its buckets from one on; the answer lists the records of those that differ.
public struct CompareRequest: Hashable, Sendable {
    /// The epoch that the replica's records and its cursor belong to.
    public var epoch: UInt32 = 0
    /// The device's wall clock, in milliseconds since 1970.
    public var time: Int64 = 0
    /// The replica.
    public var replica: ReplicaID = .none
    /// The epoch of the server, as it said last.
    ///
    /// If it is not that of the replica, deleted records are compared too: the server was restored from a backup.
    public var into: UInt32 = 0
    /// The replica's cursor: what the server changed since is not compared.
    public var cursor: [UInt8] = []
    /// How many bits name a bucket.
    public var bits = 0
    /// The first bucket that is asked about.
    public var first = 0
    /// The digests of the buckets from that one on.
    public var digests: [UInt64] = []
    /// The cursor that the healing will end with, as far as it is known: what is listed lies in the scope that it names.
    public var healing: [UInt8] = []

    /// Makes a request without content.
    public init() {}

    /// Whether deleted records are compared too.
    public var countsDeleted: Bool { epoch != into }

    private enum Key {
        static let replica = 3
        static let into = 4
        static let cursor = 5
        static let bits = 6
        static let first = 7
        static let digests = 8
        static let healing = 34
    }

    /// The message on the wire.
    public var encoded: [UInt8] {
        var writer = CBORWriter(capacity: 96 + 8 * digests.count)
        writer.startMessage(.compareRequest, keys: 7 + [first > 0, !healing.isEmpty].count { $0 })
        writer.write(CommonKey.epoch)
        writer.write(UInt64(epoch))
        writer.write(CommonKey.time)
        writer.write(time)
        writer.write(Key.replica)
        writer.write(UInt64(replica.rawValue))
        writer.write(Key.into)
        writer.write(UInt64(into))
        writer.write(Key.cursor)
        writer.write(bytes: cursor)
        writer.write(Key.bits)
        writer.write(bits)
        if first > 0 {
            writer.write(Key.first)
            writer.write(first)
        }
        writer.write(Key.digests)
        var packed: [UInt8] = []
        packed.reserveCapacity(8 * digests.count)
        for digest in digests { withUnsafeBytes(of: digest.bigEndian) { packed.append(contentsOf: $0) } }
        writer.write(bytes: packed)
        if !healing.isEmpty {
            writer.write(Key.healing)
            writer.write(bytes: healing)
        }
        return writer.bytes
    }

    init(from reader: inout CBORReader) throws(ProtocolError) {
        var required = Set([
            CommonKey.epoch, CommonKey.time, Key.replica, Key.into, Key.cursor, Key.bits, Key.digests,
        ])
        var digestsAt = 0
        try reader.readMessage { (key, reader) throws(ProtocolError) in
            required.remove(key)
            switch key {
            case CommonKey.epoch: epoch = UInt32(try reader.readInt(limit: Int(UInt32.max)))
            case CommonKey.time: time = try reader.readWallTime()
            case Key.replica: replica = try reader.readReplica()
            case Key.into: into = UInt32(try reader.readInt(limit: Int(UInt32.max)))
            case Key.cursor: cursor = Array(try reader.readBytes(limit: Limits.cursorBytes))
            case Key.bits: bits = try reader.readInt(limit: Limits.bucketBits)
            case Key.healing: healing = Array(try reader.readBytes(limit: Limits.cursorBytes))
            case Key.first: first = try reader.readInt(limit: (1 << Limits.bucketBits) - 1)
            case Key.digests:
                digestsAt = reader.position
                let packed = try reader.readBytes(limit: 8 << Limits.bucketBits)
                guard packed.count % 8 == 0 else {
                    throw ProtocolError(.invalid, at: digestsAt, "a digest has 8 bytes")
                }
                digests = stride(from: packed.startIndex, to: packed.endIndex, by: 8).map { start in
                    packed[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) }
                }
            default: return false
            }
            return true
        }
        try reader.require(required)
        guard !digests.isEmpty, first + digests.count == 1 << bits else {
            throw ProtocolError(.invalid, at: digestsAt, "a digest for each bucket from the first on is expected")
        }
    }
}

/// The server lists the records of the buckets that differ.
public struct CompareAnswer: Hashable, Sendable {
    /// The epoch of the server's database; another one than the request expects ends the comparison.
    public var epoch: UInt32 = 0
    /// The server's wall clock, in milliseconds since 1970.
    public var time: Int64 = 0
    /// The cursor of whoever has all that the list was made from.
    public var cursor: [UInt8] = []
    /// The buckets that differ, ascending, as far as they fit into a page.
    public var buckets: [Bucket] = []
    /// The first bucket that was not looked at; nil where all were.
    public var next: Int?

    /// Makes an answer without content.
    public init() {}

    /// The records of a bucket that are in the replica's scope.
    public struct Bucket: Hashable, Sendable {
        /// Its number.
        public var number: Int
        /// Its records, in no order.
        public var records: [Entry]

        /// Makes a bucket.
        public init(number: Int, records: [Entry] = []) {
            self.number = number
            self.records = records
        }
    }

    /// A record as the server holds it.
    public struct Entry: Hashable, Sendable {
        /// How a record stands.
        public enum State: Int, Sendable, CaseIterable {
            /// It is there.
            case live = 0
            /// It is deleted.
            case deleted = 1
            /// It changed, or left the scope, since the replica's cursor: a pull will tell.
            case news = 2
        }

        /// Which record it is.
        public var key: RecordKey
        /// Its digest, with field 0 counted as it is; 0 for news.
        public var digest: UInt64
        /// How it stands.
        public var state: State

        /// Makes an entry.
        public init(key: RecordKey, digest: UInt64, state: State) {
            self.key = key
            self.digest = digest
            self.state = state
        }

        /// About how many bytes it takes on the wire.
        public static let estimatedBytes = 32
    }

    private enum Key {
        static let cursor = 3
        static let buckets = 4
        static let next = 5
    }

    /// The message on the wire.
    public var encoded: [UInt8] {
        let size = buckets.reduce(0) { $0 + 8 + Entry.estimatedBytes * $1.records.count }
        var writer = CBORWriter(capacity: 96 + size)
        writer.startMessage(.compareAnswer, keys: next == nil ? 4 : 5)
        writer.write(CommonKey.epoch)
        writer.write(UInt64(epoch))
        writer.write(CommonKey.time)
        writer.write(time)
        writer.write(Key.cursor)
        writer.write(bytes: cursor)
        writer.write(Key.buckets)
        writer.writeArray(buckets.count)
        for bucket in buckets {
            writer.writeArray(2)
            writer.write(bucket.number)
            writer.writeArray(bucket.records.count)
            for entry in bucket.records {
                writer.writeArray(4)
                writer.write(entry.key.collection)
                writer.write(entry.key.record)
                writer.write(entry.digest)
                writer.write(entry.state.rawValue)
            }
        }
        if let next {
            writer.write(Key.next)
            writer.write(next)
        }
        return writer.bytes
    }

    init(from reader: inout CBORReader) throws(ProtocolError) {
        var required = Set([CommonKey.epoch, CommonKey.time, Key.cursor, Key.buckets])
        try reader.readMessage { (key, reader) throws(ProtocolError) in
            required.remove(key)
            switch key {
            case CommonKey.epoch: epoch = UInt32(try reader.readInt(limit: Int(UInt32.max)))
            case CommonKey.time: time = try reader.readWallTime()
            case Key.cursor: cursor = Array(try reader.readBytes(limit: Limits.cursorBytes))
            case Key.buckets:
                for _ in 0..<(try reader.readArray(limit: 1 << Limits.bucketBits)) {
                    buckets.append(try Bucket(from: &reader))
                }
            case Key.next: next = try reader.readInt(limit: (1 << Limits.bucketBits) - 1)
            default: return false
            }
            return true
        }
        try reader.require(required)
    }
}

extension CompareAnswer.Bucket {
    fileprivate init(from reader: inout CBORReader) throws(ProtocolError) {
        let start = reader.position
        guard try reader.readArray(limit: 2) == 2 else {
            throw ProtocolError(.invalid, at: start, "a bucket is its number and its records")
        }
        self.init(number: try reader.readInt(limit: (1 << Limits.bucketBits) - 1))
        for _ in 0..<(try reader.readArray(limit: Limits.messageBytes)) {
            records.append(try CompareAnswer.Entry(from: &reader))
        }
    }
}

extension CompareAnswer.Entry {
    fileprivate init(from reader: inout CBORReader) throws(ProtocolError) {
        let start = reader.position
        guard try reader.readArray(limit: 4) == 4 else {
            throw ProtocolError(.invalid, at: start, "an entry has four parts")
        }
        let key = RecordKey(collection: try reader.readCollection(), record: try reader.readRecordID())
        let digest = try reader.readUInt64()
        let stateAt = reader.position
        guard let state = State(rawValue: try reader.readInt()) else {
            throw ProtocolError(.invalid, at: stateAt, "no such state of an entry")
        }
        self.init(key: key, digest: digest, state: state)
    }
}
