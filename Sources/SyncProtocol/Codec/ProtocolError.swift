/// Bytes that are not what the protocol asks for.
///
/// Equality looks at the code alone. The description names the place and the reason, never a value.
public struct ProtocolError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong.
    ///
    /// The names stand in the test vectors.
    public enum Code: String, Sendable {
        /// The bytes end before the item does.
        case truncated
        /// Bytes are left after the message.
        case trailing
        /// Not the shortest form, an indefinite length, or a reserved initial byte.
        case notDeterministic
        /// Another type than the specification gives to this place.
        case unexpectedType
        /// A count, length or number over its limit.
        case overLimit
        /// Arrays or maps nest deeper than ``Limits/depth``.
        case tooDeep
        /// Map keys that repeat or do not ascend.
        case keyOrder
        /// Text that is not UTF-8.
        case notText
        /// A double that is NaN, infinite or −0.
        case notAValue
        /// A key or item that the specification requires is not there.
        case missing
        /// A message of a major version that this side does not speak.
        case unsupportedVersion
        /// A well-formed item whose content breaks a rule.
        case invalid
    }

    /// What is wrong.
    public let code: Code
    /// Where: the offset into the bytes.
    public let offset: Int
    /// What was expected there.
    public let detail: String

    /// Makes the error.
    @inline(never)
    public init(_ code: Code, at offset: Int, _ detail: String) {
        self.code = code
        self.offset = offset
        self.detail = detail
    }

    /// By code alone.
    public static func == (left: ProtocolError, right: ProtocolError) -> Bool { left.code == right.code }

    /// The code, the place and the reason.
    public var description: String { "\(code.rawValue) at byte \(offset): \(detail)" }
}
