import ContentCoding
import Testing

@Suite struct NegotiationTests {
    @Test(
        "the best coding that the peer takes is chosen",
        arguments: [
            (nil, .identity),
            ("", .identity),
            ("zstd", .zstd),
            ("gzip", .gzip),
            ("x-gzip", .gzip),
            ("gzip, deflate, br, zstd", .zstd),
            ("GZIP, ZSTD", .zstd),
            ("deflate, br", .identity),
            ("gzip;q=1.0, zstd;q=0.5", .gzip),
            ("gzip ; q=0.2 ,\tzstd ; Q=0.3", .zstd),
            ("zstd;q=0, gzip", .gzip),
            ("zstd;q=0.000, gzip;q=0", .identity),
            ("*", .zstd),
            ("*;q=0.1, gzip", .gzip),
            ("zstd;q=0, *", .gzip),
            ("identity", .identity),
            ("identity;q=0.5, gzip;q=0.1", .identity),
            ("identity;q=0, gzip", .gzip),
            ("gzip;q=0.001", .gzip),
            ("identity;q=0", nil),
            ("*;q=0", nil),
            ("zstd;q=0, gzip;q=0, identity;q=0", nil),
            ("br, *;q=0", nil),
            ("zstd;q=2, gzip", .gzip),
            ("zstd;q=0.1234, gzip;q=-1, identity;q=x", .identity),
            (",,;,zstd;level=3,gzip", .gzip),
        ] as [(String?, ContentCoding?)])
    func best(_ field: String?, _ expected: ContentCoding?) {
        #expect(AcceptEncoding(field).best(bodyCount: 10_000) == expected)
    }

    @Test("a small body stays as it is, unless the peer rules that out")
    func small() {
        #expect(AcceptEncoding("zstd").best(bodyCount: 149) == .identity)
        #expect(AcceptEncoding("zstd").best(bodyCount: 150) == .zstd)
        #expect(AcceptEncoding("zstd, identity;q=0").best(bodyCount: 10) == .zstd)
    }

    @Test(
        "content-encoding names one coding that we have, or nothing",
        arguments: [
            (nil, .identity), ("", .identity), (" ", .identity), ("identity", .identity), ("gzip", .gzip),
            (" Zstd ", .zstd), ("x-gzip", .gzip), ("br", nil), ("deflate", nil), ("gzip, zstd", nil), ("*", nil),
        ] as [(String?, ContentCoding?)])
    func contentEncoding(_ field: String?, _ expected: ContentCoding?) {
        #expect(ContentCoding(contentEncoding: field) == expected)
    }
}
