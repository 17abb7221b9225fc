import CZstd

/// Packs a stream piece by piece into one zstd frame with a checksum, for files that memory should not hold whole.
public final class ZstdPacker {
    private let context: OpaquePointer

    /// Makes a packer for one frame.
    public init() throws(ContentCodingError) {
        guard let context = ZSTD_createCCtx() else { throw .failed(.zstd, reason: "out of memory") }
        self.context = context
        ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, Zstd.level)
        ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
    }

    deinit { ZSTD_freeCCtx(context) }

    /// Packs a piece, and gives what came out of it so far.
    ///
    /// - Parameter isLast: whether the frame ends with it; nothing may follow then.
    public func pack(_ piece: [UInt8], isLast: Bool) throws(ContentCodingError) -> [UInt8] {
        var packed: [UInt8] = []
        var position = 0
        var left = 1
        while left > 0 && (isLast || position < piece.count) {
            var status = 0
            packed += [UInt8](unsafeUninitializedCapacity: ZSTD_CStreamOutSize()) { output, count in
                piece.withUnsafeBytes { source in
                    var input = ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: position)
                    var target = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
                    status = ZSTD_compressStream2(context, &target, &input, isLast ? ZSTD_e_end : ZSTD_e_continue)
                    position = input.pos
                    count = ZSTD_isError(status) == 0 ? target.pos : 0
                }
            }
            guard ZSTD_isError(status) == 0 else {
                throw .failed(.zstd, reason: String(cString: ZSTD_getErrorName(status)))
            }
            left = isLast ? status : 1
        }
        return packed
    }
}

/// Unpacks one zstd frame piece by piece.
public final class ZstdUnpacker {
    private let context: OpaquePointer
    /// Whether the frame has ended, its checksum compared.
    public private(set) var isAtEnd = false

    /// Makes an unpacker for one frame.
    public init() throws(ContentCodingError) {
        guard let context = ZSTD_createDCtx() else { throw .failed(.zstd, reason: "out of memory") }
        self.context = context
        ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, Zstd.windowLog)
    }

    deinit { ZSTD_freeDCtx(context) }

    /// Unpacks a piece of the frame, handing out what came of it in parts of bounded size.
    public func unpack(_ piece: [UInt8], _ body: ([UInt8]) throws -> Void) throws {
        var position = 0
        var isFull = false
        while position < piece.count || isFull {
            guard !isAtEnd else { throw ContentCodingError.trailingBytes(.zstd) }
            var status = 0
            let part = [UInt8](unsafeUninitializedCapacity: ZSTD_DStreamOutSize()) { output, count in
                piece.withUnsafeBytes { source in
                    var input = ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: position)
                    var target = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
                    status = ZSTD_decompressStream(context, &target, &input)
                    position = input.pos
                    isFull = target.pos == target.size
                    count = ZSTD_isError(status) == 0 ? target.pos : 0
                }
            }
            guard ZSTD_isError(status) == 0 else {
                throw ContentCodingError.malformed(.zstd, reason: String(cString: ZSTD_getErrorName(status)))
            }
            isAtEnd = status == 0
            if isAtEnd { isFull = false }
            if !part.isEmpty { try body(part) }
        }
    }
}
