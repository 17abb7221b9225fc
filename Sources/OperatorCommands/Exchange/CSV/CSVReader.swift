import CommandFrame
import SyncProtocol

/// One cell of a CSV file.
struct CSVCell: Hashable {
    /// The text; nil where its bytes are no UTF-8.
    let text: String?
    /// Whether it stood in quotes, so that an empty text can be told from no value.
    let isQuoted: Bool
}

/// One row of a CSV file.
struct CSVRow: Hashable {
    /// The line that it begins on, counted from 1; a row may have several.
    let line: Int
    let cells: [CSVCell]
}

/// Reads CSV as RFC 4180 has it, row by row: quoted line ends, CRLF, LF or CR, a byte order mark, and `,`, `;` or tab,
/// whichever the first line uses.
///
/// It is ours because the packaged readers take a whole file into memory, can't tell an empty text from no value, and
/// guess where a quote is out of place instead of naming the line.
struct CSVReader {
    /// What parts the cells.
    let delimiter: UInt8
    /// The line of the next byte.
    private(set) var line = 1
    private let source: ByteSource
    private var block: [UInt8]
    private var position: Int
    private var last: UInt8 = 0

    /// Looks at the first line.
    ///
    /// - Throws: ``FileFault`` for what is no CSV in UTF-8.
    init(_ source: ByteSource) throws {
        self.source = source
        let start = try source.peek(4)
        if start.starts(with: [0xFF, 0xFE]) || start.starts(with: [0xFE, 0xFF]) { throw FileFault.utf16 }
        if start.starts(with: Array("PK\u{3}\u{4}".utf8)) { throw FileFault.workbook }
        position = start.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        let head = try source.peek(1 << 16)
        // Excel writes and understands a first line that names the delimiter.
        let line = head.dropFirst(position).prefix { $0 != 0x0A && $0 != 0x0D }
        if line.count == 5, line.starts(with: Array("sep=".utf8)), let named = line.last,
            Self.delimiters.contains(named)
        {
            delimiter = named
            position += 5
        } else {
            delimiter = Self.delimiter(of: head.dropFirst(position))
        }
        block = try source.read()
    }

    /// The next row that is not blank; nil at the end.
    ///
    /// - Throws: ``FileFault`` where a quote is out of place: behind it nobody can tell where a row begins.
    mutating func next() throws -> CSVRow? {
        while true {
            let start = line
            var cells: [CSVCell] = []
            var size = 0
            repeat {
                guard cells.count < Limits.fieldsPerRecord else { throw FileFault.tooManyCells(line: start) }
                cells.append(try cell(rowLine: start, &size))
            } while last == delimiter
            // `last` is now a line end, or 0 where the file is at its end.
            if cells != [CSVCell(text: "", isQuoted: false)] { return CSVRow(line: start, cells: cells) }
            if hasEnded { return nil }
        }
    }

    private var hasEnded = false

    private mutating func cell(rowLine: Int, _ size: inout Int) throws -> CSVCell {
        var bytes: [UInt8] = []
        var next = try take()
        let isQuoted = next == 0x22
        if isQuoted {
            let opened = line
            while true {
                guard let byte = try take() else { throw FileFault.openQuote(line: opened) }
                if byte == 0x22 {
                    next = try take()
                    if next != 0x22 { break }
                }
                if byte == 0x0D || byte == 0x0A && bytes.last != 0x0D { line += 1 }
                bytes.append(byte)
                guard size + bytes.count <= Limits.recordBytes else { throw FileFault.openQuote(line: opened) }
            }
        }
        while let byte = next, byte != delimiter, byte != 0x0A, byte != 0x0D {
            if isQuoted { throw FileFault.textAfterQuote(line: line) }
            if byte == 0x22 { throw FileFault.quoteInside(line: line) }
            bytes.append(byte)
            guard size + bytes.count <= Limits.recordBytes else { throw FileFault.longRow(line: rowLine) }
            next = try take()
        }
        size += bytes.count
        hasEnded = next == nil
        last = next ?? 0
        if next == 0x0D, try peek() == 0x0A { _ = try take() }
        if next == 0x0A || next == 0x0D { line += 1 }
        return CSVCell(text: UTF8Text.string(bytes[...]), isQuoted: isQuoted)
    }

    private mutating func take() throws -> UInt8? {
        guard let byte = try peek() else { return nil }
        position += 1
        return byte
    }

    private mutating func peek() throws -> UInt8? {
        while position >= block.count {
            if block.isEmpty { return nil }
            position -= block.count
            block = try source.read()
        }
        return block[position]
    }

    private static let delimiters = Array(",;\t|".utf8)

    /// The sign that parts most cells of the first line, quoted ones left out.
    private static func delimiter(of head: ArraySlice<UInt8>) -> UInt8 {
        var counts: [UInt8: Int] = [:]
        var isQuoted = false
        for byte in head {
            if byte == 0x22 { isQuoted.toggle() }
            if isQuoted { continue }
            if byte == 0x0A || byte == 0x0D {
                if counts.isEmpty { continue }
                break
            }
            counts[byte, default: 0] += 1
        }
        // The first of equals: a file of one column is as good as one with commas.
        return delimiters.max { (counts[$0] ?? 0) < (counts[$1] ?? 0) } ?? 0x2C
    }
}

/// Texts out of bytes.
enum UTF8Text {
    /// The text, or nil where the bytes are no UTF-8.
    static func string(_ bytes: ArraySlice<UInt8>) -> String? {
        // What most cells are; a span over no bytes has nothing to validate.
        if bytes.isEmpty { return "" }
        guard let valid = try? UTF8Span(validating: bytes.span) else { return nil }
        return String(copying: valid)
    }
}
