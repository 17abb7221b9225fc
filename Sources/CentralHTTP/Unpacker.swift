import ContentCoding

/// Unpacks one body after the other: many at once would take every thread that requests are answered on, also from those
/// who only ask for the server's health.
actor Unpacker {
    /// The body as it was before it was packed.
    func unpack(
        _ packed: [UInt8], _ coding: ContentCoding, limit: Int
    ) throws(ContentCodingError) -> [UInt8] { try coding.decompress(packed, limit: limit) }
}
