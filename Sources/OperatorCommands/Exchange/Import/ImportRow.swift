import SyncProtocol

/// One row of a file to import, whatever its form.
struct ImportRow: Hashable {
    /// What a file says of one field.
    enum Cell: Hashable {
        /// A text. Of a CSV file, the text of any value.
        case text(String)
        /// A bool of JSON.
        case bool(Bool)
        /// A whole number of JSON.
        case integer(Int64)
        /// Another number of JSON.
        case double(Double)
        /// JSON's null: the field shall have no value.
        case null
        /// An array or an object of JSON, which no field can hold.
        case nested

        /// The same for the same cell in every version of this program.
        var stable: String {
            switch self {
            case .text(let value): "t\(value)"
            case .bool(let value): value ? "b1" : "b0"
            case .integer(let value): "i\(value)"
            case .double(let value): "d\(value.bitPattern)"
            case .null, .nested: "n"
            }
        }
    }

    /// The line that it begins on.
    let line: Int
    /// The record's id as the file has it.
    var id: Cell?
    /// The number or code of the office that the row belongs to, as the file has it beside the fields.
    var office: String?
    /// When it was written, as the file has it beside the fields: milliseconds since 1970.
    var at: Int64?
    /// The fields that the file says something of, by name.
    var cells: [String: Cell] = [:]
    /// Names of columns as the file has them, where they differ from the field's.
    var headers: [String: String] = [:]
    /// What is wrong with the row as it stands.
    var faults: [RowFault] = []

    /// Begins a row.
    init(line: Int) { self.line = line }

    /// The id that a row without ticket and id gets: the same whenever the same row is read, so that a file can be
    /// imported twice.
    ///
    /// Rows that are equal within one file are told apart by their occurrence.
    func derivedID(at moment: Int64, occurrence: Int) -> RecordID {
        var bytes = Array("import/\(occurrence)".utf8)
        for (name, cell) in cells.sorted(by: { $0.key < $1.key }) {
            let text = cell.stable
            bytes += Array("/\(name)=\(text.utf8.count):\(text)".utf8)
        }
        let hash = SHA256.hash(bytes)
        func word(_ start: Int) -> UInt64 { hash[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) } }
        return RecordID(milliseconds: moment, random: (word(0), word(8)))
    }
}
