/// A replica whose database was restored from a backup or copied asks for a number of its own.
///
/// The answer is an ``EnrolAnswer``. The numbers and the chain of its changes go on under the new replica number.
public struct RenumberRequest: Hashable, Sendable {
    /// The device's wall clock, in milliseconds since 1970.
    public var time: Int64
    /// The number that the database has, and another one too.
    public var replica: ReplicaID
    /// The number of the last change that the server had acknowledged to this database.
    public var after: Int64
    /// The chain's hash after that change.
    public var chain: UInt64
    /// After a new enrolment: changes that the database was told are in escrow, whose decisions it is to be told.
    public var escrowed: [RepairRequest.Escrowed]

    /// Makes a request.
    public init(
        time: Int64, replica: ReplicaID, after: Int64, chain: UInt64, escrowed: [RepairRequest.Escrowed] = []
    ) {
        self.time = time
        self.replica = replica
        self.after = after
        self.chain = chain
        self.escrowed = escrowed
    }

    private enum Key {
        static let replica = 3
        static let after = 4
        static let chain = 5
        static let escrowed = 6
    }

    /// The message on the wire.
    public var encoded: [UInt8] {
        var writer = CBORWriter(capacity: 48)
        writer.startMessage(.renumberRequest, keys: escrowed.isEmpty ? 4 : 5)
        writer.write(CommonKey.time)
        writer.write(time)
        writer.write(Key.replica)
        writer.write(UInt64(replica.rawValue))
        writer.write(Key.after)
        writer.write(after)
        writer.write(Key.chain)
        writer.write(chain)
        if !escrowed.isEmpty {
            writer.write(Key.escrowed)
            writer.write(escrowed)
        }
        return writer.bytes
    }

    init(from reader: inout CBORReader) throws(ProtocolError) {
        self.init(time: 0, replica: .none, after: 0, chain: 0)
        var required = Set([CommonKey.time, Key.replica, Key.after, Key.chain])
        try reader.readMessage { (key, reader) throws(ProtocolError) in
            required.remove(key)
            switch key {
            case CommonKey.time: time = try reader.readWallTime()
            case Key.replica: replica = try reader.readReplica()
            case Key.after: after = try reader.readNumber()
            case Key.chain: chain = try reader.readUInt64()
            case Key.escrowed: escrowed = try reader.readEscrowed()
            default: return false
            }
            return true
        }
        try reader.require(required)
    }
}
