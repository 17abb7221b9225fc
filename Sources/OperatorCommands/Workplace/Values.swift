import CommandFrame
import SyncProtocol

extension Value {
    /// The text, or nil for a value of another type.
    public var text: String? { if case .text(let text) = self { text } else { nil } }
    /// The moment in milliseconds since 1970, or nil for a value of another type.
    public var moment: Int64? { if case .dateTime(let moment) = self { moment } else { nil } }
    /// True for true only.
    public var isTrue: Bool { self == .bool(true) }
    /// The bytes as a record's id, or nil.
    public var recordID: RecordID? { if case .bytes(let bytes) = self { RecordID(bytes: bytes) } else { nil } }

    /// A text, or null for none and for an empty one.
    public static func given(_ text: String?) -> Value { text.map { $0.isEmpty ? .null : .text($0) } ?? .null }

    /// For programs: moments as ISO 8601 in UTC, 16 bytes as a record's id, other bytes in hexadecimal.
    public var json: JSON {
        switch self {
        case .null: .null
        case .bool(let value): .bool(value)
        case .integer(let value): .integer(value)
        case .double(let value): .double(value)
        case .text(let value): .string(value)
        case .dateTime(let value): .string(Moment.iso(value))
        case .bytes(let value):
            .string(
                RecordID(bytes: value)?.description
                    ?? value.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined())
        }
    }
}
