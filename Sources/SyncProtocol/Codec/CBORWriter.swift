/// Writes deterministic CBOR (RFC 8949, 4.2.1): shortest heads, definite lengths, ascending keys (the caller's duty).
public struct CBORWriter: Sendable {
    /// What was written so far.
    public private(set) var bytes: [UInt8] = []

    /// Starts an empty writer.
    public init() {}

    /// Starts an empty writer with room for some bytes.
    public init(capacity: Int) { bytes.reserveCapacity(capacity) }

    /// Writes an unsigned integer.
    public mutating func write(_ value: UInt64) { writeHead(0, value) }

    /// Writes an integer.
    public mutating func write(_ value: Int64) {
        if value >= 0 { writeHead(0, UInt64(value)) } else { writeHead(1, UInt64(bitPattern: ~value)) }
    }

    /// Writes a count, number or key, none of which is negative.
    public mutating func write(_ value: Int) { write(Int64(value)) }

    /// Writes text.
    public mutating func write(_ text: String) {
        var text = text
        text.withUTF8 { buffer in
            writeHead(3, UInt64(buffer.count))
            bytes.append(contentsOf: buffer)
        }
    }

    /// Writes a byte string.
    public mutating func write(bytes content: UnsafeRawBufferPointer) {
        writeHead(2, UInt64(content.count))
        bytes.append(contentsOf: content)
    }

    /// Writes a byte string.
    public mutating func write(bytes content: [UInt8]) { content.withUnsafeBytes { write(bytes: $0) } }

    /// Writes a record id: a byte string of 16.
    public mutating func write(_ id: RecordID) {
        bytes.append(0x50)
        writeBigEndian(id.high)
        writeBigEndian(id.low)
    }

    /// Writes true or false.
    public mutating func write(_ value: Bool) { bytes.append(value ? 0xF5 : 0xF4) }

    /// Writes null.
    public mutating func writeNull() { bytes.append(0xF6) }

    /// Writes a double, always as 64 bits, with −0 as 0.
    ///
    /// The caller has refused NaN and the infinities.
    public mutating func write(_ value: Double) {
        bytes.append(0xFB)
        writeBigEndian((value == 0 ? 0 : value).bitPattern)
    }

    /// Writes a date-time: tag 250 round an integer of milliseconds.
    public mutating func write(dateTime milliseconds: Int64) {
        bytes.append(0xD8)
        bytes.append(CBORReader.dateTimeTag)
        write(milliseconds)
    }

    /// Starts an array of that many items.
    public mutating func writeArray(_ count: Int) { writeHead(4, UInt64(count)) }

    /// Starts a map of that many pairs.
    public mutating func writeMap(_ count: Int) { writeHead(5, UInt64(count)) }

    /// Copies an item that is encoded already.
    public mutating func write(encoded item: ArraySlice<UInt8>) { bytes.append(contentsOf: item) }

    /// Writes text whose bytes are known to be UTF-8.
    public mutating func write(textBytes: UnsafeRawBufferPointer) {
        writeHead(3, UInt64(textBytes.count))
        bytes.append(contentsOf: textBytes)
    }

    private mutating func writeHead(_ major: UInt8, _ value: UInt64) {
        switch value {
        case 0..<24: bytes.append(major << 5 | UInt8(value))
        case 24..<0x100:
            bytes.append(major << 5 | 24)
            bytes.append(UInt8(value))
        case 0x100..<0x1_0000:
            bytes.append(major << 5 | 25)
            bytes.append(UInt8(value >> 8))
            bytes.append(UInt8(truncatingIfNeeded: value))
        case 0x1_0000..<0x1_0000_0000:
            bytes.append(major << 5 | 26)
            withUnsafeBytes(of: UInt32(value).bigEndian) { bytes.append(contentsOf: $0) }
        default:
            bytes.append(major << 5 | 27)
            writeBigEndian(value)
        }
    }

    private mutating func writeBigEndian(_ value: UInt64) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }
}
