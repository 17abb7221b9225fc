import Testing

@testable import SyncProtocol

@Suite("What is at a limit passes, and what is over it is refused by name")
struct LimitTests {
    private func code(_ body: () throws -> Void) -> ProtocolError.Code? {
        do {
            try body()
            return nil
        } catch { return (error as? ProtocolError)?.code }
    }

    @Test("A text or bytes value has at most 1 MiB, written or read")
    func values() throws {
        let full = String(repeating: "x", count: Limits.valueBytes)
        let text = try EncodedValue(.text(full))
        #expect(try EncodedValue(decoding: text.bytes) == text)
        let content = try EncodedValue(.bytes(Array(full.utf8)))
        #expect(try EncodedValue(decoding: content.bytes).value == .bytes(Array(full.utf8)))
        #expect(code { _ = try EncodedValue(.text(full + "x")) } == .overLimit)
        #expect(code { _ = try EncodedValue(.bytes(Array((full + "x").utf8))) } == .overLimit)
        var writer = CBORWriter()
        writer.write(full + "x")
        #expect(code { _ = try EncodedValue(decoding: writer.bytes[...]) } == .overLimit)
    }

    @Test(
        "A conflict entry that holds the longest value on both sides can be told, and a change with it can't be pushed")
    func longEntries() throws {
        let longest = try EncodedValue(.bytes(Array(repeating: 7, count: Limits.valueBytes)))
        let side = ConflictLog.encode(FieldMap([FieldValue(1, longest)]))
        #expect(side.bytes.count > Limits.valueBytes)
        let fields = FieldMap([
            FieldValue(ConflictLog.Field.losingValues, side), FieldValue(ConflictLog.Field.winningValues, side),
        ])
        let version = Version(time: HybridTimestamp(rawValue: 9), replica: .centre)
        var answer = SyncAnswer()
        answer.updates = [
            RecordUpdate(
                collection: ConflictLog.number, record: RecordID(high: 1, low: 2), isWhole: true,
                writes: [RecordUpdate.Write(version: version, operator: "", fields: fields)])
        ]
        #expect(try Message(decoding: answer.encoded) == .syncAnswer(answer))
        let change = Change(
            collection: 2, record: RecordID(high: 1, low: 2), time: version.time, operator: "", base: .empty,
            fields: [FieldValue(1, side)])
        #expect(
            code {
                var reader = CBORReader(change.encoded)
                _ = try Change(from: &reader)
            } == .overLimit)
    }

    @Test("A double is finite, and zero has no sign")
    func doubles() throws {
        for double in [Double.nan, .infinity, -.infinity, .signalingNaN] {
            #expect(code { _ = try EncodedValue(.double(double)) } == .notAValue)
        }
        #expect(try EncodedValue(.double(-0.0)) == EncodedValue(.double(0)))
    }

    @Test("A change has at most 513 fields, and a base as many entries and one")
    func fields() throws {
        func change(fields: Int, entries: Int) -> [UInt8] {
            let seen = (0..<entries).map { entry in
                Base.Seen(
                    version: Version(time: HybridTimestamp(rawValue: 1), replica: .centre),
                    fields: entry == 0 ? [] : [entry])
            }
            return Change(
                collection: 2, record: RecordID(high: 1, low: 2), time: HybridTimestamp(rawValue: 9), operator: "",
                base: Base(seen: seen), fields: (0..<fields).map { FieldValue($0, .true) }
            ).encoded
        }
        func read(_ bytes: [UInt8]) throws {
            var reader = CBORReader(bytes)
            _ = try Change(from: &reader)
        }
        #expect(code { try read(change(fields: 513, entries: 514)) } == nil)
        #expect(code { try read(change(fields: 514, entries: 1)) } == .overLimit)
        #expect(code { try read(change(fields: 1, entries: 515)) } == .overLimit)
    }

    @Test("Texts of a message keep their limits", arguments: [(3, 64), (5, 128), (6, 64)])
    func texts(key: Int, limit: Int) throws {
        func request(_ count: Int) -> [UInt8] {
            let text = String(repeating: "x", count: count)
            return EnrolRequest(
                time: 0, code: key == 3 ? text : "", credentialHash: Array(repeating: 0, count: 32),
                deviceName: key == 5 ? text : "", schemaName: key == 6 ? text : ""
            ).encoded
        }
        #expect(code { _ = try Message(decoding: request(limit)) } == nil)
        #expect(code { _ = try Message(decoding: request(limit + 1)) } == .overLimit)
    }

    @Test("A message has at most 16 MiB")
    func messages() throws {
        var request = SyncRequest()
        request.replica = .centre
        request.changes = [[0x00]]
        // Filled up to the limit exactly with one item, bytes with a head of 5 bytes in place of the one byte.
        var filler = CBORWriter()
        filler.write(bytes: Array(repeating: 0, count: Limits.messageBytes - request.encoded.count - 4))
        request.changes = [filler.bytes[...]]
        #expect(request.encoded.count == Limits.messageBytes)
        #expect(code { _ = try Message(decoding: request.encoded) } == nil)
        request.changes.append([0x00])
        #expect(code { _ = try Message(decoding: request.encoded) } == .overLimit)
    }

    @Test("An item whose form is not known nests at most 8 levels, however deep it goes on")
    func depth() {
        func message(_ levels: Int, _ head: UInt8) -> [UInt8] {
            var writer = CBORWriter()
            writer.startMessage(.failure, keys: 3)
            for number in [2, 0, 3, 9, 16] { writer.write(number) }
            return writer.bytes + Array(repeating: head, count: levels) + [0x00]
        }
        for head in [0x81, 0xC1] as [UInt8] {
            #expect(code { _ = try Message(decoding: message(8, head)) } == nil)
            #expect(code { _ = try Message(decoding: message(9, head)) } == .tooDeep)
            #expect(code { _ = try Message(decoding: message(1_000_000, head)) } == .tooDeep)
        }
    }

    @Test("Huge announced lengths and counts are refused before anything is reserved")
    func announced() {
        let heads: [[UInt8]] = [0x5B, 0x7B, 0x9B, 0xBB].map { [$0, 0x7F] + Array(repeating: 0xFF, count: 7) }
        for head in heads {
            #expect(code { _ = try EncodedValue(decoding: head[...]) } != nil)
            #expect(code { _ = try Message(decoding: head) } != nil)
            for key in 0..<20 as Range<UInt8> {
                let bytes = [0x82, 0x01, 0xA2, 0x00, 0x01, key] + head
                #expect(code { _ = try Message(decoding: bytes) } != nil)
            }
            var reader = CBORReader(head)
            #expect(throws: ProtocolError.self) { try reader.skip() }
        }
    }

    @Test("A push has at most 10,000 changes")
    func changes() {
        var request = SyncRequest()
        request.replica = .centre
        request.changes = Array(repeating: [0x00], count: Limits.changesPerPush)
        #expect(code { _ = try Message(decoding: request.encoded) } == nil)
        request.changes.append([0x00])
        #expect(code { _ = try Message(decoding: request.encoded) } == .overLimit)
    }
}
