/// Writes CSV as RFC 4180 has it: CRLF after each row, quotes where they are needed.
///
/// No value is an empty cell, an empty
/// text is a quoted one.
struct CSVWriter {
    /// What is written so far.
    var bytes: [UInt8] = []
    private let forSpreadsheet: Bool
    private var delimiter: UInt8 { forSpreadsheet ? 0x3B : 0x2C }
    private var isFirst = true

    /// Begins a file.
    ///
    /// - Parameter forSpreadsheet: whether it is for Excel: `;`, since the comma is the decimal sign of Indonesia, and
    ///   a byte order mark, without which Excel reads no UTF-8.
    init(forSpreadsheet: Bool) {
        self.forSpreadsheet = forSpreadsheet
        if forSpreadsheet { bytes = [0xEF, 0xBB, 0xBF] }
    }

    /// Adds an empty cell: no value.
    mutating func addNothing() { part() }

    /// Adds a cell that is as harmless as it looks: a number, a moment, a key.
    mutating func add(plain text: String) {
        part()
        bytes.append(contentsOf: text.utf8)
    }

    /// Adds a text byte for byte, guarded where a spreadsheet would run it.
    mutating func add(_ text: some Collection<UInt8>) {
        part()
        let isGuarded = FormulaGuard.isNeeded(text, forSpreadsheet: forSpreadsheet)
        let needsQuotes = text.isEmpty || text.contains { Self.isSpecial($0) } || text.first == 0x20
        if needsQuotes { bytes.append(0x22) }
        if isGuarded { bytes.append(0x27) }
        for byte in text {
            if byte == 0x22 { bytes.append(0x22) }
            bytes.append(byte)
        }
        if needsQuotes { bytes.append(0x22) }
    }

    /// Ends the row.
    mutating func endRow() {
        bytes.append(0x0D)
        bytes.append(0x0A)
        isFirst = true
    }

    private mutating func part() {
        if !isFirst { bytes.append(delimiter) }
        isFirst = false
    }

    /// All the signs that any reader may take for a delimiter are quoted.
    private static func isSpecial(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x22, 0x2C, 0x3B, 0x09, 0x0A, 0x0D: true
        default: false
        }
    }
}
