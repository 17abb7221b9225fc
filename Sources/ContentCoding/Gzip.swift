import CZlib

/// gzip by zlib, one call a body.
enum Gzip {
    /// 15 bits of window, and 16 for "gzip, neither zlib nor raw".
    private static let windowBits: Int32 = 15 + 16
    private static let memoryLevel: Int32 = 8
    private static let headerAndTrailer = 18
    private static let streamSize = Int32(MemoryLayout<z_stream>.size)

    static func compress(_ bytes: [UInt8]) throws(ContentCodingError) -> [UInt8] {
        let stream = makeStream()
        defer { stream.deallocate() }
        let opened = deflateInit2_(
            stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, windowBits, memoryLevel, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            streamSize)
        guard opened == Z_OK else { throw .failed(.gzip, reason: reason(opened, stream)) }
        defer { deflateEnd(stream) }
        guard let room = UInt32(exactly: deflateBound(stream, UInt(bytes.count))) else {
            throw .failed(.gzip, reason: "more than 4 GiB at once")
        }
        var status = Z_OK
        let packed = transform(bytes, room: room, stream) { status = deflate(stream, Z_FINISH) }
        guard status == Z_STREAM_END else { throw .failed(.gzip, reason: reason(status, stream)) }
        return packed
    }

    static func decompress(_ bytes: [UInt8], limit: Int) throws(ContentCodingError) -> [UInt8] {
        guard UInt32(exactly: bytes.count) != nil else {
            throw .malformed(.gzip, reason: "more than 4 GiB at once")
        }
        let magic: [UInt8] = [0x1F, 0x8B]
        guard bytes.starts(with: magic.prefix(bytes.count)) else {
            throw .malformed(.gzip, reason: "it doesn't begin as gzip does")
        }
        guard bytes.count >= headerAndTrailer else { throw .truncated(.gzip) }

        // The last four bytes say how much comes out, if nothing follows them. They are only believed as far
        // as the limit, and inflating stops there.
        let stated = bytes.suffix(4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        let room = UInt32(clamping: min(Int(stated), limit))

        let stream = makeStream()
        defer { stream.deallocate() }
        let opened = inflateInit2_(stream, windowBits, ZLIB_VERSION, streamSize)
        guard opened == Z_OK else { throw .failed(.gzip, reason: reason(opened, stream)) }
        defer { inflateEnd(stream) }
        var status = Z_OK
        let unpacked = transform(bytes, room: room, stream) { status = inflate(stream, Z_FINISH) }
        switch status {
        case Z_STREAM_END:
            guard stream.pointee.avail_in == 0 else { throw .trailingBytes(.gzip) }
            return unpacked
        case Z_MEM_ERROR:
            throw .failed(.gzip, reason: reason(status, stream))
        case Z_OK, Z_BUF_ERROR:
            // It wants more room or more input.
            if stream.pointee.avail_out == 0, unpacked.count >= limit { throw .tooLarge(limit: limit) }
            if stream.pointee.avail_in == 0 { throw .truncated(.gzip) }
            throw .malformed(.gzip, reason: "it holds more than its last four bytes say, or more follows it")
        default:
            throw .malformed(.gzip, reason: reason(status, stream))
        }
    }

    /// A stream at an address that stays: zlib keeps a pointer to it.
    private static func makeStream() -> UnsafeMutablePointer<z_stream> {
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        return stream
    }

    /// Runs `step` once, from all of `input` into at most `room` bytes.
    private static func transform(
        _ input: [UInt8], room: UInt32, _ stream: UnsafeMutablePointer<z_stream>, _ step: () -> Void
    ) -> [UInt8] {
        // zlib takes no null for "no room", so there is always a byte of it.
        [UInt8](unsafeUninitializedCapacity: max(1, Int(room))) { output, count in
            input.withUnsafeBufferPointer { source in
                // zlib's declaration lacks a const; it doesn't write to its input.
                stream.pointee.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
                stream.pointee.avail_in = UInt32(clamping: source.count)
                stream.pointee.next_out = output.baseAddress
                stream.pointee.avail_out = room
                step()
            }
            count = Int(room - stream.pointee.avail_out)
        }
    }

    private static func reason(_ status: Int32, _ stream: UnsafeMutablePointer<z_stream>) -> String {
        stream.pointee.msg.map { String(cString: $0) } ?? String(cString: zError(status))
    }
}
