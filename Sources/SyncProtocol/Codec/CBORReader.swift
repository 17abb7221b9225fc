/// Reads deterministic CBOR from bytes that anybody may have sent: no count, length or depth is believed before it is
/// checked, and nothing traps.
///
/// The reader holds the bytes and a position. Byte strings and encoded values come out as slices of the same bytes.
public struct CBORReader: Sendable {
    /// All the bytes.
    public let bytes: ArraySlice<UInt8>
    /// Where the next item starts.
    public private(set) var position: Int
    /// Where the readable bytes end.
    public let end: Int

    /// The tag of a date-time (unassigned at IANA; see `Protocol/wire.md`).
    static let dateTimeTag: UInt8 = 250

    /// Starts at the first byte.
    public init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
        end = bytes.endIndex
    }

    /// Starts at the first byte.
    public init(_ bytes: [UInt8]) { self.init(bytes[...]) }

    /// Whether every byte was read.
    public var isAtEnd: Bool { position == end }

    /// Fails unless every byte was read.
    public func finish() throws(ProtocolError) {
        if position != end { throw ProtocolError(.trailing, at: position, "\(end - position) bytes after the message") }
    }

    // MARK: Items

    /// Reads an unsigned integer.
    public mutating func readUInt64() throws(ProtocolError) -> UInt64 {
        let start = position
        let (major, value) = try readHead()
        guard major == 0 else { throw ProtocolError(.unexpectedType, at: start, "an unsigned integer was expected") }
        return value
    }

    /// Reads an unsigned integer of at most `limit`.
    public mutating func readInt(limit: Int = Int(Int32.max)) throws(ProtocolError) -> Int {
        let start = position
        let value = try readUInt64()
        guard value <= UInt64(limit) else { throw ProtocolError(.overLimit, at: start, "\(value) is over \(limit)") }
        return Int(value)
    }

    /// Reads the number of a change, or of whatever else is counted one by one, which leaves room to count on from it.
    mutating func readNumber() throws(ProtocolError) -> Int64 { Int64(try readInt(limit: Limits.number)) }

    /// Reads a signed integer.
    public mutating func readInt64() throws(ProtocolError) -> Int64 {
        let start = position
        let (major, value) = try readHead()
        guard major <= 1 else { throw ProtocolError(.unexpectedType, at: start, "an integer was expected") }
        guard value <= UInt64(Int64.max) else {
            throw ProtocolError(.overLimit, at: start, "an integer needs more than 64 bits with its sign")
        }
        return major == 0 ? Int64(value) : ~Int64(value)
    }

    /// Reads true or false.
    public mutating func readBool() throws(ProtocolError) -> Bool {
        let byte = try peek()
        guard byte == 0xF4 || byte == 0xF5 else {
            throw ProtocolError(.unexpectedType, at: position, "true or false was expected")
        }
        position += 1
        return byte == 0xF5
    }

    /// Reads text of at most `limit` bytes.
    public mutating func readText(limit: Int) throws(ProtocolError) -> String {
        let range = try readString(major: 3, limit: limit)
        if range.isEmpty { return "" }
        do {
            return String(copying: try UTF8Span(validating: bytes[range].span))
        } catch {
            throw ProtocolError(.notText, at: range.lowerBound, "the text is not UTF-8")
        }
    }

    /// Reads a byte string of at most `limit` bytes, as a slice.
    public mutating func readBytes(limit: Int) throws(ProtocolError) -> ArraySlice<UInt8> {
        bytes[try readString(major: 2, limit: limit)]
    }

    /// Reads a record id.
    public mutating func readRecordID() throws(ProtocolError) -> RecordID {
        let start = position
        guard let id = RecordID(bytes: bytes[try readString(major: 2, limit: 16)]) else {
            throw ProtocolError(.invalid, at: start, "a record id has 16 bytes")
        }
        return id
    }

    /// Reads the head of an array of at most `limit` items.
    public mutating func readArray(limit: Int) throws(ProtocolError) -> Int { try readCount(major: 4, limit: limit) }

    /// Reads the head of a map of at most `limit` pairs.
    public mutating func readMap(limit: Int) throws(ProtocolError) -> Int { try readCount(major: 5, limit: limit) }

    /// Reads one value of a field, checked but not decoded.
    ///
    /// - Parameter limit: the longest text or bytes.
    public mutating func readValue(limit: Int = Limits.valueBytes) throws(ProtocolError) -> EncodedValue {
        let start = position
        try skipValue(limit: limit)
        return EncodedValue(checked: bytes[start..<position])
    }

    /// Reads over one value of a field, and checks it.
    mutating func skipValue(limit: Int) throws(ProtocolError) {
        let start = position
        let byte = try peek()
        switch byte >> 5 {
        case 0, 1: _ = try readInt64()
        case 2: _ = try readString(major: 2, limit: limit)
        case 3:
            let range = try readString(major: 3, limit: limit)
            guard isText(range) else { throw ProtocolError(.notText, at: range.lowerBound, "the text is not UTF-8") }
        case 6:
            position += 1
            guard byte == 0xD8, try peek() == Self.dateTimeTag else {
                throw ProtocolError(.unexpectedType, at: start, "the only tag is 250, a date-time")
            }
            position += 1
            _ = try readInt64()
        case 7: try readSimpleOrDouble()
        default: throw ProtocolError(.unexpectedType, at: start, "arrays and maps are no values")
        }
    }

    /// Whether the next item is null; reads it if so.
    public mutating func readNull() throws(ProtocolError) -> Bool {
        guard try peek() == 0xF6 else { return false }
        position += 1
        return true
    }

    /// Reads over one item of any kind, as an unknown key's.
    public mutating func skip() throws(ProtocolError) { try skip(depth: Limits.depth) }

    // MARK: Parts

    /// Reads over one item of any kind that has at most so many levels.
    mutating func skip(depth: Int) throws(ProtocolError) {
        let start = position
        switch try peek() >> 5 {
        case 0, 1: _ = try readHead()
        case 2: _ = try readString(major: 2, limit: Limits.messageBytes)
        case 3:
            let range = try readString(major: 3, limit: Limits.messageBytes)
            guard isText(range) else { throw ProtocolError(.notText, at: range.lowerBound, "the text is not UTF-8") }
        case 6:
            guard depth > 0 else { throw ProtocolError(.tooDeep, at: start, "more than \(Limits.depth) levels") }
            _ = try readHead()
            try skip(depth: depth - 1)
        case 7: try readSimpleOrDouble()
        case let major:
            guard depth > 0 else { throw ProtocolError(.tooDeep, at: start, "more than \(Limits.depth) levels") }
            let count = try readCount(major: major, limit: Limits.messageBytes)
            for _ in 0..<count {
                try skip(depth: depth - 1)
                if major == 5 { try skip(depth: depth - 1) }
            }
        }
    }

    private mutating func readSimpleOrDouble() throws(ProtocolError) {
        let start = position
        let byte = bytes[position]
        position += 1
        switch byte {
        case 0xF4, 0xF5, 0xF6: return
        case 0xFB:
            guard end - position >= 8 else { throw ProtocolError(.truncated, at: start, "a double has 8 bytes") }
            var bits: UInt64 = 0
            for _ in 0..<8 {
                bits = bits << 8 | UInt64(bytes[position])
                position += 1
            }
            guard Double(bitPattern: bits).isFinite, bits != 1 << 63 else {
                throw ProtocolError(.notAValue, at: start, "a double is finite, and 0 has no sign")
            }
        case 0xF9, 0xFA: throw ProtocolError(.notDeterministic, at: start, "a double is written with 64 bits")
        default: throw ProtocolError(.unexpectedType, at: start, "a simple value other than false, true and null")
        }
    }

    private mutating func readCount(major: UInt8, limit: Int) throws(ProtocolError) -> Int {
        let start = position
        let (found, count) = try readHead()
        guard found == major else {
            throw ProtocolError(.unexpectedType, at: start, major == 4 ? "an array was expected" : "a map was expected")
        }
        // Each item takes at least a byte: a count that the rest can't hold is refused before anything is reserved.
        guard count <= UInt64(limit) else {
            throw ProtocolError(.overLimit, at: start, "\(count) items, \(limit) allowed")
        }
        guard count <= UInt64(end - position) else {
            throw ProtocolError(.truncated, at: start, "\(count) items are announced, fewer bytes are left")
        }
        return Int(count)
    }

    private mutating func readString(major: UInt8, limit: Int) throws(ProtocolError) -> Range<Int> {
        let start = position
        let (found, length) = try readHead()
        guard found == major else {
            throw ProtocolError(.unexpectedType, at: start, major == 2 ? "bytes were expected" : "text was expected")
        }
        guard length <= UInt64(limit) else {
            throw ProtocolError(.overLimit, at: start, "\(length) bytes, \(limit) allowed")
        }
        guard length <= UInt64(end - position) else {
            throw ProtocolError(.truncated, at: start, "\(length) bytes are announced, \(end - position) are left")
        }
        let range = position..<position + Int(length)
        position = range.upperBound
        return range
    }

    private func isText(_ range: Range<Int>) -> Bool {
        bytes.withUnsafeBytes { whole in
            let start = range.lowerBound - bytes.startIndex
            return Text.isUTF8(UnsafeRawBufferPointer(rebasing: whole[start..<start + range.count]))
        }
    }

    private func peek() throws(ProtocolError) -> UInt8 {
        guard position < end else { throw ProtocolError(.truncated, at: position, "an item was expected") }
        return bytes[position]
    }

    private mutating func readHead() throws(ProtocolError) -> (major: UInt8, value: UInt64) {
        let start = position
        let byte = try peek()
        position += 1
        let low = byte & 31
        if low < 24 { return (byte >> 5, UInt64(low)) }
        guard low < 28 else {
            throw ProtocolError(.notDeterministic, at: start, "an indefinite length or a reserved head")
        }
        let count = 1 << Int(low - 24)
        guard end - position >= count else {
            throw ProtocolError(.truncated, at: start, "a head of \(count) more bytes")
        }
        var value: UInt64 = 0
        for _ in 0..<count {
            value = value << 8 | UInt64(bytes[position])
            position += 1
        }
        let least: UInt64 = count == 1 ? 24 : 1 << UInt64(4 * count)
        guard value >= least else { throw ProtocolError(.notDeterministic, at: start, "not the shortest form") }
        return (byte >> 5, value)
    }
}
