import Foundation
import SyncProtocol

/// The inputs that the fuzzer kept of one target: each its length as LEB128, then its bytes.
enum PackedCorpus {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Corpus")

    static func read(_ name: String) throws -> [[UInt8]] {
        let bytes = Array(try Data(contentsOf: folder.appending(path: "\(name).corpus")))
        var inputs: [[UInt8]] = []
        var position = 0
        while position < bytes.count {
            let length = Int(try Varint.read(bytes[...], &position, limit: UInt64(bytes.count)))
            guard length <= bytes.count - position else { throw Violation("the corpus of \(name) is cut off") }
            inputs.append(Array(bytes[position..<position + length]))
            position += length
        }
        return inputs
    }
}
