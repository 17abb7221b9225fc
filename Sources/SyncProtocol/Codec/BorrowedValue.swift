/// A value's encoding, lent for the length of a call: what is read of it is not copied.
package struct BorrowedValue {
    /// The encoding: one well-formed item, which was checked when it came in.
    package let bytes: UnsafeRawBufferPointer

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// The value taken apart, with text and bytes left where they are.
    package enum Form {
        /// Null.
        case null
        /// True or false.
        case bool(Bool)
        /// An integer.
        case integer(Int64)
        /// A finite double.
        case double(Double)
        /// Valid UTF-8.
        case text(UnsafeRawBufferPointer)
        /// Bytes.
        case bytes(UnsafeRawBufferPointer)
        /// Milliseconds since 1970.
        case dateTime(Int64)
    }

    /// Whether the value is null.
    package var isNull: Bool { bytes.first == EncodedValue.nullByte }

    /// The type, or nil for null; told by the first byte alone.
    package var type: ValueType? {
        guard let first = bytes.first else { return nil }
        switch first >> 5 {
        case 0, 1: return .integer
        case 2: return .bytes
        case 3: return .text
        case 6: return .dateTime
        default: return first == 0xFB ? .double : first == EncodedValue.nullByte ? nil : .bool
        }
    }

    /// The value taken apart.
    package var form: Form {
        guard let first = bytes.first else { return .null }
        switch first >> 5 {
        case 0: return .integer(Int64(bitPattern: head(0).value))
        case 1: return .integer(~Int64(bitPattern: head(0).value))
        case 2: return .bytes(content)
        case 3: return .text(content)
        case 6:
            let number = Int64(bitPattern: head(2).value)
            return .dateTime(bytes[2] >> 5 == 1 ? ~number : number)
        default:
            switch first {
            case 0xF4: return .bool(false)
            case 0xF5: return .bool(true)
            case 0xFB:
                let bits = bytes.loadUnaligned(fromByteOffset: 1, as: UInt64.self)
                return .double(Double(bitPattern: UInt64(bigEndian: bits)))
            default: return .null
            }
        }
    }

    private var content: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[head(0).end...]) }

    /// The number in the head at a place, and where the head ends.
    private func head(_ start: Int) -> (value: UInt64, end: Int) {
        let low = bytes[start] & 31
        if low < 24 { return (UInt64(low), start + 1) }
        let count = 1 << Int(low - 24)
        var value: UInt64 = 0
        for index in start + 1..<start + 1 + count { value = value << 8 | UInt64(bytes[index]) }
        return (value, start + 1 + count)
    }
}
