import Foundation
import SyncProtocol

/// Reads a row from one JSON object: `{"id", "fields"}` as `sambung export` writes it, with `office` and `at` beside them
/// as `tools/make-workload` does, or the fields alone.
enum JSONRow {
    static func read(_ bytes: ArraySlice<UInt8>, line: Int, ignoresUnknown: Bool) -> ImportRow {
        var row = ImportRow(line: line)
        guard UTF8Text.string(bytes) != nil else {
            row.faults.append(RowFault(line: line, reason: .notUTF8))
            return row
        }
        guard let object = try? JSONDecoder().decode([String: Item].self, from: Data(bytes)) else {
            row.faults.append(RowFault(line: line, reason: .notAnObject))
            return row
        }
        var fields: [String: Item] = object
        if let inner = object["fields"] {
            guard case .object(let members) = inner else {
                row.faults.append(RowFault(line: line, column: "fields", reason: .notAnObject))
                return row
            }
            fields = members
            row.office = text(object["office"])
            if case .integer(let moment) = object["at"] { row.at = moment }
        }
        row.id = object["id"].map(cell)
        fields["id"] = nil
        for (name, item) in fields.sorted(by: { $0.key < $1.key }) {
            if let field = CaseColumns.field(named: name) {
                row.cells[field] = cell(item)
            } else if !ignoresUnknown {
                let shown = String(name.prefix(40))
                row.faults.append(
                    RowFault(line: line, column: shown, reason: .unknownField(nearest: CaseColumns.nearest(to: name))))
            }
        }
        return row
    }

    private static func text(_ item: Item?) -> String? {
        switch item {
        case .integer(let number): String(number)
        case .text(let text): text
        default: nil
        }
    }

    private static func cell(_ item: Item) -> ImportRow.Cell {
        switch item {
        case .null: .null
        case .bool(let value): .bool(value)
        case .integer(let value): .integer(value)
        case .double(let value): .double(value)
        case .text(let value): .text(value)
        case .object, .other: .nested
        }
    }

    private enum Item: Decodable {
        case null
        case bool(Bool)
        case integer(Int64)
        case double(Double)
        case text(String)
        case object([String: Item])
        case other

        init(from decoder: any Decoder) throws {
            if let value = try? decoder.singleValueContainer() {
                if value.decodeNil() {
                    self = .null
                    return
                }
                if let text = try? value.decode(String.self) {
                    self = .text(text)
                    return
                }
                if let bool = try? value.decode(Bool.self) {
                    self = .bool(bool)
                    return
                }
                if let number = try? value.decode(Int64.self) {
                    self = .integer(number)
                    return
                }
                if let number = try? value.decode(Double.self) {
                    self = .double(number)
                    return
                }
                if let members = try? value.decode([String: Item].self) {
                    self = .object(members)
                    return
                }
            }
            self = .other
        }
    }
}
