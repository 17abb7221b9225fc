import SyncProtocol

@testable import CentralServer

/// What stands inside of messages, and what a store keeps packed.
extension Decoder {
    static let items: [Decoder] = [
        Decoder("cbor", checkItems),
        Decoder("value", checkValue),
        Decoder("change") { bytes in
            try checkExact(bytes) { reader throws(ProtocolError) in try Change(from: &reader).encoded }
        },
        Decoder("update") { bytes in
            try checkExact(bytes) { reader throws(ProtocolError) in
                var writer = CBORWriter()
                try RecordUpdate(from: &reader).encode(to: &writer)
                return writer.bytes
            }
        },
        Decoder("conflict-values") { bytes in
            guard let values = try protocolOnly({ () throws(ProtocolError) in try ConflictLog.decode(bytes) }) else {
                return .refused
            }
            guard case .bytes(let written) = ConflictLog.encode(values).form else {
                throw Violation("the values of a conflict are no bytes")
            }
            try expect(written.elementsEqual(bytes), "the values of a conflict are not written as they were read")
            return .accepted
        },
        Decoder("profile") { bytes in
            guard let profile = try protocolOnly({ () throws(ProtocolError) in try Profile.decode(bytes) }) else {
                return .refused
            }
            try expect(Profile.encode(profile) == bytes, "a profile is not written as it was read")
            return .accepted
        },
        Decoder("versions", checkVersions),
    ]

    /// The result, or nil where the bytes are refused as the protocol says.
    static func protocolOnly<Result>(_ read: () throws(ProtocolError) -> Result) throws -> Result? {
        do throws(ProtocolError) {
            return try read()
        } catch {
            try expect(!error.detail.isEmpty, "an error without words")
            return nil
        }
    }

    /// What is read and fills the bytes is written as the same bytes.
    private static func checkExact(
        _ bytes: [UInt8], _ rewritten: (inout CBORReader) throws(ProtocolError) -> [UInt8]
    ) throws -> Outcome {
        let written = try protocolOnly { () throws(ProtocolError) in
            var reader = CBORReader(bytes)
            let written = try rewritten(&reader)
            try reader.finish()
            return written
        }
        guard let written else { return .refused }
        try expect(written == bytes, "it is not written as it was read")
        return .accepted
    }

    // MARK: CBOR

    /// Reading over an item and copying it part by part agree: on whether it is right, and on where it ends.
    private static func checkItems(_ bytes: [UInt8]) throws -> Outcome {
        var reader = CBORReader(bytes)
        while !reader.isAtEnd {
            let start = reader.position
            var skipping = reader
            var copying = reader
            var writer = CBORWriter()
            let skipped: Void? = try protocolOnly { () throws(ProtocolError) in try skipping.skip() }
            let copied: Void? = try protocolOnly { () throws(ProtocolError) in
                try copy(&copying, to: &writer, Limits.depth)
            }
            if copied != nil {
                try expect(skipped != nil, "an item at \(start) can be read, but not read over")
                try expect(skipping.position == copying.position, "an item at \(start) ends at two places")
                try expect(writer.bytes == Array(bytes[start..<copying.position]), "an item at \(start) is altered")
            }
            guard skipped != nil else { return .refused }
            try expect(skipping.position > start, "an item at \(start) has no bytes")
            reader = skipping
        }
        return .accepted
    }

    private static func copy(
        _ reader: inout CBORReader, to writer: inout CBORWriter, _ depth: Int
    ) throws(ProtocolError) {
        guard !reader.isAtEnd else { throw ProtocolError(.truncated, at: reader.position, "an item was expected") }
        switch reader.bytes[reader.position] >> 5 {
        case 0: writer.write(try reader.readUInt64())
        case 1: writer.write(try reader.readInt64())
        case 2: writer.write(bytes: Array(try reader.readBytes(limit: Limits.messageBytes)))
        case 3: writer.write(try reader.readText(limit: Limits.messageBytes))
        case 7: writer.write(encoded: try reader.readValue().bytes)
        case let major:
            guard depth > 0 else { throw ProtocolError(.tooDeep, at: reader.position, "too deep") }
            if major == 6 { return writer.write(encoded: try reader.readValue().bytes) }
            let count =
                try major == 4
                ? reader.readArray(limit: Limits.messageBytes) : reader.readMap(limit: Limits.messageBytes)
            if major == 4 { writer.writeArray(count) } else { writer.writeMap(count) }
            for _ in 0..<count * (major == 4 ? 1 : 2) { try copy(&reader, to: &writer, depth - 1) }
        }
    }

    /// A value decodes to what encodes to the same bytes, whole or taken apart.
    private static func checkValue(_ bytes: [UInt8]) throws -> Outcome {
        let read = try protocolOnly { () throws(ProtocolError) in try EncodedValue(decoding: bytes[...]) }
        guard let read else { return .refused }
        let again = try protocolOnly { () throws(ProtocolError) in try EncodedValue(read.value) }
        try expect(again == read, "a value is not written as it was read")
        try expect(read.type == read.value.type, "a value has two types")
        return .accepted
    }

    // MARK: Packed forms

    /// The packed versions come back as they were packed, and none of them is damaged by a write.
    private static func checkVersions(_ bytes: [UInt8]) throws -> Outcome {
        let read = try protocolOnly { () throws(ProtocolError) in try RecordVersions(unpacking: bytes[...]) }
        guard var versions = read else { return .refused }
        func repacked(_ versions: RecordVersions) throws -> [UInt8] {
            var packed: [UInt8] = []
            versions.pack(to: &packed)
            let again = try protocolOnly { () throws(ProtocolError) in try RecordVersions(unpacking: packed[...]) }
            try expect(again == versions, "packed versions do not come back")
            return packed
        }
        // A number may have been padded with zeros; what is packed here never is.
        try expect(repacked(versions).count <= bytes.count, "packed versions grow")
        // Writes of a store never share a field; the packed form of a damaged row can, and is told by the row's hash.
        let fields = versions.later.flatMap(\.fields)
        guard Set(fields).count == fields.count else { return .accepted }
        let write = RecordVersions.Write(version: versions.greatest, operator: "o", sequence: 1)
        for field in fields + [1, 7] { versions.set(field, to: write) }
        _ = try repacked(versions)
        try expect(versions.version(of: 7) == write.version, "a field does not take its write")
        return .accepted
    }

    /// A cursor that is taken is given out again as the same place, and never lies before where it claims to be.
    static func checkCursor(_ bytes: [UInt8]) throws -> Outcome {
        let state = CentralState(epoch: 1, sequence: 1 << 40, clock: HybridLogicalClock(), digest: 0)
        guard let cursor = try? PullCursor(bytes, state: state, skipsDeleted: true) else { return .refused }
        try expect((0...state.sequence).contains(cursor.sequence), "a cursor out of the server's order")
        // After its scope has changed a replica knows more than it has looked at anew.
        try expect((0...state.sequence).contains(cursor.known), "a cursor knows what is not there yet")
        let again = try? PullCursor(cursor.encoded, state: state, skipsDeleted: true)
        var expected = cursor
        if expected.scopes.isEmpty { expected.scopes = [0] }
        try expect(again == expected, "a cursor does not come back")
        try expect(cursor.encoded.count <= Limits.cursorBytes, "a cursor over its limit")
        return .accepted
    }
}
