import SyncProtocol
import Testing

@Suite("What is written is read as it was")
struct RoundTripTests {
    @Test("Values")
    func values() throws {
        var random = SplitMix(seed: 2)
        for _ in 0..<5_000 {
            let value = random.value()
            let encoded = try EncodedValue(value)
            #expect(encoded.value == value)
            #expect(try EncodedValue(decoding: encoded.bytes) == encoded)
        }
    }

    @Test("Changes, updates and messages")
    func messages() throws {
        var random = SplitMix(seed: 3)
        for _ in 0..<2_000 {
            let change = try random.change()
            var reader = CBORReader(change.encoded)
            #expect(try Change(from: &reader) == change)
            #expect(reader.isAtEnd)
            let update = try random.update()
            var writer = CBORWriter()
            update.encode(to: &writer)
            reader = CBORReader(writer.bytes)
            #expect(try RecordUpdate(from: &reader) == update)
            let message = try random.message()
            #expect(try Message(decoding: message.encoded) == message)
        }
    }

    @Test("The values of a conflict entry's side")
    func entrySides() throws {
        var random = SplitMix(seed: 4)
        for _ in 0..<500 {
            let values = try random.fields([0, 1, 2, 30, 400])
            guard case .bytes(let bytes) = ConflictLog.encode(values).value else {
                Issue.record("the values of a side are bytes")
                return
            }
            #expect(try ConflictLog.decode(bytes) == values)
        }
    }

    @Test("Ids, as bytes and as text")
    func ids() {
        var random = SplitMix(seed: 5)
        for _ in 0..<500 {
            let id = random.recordID()
            #expect(RecordID(bytes: id.bytes) == id)
            #expect(RecordID(id.description) == id)
            #expect(RecordID(id.description.uppercased()) == id)
            #expect(id.bytes[6] >> 4 == 7)
            #expect(id.bytes[8] >> 6 == 2)
        }
        #expect(RecordID("0190a6e0-1c00-7abc-8def-0123456789a") == nil)
        #expect(RecordID("0190a6e0-1c00-7abc-8def-0123456789ag") == nil)
        #expect(RecordID(bytes: Array(repeating: 0, count: 17)) == nil)
    }
}

@Suite("The packed versions of a record")
struct PackedVersionsTests {
    private func versions(_ random: inout SplitMix) -> RecordVersions {
        var versions = RecordVersions(creation: .init(version: random.version(), operator: "Sari", sequence: 1))
        for _ in 0..<random.below(8) {
            versions.set(
                random.pick([0, 1, 2, 3, 200, 70_000]),
                to: .init(
                    version: random.version(), base: random.below(2) == 0 ? .none : versions.creation.version,
                    operator: String(repeating: "é", count: random.below(64)), sequence: Int64(random.next() >> 1)))
        }
        return versions
    }

    @Test("are read as they were written")
    func roundTrip() throws {
        var random = SplitMix(seed: 6)
        for _ in 0..<2_000 {
            let versions = versions(&random)
            var packed: [UInt8] = [9, 9]
            versions.pack(to: &packed)
            #expect(try RecordVersions(unpacking: packed[2...]) == versions)
        }
    }

    @Test("never trap when they are damaged, and what is read can be packed again")
    func damage() throws {
        var random = SplitMix(seed: 7)
        for _ in 0..<2_000 {
            var packed: [UInt8] = []
            versions(&random).pack(to: &packed)
            for length in packed.indices where random.below(20) == 0 {
                _ = try? RecordVersions(unpacking: packed[..<length])
            }
            for _ in 0..<20 {
                var damaged = packed
                damaged[random.below(damaged.count)] ^= UInt8(1 << random.below(8))
                guard let read = try? RecordVersions(unpacking: damaged[...]) else { continue }
                var again: [UInt8] = []
                read.pack(to: &again)
                #expect(try RecordVersions(unpacking: again[...]) == read)
                #expect(read.greatest.time.rawValue < 1 << 63)
            }
        }
        #expect(throws: ProtocolError.self) { try RecordVersions(unpacking: []) }
    }
}
