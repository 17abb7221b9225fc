import SyncProtocol
import Testing

@Suite("Damaged bytes are refused or mean something else, and nothing traps")
struct DamageTests {
    @Test("A message that is cut at any length is refused", arguments: try MessageVectors.read().valid)
    func cut(_ vector: MessageVectors.Valid) {
        for length in vector.hex.bytes.indices {
            #expect(throws: ProtocolError.self, "cut to \(length)") {
                try Message(decoding: Array(vector.hex.bytes[..<length]), answering: vector.place)
            }
        }
    }

    @Test(
        "A message of which one byte is altered is refused or means something else",
        arguments: try MessageVectors.read().valid)
    func altered(_ vector: MessageVectors.Valid) throws {
        let message = try Message(decoding: vector.hex.bytes, answering: vector.place)
        // What an unknown key holds has no meaning here.
        guard vector.notOurForm != true else { return }
        for index in vector.hex.bytes.indices {
            for mask in [0x01, 0x02, 0x08, 0x20, 0x80, 0xFF] as [UInt8] {
                var bytes = vector.hex.bytes
                bytes[index] ^= mask
                // The key of a schema version of 0 can become an unknown one: 0 is what is meant without it, too.
                let isDefault = vector.kind == "syncRequest" && vector.hex.bytes[index...].starts(with: [8, 0])
                if let other = try? Message(decoding: bytes, answering: vector.place), !isDefault {
                    #expect(other != message, "byte \(index) by \(mask)")
                }
            }
        }
    }

    @Test("A message with bytes before or behind it is refused", arguments: try MessageVectors.read().valid)
    func surrounded(_ vector: MessageVectors.Valid) {
        for garbage in [0x00, 0x82, 0xA0, 0xF6, 0xFF] as [UInt8] {
            let error = #expect(throws: ProtocolError.self) {
                try Message(decoding: vector.hex.bytes + [garbage], answering: vector.place)
            }
            #expect(error?.code == .trailing)
            #expect(throws: ProtocolError.self) {
                try Message(decoding: [garbage] + vector.hex.bytes, answering: vector.place)
            }
        }
    }

    @Test("Random bytes and random edits of messages never trap, and what is read is written as it was")
    func random() throws {
        var random = SplitMix(seed: 1)
        for _ in 0..<20_000 {
            var bytes = try random.below(4) == 0 ? random.bytes(random.below(60)) : random.message().encoded
            for _ in 0..<random.below(4) where !bytes.isEmpty {
                let index = random.below(bytes.count)
                switch random.below(4) {
                case 0: bytes[index] = UInt8(truncatingIfNeeded: random.next())
                case 1: bytes.remove(at: index)
                case 2: bytes.insert(random.pick([0x18, 0x5B, 0x7F, 0x9F, 0xBF, 0xD8, 0xFB, 0xFF]), at: index)
                default: bytes.append(contentsOf: bytes[index...].prefix(9))
                }
            }
            guard let message = try? Message(decoding: bytes) else { continue }
            #expect(try Message(decoding: message.encoded) == message)
        }
    }
}
