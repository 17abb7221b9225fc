import SyncProtocol
import Testing

@Suite("Values, versions, clock and hashes agree with the vectors")
struct ValueVectorTests {
    struct Values: Decodable {
        let valid: [Valid]
        let invalid: [InvalidVector]

        struct Valid: Decodable {
            let hex: Hex
            let value: ValueForm
        }
    }

    @Test("Every valid value decodes to its meaning and encodes to its bytes")
    func validValues() throws {
        for vector in try VectorFile.read("values", as: Values.self).valid {
            let encoded = try EncodedValue(decoding: vector.hex.bytes[...])
            #expect(encoded.value == vector.value.value)
            #expect(Array(try EncodedValue(vector.value.value).bytes) == vector.hex.bytes)
            #expect(encoded.type == vector.value.value.type)
            // The same within other bytes, from a slice that does not start at 0.
            var reader = CBORReader(([0, 0, 0] + vector.hex.bytes + [0])[3...])
            #expect(try reader.readValue() == encoded)
        }
    }

    @Test(
        "Every invalid value is refused by its reason",
        arguments: try VectorFile.read("values", as: Values.self).invalid)
    func invalidValues(_ vector: InvalidVector) {
        #expect(vector.code { reader throws(ProtocolError) in _ = try reader.readValue() } == vector.error)
    }

    @Test("Versions are ordered by time, then by replica")
    func versions() throws {
        let ascending = try VectorFile.read("versions", as: [String: [VersionText]].self)["ascending"].map {
            $0.map(\.version)
        }
        let versions = try #require(ascending)
        #expect(versions.first == Version.none)
        for (index, version) in versions.enumerated() {
            for (other, second) in versions.enumerated() {
                #expect((version < second) == (index < other))
                #expect((version == second) == (index == other))
            }
        }
    }

    struct Clock: Decodable {
        let cases: [Case]
        let tolerance: [Future]

        struct Case: Decodable {
            let name: String
            let start: Number<UInt64>
            let steps: [Step]
        }

        struct Step: Decodable {
            let tick: Number<Int64>?
            let observe: Number<UInt64>?
            let last: Number<UInt64>
        }

        struct Future: Decodable {
            let time: Number<UInt64>
            let wall: Number<Int64>
            let isFromTheFuture: Bool
        }
    }

    @Test("The clock ticks as the vectors say")
    func clock() throws {
        let vectors = try VectorFile.read("clock", as: Clock.self)
        for vector in vectors.cases {
            var clock = HybridLogicalClock(last: HybridTimestamp(rawValue: vector.start.value))
            for step in vector.steps {
                if let wall = step.tick { #expect(clock.tick(wall: wall.value) == clock.last) }
                if let time = step.observe { clock.observe(HybridTimestamp(rawValue: time.value)) }
                #expect(clock.last.rawValue == step.last.value, "\(vector.name)")
            }
        }
        for vector in vectors.tolerance {
            let time = HybridTimestamp(rawValue: vector.time.value)
            #expect(HybridLogicalClock.isFromTheFuture(time, wall: vector.wall.value) == vector.isFromTheFuture)
        }
    }

    struct Hashes: Decodable {
        let xxh64: [XXH]
        let sha256: [SHA]
        let chain: [Link]
        let marks: [Mark]

        struct XXH: Decodable {
            let hex: Hex
            let seed: Number<UInt64>
            let hash: Number<UInt64>
        }

        struct SHA: Decodable {
            let hex: Hex
            let hash: Hex
        }

        struct Mark: Decodable {
            let head: Hex
            let mark: Hex
        }

        struct Link: Decodable {
            let change: Hex
            let hash: Number<UInt64>
        }
    }

    @Test("XXH64, SHA-256 and the chain give the vectors' hashes")
    func hashes() throws {
        let vectors = try VectorFile.read("hashes", as: Hashes.self)
        for vector in vectors.xxh64 {
            #expect(XXHash64.hash(vector.hex.bytes, seed: vector.seed.value) == vector.hash.value)
        }
        for vector in vectors.sha256 { #expect(SHA256.hash(vector.hex.bytes) == vector.hash.bytes) }
        var chain: UInt64 = 0
        for link in vectors.chain {
            chain = ChangeChain.next(after: chain, link.change.bytes[...])
            #expect(chain == link.hash.value)
        }
        for vector in vectors.marks {
            let head = try AuditHead(vector.head.bytes[...])
            #expect(head.bytes == vector.head.bytes)
            #expect(withUnsafeBytes(of: head.mark.bigEndian) { Array($0) } == vector.mark.bytes)
        }
    }
}
