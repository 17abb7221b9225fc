/// A way to pack bytes for the wire, under its name in HTTP (RFC 9110, section 8.4.1).
public enum ContentCoding: String, Sendable, CaseIterable {
    /// Bytes as they are.
    case identity
    /// RFC 1952, for a peer that has no zstd.
    case gzip
    /// RFC 8878, with a window of at most 8 MiB (RFC 9659). The first choice.
    case zstd

    /// The coding that a `content-encoding` field names; nothing or nothing in it means ``identity``.
    ///
    /// `nil` for a coding that we don't have, and for more than one on top of each other.
    public init?(contentEncoding field: String?) {
        guard let name = field.map(trimmed), !name.isEmpty else {
            self = .identity
            return
        }
        self.init(codingName: name)
    }

    /// The coding of this name, in upper or lower case.
    init?(codingName name: Substring) {
        switch name.lowercased() {
        case "identity": self = .identity
        case "gzip", "x-gzip": self = .gzip
        case "zstd": self = .zstd
        default: return nil
        }
    }

    /// How hard to pack.
    public enum Effort: Sendable {
        /// For whoever answers many at once.
        case quick
        /// For whoever sends over a slow line: 7 % smaller, for three times the work with zstd; gzip knows no difference.
        case thorough
    }

    /// Packs `bytes`, the same input to the same output.
    public func compress(_ bytes: [UInt8], effort: Effort = .quick) throws(ContentCodingError) -> [UInt8] {
        switch self {
        case .identity: bytes
        case .gzip: try Gzip.compress(bytes)
        case .zstd: try Zstd.compress(bytes, level: effort == .quick ? Zstd.level : Zstd.thoroughLevel)
        }
    }

    /// Unpacks `bytes`, which must be one whole frame or member and nothing after it.
    ///
    /// Input is from anyone. Memory for the result is never more than `limit`, whatever the input claims,
    /// and an input that unpacks to more is refused.
    public func decompress(_ bytes: [UInt8], limit: Int) throws(ContentCodingError) -> [UInt8] {
        switch self {
        case .identity:
            guard bytes.count <= limit else { throw .tooLarge(limit: limit) }
            return bytes
        case .gzip: return try Gzip.decompress(bytes, limit: limit)
        case .zstd: return try Zstd.decompress(bytes, limit: limit)
        }
    }
}
