/// The head of a server's audit log, as it travels: how many entries it has, and the beginning of the last one's hash.
///
/// Every replica keeps the last one it was told, out of reach of whoever can write the log itself.
public struct AuditHead: Hashable, Sendable, CustomStringConvertible {
    /// How many entries the log has.
    public var count: Int64
    /// The first 8 bytes of the hash of the last entry.
    public var hash: UInt64

    /// Makes a head.
    public init(count: Int64, hash: UInt64) {
        self.count = count
        self.hash = hash
    }

    /// The most bytes of a head on the wire.
    static let mostBytes = 17

    /// A log without entries.
    public static let empty = AuditHead(count: 0, hash: 0)

    /// Four bytes of the head, by which a replica shows which one it was told.
    ///
    /// It is no proof: who writes the log can make another head of the same mark. So a replica asks for the whole head
    /// once a day, and compares it.
    public var mark: UInt32 { UInt32(hash >> 32) ^ UInt32(truncatingIfNeeded: count) }

    /// The count as a variable-length number, then the 8 bytes.
    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        Varint.append(UInt64(max(0, count)), to: &bytes)
        withUnsafeBytes(of: hash.bigEndian) { bytes.append(contentsOf: $0) }
        return bytes
    }

    /// Reads a head.
    public init(_ bytes: ArraySlice<UInt8>) throws(ProtocolError) {
        var position = bytes.startIndex
        count = Int64(try Varint.read(bytes, &position, limit: UInt64(Limits.number)))
        guard bytes.endIndex - position == 8 else {
            throw ProtocolError(.invalid, at: position, "a head is a count and 8 bytes")
        }
        hash = bytes[position...].reduce(0) { $0 << 8 | UInt64($1) }
        guard count > 0 || hash == 0 else {
            throw ProtocolError(.invalid, at: position, "the head of a log without entries is 9 zeros")
        }
        guard self.bytes.count == bytes.count else {
            throw ProtocolError(.invalid, at: bytes.startIndex, "the count of a head is as short as can be")
        }
    }

    /// Reads a head as people write it down: `12-00a1b2c3d4e5f607`.
    public init?(_ text: String) {
        let parts = text.split(separator: "-")
        guard parts.count == 2, let count = Int64(parts[0]), count > 0, parts[1].utf8.count == 16,
            let hash = UInt64(parts[1], radix: 16)
        else { return nil }
        self.init(count: count, hash: hash)
    }

    /// The head as people write it down.
    public var description: String {
        let digits = String(hash, radix: 16)
        return "\(count)-" + String(repeating: "0", count: 16 - digits.count) + digits
    }
}

extension CBORReader {
    mutating func readAuditHead() throws(ProtocolError) -> AuditHead {
        try AuditHead(try readBytes(limit: AuditHead.mostBytes))
    }

    /// Reads the head that a replica shows, which kept one of a log with entries.
    mutating func readShownAuditHead() throws(ProtocolError) -> AuditHead {
        let start = position
        let head = try readAuditHead()
        guard head.count > 0 else { throw ProtocolError(.invalid, at: start, "a head that is shown has entries") }
        return head
    }

    mutating func readAuditMark() throws(ProtocolError) -> UInt32 {
        let start = position
        let bytes = try readBytes(limit: 4)
        guard bytes.count == 4 else { throw ProtocolError(.invalid, at: start, "a mark has 4 bytes") }
        return bytes.reduce(0) { $0 << 8 | UInt32($1) }
    }
}
