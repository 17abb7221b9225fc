import CallCenter
import CommandFrame
import Foundation
import SyncProtocol

/// Reads a file of cases row by row.
struct ImportSource {
    private enum Reader {
        case csv(CSVReader, [Column])
        case ndjson(LineReader)
    }

    /// A column of a CSV file: its name there and its field, nil for one that is passed over.
    private struct Column {
        let header: String
        let field: String?
    }

    /// The form that the file turned out to have.
    let format: CaseFormat
    private var reader: Reader
    private let ignoresUnknown: Bool

    /// Begins to read.
    ///
    /// - Parameters:
    ///   - format: the form, or nil to look at the first bytes.
    ///   - ignoresUnknown: whether columns and fields that no case has are passed over.
    /// - Throws: ``FileFault``, or what reading throws.
    init(_ source: ByteSource, format: CaseFormat?, ignoresUnknown: Bool) throws {
        self.ignoresUnknown = ignoresUnknown
        let start = try source.peek(256).drop { $0 <= 0x20 || [0xEF, 0xBB, 0xBF].contains($0) }
        guard let first = start.first else { throw FileFault.empty }
        if first == 0x5B { throw FileFault.jsonArray }
        self.format = format ?? (first == 0x7B ? .ndjson : .csv)
        switch self.format {
        case .ndjson: reader = .ndjson(LineReader(source))
        case .csv:
            var csv = try CSVReader(source)
            guard let header = try csv.next() else { throw FileFault.empty }
            reader = .csv(csv, try Self.columns(header, ignoresUnknown))
        }
    }

    /// The next row; nil at the end.
    mutating func next() throws -> ImportRow? {
        switch reader {
        case .csv(var csv, let columns):
            defer { reader = .csv(csv, columns) }
            return try csv.next().map { Self.row($0, columns) }
        case .ndjson(var lines):
            defer { reader = .ndjson(lines) }
            return try lines.next().map { JSONRow.read($0.bytes, line: $0.line, ignoresUnknown: ignoresUnknown) }
        }
    }

    // MARK: CSV

    private static func columns(_ header: CSVRow, _ ignoresUnknown: Bool) throws -> [Column] {
        var seen: Set<String> = []
        return try header.cells.map { cell in
            guard let name = cell.text else {
                throw FileFault.header(
                    "not-utf-8",
                    Words(
                        id: "baris nama kolom bukan UTF-8. Simpan kembali sebagai \"CSV UTF-8\"",
                        en: "the row of names is no UTF-8. Save it again as \"CSV UTF-8\""))
            }
            let shown = VisibleText.line(String(name.prefix(40)))
            let trimmed = name.trimmingCharacters(in: .whitespaces)
            if trimmed.isEmpty { return Column(header: "", field: nil) }
            guard let field = CaseColumns.field(named: trimmed) else {
                if ignoresUnknown { return Column(header: shown, field: nil) }
                throw unknownColumn(shown)
            }
            guard seen.insert(field).inserted else {
                throw FileFault.header(
                    "repeated-column",
                    Words(id: "kolom \(shown) ada dua kali", en: "there are two columns \(shown)"))
            }
            return Column(header: shown, field: field)
        }
    }

    private static func unknownColumn(_ name: String) -> FileFault {
        let near = CaseColumns.nearest(to: name)
        return FileFault.header(
            "unknown-column",
            Words(
                id: "kolom '\(name)' tidak dikenal" + (near.map { "; maksudnya \($0)?" } ?? "")
                    + " (abaikan dengan --ignore-unknown)",
                en: "there is no column '\(name)'" + (near.map { "; did you mean \($0)?" } ?? "")
                    + " (pass over it with --ignore-unknown)"))
    }

    private static func row(_ csv: CSVRow, _ columns: [Column]) -> ImportRow {
        var row = ImportRow(line: csv.line)
        // Spreadsheets leave empty cells behind the last column.
        let extra = csv.cells.dropFirst(columns.count)
        if extra.contains(where: { $0.text != "" }) {
            row.faults.append(RowFault(line: csv.line, reason: .tooManyCells(expected: columns.count)))
        }
        if csv.cells.count < columns.count {
            row.faults.append(RowFault(line: csv.line, reason: .tooFewCells(expected: columns.count)))
        }
        for (cell, column) in zip(csv.cells, columns) {
            if cell.text == "", !cell.isQuoted { continue }
            guard let field = column.field else {
                if column.header.isEmpty { row.faults.append(RowFault(line: csv.line, reason: .valueWithoutColumn)) }
                continue
            }
            guard let text = cell.text else {
                row.faults.append(RowFault(line: csv.line, column: column.header, reason: .notUTF8))
                continue
            }
            if field == CaseColumns.id {
                row.id = .text(text)
            } else {
                row.cells[field] = .text(FormulaGuard.removed(from: text))
                if column.header != field { row.headers[field] = column.header }
            }
        }
        return row
    }
}

/// Cuts a file into lines.
struct LineReader {
    private let source: ByteSource
    private var block: [UInt8] = []
    private var position = 0
    private var line = 0
    /// More than the largest record takes, were every character of it escaped.
    private static let limit = 6 * Limits.recordBytes

    init(_ source: ByteSource) { self.source = source }

    /// The next line that is not blank, without its end; nil at the end of the file.
    mutating func next() throws -> (line: Int, bytes: ArraySlice<UInt8>)? {
        while true {
            var bytes: [UInt8] = []
            var hasEnd = false
            while !hasEnd {
                if position >= block.count {
                    block = try source.read()
                    position = 0
                    if block.isEmpty { break }
                }
                let end = block[position...].firstIndex(of: 0x0A)
                bytes += block[position..<(end ?? block.count)]
                hasEnd = end != nil
                position = (end ?? block.count) + 1
                if end == nil { position = block.count }
                guard bytes.count <= Self.limit else { throw FileFault.longRow(line: line + 1) }
            }
            if bytes.isEmpty && !hasEnd { return nil }
            line += 1
            if line == 1, bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
            if bytes.contains(where: { $0 > 0x20 }) { return (line, bytes[...]) }
            if !hasEnd { return nil }
        }
    }
}
