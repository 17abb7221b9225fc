import Testing

@testable import SyncProtocol

@Suite("Changes, bases and updates agree with the vectors")
struct ChangeVectorTests {
    struct Changes: Decodable {
        let valid: [Valid]
        let invalid: [InvalidVector]
        let bases: [Lookup]

        struct Valid: Decodable {
            let name: String
            let hex: Hex
            let change: ChangeForm
        }

        struct Lookup: Decodable {
            let hex: Hex
            let versions: [String: VersionText]
        }
    }

    struct Updates: Decodable {
        let valid: [Valid]
        let invalid: [InvalidVector]

        struct Valid: Decodable {
            let name: String
            let hex: Hex
            let update: UpdateForm
        }
    }

    @Test("Every valid change decodes to its meaning and encodes to its bytes")
    func validChanges() throws {
        for vector in try VectorFile.read("changes", as: Changes.self).valid {
            var reader = CBORReader(vector.hex.bytes)
            let change = try Change(from: &reader)
            try reader.finish()
            #expect(change == (try vector.change.change()), "\(vector.name)")
            #expect(change.encoded == vector.hex.bytes, "\(vector.name)")
        }
    }

    @Test(
        "Every invalid change is refused by its reason",
        arguments: try VectorFile.read("changes", as: Changes.self).invalid)
    func invalidChanges(_ vector: InvalidVector) {
        #expect(vector.code { reader throws(ProtocolError) in _ = try Change(from: &reader) } == vector.error)
    }

    @Test("A base tells the version that was seen of each field")
    func bases() throws {
        for vector in try VectorFile.read("changes", as: Changes.self).bases {
            var reader = CBORReader(vector.hex.bytes)
            let base = try Base(from: &reader)
            try reader.finish()
            for (field, expected) in vector.versions {
                #expect(base.version(of: try #require(Int(field))) == expected.version)
            }
            var writer = CBORWriter()
            base.encode(to: &writer)
            #expect(writer.bytes == vector.hex.bytes)
        }
    }

    @Test("Every valid update decodes to its meaning and encodes to its bytes")
    func validUpdates() throws {
        for vector in try VectorFile.read("updates", as: Updates.self).valid {
            var reader = CBORReader(vector.hex.bytes)
            let update = try RecordUpdate(from: &reader)
            try reader.finish()
            #expect(update == (try vector.update.update()), "\(vector.name)")
            var writer = CBORWriter()
            update.encode(to: &writer)
            #expect(writer.bytes == vector.hex.bytes, "\(vector.name)")
        }
    }

    @Test(
        "Every invalid update is refused by its reason",
        arguments: try VectorFile.read("updates", as: Updates.self).invalid)
    func invalidUpdates(_ vector: InvalidVector) {
        #expect(vector.code { reader throws(ProtocolError) in _ = try RecordUpdate(from: &reader) } == vector.error)
    }
}
