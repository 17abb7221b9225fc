/// A new device exchanges a code that works once for a replica number.
public struct EnrolRequest: Hashable, Sendable {
    /// The device's wall clock, in milliseconds since 1970.
    public var time: Int64
    /// The code, as it was typed: capitals, hyphens and spaces do not matter.
    public var code: String
    /// SHA-256 of the secret that the device made and keeps; the server never sees the secret before the first sync.
    public var credentialHash: [UInt8]
    /// A name for the device, for people.
    public var deviceName: String
    /// The name of the application's schema; a server of another one refuses.
    public var schemaName: String

    /// Makes a request.
    public init(time: Int64, code: String, credentialHash: [UInt8], deviceName: String, schemaName: String) {
        self.time = time
        self.code = code
        self.credentialHash = credentialHash
        self.deviceName = deviceName
        self.schemaName = schemaName
    }

    private enum Key {
        static let code = 3
        static let credentialHash = 4
        static let deviceName = 5
        static let schemaName = 6
    }

    /// The message on the wire.
    public var encoded: [UInt8] {
        var writer = CBORWriter(capacity: 128)
        writer.startMessage(.enrolRequest, keys: 5)
        writer.write(CommonKey.time)
        writer.write(time)
        writer.write(Key.code)
        writer.write(code)
        writer.write(Key.credentialHash)
        writer.write(bytes: credentialHash)
        writer.write(Key.deviceName)
        writer.write(deviceName)
        writer.write(Key.schemaName)
        writer.write(schemaName)
        return writer.bytes
    }

    init(from reader: inout CBORReader) throws(ProtocolError) {
        self.init(time: 0, code: "", credentialHash: [], deviceName: "", schemaName: "")
        var required = Set([CommonKey.time, Key.code, Key.credentialHash, Key.schemaName])
        try reader.readMessage { (key, reader) throws(ProtocolError) in
            required.remove(key)
            switch key {
            case CommonKey.time: time = try reader.readWallTime()
            case Key.code: code = try reader.readText(limit: 64)
            case Key.credentialHash:
                let start = reader.position
                credentialHash = Array(try reader.readBytes(limit: 32))
                guard credentialHash.count == 32 else {
                    throw ProtocolError(.invalid, at: start, "a credential's hash has 32 bytes")
                }
            case Key.deviceName: deviceName = try reader.readText(limit: 128)
            case Key.schemaName: schemaName = try reader.readText(limit: 64)
            default: return false
            }
            return true
        }
        try reader.require(required)
    }
}

/// The server's answer to a code that is good.
public struct EnrolAnswer: Hashable, Sendable {
    /// The epoch of the server's database.
    public var epoch: UInt32
    /// The server's wall clock, in milliseconds since 1970.
    public var time: Int64
    /// The number of the new replica.
    public var replica: ReplicaID
    /// The code of the office that the device belongs to.
    public var office: String
    /// What the centre tells the device's application, by name; for the call centre the prefix of its ticket numbers.
    public var profile: [String: String]

    /// Makes an answer.
    public init(epoch: UInt32, time: Int64, replica: ReplicaID, office: String, profile: [String: String]) {
        self.epoch = epoch
        self.time = time
        self.replica = replica
        self.office = office
        self.profile = profile
    }

    private enum Key {
        static let replica = 3
        static let office = 4
        static let profile = 5
    }

    /// The message on the wire.
    public var encoded: [UInt8] {
        var writer = CBORWriter(capacity: 128)
        writer.startMessage(.enrolAnswer, keys: 5)
        writer.write(CommonKey.epoch)
        writer.write(UInt64(epoch))
        writer.write(CommonKey.time)
        writer.write(time)
        writer.write(Key.replica)
        writer.write(UInt64(replica.rawValue))
        writer.write(Key.office)
        writer.write(office)
        writer.write(Key.profile)
        writer.write(profile: profile)
        return writer.bytes
    }

    init(from reader: inout CBORReader) throws(ProtocolError) {
        self.init(epoch: 0, time: 0, replica: .none, office: "", profile: [:])
        var required = Set([CommonKey.epoch, CommonKey.time, Key.replica, Key.office])
        try reader.readMessage { (key, reader) throws(ProtocolError) in
            required.remove(key)
            switch key {
            case CommonKey.epoch: epoch = UInt32(try reader.readInt(limit: Int(UInt32.max)))
            case CommonKey.time: time = try reader.readWallTime()
            case Key.replica: replica = try reader.readReplica()
            case Key.office: office = try reader.readText(limit: 64)
            case Key.profile: profile = try reader.readProfile()
            default: return false
            }
            return true
        }
        try reader.require(required)
    }
}
