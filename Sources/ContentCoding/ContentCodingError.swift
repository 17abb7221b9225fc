/// Why bytes could not be packed or unpacked.
public enum ContentCodingError: Error, Equatable, Sendable {
    /// The bytes unpack to more than the limit.
    case tooLarge(limit: Int)
    /// A zstd frame asks for more memory to look back into than RFC 9659 lets it.
    case windowTooLarge(limit: Int)
    /// The bytes end before the frame does.
    case truncated(ContentCoding)
    /// Something follows the frame: a second one, or anything else.
    case trailingBytes(ContentCoding)
    /// The bytes are damaged, or not of this coding.
    case malformed(ContentCoding, reason: String)
    /// The library refused to work, most likely for want of memory.
    case failed(ContentCoding, reason: String)
}

extension ContentCodingError: CustomStringConvertible {
    /// The error in words.
    public var description: String {
        switch self {
        case .tooLarge(let limit): "unpacks to more than the limit of \(limit) bytes"
        case .windowTooLarge(let limit):
            "zstd window is larger than \(limit) bytes; pack with a window of 8 MiB or less"
        case .truncated(let coding): "\(coding.rawValue) data ends too early"
        case .trailingBytes(let coding): "more bytes follow the end of the \(coding.rawValue) data; send one frame only"
        case .malformed(let coding, let reason): "not valid \(coding.rawValue) data: \(reason)"
        case .failed(let coding, let reason): "\(coding.rawValue) failed: \(reason)"
        }
    }
}
