import Foundation
import SyncProtocol
import Testing

/// The files of `Protocol/vectors`, by their place beside this one.
enum VectorFile {
    static func read<Content: Decodable>(_ name: String, as type: Content.Type = Content.self) throws -> Content {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let data = try Data(contentsOf: root.appendingPathComponent("Protocol/vectors/\(name).json"))
        return try JSONDecoder().decode(Content.self, from: data)
    }
}

/// Bytes, in hexadecimal digits.
struct Hex: Decodable, Hashable {
    let bytes: [UInt8]

    init(from decoder: any Decoder) throws {
        let digits = Array(try decoder.singleValueContainer().decode(String.self).utf8)
        bytes = try stride(from: 0, to: digits.count, by: 2).map { index in
            guard index + 1 < digits.count,
                let byte = UInt8(String(decoding: digits[index...index + 1], as: UTF8.self), radix: 16)
            else { throw VectorError(reason: "not hexadecimal") }
            return byte
        }
    }
}

/// A number that JSON can't hold exactly, as text.
struct Number<Integer: FixedWidthInteger & Sendable>: Decodable, Sendable {
    let value: Integer

    init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let value = Integer(text) else { throw VectorError(reason: "\(text) is no \(Integer.self)") }
        self.value = value
    }
}

/// A version, as `TIME@REPLICA`.
struct VersionText: Decodable {
    let version: Version

    init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        let parts = text.split(separator: "@")
        guard parts.count == 2, let time = UInt64(parts[0]), let replica = UInt32(parts[1]) else {
            throw VectorError(reason: "\(text) is no version")
        }
        version = Version(time: HybridTimestamp(rawValue: time), replica: ReplicaID(rawValue: replica))
    }
}

/// A value: null, true, false, or an object of its type and content.
struct ValueForm: Decodable {
    let value: Value

    private enum Key: String, CodingKey {
        case integer, double, text, bytes, dateTime
    }

    init(from decoder: any Decoder) throws {
        let single = try decoder.singleValueContainer()
        if single.decodeNil() {
            value = .null
        } else if let bool = try? single.decode(Bool.self) {
            value = .bool(bool)
        } else {
            let content = try decoder.container(keyedBy: Key.self)
            switch content.allKeys.first {
            case .integer: value = .integer(try content.decode(Number<Int64>.self, forKey: .integer).value)
            case .double:
                guard let double = Double(try content.decode(String.self, forKey: .double)) else {
                    throw VectorError(reason: "no double")
                }
                value = .double(double)
            case .text: value = .text(try content.decode(String.self, forKey: .text))
            case .bytes: value = .bytes(try content.decode(Hex.self, forKey: .bytes).bytes)
            case .dateTime: value = .dateTime(try content.decode(Number<Int64>.self, forKey: .dateTime).value)
            case nil: throw VectorError(reason: "a value of no type")
            }
        }
    }
}

/// Fields with their values, by the digits of their numbers.
struct FieldsForm: Decodable {
    let fields: [FieldValue]

    init(from decoder: any Decoder) throws {
        // Read key by key: a dictionary of optionals would lose the fields that are null.
        let content = try decoder.container(keyedBy: FieldKey.self)
        fields = try content.allKeys.map { key in
            FieldValue(key.number, try EncodedValue(try content.decode(ValueForm.self, forKey: key).value))
        }.sorted { $0.field < $1.field }
    }

    struct FieldKey: CodingKey {
        let number: FieldNumber
        var stringValue: String { String(number) }
        var intValue: Int? { number }
        init?(stringValue: String) {
            guard let number = Int(stringValue) else { return nil }
            self.number = number
        }
        init?(intValue: Int) { number = intValue }
    }
}

/// A vector that the tests can't read.
struct VectorError: Error {
    let reason: String
}

/// Bytes that must be refused.
struct InvalidVector: Decodable, CustomTestStringConvertible {
    let hex: Hex
    /// The request that a sync answer belongs to.
    let answering: PlaceForm?
    let error: String
    let reason: String

    var testDescription: String { "\(reason): \(error)" }

    /// The code that reading throws, or nil where it does not.
    func code(of read: (inout CBORReader) throws(ProtocolError) -> Void) -> String? {
        var reader = CBORReader(hex.bytes)
        do throws(ProtocolError) {
            try read(&reader)
            try reader.finish()
            return nil
        } catch {
            return error.code.rawValue
        }
    }
}
