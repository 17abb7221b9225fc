import ContentCoding
import Testing

@Suite struct RoundTripTests {
    private static let sizes = [0, 1, 149, 150, 10_000, 131_072, 3_000_000]

    @Test("what is packed unpacks to the same bytes", arguments: ContentCoding.allCases, sizes)
    func roundTrip(_ coding: ContentCoding, _ size: Int) throws {
        for bytes in [text(size), noise(size)] {
            let packed = try coding.compress(bytes)
            #expect(try coding.decompress(packed, limit: size) == bytes)
            #expect(try coding.compress(bytes) == packed)
        }
    }

    @Test("text becomes smaller", arguments: [ContentCoding.gzip, .zstd])
    func smaller(_ coding: ContentCoding) throws {
        #expect(try coding.compress(text(10_000)).count < 1_000)
    }

    @Test("the programs gzip and zstd pack what this unpacks")
    func otherWriters() throws {
        let expected = Array("Sambung: kerja tanpa jaringan, sambung lagi bila ada.".utf8)
        let byGzip: [UInt8] = [
            0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x0b, 0x4e, 0xcc, 0x4d, 0x2a, 0xcd, 0x4b, 0xb7,
            0x52, 0xc8, 0x4e, 0x2d, 0xca, 0x4a, 0x54, 0x28, 0x49, 0xcc, 0x2b, 0x48, 0x54, 0xc8, 0x4a, 0x2c, 0xca, 0xcc,
            0x4b, 0x4f, 0xcc, 0xd3, 0x51, 0x28, 0x86, 0x48, 0x2b, 0xe4, 0x24, 0xa6, 0x67, 0x2a, 0x24, 0x65, 0xe6, 0x24,
            0x2a, 0x24, 0xa6, 0x24, 0xea, 0x01, 0x00, 0xa8, 0xee, 0x52, 0x6d, 0x35, 0x00, 0x00, 0x00,
        ]
        // From a pipe: a window of 8 MiB, no content size stated, and a checksum.
        let byZstd: [UInt8] = [
            0x28, 0xb5, 0x2f, 0xfd, 0x04, 0x68, 0x95, 0x01, 0x00, 0xf2, 0x42, 0x0a, 0x10, 0xb0, 0xeb, 0x24, 0xb9, 0x6c,
            0xad, 0x24, 0x23, 0x41, 0xb6, 0xbb, 0xe2, 0x2c, 0x26, 0x2b, 0x11, 0xe1, 0xe4, 0xfe, 0xc9, 0x73, 0xe2, 0x8f,
            0x97, 0xc1, 0x1e, 0x37, 0xd5, 0xd5, 0x4f, 0x7b, 0xe6, 0xab, 0x2a, 0xc6, 0x02, 0xb7, 0x1d, 0xfa, 0x08, 0x01,
            0x00, 0x10, 0x83, 0x7a, 0x02, 0xc8, 0xe5, 0xf4, 0xe7,
        ]
        #expect(try ContentCoding.gzip.decompress(byGzip, limit: 1_000) == expected)
        #expect(try ContentCoding.zstd.decompress(byZstd, limit: 1_000) == expected)
    }

    @Test("many bodies at once don't disturb each other")
    func concurrent() async throws {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for index in 0..<64 {
                group.addTask {
                    let coding: ContentCoding = index % 2 == 0 ? .zstd : .gzip
                    let bytes = noise(1_000 + index) + text(20_000 + index)
                    return try coding.decompress(coding.compress(bytes), limit: bytes.count) == bytes
                }
            }
            for try await same in group { #expect(same) }
        }
    }
}

/// Text that packs well.
func text(_ count: Int) -> [UInt8] {
    let line = "Liwa 18.04; rujukan pasien BPJS; selesai\n"
    return Array(String(repeating: line, count: count / line.utf8.count + 1).utf8.prefix(count))
}

/// Bytes that don't pack, the same ones each time.
func noise(_ count: Int) -> [UInt8] {
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    return (0..<count).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return UInt8(truncatingIfNeeded: state >> 56)
    }
}
