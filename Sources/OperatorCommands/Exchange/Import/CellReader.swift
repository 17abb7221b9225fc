import CallCenter
import Foundation
import SyncProtocol

/// Turns what a file says of a field into a value.
struct CellReader {
    let codes: ReferenceCodes
    /// The present, for dates such as "yesterday".
    let now: Int64

    /// The value, or what is wrong with the cell.
    func value(of cell: ImportRow.Cell, for field: FieldSchema) -> Result<Value, Fault> {
        switch (field.type, cell) {
        case (_, .null): .success(.null)
        case (_, .nested): .failure(Fault(.wrongType(field.type.shape)))
        case (.text, .text(let text)): self.text(text, for: field)
        case (.bool, .bool(let value)): .success(.bool(value))
        case (.bool, .text(let text)): bool(text)
        case (.dateTime, .integer(let moment)): self.moment(moment)
        case (.dateTime, .text(let text)): moment(text)
        case (.bytes, .text(let text)): id(text)
        case (.integer, .integer(let value)): .success(.integer(value))
        case (.integer, .text(let text)): number(text, Int64.init, Value.integer, .integer)
        case (.double, .integer(let value)): .success(.double(Double(value)))
        case (.double, .double(let value)) where value.isFinite: .success(.double(value))
        case (.double, .text(let text)):
            number(text, { Double($0).flatMap { $0.isFinite ? $0 : nil } }, Value.double, .number)
        default: .failure(Fault(.wrongType(field.type.shape)))
        }
    }

    /// What is wrong with a cell.
    struct Fault: Error {
        let reason: RowFault.Reason
        init(_ reason: RowFault.Reason) { self.reason = reason }
    }

    private func text(_ text: String, for field: FieldSchema) -> Result<Value, Fault> {
        let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard text.utf8.count <= Limits.valueBytes else { return .failure(Fault(.tooLarge)) }
        switch field.name {
        case "status": return choice(trimmed, CaseStatus.self)
        case "class": return choice(trimmed, CaseClass.self)
        case "channel": return choice(trimmed, Channel.self)
        case "urgency": return choice(trimmed, Urgency.self)
        case "closing_reason": return choice(trimmed, ClosingReason.self)
        case "region", "agency", "category", "office":
            if trimmed.isEmpty { return .success(.null) }
            guard let code = codes.code(trimmed, in: field.name) else { return .failure(Fault(.unknownCode)) }
            return .success(.text(code))
        case "ticket":
            if trimmed.isEmpty { return .success(.null) }
            guard let ticket = TicketNumber(trimmed) else { return .failure(Fault(.notATicket)) }
            return .success(.text(ticket.description))
        case "reporter_phone":
            if trimmed.isEmpty { return .success(.null) }
            guard let phone = try? PhoneNumber(trimmed) else { return .failure(Fault(.notAPhone)) }
            return .success(.text(phone.e164))
        case "reporter_nik": return .success(.text(NIK(text).stored))
        case "event_date":
            if trimmed.isEmpty { return .success(.null) }
            guard let day = Day(trimmed) ?? (try? DateInput(trimmed, now: now))?.day else {
                return .failure(Fault(.wrongType(.date)))
            }
            return .success(.text(day.description))
        default: return .success(.text(text))
        }
    }

    private func choice<Key: NamedKey>(_ text: String, _ type: Key.Type) -> Result<Value, Fault> {
        if text.isEmpty { return .success(.null) }
        guard let key = Key(rawValue: text) ?? Key(typed: text) else { return .failure(Fault(.notAllowed(Key.keys))) }
        return .success(.text(key.rawValue))
    }

    private func bool(_ text: String) -> Result<Value, Fault> {
        switch text.trimmingCharacters(in: .whitespaces).lowercased() {
        case "": .success(.null)
        case "true", "yes", "y", "ya", "benar", "1": .success(.bool(true))
        case "false", "no", "n", "tidak", "t", "salah", "0": .success(.bool(false))
        default: .failure(Fault(.wrongType(.bool)))
        }
    }

    private func moment(_ text: String) -> Result<Value, Fault> {
        if text.allSatisfy(\.isWhitespace) { return .success(.null) }
        guard let date = try? DateInput(text, now: now) else { return .failure(Fault(.wrongType(.moment))) }
        return .success(.dateTime(date.milliseconds))
    }

    /// The years are those that a date in text may have.
    private func moment(_ milliseconds: Int64) -> Result<Value, Fault> {
        let year = WIB.day(of: milliseconds).year
        return (1900...9000).contains(year)
            ? .success(.dateTime(milliseconds)) : .failure(Fault(.wrongType(.moment)))
    }

    private func id(_ text: String) -> Result<Value, Fault> {
        let trimmed = text.trimmingCharacters(in: .whitespaces)
        if trimmed.isEmpty { return .success(.null) }
        guard let id = RecordID(trimmed) else { return .failure(Fault(.wrongType(.id))) }
        return .success(.bytes(id.bytes))
    }

    private func number<Number>(
        _ text: String, _ read: (String) -> Number?, _ make: (Number) -> Value, _ shape: RowFault.Shape
    ) -> Result<Value, Fault> {
        let trimmed = text.trimmingCharacters(in: .whitespaces)
        if trimmed.isEmpty { return .success(.null) }
        return read(trimmed).map { .success(make($0)) } ?? .failure(Fault(.wrongType(shape)))
    }
}

extension ValueType {
    fileprivate var shape: RowFault.Shape {
        switch self {
        case .text: .text
        case .bool: .bool
        case .integer: .integer
        case .double: .number
        case .dateTime: .moment
        case .bytes: .id
        }
    }
}
