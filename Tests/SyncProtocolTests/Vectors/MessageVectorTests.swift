import SyncProtocol
import Testing

/// The vectors of messages, which other tests use as samples too.
struct MessageVectors: Decodable {
    let valid: [Valid]
    let invalid: [InvalidVector]

    struct Valid: Decodable, CustomTestStringConvertible {
        let name: String
        let hex: Hex
        let kind: String
        let message: MessageForm
        /// Whether the message is right but not as this code would write it.
        let notOurForm: Bool?

        var testDescription: String { "\(kind): \(name)" }
    }

    static func read() throws -> MessageVectors { try VectorFile.read("messages") }
}

@Suite("Messages agree with the vectors")
struct MessageVectorTests {
    @Test(
        "Every valid message decodes to its meaning and encodes to its bytes",
        arguments: try MessageVectors.read().valid)
    func valid(_ vector: MessageVectors.Valid) throws {
        let expected = try vector.message.message(vector.kind)
        #expect(try Message(decoding: vector.hex.bytes) == expected)
        #expect(try Message(decoding: expected.encoded) == expected)
        #expect((expected.encoded == vector.hex.bytes) == (vector.notOurForm != true))
    }

    @Test("Every invalid message is refused by its reason", arguments: try MessageVectors.read().invalid)
    func invalid(_ vector: InvalidVector) {
        let error = #expect(throws: ProtocolError.self) { try Message(decoding: vector.hex.bytes) }
        #expect(error?.code.rawValue == vector.error)
    }
}
