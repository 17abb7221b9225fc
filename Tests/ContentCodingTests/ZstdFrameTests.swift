import ContentCoding
import Testing

/// Frames made by hand, byte by byte (RFC 8878), as an attacker would.
@Suite struct ZstdFrameTests {
    private static let magic: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD]
    private static let windowOf8MiB: UInt8 = 13 << 3
    private static let rawA: [UInt8] = [0x09, 0, 0, 0x61]

    /// A block that says "repeat this byte 128 KiB times", in four bytes.
    private static func repeated(isLast: Bool) -> [UInt8] {
        let header = (131_072 << 3) | (1 << 1) | (isLast ? 1 : 0)
        return [UInt8(header & 0xFF), UInt8(header >> 8 & 0xFF), UInt8(header >> 16 & 0xFF), 0x62]
    }

    @Test("a frame that doesn't state its size unpacks")
    func unknownSize() throws {
        let frame = Self.magic + [0, Self.windowOf8MiB] + Self.rawA
        #expect(try ContentCoding.zstd.decompress(frame, limit: 1) == [0x61])

        let blocks = Self.magic + [0, Self.windowOf8MiB] + Self.repeated(isLast: false) + Self.repeated(isLast: true)
        #expect(
            try ContentCoding.zstd.decompress(blocks, limit: 262_144) == [UInt8](repeating: 0x62, count: 262_144))
        #expect(throws: ContentCodingError.tooLarge(limit: 262_143)) {
            try ContentCoding.zstd.decompress(blocks, limit: 262_143)
        }
    }

    @Test("a bomb of repeated bytes is refused")
    func blockBomb() throws {
        var frame = Self.magic + [0, Self.windowOf8MiB]
        for _ in 0..<80_000 { frame += Self.repeated(isLast: false) }
        frame += Self.repeated(isLast: true)
        #expect(frame.count < 400_000)
        #expect(throws: ContentCodingError.tooLarge(limit: 1 << 20)) {
            try ContentCoding.zstd.decompress(frame, limit: 1 << 20)
        }
    }

    @Test("a window above 8 MiB is refused, up to 2 GiB and beyond", arguments: [UInt8(13 << 3 | 1), 21 << 3, 0xFF])
    func window(_ descriptor: UInt8) {
        #expect(throws: ContentCodingError.windowTooLarge(limit: 8 << 20)) {
            try ContentCoding.zstd.decompress(Self.magic + [0, descriptor] + Self.rawA, limit: 1 << 20)
        }
    }

    @Test("a stated size is not believed above the limit, and is held to below it")
    func statedSize() {
        let terabyte: [UInt8] = [0, 0, 0, 0, 0, 1, 0, 0]
        #expect(throws: ContentCodingError.tooLarge(limit: 1 << 20)) {
            try ContentCoding.zstd.decompress(
                Self.magic + [0b1100_0000, Self.windowOf8MiB] + terabyte + Self.rawA, limit: 1 << 20)
        }
        let tooMany: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0]
        #expect(throws: ContentCodingError.self) {
            try ContentCoding.zstd.decompress(
                Self.magic + [0b1100_0000, Self.windowOf8MiB] + tooMany + Self.rawA, limit: 1 << 20)
        }
        let tooFew: [UInt8] = [9, 0, 0, 0, 0, 0, 0, 0]
        #expect(throws: ContentCodingError.self) {
            try ContentCoding.zstd.decompress(
                Self.magic + [0b1100_0000, Self.windowOf8MiB] + tooFew + Self.rawA, limit: 1 << 20)
        }
    }

    @Test("a frame to skip is refused, alone and before another")
    func skippable() throws {
        let skip: [UInt8] = [0x50, 0x2A, 0x4D, 0x18, 1, 0, 0, 0, 0xFF]
        let frame = try ContentCoding.zstd.compress(text(500))
        for bytes in [skip, skip + frame, frame + skip] {
            #expect(throws: ContentCodingError.self) { try ContentCoding.zstd.decompress(bytes, limit: 1 << 20) }
        }
    }

    @Test("a frame that wants a dictionary is refused")
    func dictionary() {
        #expect(throws: ContentCodingError.self) {
            try ContentCoding.zstd.decompress(
                Self.magic + [0b0000_0001, Self.windowOf8MiB, 7] + Self.rawA, limit: 1 << 20)
        }
    }
}
