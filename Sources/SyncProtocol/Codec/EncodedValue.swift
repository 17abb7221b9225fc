/// A value as its deterministic CBOR encoding, usually a slice of the message that it came in.
///
/// Merge, conflict detection, hashes and the conflict log work on this form: equal values are equal bytes, and what
/// is only passed on is never decoded.
public struct EncodedValue: Hashable, Sendable {
    /// The encoding: one well-formed item.
    public let bytes: ArraySlice<UInt8>

    /// Null.
    public static let null = EncodedValue(checked: [0xF6])
    /// False, the value of field 0 of a record that lives.
    public static let `false` = EncodedValue(checked: [0xF4])
    /// True, the value of field 0 of a deleted record.
    public static let `true` = EncodedValue(checked: [0xF5])

    /// Wraps bytes that are known to be one well-formed value.
    package init(checked bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    /// Encodes a value.
    ///
    /// - Throws: ``ProtocolError`` for a double that is NaN or infinite and for what is over ``Limits/valueBytes``.
    public init(_ value: Value) throws(ProtocolError) {
        var writer = CBORWriter()
        switch value {
        case .null: writer.writeNull()
        case .bool(let value): writer.write(value)
        case .integer(let value): writer.write(value)
        case .double(let value):
            guard value.isFinite else { throw ProtocolError(.notAValue, at: 0, "a double must be finite") }
            writer.write(value)
        case .text(let text):
            guard text.utf8.count <= Limits.valueBytes else {
                throw ProtocolError(.overLimit, at: 0, "a text has at most \(Limits.valueBytes) bytes")
            }
            writer.write(text)
        case .bytes(let content):
            guard content.count <= Limits.valueBytes else {
                throw ProtocolError(.overLimit, at: 0, "a value has at most \(Limits.valueBytes) bytes")
            }
            writer.write(bytes: content)
        case .dateTime(let milliseconds): writer.write(dateTime: milliseconds)
        }
        bytes = writer.bytes[...]
    }

    /// Reads one encoded value that must fill the bytes.
    public init(decoding bytes: ArraySlice<UInt8>) throws(ProtocolError) {
        var reader = CBORReader(bytes)
        self = try reader.readValue()
        try reader.finish()
    }

    /// Whether the value is null.
    public var isNull: Bool { bytes.first == Self.nullByte }

    static let nullByte: UInt8 = 0xF6

    /// The decoded value.
    public var value: Value {
        switch form {
        case .null: .null
        case .bool(let value): .bool(value)
        case .integer(let value): .integer(value)
        case .double(let value): .double(value)
        case .text(let utf8): .text(String(decoding: utf8, as: UTF8.self))
        case .bytes(let content): .bytes(Array(content))
        case .dateTime(let milliseconds): .dateTime(milliseconds)
        }
    }

    /// The value taken apart, with text and bytes left where they are.
    public enum Form {
        /// Null.
        case null
        /// True or false.
        case bool(Bool)
        /// An integer.
        case integer(Int64)
        /// A finite double.
        case double(Double)
        /// Valid UTF-8.
        case text(ArraySlice<UInt8>)
        /// Bytes.
        case bytes(ArraySlice<UInt8>)
        /// Milliseconds since 1970.
        case dateTime(Int64)
    }

    /// The type, or nil for null; told by the first byte alone.
    public var type: ValueType? { bytes.withUnsafeBytes { BorrowedValue($0).type } }

    /// The value taken apart.
    public var form: Form {
        bytes.withUnsafeBytes { buffer in
            // Text and bytes are the end of their encoding.
            switch BorrowedValue(buffer).form {
            case .null: .null
            case .bool(let value): .bool(value)
            case .integer(let value): .integer(value)
            case .double(let value): .double(value)
            case .text(let utf8): .text(bytes[(bytes.endIndex - utf8.count)...])
            case .bytes(let content): .bytes(bytes[(bytes.endIndex - content.count)...])
            case .dateTime(let milliseconds): .dateTime(milliseconds)
            }
        }
    }
}
