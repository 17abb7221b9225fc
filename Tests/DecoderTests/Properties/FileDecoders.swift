import CommandFrame
import ContentCoding
import SyncProtocol

@testable import OperatorCommands

/// Files to import, and packed bodies.
extension Decoder {
    /// What a CSV file holds is written and read again as the same, for programs and for spreadsheets.
    static let csv = Decoder("csv") { bytes in
        guard let rows = try rows(bytes) else { return .refused }
        let width = max(2, rows.map(\.cells.count).max() ?? 0)
        for forSpreadsheet in [false, true] {
            var writer = CSVWriter(forSpreadsheet: forSpreadsheet)
            for index in 0..<width { writer.add(plain: "c\(index)") }
            writer.endRow()
            for row in rows {
                for cell in row.cells { writer.add((cell.text ?? "?").utf8) }
                writer.endRow()
            }
            guard let read = try Self.rows(writer.bytes) else { throw Violation("a written file is refused") }
            try expect(read.count == rows.count + 1, "\(rows.count) rows became \(read.count - 1)")
            for (row, again) in zip(rows, read.dropFirst()) {
                let texts = row.cells.map { Array(($0.text ?? "?").utf8) }
                let others = again.cells.map { Array(FormulaGuard.removed(from: $0.text ?? "").utf8) }
                try expect(texts == others, "the row of line \(row.line) is altered")
                for cell in again.cells where cell.text?.first.map({ "=+-@\t\r\n".contains($0) }) == true {
                    throw Violation("a cell of line \(row.line) would be run by a spreadsheet")
                }
            }
        }
        return .accepted
    }

    private static func rows(_ bytes: [UInt8]) throws -> [CSVRow]? {
        var rows: [CSVRow] = []
        do {
            var reader = try CSVReader(ByteSource(bytes))
            while let row = try reader.next() {
                try expect(row.line >= rows.last?.line ?? 1 && row.line <= bytes.count + 1, "a line out of order")
                try expect(row.cells.count <= Limits.fieldsPerRecord, "a row over its limit")
                rows.append(row)
            }
        } catch is FileFault {
            return nil
        }
        return rows
    }

    /// A line of JSON is a row or has named faults, the same each time; its derived id depends on what it holds alone.
    static let ndjson = Decoder("ndjson") { bytes in
        let row = JSONRow.read(bytes[...], line: 1, ignoresUnknown: false)
        let again = JSONRow.read(bytes[...], line: 1, ignoresUnknown: false)
        try expect(row.faults.count == again.faults.count, "two readings differ")
        try expect(
            row.derivedID(at: 0, occurrence: 1) == again.derivedID(at: 0, occurrence: 1), "two readings differ")
        let lenient = JSONRow.read(bytes[...], line: 1, ignoresUnknown: true)
        try expect(lenient.cells == row.cells, "unknown fields alter the known ones")
        try expect(lenient.faults.count <= row.faults.count, "leniency finds more faults")
        for fault in row.faults { try expect(!fault.reason.words.text.isEmpty, "a fault without words") }
        return row.faults.isEmpty ? .accepted : .refused
    }

    static let packings: [Decoder] = [
        Decoder("gzip") { try checkPacking(.gzip, $0) }, Decoder("zstd") { try checkPacking(.zstd, $0) },
        Decoder("coding-fields") { bytes in
            let field = text(bytes)
            let accepted = AcceptEncoding(field)
            // No choice stands for a refusal; a body is never left as it is where that was ruled out.
            for count in [0, .max] where accepted.best(bodyCount: count) == .identity {
                try expect(accepted.takesIdentity, "a body is left as it is against the peer's wish")
            }
            return ContentCoding(contentEncoding: field) == nil ? .refused : .accepted
        },
    ]

    /// What unpacks is within the limit, unpacks at exactly its size and at no less, and can be packed again.
    private static func checkPacking(_ coding: ContentCoding, _ bytes: [UInt8]) throws -> Outcome {
        let limit = 1 << 18
        let unpacked: [UInt8]
        do throws(ContentCodingError) {
            unpacked = try coding.decompress(bytes, limit: limit)
        } catch {
            try expect(!error.description.isEmpty, "an error without words")
            return .refused
        }
        try expect(unpacked.count <= limit, "more than the limit came out")
        try expect(try coding.decompress(bytes, limit: unpacked.count) == unpacked, "the exact size is no room")
        if !unpacked.isEmpty {
            let less = try? coding.decompress(bytes, limit: unpacked.count - 1)
            try expect(less == nil, "a byte over the limit came out")
        }
        let packed = try coding.compress(unpacked)
        try expect(try coding.decompress(packed, limit: limit) == unpacked, "what is packed does not come back")
        return .accepted
    }
}
