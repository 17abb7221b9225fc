import ContentCoding
import Testing

@Suite struct HostileInputTests {
    @Test("the limit holds to the byte", arguments: ContentCoding.allCases)
    func limit(_ coding: ContentCoding) throws {
        let packed = try coding.compress(text(100_000))
        #expect(try coding.decompress(packed, limit: 100_000).count == 100_000)
        #expect(throws: ContentCodingError.tooLarge(limit: 99_999)) { try coding.decompress(packed, limit: 99_999) }
        #expect(throws: ContentCodingError.tooLarge(limit: 0)) { try coding.decompress(packed, limit: 0) }
    }

    @Test("a bomb is refused at the limit", arguments: [ContentCoding.gzip, .zstd])
    func bomb(_ coding: ContentCoding) throws {
        let packed = try coding.compress([UInt8](repeating: 0, count: 64 << 20))
        #expect(packed.count < 100_000)
        #expect(throws: ContentCodingError.tooLarge(limit: 1 << 20)) { try coding.decompress(packed, limit: 1 << 20) }
    }

    @Test("a gzip bomb that understates its size is refused")
    func lyingTrailer() throws {
        var packed = try ContentCoding.gzip.compress([UInt8](repeating: 0, count: 1 << 20))
        packed.replaceSubrange(packed.count - 4..<packed.count, with: [10, 0, 0, 0])
        #expect(throws: ContentCodingError.self) { try ContentCoding.gzip.decompress(packed, limit: 2 << 20) }
    }

    @Test("a body cut anywhere is refused", arguments: [ContentCoding.gzip, .zstd])
    func truncated(_ coding: ContentCoding) throws {
        let packed = try coding.compress(noise(300))
        for count in 0..<packed.count {
            #expect(throws: ContentCodingError.self, "cut to \(count) bytes") {
                try coding.decompress(Array(packed.prefix(count)), limit: 1 << 20)
            }
        }
        // Cut in the middle it says so.
        #expect(throws: ContentCodingError.truncated(coding)) {
            try coding.decompress(Array(packed.prefix(12)), limit: 1 << 20)
        }
    }

    @Test("whatever follows the end is refused", arguments: [ContentCoding.gzip, .zstd])
    func trailing(_ coding: ContentCoding) throws {
        let packed = try coding.compress(text(1_000))
        #expect(throws: ContentCodingError.trailingBytes(coding)) {
            try coding.decompress(packed + packed, limit: 1 << 20)
        }
        for garbage: [UInt8] in [[0], [0, 0, 0, 0], Array("garbage".utf8)] {
            #expect(throws: ContentCodingError.self) { try coding.decompress(packed + garbage, limit: 1 << 20) }
        }
    }

    @Test(
        "one flipped bit never gives more than the limit, and gzip notices it", arguments: [ContentCoding.gzip, .zstd])
    func flippedBits(_ coding: ContentCoding) throws {
        let original = text(500)
        let packed = try coding.compress(original)
        for index in packed.indices {
            for bit in 0..<8 {
                var damaged = packed
                damaged[index] ^= 1 << UInt8(bit)
                guard let unpacked = try? coding.decompress(damaged, limit: 1_000) else { continue }
                #expect(unpacked.count <= 1_000)
                // In gzip's header stand a time and a system that change nothing; the rest has a checksum.
                if coding == .gzip { #expect(unpacked == original) }
            }
        }
    }

    @Test("bytes of another coding are refused", arguments: [ContentCoding.gzip, .zstd])
    func foreign(_ coding: ContentCoding) throws {
        let other: ContentCoding = coding == .gzip ? .zstd : .gzip
        for bytes in [try other.compress(text(500)), text(500), noise(500), []] {
            #expect(throws: ContentCodingError.self) { try coding.decompress(bytes, limit: 1 << 20) }
        }
    }

    @Test("errors say what is wrong in words")
    func words() throws {
        let error = #expect(throws: ContentCodingError.self) { try ContentCoding.gzip.decompress(text(100), limit: 10) }
        #expect(error.map(String.init(describing:)) == "not valid gzip data: it doesn't begin as gzip does")
    }
}
