import CZstd

/// zstd by libzstd, one frame a body.
enum Zstd {
    static let level: Int32 = 3
    static let thoroughLevel: Int32 = 5
    /// 8 MiB, the most that RFC 9659 lets a sender ask for.
    static let windowLog: Int32 = 23
    private static let magic: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD]
    private static let unknownSize = UInt64.max
    private static let sizeError = UInt64.max - 1

    private static let compressors = ContextPool { ZstdContext(ZSTD_createCCtx(), free: { ZSTD_freeCCtx($0) }) }
    private static let decompressors = ContextPool { ZstdContext(ZSTD_createDCtx(), free: { ZSTD_freeDCtx($0) }) }

    static func compress(_ bytes: [UInt8], level: Int32) throws(ContentCodingError) -> [UInt8] {
        guard let context = compressors.take() else { throw .failed(.zstd, reason: "out of memory") }
        defer { compressors.giveBack(context) }
        ZSTD_CCtx_setParameter(context.pointer, ZSTD_c_compressionLevel, level)
        // Four bytes that tell a body of which a bit was turned on the way from the one that was sent.
        ZSTD_CCtx_setParameter(context.pointer, ZSTD_c_checksumFlag, 1)
        var written = 0
        let packed = [UInt8](unsafeUninitializedCapacity: ZSTD_compressBound(bytes.count)) { output, count in
            written = bytes.withUnsafeBytes {
                ZSTD_compress2(context.pointer, output.baseAddress, output.count, $0.baseAddress, $0.count)
            }
            count = ZSTD_isError(written) == 0 ? written : 0
        }
        guard ZSTD_isError(written) == 0 else { throw .failed(.zstd, reason: errorName(written)) }
        return packed
    }

    static func decompress(_ bytes: [UInt8], limit: Int) throws(ContentCodingError) -> [UInt8] {
        try checkFrame(bytes)
        guard let context = decompressors.take() else { throw .failed(.zstd, reason: "out of memory") }
        defer { decompressors.giveBack(context) }

        // The size that the header states is only believed as far as the limit; a frame without one is
        // unpacked twice, first into nothing to learn it. So memory is taken once and for what comes out.
        let stated = bytes.withUnsafeBytes { ZSTD_getFrameContentSize($0.baseAddress, $0.count) }
        let size: Int
        switch stated {
        case sizeError: throw .malformed(.zstd, reason: "its header is damaged")
        case unknownSize: size = try measure(bytes, limit: limit, context)
        default: size = Int(clamping: stated)
        }
        guard size <= limit else { throw .tooLarge(limit: limit) }

        var written = 0
        let unpacked = [UInt8](unsafeUninitializedCapacity: size) { output, count in
            written = bytes.withUnsafeBytes {
                ZSTD_decompressDCtx(context.pointer, output.baseAddress, output.count, $0.baseAddress, $0.count)
            }
            count = ZSTD_isError(written) == 0 ? written : 0
        }
        guard ZSTD_isError(written) == 0 else { throw unpackingError(written) }
        return unpacked
    }

    /// Checks that `bytes` is one frame, whole, with nothing after it and no window above the cap.
    private static func checkFrame(_ bytes: [UInt8]) throws(ContentCodingError) {
        // A skippable frame has another magic number and is refused with all else.
        guard bytes.starts(with: magic.prefix(bytes.count)) else {
            throw .malformed(.zstd, reason: "it doesn't begin as zstd does")
        }
        let frame = bytes.withUnsafeBytes { ZSTD_findFrameCompressedSize($0.baseAddress, $0.count) }
        guard ZSTD_isError(frame) == 0 else { throw unpackingError(frame) }
        guard frame == bytes.count else { throw .trailingBytes(.zstd) }
        guard window(bytes) <= 1 << UInt64(windowLog) else { throw .windowTooLarge(limit: 1 << Int(windowLog)) }
    }

    /// The window that the frame's header asks for (RFC 8878, section 3.1.1.1.2), of a frame that is whole.
    private static func window(_ bytes: [UInt8]) -> UInt64 {
        let isSingleSegment = bytes[4] & 0b10_0000 != 0
        guard !isSingleSegment else {
            return bytes.withUnsafeBytes { ZSTD_getFrameContentSize($0.baseAddress, $0.count) }
        }
        let base = UInt64(1) << (10 + UInt64(bytes[5] >> 3))
        return base + base / 8 * UInt64(bytes[5] & 0b111)
    }

    /// How many bytes a frame unpacks to, found by unpacking it piece by piece into one buffer.
    private static func measure(
        _ bytes: [UInt8], limit: Int, _ context: ZstdContext
    ) throws(ContentCodingError) -> Int {
        ZSTD_DCtx_reset(context.pointer, ZSTD_reset_session_and_parameters)
        ZSTD_DCtx_setParameter(context.pointer, ZSTD_d_windowLogMax, windowLog)
        var total = 0
        var status = 0
        _ = [UInt8](unsafeUninitializedCapacity: ZSTD_DStreamOutSize()) { scratch, _ in
            bytes.withUnsafeBytes { source in
                var input = ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: 0)
                repeat {
                    var output = ZSTD_outBuffer(dst: scratch.baseAddress, size: scratch.count, pos: 0)
                    let before = input.pos
                    status = ZSTD_decompressStream(context.pointer, &output, &input)
                    total += output.pos
                    // Neither read nor written: the frame wants input that isn't there.
                    if input.pos == before, output.pos == 0 { break }
                } while status != 0 && ZSTD_isError(status) == 0 && total <= limit
            }
        }
        guard ZSTD_isError(status) == 0 else { throw unpackingError(status) }
        guard total <= limit else { throw .tooLarge(limit: limit) }
        guard status == 0 else { throw .truncated(.zstd) }
        return total
    }

    private static func unpackingError(_ code: Int) -> ContentCodingError {
        switch ZSTD_getErrorCode(code) {
        case ZSTD_error_srcSize_wrong: .truncated(.zstd)
        case ZSTD_error_memory_allocation: .failed(.zstd, reason: errorName(code))
        case ZSTD_error_frameParameter_windowTooLarge: .windowTooLarge(limit: 1 << Int(windowLog))
        default: .malformed(.zstd, reason: errorName(code))
        }
    }

    private static func errorName(_ code: Int) -> String {
        String(cString: ZSTD_getErrorName(code))
    }
}
