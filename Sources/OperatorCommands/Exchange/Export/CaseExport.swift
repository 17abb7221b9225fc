import CallCenter
import CommandFrame
import Foundation
import OfflineClient
import SQLite
import SyncProtocol

/// The form of a file of cases.
enum CaseFormat: String, CaseIterable, Sendable {
    /// One row a case.
    case csv
    /// One JSON object a line.
    case ndjson

    /// The form that a file name asks for.
    init?(path: String) {
        switch path.lowercased().split(separator: ".").last {
        case "csv": self = .csv
        case "ndjson", "jsonl": self = .ndjson
        default: return nil
        }
    }
}

/// Writes the cases of the local database out, in the order of their receipt.
struct CaseExport {
    var format = CaseFormat.csv
    /// Whether the file is for Excel.
    var forSpreadsheet = false
    /// The language of the names of the columns of a CSV file.
    var headers = Speech.english
    /// Whether fields about people are written; they are left out otherwise.
    var withPersonal = false
    /// The year of receipt (WIB), or nil for all.
    var year: Int?
    /// The state, or nil for all.
    var status: CaseStatus?

    /// The fields that are written.
    var fields: [FieldSchema] {
        get throws {
            let cases = try CallCenterSchema.schema["cases"]
            return CaseColumns.order.compactMap { cases?[$0] }.filter { withPersonal || !$0.isPersonal }
        }
    }

    /// Writes the cases.
    ///
    /// - Parameters:
    ///   - write: takes the next bytes.
    ///   - progress: hears how many of how many are written.
    /// - Returns: how many were written.
    @discardableResult
    func run(
        _ connection: Connection, to write: ([UInt8]) throws -> Void, progress: (Int, Int) -> Void = { _, _ in }
    ) throws -> Int {
        let fields = try fields
        let total = try count(connection)
        let select = try selection("id, " + fields.map { "\"\($0.name)\"" }.joined(separator: ", "), connection)
        defer { select.reset() }
        var csv = CSVWriter(forSpreadsheet: forSpreadsheet)
        var lines: [UInt8] = []
        if format == .csv {
            for name in [CaseColumns.id] + fields.map(\.name) {
                csv.add(plain: CaseColumns.header(name, in: headers))
            }
            csv.endRow()
        }
        var done = 0
        while try select.step() {
            guard let id = RecordID(bytes: select.bytes(0)) else { continue }
            switch format {
            case .csv: addRow(id, fields, select, to: &csv)
            case .ndjson:
                lines += Array(object(id, fields, select).text.utf8)
                lines.append(0x0A)
            }
            done += 1
            if csv.bytes.count + lines.count >= 1 << 16 {
                try write(csv.bytes + lines)
                csv.bytes.removeAll(keepingCapacity: true)
                lines.removeAll(keepingCapacity: true)
                progress(done, total)
            }
        }
        try write(csv.bytes + lines)
        return done
    }

    private func count(_ connection: Connection) throws -> Int {
        let select = try selection("count(*)", connection, isOrdered: false)
        defer { select.reset() }
        return try select.step() ? Int(select.int64(0)) : 0
    }

    private func selection(_ columns: String, _ connection: Connection, isOrdered: Bool = true) throws -> Statement {
        let range = try year.map { try YearRange($0) }
        let select = try connection.statement(
            """
            SELECT \(columns) FROM cases
            WHERE (?1 IS NULL OR received_at >= ?1) AND (?2 IS NULL OR received_at < ?2)
              AND (?3 IS NULL OR status = ?3)
            \(isOrdered ? "ORDER BY received_at, id" : "")
            """)
        if let range {
            try select.bind(1, range.start)
            try select.bind(2, range.end)
        }
        if let status { try select.bind(3, text: status.rawValue) }
        return select
    }

    private func addRow(_ id: RecordID, _ fields: [FieldSchema], _ row: Statement, to csv: inout CSVWriter) {
        csv.add(plain: id.description)
        for (index, field) in fields.enumerated() {
            let column = Int32(index + 1)
            if row.isNull(column) {
                csv.addNothing()
                continue
            }
            switch field.type {
            case .text: row.withBytes(column) { csv.add($0) }
            case .bool: csv.add(plain: row.int64(column) != 0 ? "true" : "false")
            case .integer: csv.add(plain: String(row.int64(column)))
            case .double: csv.add(plain: "\(row.double(column))")
            case .dateTime: csv.add(plain: ExactTime.text(row.int64(column), forSpreadsheet: forSpreadsheet))
            case .bytes: csv.add(plain: RecordID(bytes: row.bytes(column))?.description ?? "")
            }
        }
        csv.endRow()
    }

    private func object(_ id: RecordID, _ fields: [FieldSchema], _ row: Statement) -> JSON {
        var members: [(String, JSON)] = []
        for (index, field) in fields.enumerated() where !row.isNull(Int32(index + 1)) {
            let column = Int32(index + 1)
            let value: JSON =
                switch field.type {
                case .text: .string(row.string(column))
                case .bool: .bool(row.int64(column) != 0)
                case .integer, .dateTime: .integer(row.int64(column))
                case .double: .double(row.double(column))
                case .bytes: .text(RecordID(bytes: row.bytes(column))?.description)
                }
            members.append((field.name, value))
        }
        return ["id": .string(id.description), "fields": .object(members)]
    }
}

/// The moments of one year in WIB.
struct YearRange {
    /// The first millisecond.
    let start: Int64
    /// The first millisecond of the next year.
    let end: Int64

    /// Makes the range.
    init(_ year: Int) throws {
        guard let first = Day(year: year, month: 1, day: 1), let next = Day(year: year + 1, month: 1, day: 1) else {
            throw CommandError.usage(
                "no-such-year", id: "Tidak ada tahun \(year).", en: "There is no year \(year).",
                advice: Words(id: "Tulis empat angka, misalnya 2021.", en: "Write four digits, for example 2021."))
        }
        (start, end) = (WIB.start(of: first), WIB.start(of: next))
    }
}

/// Moments in files, to the millisecond, in WIB.
enum ExactTime {
    /// `2022-06-27T14:05:30.250+07:00`, or `2022-06-27 14:05:30.250`, which spreadsheets take for a date.
    static func text(_ moment: Int64, forSpreadsheet: Bool) -> String {
        // The time in UTC of seven hours later looks like that of WIB now.
        let local = Moment.iso(moment &+ 7 * 3_600_000).dropLast()
        return forSpreadsheet ? String(local.map { $0 == "T" ? " " : $0 }) : local + "+07:00"
    }
}
