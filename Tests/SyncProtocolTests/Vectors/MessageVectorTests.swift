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
        /// What a sync answer need not say again.
        let answering: PlaceForm?

        var place: SyncRequest.Place? { answering?.place }

        var testDescription: String { "\(kind): \(name)" }
    }

    static func read() throws -> MessageVectors { try VectorFile.read("messages") }
}

/// What an answer goes by of its request, as the vectors write it.
struct PlaceForm: Decodable {
    let epoch: UInt32
    let time: Number<Int64>
    let last: Number<Int64>
    let schemaVersion: Int

    var place: SyncRequest.Place {
        SyncRequest.Place(epoch: epoch, time: time.value, last: last.value, schemaVersion: schemaVersion)
    }
}

@Suite("Messages agree with the vectors")
struct MessageVectorTests {
    @Test(
        "Every valid message decodes to its meaning and encodes to its bytes",
        arguments: try MessageVectors.read().valid)
    func valid(_ vector: MessageVectors.Valid) throws {
        var expected = try vector.message.message(vector.kind)
        if case .syncAnswer(var answer) = expected {
            answer.request = vector.place
            expected = .syncAnswer(answer)
        }
        #expect(try Message(decoding: vector.hex.bytes, answering: vector.place) == expected)
        #expect(try Message(decoding: expected.encoded, answering: vector.place) == expected)
        #expect((expected.encoded == vector.hex.bytes) == (vector.notOurForm != true))
    }

    @Test("Every invalid message is refused by its reason", arguments: try MessageVectors.read().invalid)
    func invalid(_ vector: InvalidVector) {
        let error = #expect(throws: ProtocolError.self) {
            try Message(decoding: vector.hex.bytes, answering: vector.answering?.place)
        }
        #expect(error?.code.rawValue == vector.error)
    }
}
