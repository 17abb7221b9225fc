/// The identity of a record for its whole life: a UUID of version 7, so that ids made one after another are ordered.
public struct RecordID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The first eight bytes, big-endian.
    public let high: UInt64
    /// The last eight bytes, big-endian.
    public let low: UInt64

    /// Makes an id from its two halves.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Makes an id from 16 bytes, or nil for any other count.
    public init?(bytes: ArraySlice<UInt8>) {
        guard let id = bytes.withUnsafeBytes({ RecordID($0) }) else { return nil }
        self = id
    }

    /// Makes an id from 16 bytes, or nil for any other count.
    package init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count == 16 else { return nil }
        high = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self))
        low = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    }

    /// Makes an id from 16 bytes, or nil for any other count.
    public init?(bytes: [UInt8]) { self.init(bytes: bytes[...]) }

    /// Makes a new id: RFC 9562 version 7, 48 bits of time and 74 random ones.
    ///
    /// - Parameters:
    ///   - milliseconds: the time since 1970, 0 to 2⁴⁸ − 1 (more is cut off).
    ///   - random: two random words.
    public init(milliseconds: Int64, random: (UInt64, UInt64)) {
        let time = UInt64(bitPattern: milliseconds) & 0xFFFF_FFFF_FFFF
        high = time << 16 | 0x7000 | random.0 & 0x0FFF
        low = 0x8000_0000_0000_0000 | random.1 & 0x3FFF_FFFF_FFFF_FFFF
    }

    /// Reads the usual text of a UUID, in either case, with or without hyphens.
    public init?(_ text: some StringProtocol) {
        var bytes: [UInt8] = []
        var half: UInt8?
        for character in text.utf8 where character != 0x2D {
            let digit: UInt8
            switch character {
            case 0x30...0x39: digit = character - 0x30
            case 0x41...0x46: digit = character - 0x41 + 10
            case 0x61...0x66: digit = character - 0x61 + 10
            default: return nil
            }
            if let first = half {
                bytes.append(first << 4 | digit)
                half = nil
            } else {
                half = digit
            }
        }
        guard half == nil else { return nil }
        self.init(bytes: bytes)
    }

    /// The sixteen bytes.
    public var bytes: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 16) { buffer, count in
            for index in 0..<8 {
                buffer[index] = UInt8(truncatingIfNeeded: high >> (56 - 8 * UInt64(index)))
                buffer[index + 8] = UInt8(truncatingIfNeeded: low >> (56 - 8 * UInt64(index)))
            }
            count = 16
        }
    }

    /// By bytes, which for ids of version 7 is by the time they were made.
    public static func < (left: RecordID, right: RecordID) -> Bool {
        left.high == right.high ? left.low < right.low : left.high < right.high
    }

    /// The lower-case text with hyphens.
    public var description: String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for (index, byte) in bytes.enumerated() {
            if [4, 6, 8, 10].contains(index) { text.append(0x2D) }
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
