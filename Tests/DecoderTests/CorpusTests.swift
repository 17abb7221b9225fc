import Dispatch
import SyncProtocol
import Testing

extension Decoder: CustomTestStringConvertible {
    var testDescription: String { name }
}

/// What the fuzzer found worth keeping, and every input that once broke a decoder, replayed without a fuzzer.
@Suite("Decoders of bytes from outside, against the fuzzer's corpus")
struct CorpusTests {
    /// What a decoder makes of its corpus.
    ///
    /// It takes a while, so it runs beside the tests' own threads.
    private func replay(_ decoder: Decoder) async throws -> (accepted: Int, refused: Int, broken: [String]) {
        let inputs = try PackedCorpus.read(decoder.name)
        return await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: Self.outcomes(decoder, inputs)) }
        }
    }

    private static func outcomes(
        _ decoder: Decoder, _ inputs: [[UInt8]]
    ) -> (accepted: Int, refused: Int, broken: [String]) {
        var result = (accepted: 0, refused: 0, broken: [String]())
        for input in inputs {
            do {
                switch try decoder.check(input) {
                case .accepted: result.accepted += 1
                case .refused: result.refused += 1
                }
            } catch {
                result.broken.append("\(input): \(error)")
            }
        }
        return result
    }

    @Test("every input is refused by name or comes back as it was", arguments: Decoder.all)
    func corpus(_ decoder: Decoder) async throws {
        let result = try await replay(decoder)
        for broken in result.broken { Issue.record("\(decoder.name) \(broken)") }
        // A corpus that a decoder takes whole, or refuses whole, would show nothing.
        #expect(result.accepted >= 2, "\(decoder.name) takes \(result.accepted) inputs")
        #expect(result.refused >= 5, "\(decoder.name) refuses \(result.refused) inputs")
        #expect(result.accepted + result.refused + result.broken.count >= 200, "the corpus of \(decoder.name) is small")
    }

    @Test("every corpus has its decoder, and each once")
    func names() throws {
        let names = Decoder.all.map(\.name)
        #expect(Set(names).count == names.count)
    }

    @Test("a reader that lets a byte slip is found by the corpus")
    func theReplayBites() async throws {
        let careless = Decoder("value") { bytes in
            guard let value = try? EncodedValue(decoding: bytes[...]) else { return .refused }
            // What a writer would do that forgot how long integers are.
            let written = value.bytes.count == 9 && bytes[0] == 0x1B ? Array(bytes.dropLast()) : bytes
            try expect(Array(value.bytes) == written, "altered")
            return .accepted
        }
        #expect(try await !replay(careless).broken.isEmpty)
    }
}
