@testable import SyncProtocol

/// One target for each kind of message; the input is the message's map.
extension Decoder {
    static let messages: [Decoder] =
        [
            (1, "sync-request"), (2, "sync-answer"), (3, "enrol-request"), (4, "enrol-answer"), (5, "failure"),
            (6, "renumber-request"), (7, "compare-request"), (8, "compare-answer"), (9, "repair-request"),
            (10, "repair-answer"),
        ].map { kind, name in
            Decoder(name) { bytes in try checkMessage([0x82, UInt8(kind)] + bytes) }
        } + [Decoder("message", checkMessage)]

    /// What a message means is kept when it is written, and each known key with the bytes that it came in.
    ///
    /// A sync answer is read by itself, and as the answer to a request.
    private static func checkMessage(_ bytes: [UInt8]) throws -> Outcome {
        let alone = try checkMessage(bytes, answering: nil)
        let place = SyncRequest.Place(epoch: 7, time: 1_700_000_000_000, last: 12, schemaVersion: 3)
        let answering = try checkMessage(bytes, answering: place)
        return alone == .accepted ? alone : answering
    }

    private static func checkMessage(_ bytes: [UInt8], answering place: SyncRequest.Place?) throws -> Outcome {
        let read = try protocolOnly { () throws(ProtocolError) in try Message(decoding: bytes, answering: place) }
        guard let message = read else { return .refused }
        let written = message.encoded
        let again = try protocolOnly { () throws(ProtocolError) in try Message(decoding: written, answering: place) }
        // Texts are equal by their bytes here, which they need not be by `==`.
        try expect(again?.encoded == written, "a message is not written as it was read")
        try expect(again == message, "a message means something else once it is written")
        let (before, after) = (try keys(bytes), try keys(written))
        for (key, item) in after {
            // A reason or code of a later version is read as `unknown`, which is written as 0.
            guard let given = before[key], !holdsCodes(message, key) else { continue }
            try expect(given == item, "key \(key) is not written as it was read")
        }
        return .accepted
    }

    private static func holdsCodes(_ message: Message, _ key: Int) -> Bool {
        switch message {
        case .failure: key == 3
        case .syncAnswer: key == 4
        default: false
        }
    }

    /// The items of a message's map, by their keys.
    private static func keys(_ bytes: [UInt8]) throws -> [Int: [UInt8]] {
        var reader = CBORReader(bytes)
        _ = try reader.readArray(limit: 2)
        _ = try reader.readInt()
        var keys: [Int: [UInt8]] = [:]
        for _ in 0..<(try reader.readMap(limit: 64)) {
            let key = try reader.readInt()
            let start = reader.position
            // What a message says itself stands around the items of any form, each of which may be of the full depth.
            try reader.skip(depth: 2 * Limits.depth)
            keys[key] = Array(bytes[start..<reader.position])
        }
        return keys
    }
}
