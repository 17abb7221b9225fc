/// A replica gives what the server lacks, and asks for what it lacks itself.
public struct RepairRequest: Hashable, Sendable {
    /// The epoch that the replica's records belong to.
    public var epoch: UInt32 = 0
    /// The device's wall clock, in milliseconds since 1970.
    public var time: Int64 = 0
    /// The replica.
    public var replica: ReplicaID = .none
    /// The epoch of the server that the comparison was made with.
    public var into: UInt32 = 0
    /// The number of the replica's last change that a server has acknowledged.
    public var after: Int64 = 0
    /// The chain's hash after that change.
    public var chain: UInt64 = 0
    /// Whole records as the replica knows the server to have held them.
    ///
    /// The server takes them only from a replica of another epoch than its own.
    public var given: [RecordUpdate] = []
    /// Records that the replica asks for.
    public var wanted: [RecordKey] = []
    /// Changes that the replica was told are in escrow, with the last request that gives.
    public var escrowed: [Escrowed] = []
    /// Whether the replica has given everything with this request: its numbers hold in the server's epoch from then on.
    public var isLast = false
    /// The cursor that the healing will end with: what is told lies in the scope that it names.
    public var healing: [UInt8] = []

    /// A change in escrow.
    public struct Escrowed: Hashable, Sendable {
        /// Its number.
        public var number: Int64
        /// The change as it was pushed.
        public var bytes: ArraySlice<UInt8>

        /// Makes one.
        public init(number: Int64, bytes: ArraySlice<UInt8>) {
            self.number = number
            self.bytes = bytes
        }
    }

    /// Makes a request without content.
    public init() {}

    /// Whether the replica gives back what a restored server lost.
    public var givesBack: Bool { epoch != into }

    private enum Key {
        static let replica = 3
        static let into = 4
        static let after = 5
        static let chain = 6
        static let given = 7
        static let wanted = 8
        static let escrowed = 9
        static let isLast = 10
        static let healing = 34
    }

    /// The message on the wire.
    public var encoded: [UInt8] {
        var writer = CBORWriter(capacity: 256)
        let optional = [!given.isEmpty, !wanted.isEmpty, !escrowed.isEmpty, isLast, !healing.isEmpty].count { $0 }
        writer.startMessage(.repairRequest, keys: 6 + optional)
        writer.write(CommonKey.epoch)
        writer.write(UInt64(epoch))
        writer.write(CommonKey.time)
        writer.write(time)
        writer.write(Key.replica)
        writer.write(UInt64(replica.rawValue))
        writer.write(Key.into)
        writer.write(UInt64(into))
        writer.write(Key.after)
        writer.write(after)
        writer.write(Key.chain)
        writer.write(chain)
        if !given.isEmpty {
            writer.write(Key.given)
            writer.writeArray(given.count)
            for update in given { update.encode(to: &writer) }
        }
        if !wanted.isEmpty {
            writer.write(Key.wanted)
            writer.writeArray(wanted.count)
            for key in wanted { key.encode(to: &writer) }
        }
        if !escrowed.isEmpty {
            writer.write(Key.escrowed)
            writer.write(escrowed)
        }
        if isLast {
            writer.write(Key.isLast)
            writer.write(true)
        }
        if !healing.isEmpty {
            writer.write(Key.healing)
            writer.write(bytes: healing)
        }
        return writer.bytes
    }

    init(from reader: inout CBORReader) throws(ProtocolError) {
        var required = Set([CommonKey.epoch, CommonKey.time, Key.replica, Key.into, Key.after, Key.chain])
        try reader.readMessage { (key, reader) throws(ProtocolError) in
            required.remove(key)
            switch key {
            case CommonKey.epoch: epoch = UInt32(try reader.readInt(limit: Int(UInt32.max)))
            case CommonKey.time: time = try reader.readWallTime()
            case Key.replica: replica = try reader.readReplica()
            case Key.into: into = UInt32(try reader.readInt(limit: Int(UInt32.max)))
            case Key.after: after = try reader.readNumber()
            case Key.chain: chain = try reader.readUInt64()
            case Key.given: try readGiven(&reader)
            case Key.wanted:
                for _ in 0..<(try reader.readArray(limit: Limits.wantsPerRequest)) {
                    wanted.append(try RecordKey(from: &reader))
                }
            case Key.escrowed: escrowed = try reader.readEscrowed()
            case Key.isLast: isLast = try reader.readBool()
            case Key.healing: healing = Array(try reader.readBytes(limit: Limits.cursorBytes))
            default: return false
            }
            return true
        }
        try reader.require(required)
    }

    private mutating func readGiven(_ reader: inout CBORReader) throws(ProtocolError) {
        for _ in 0..<(try reader.readArray(limit: Limits.messageBytes)) {
            let start = reader.position
            let update = try RecordUpdate(from: &reader)
            guard update.isWhole else { throw ProtocolError(.invalid, at: start, "what is given is whole") }
            given.append(update)
        }
    }
}

extension CBORWriter {
    /// Writes changes in escrow as an item of a request.
    mutating func write(_ escrowed: [RepairRequest.Escrowed]) {
        writeArray(escrowed.count)
        for change in escrowed {
            writeArray(2)
            write(change.number)
            write(encoded: change.bytes)
        }
    }
}

extension CBORReader {
    mutating func readEscrowed() throws(ProtocolError) -> [RepairRequest.Escrowed] {
        var escrowed: [RepairRequest.Escrowed] = []
        for _ in 0..<(try readArray(limit: Limits.changesPerPush)) {
            let start = position
            guard try readArray(limit: 2) == 2 else {
                throw ProtocolError(.invalid, at: start, "a change in escrow is its number and the change")
            }
            let number = try readNumber()
            let changeAt = position
            try skip()
            escrowed.append(RepairRequest.Escrowed(number: number, bytes: bytes[changeAt..<position]))
        }
        return escrowed
    }
}

/// The server tells of the records that were asked for.
public struct RepairAnswer: Hashable, Sendable {
    /// The epoch of the server's database; another one than the request expects means that nothing was done.
    public var epoch: UInt32 = 0
    /// The server's wall clock, in milliseconds since 1970.
    public var time: Int64 = 0
    /// The records whole; none for one that was given as the server holds it now.
    public var updates: [RecordUpdate] = []
    /// Records, wanted or given, that the server does not hold in the replica's scope.
    public var removals: [RecordKey] = []
    /// What was erased from records, all of it, in the answer to the last request that gives.
    public var redactions: [Redaction] = []
    /// How many of the wanted records were dealt with; the rest is to be asked for again.
    public var served = 0

    /// Makes an answer without content.
    public init() {}

    private enum Key {
        static let updates = 3
        static let removals = 4
        static let served = 5
        static let redactions = 33
    }

    /// The message on the wire.
    public var encoded: [UInt8] {
        var writer = CBORWriter(capacity: 256)
        let optional = [!updates.isEmpty, !removals.isEmpty, !redactions.isEmpty].count { $0 }
        writer.startMessage(.repairAnswer, keys: 3 + optional)
        writer.write(CommonKey.epoch)
        writer.write(UInt64(epoch))
        writer.write(CommonKey.time)
        writer.write(time)
        if !updates.isEmpty {
            writer.write(Key.updates)
            writer.writeArray(updates.count)
            for update in updates { update.encode(to: &writer) }
        }
        if !removals.isEmpty {
            writer.write(Key.removals)
            writer.writeArray(removals.count)
            for key in removals { key.encode(to: &writer) }
        }
        writer.write(Key.served)
        writer.write(served)
        if !redactions.isEmpty {
            writer.write(Key.redactions)
            writer.writeArray(redactions.count)
            for redaction in redactions { redaction.encode(to: &writer) }
        }
        return writer.bytes
    }

    init(from reader: inout CBORReader) throws(ProtocolError) {
        var required = Set([CommonKey.epoch, CommonKey.time, Key.served])
        try reader.readMessage { (key, reader) throws(ProtocolError) in
            required.remove(key)
            switch key {
            case CommonKey.epoch: epoch = UInt32(try reader.readInt(limit: Int(UInt32.max)))
            case CommonKey.time: time = try reader.readWallTime()
            case Key.updates:
                for _ in 0..<(try reader.readArray(limit: Limits.messageBytes)) {
                    updates.append(try RecordUpdate(from: &reader))
                }
            case Key.removals:
                for _ in 0..<(try reader.readArray(limit: Limits.messageBytes)) {
                    removals.append(try RecordKey(from: &reader))
                }
            case Key.redactions:
                for _ in 0..<(try reader.readArray(limit: Limits.messageBytes)) {
                    redactions.append(try Redaction(from: &reader))
                }
            case Key.served: served = try reader.readInt(limit: Limits.wantsPerRequest)
            default: return false
            }
            return true
        }
        try reader.require(required)
    }
}
