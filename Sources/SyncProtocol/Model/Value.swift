/// The value of one field, as an application reads and writes it.
///
/// On the wire and in hashes a value is its deterministic CBOR encoding (``EncodedValue``).
public enum Value: Hashable, Sendable {
    /// No value. A field that nobody ever wrote is null.
    case null
    /// True or false.
    case bool(Bool)
    /// A signed 64-bit integer.
    case integer(Int64)
    /// A finite double; NaN and the infinities are refused, −0 becomes 0.
    case double(Double)
    /// UTF-8 text of at most ``Limits/valueBytes`` bytes. NUL is allowed.
    case text(String)
    /// Bytes, at most ``Limits/valueBytes``.
    case bytes([UInt8])
    /// A moment: milliseconds since 1970-01-01T00:00:00Z, leap seconds ignored.
    case dateTime(Int64)

    /// The type of the value, or nil for null, which every type allows.
    public var type: ValueType? {
        switch self {
        case .null: nil
        case .bool: .bool
        case .integer: .integer
        case .double: .double
        case .text: .text
        case .bytes: .bytes
        case .dateTime: .dateTime
        }
    }
}

/// The type that a schema gives to a field.
///
/// Null is allowed in all of them.
public enum ValueType: String, Hashable, Sendable, CaseIterable {
    /// ``Value/bool(_:)``
    case bool
    /// ``Value/integer(_:)``
    case integer
    /// ``Value/double(_:)``
    case double
    /// ``Value/text(_:)``
    case text
    /// ``Value/bytes(_:)``
    case bytes
    /// ``Value/dateTime(_:)``
    case dateTime
}
