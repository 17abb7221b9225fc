import Foundation
import OfflineClient
import SyncProtocol

/// The rows of a file that the benchmark made from the workload: cases, or edits of them.
///
/// The C program of the floor reads the same file; `workload.py` describes its form.
struct Rows {
    struct Row {
        let id: RecordID
        let office: Int
        let fields: [String: Value]
    }

    struct Damaged: Error, CustomStringConvertible {
        let path: String
        var description: String { "\(path) is no file of rows: delete the benchmark's folder and run it again" }
    }

    private let path: String
    private let data: Data
    private let names: [String]
    private var position: Int
    private var left: Int

    init(path: String) throws {
        self.path = path
        data = try Data(contentsOf: URL(filePath: path), options: .alwaysMapped)
        guard data.count > 12, data.prefix(4) == Data("SBR1".utf8) else { throw Damaged(path: path) }
        var names: [String] = []
        position = 4
        left = 0
        let count = data.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 4, as: UInt32.self) }
        position = 8
        for _ in 0..<count {
            let length = Int(data[position])
            names.append(String(decoding: data[position + 1..<position + 1 + length], as: UTF8.self))
            position += 1 + length
        }
        self.names = names
        left = Int(data.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: position, as: UInt32.self) })
        position += 4
    }

    /// The next rows of an office, or of all; empty at the end.
    mutating func next(_ most: Int, office: Int?) throws -> [Row] {
        var rows: [Row] = []
        while left > 0, rows.count < most {
            left -= 1
            if let row = try read(office) { rows.append(row) }
        }
        return rows
    }

    private mutating func read(_ wanted: Int?) throws -> Row? {
        let (path, names, start) = (path, names, position)
        let (row, end) = try data.withUnsafeBytes { bytes -> (Row?, Int) in
            var at = start
            func load<T: FixedWidthInteger>(_ type: T.Type) throws -> T {
                guard at + MemoryLayout<T>.size <= bytes.count else { throw Damaged(path: path) }
                defer { at += MemoryLayout<T>.size }
                return T(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: T.self))
            }
            let length = Int(try load(UInt32.self))
            let end = at + length
            guard end <= bytes.count, let id = RecordID(bytes: Array(bytes[at..<at + 16])) else {
                throw Damaged(path: path)
            }
            at += 16
            let office = Int(try load(UInt32.self))
            if let wanted, wanted != office { return (nil, end) }
            var fields: [String: Value] = [:]
            while at < end {
                let name = names[Int(try load(UInt8.self))]
                switch try load(UInt8.self) {
                case 0: fields[name] = .null
                case 1: fields[name] = .dateTime(try load(Int64.self))
                default:
                    let length = Int(try load(UInt32.self))
                    fields[name] = .text(String(decoding: bytes[at..<at + length], as: UTF8.self))
                    at += length
                }
            }
            return (Row(id: id, office: office, fields: fields), end)
        }
        position = end
        return row
    }
}
