/// Why the server did nothing of what it was asked.
public struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The reason.
    ///
    /// The numbers are those of the wire.
    public enum Code: Int, Sendable, CaseIterable {
        /// A code that this side does not know.
        case unknown = 0
        /// The request is no message of this protocol.
        case malformed = 1
        /// The request is of a major version that the server does not speak.
        case unsupportedVersion = 2
        /// No credential, or one that the server does not know.
        case notEnrolled = 3
        /// The device was revoked.
        case revoked = 4
        /// An enrolment code that the server does not know.
        case unknownCode = 5
        /// An enrolment code that another device has used.
        case usedCode = 6
        /// An enrolment code that is past its time.
        case expiredCode = 7
        /// Versions from the future: the device's clock is wrong. The client stamps its unsent changes anew.
        case clock = 8
        /// The server knows other changes under these numbers: the database was restored from a backup or copied.
        case forked = 9
        /// The server is behind what it acknowledged: its database was restored from a backup.
        case behind = 10
        /// The server can't serve now; nothing was applied, try again.
        case unavailable = 11
        /// The server's schema is not that of this application.
        case otherSchema = 12
        /// A cursor that the server did not give out.
        case badCursor = 13
        /// The server's disk is full; nothing was applied, try again once the centre has made room.
        case storageFull = 14
        /// Too many wrong codes or credentials came from this address: try again after ``Failure/wait``.
        case tooManyAttempts = 15
        /// The server's own clock jumped: it takes no changes until the clock is right or the centre confirms it.
        case serverClock = 16
    }

    /// The reason.
    public var code: Code
    /// The server's wall clock, in milliseconds since 1970.
    public var time: Int64
    /// More about it, in English, for logs; without any value of a record.
    public var detail: String
    /// How many seconds to wait before asking again; 0 where that is not known.
    public var wait = 0

    /// Makes a failure.
    public init(code: Code, time: Int64, detail: String) {
        self.code = code
        self.time = time
        self.detail = detail
    }

    /// The code and its detail.
    public var description: String { "\(code): \(detail)" }

    private enum Key {
        static let code = 3
        static let detail = 4
        static let wait = 5
    }

    /// The message on the wire.
    public var encoded: [UInt8] {
        var writer = CBORWriter(capacity: 64)
        writer.startMessage(.failure, keys: wait > 0 ? 4 : 3)
        writer.write(CommonKey.time)
        writer.write(time)
        writer.write(Key.code)
        writer.write(code.rawValue)
        writer.write(Key.detail)
        writer.write(detail)
        if wait > 0 {
            writer.write(Key.wait)
            writer.write(wait)
        }
        return writer.bytes
    }

    init(from reader: inout CBORReader) throws(ProtocolError) {
        self.init(code: .unknown, time: 0, detail: "")
        var required = Set([CommonKey.time, Key.code])
        try reader.readMessage { (key, reader) throws(ProtocolError) in
            required.remove(key)
            switch key {
            case CommonKey.time: time = try reader.readWallTime()
            case Key.code: code = Code(rawValue: try reader.readInt()) ?? .unknown
            case Key.detail: detail = try reader.readText(limit: 1024)
            case Key.wait: wait = try reader.readInt(limit: Int(Int32.max))
            default: return false
            }
            return true
        }
        try reader.require(required)
    }
}
