import CallCenter
import OfflineClient
import SQLite
import SyncProtocol

/// Brings the rows of a file into the local database: each is a new case, a change of one that is here, or nothing new.
///
/// A row is recognised by its id, else by its ticket, else by its content: the same file imported again changes nothing.
struct CaseImport {
    /// What is asked for.
    struct Options {
        /// Whether rows may change cases that are here.
        var updates = false
        /// Only the rows of this office: its code, or the number that the file gives it.
        var onlyOffice: String?
        /// Whether bad rows are left out, instead of nothing being written.
        var skipsBadRows = false
    }

    /// Who imports, and where.
    struct Setting {
        var office: String
        var ticketPrefix: String
        var operatorName: String
        var now: Int64
    }

    /// What came of the rows.
    struct Outcome: Equatable {
        var rows = 0
        var new = 0
        var updated = 0
        var unchanged = 0
        var otherOffices = 0
        var bad = 0
        /// The first thousand.
        var faults: [RowFault] = []
        /// The first ten new or changed cases.
        var samples: [Sample] = []
    }

    /// One case that is made or changed.
    struct Sample: Equatable {
        let line: Int
        let isNew: Bool
        /// Nil where it is given when the case is written.
        let ticket: String?
        let receivedAt: Int64?
        let category: String?
    }

    private let options: Options
    private let setting: Setting
    private let cases: CollectionSchema
    private let reader: CellReader
    /// Nil for a dry run.
    private let transaction: LocalTransaction?
    private let read: (RecordID) throws -> Record?
    private let connection: Connection
    private(set) var outcome = Outcome()
    private var lines: [RecordID: Int] = [:]
    private var ticketLines: [String: Int] = [:]
    private var lastSerial: Int?

    /// Prepares to write in a transaction.
    init(_ options: Options, _ setting: Setting, _ schema: CollectionSchema, in transaction: LocalTransaction) throws {
        self.options = options
        self.setting = setting
        cases = schema
        self.transaction = transaction
        connection = try transaction.query { $0 }
        read = { try transaction.read("cases", $0) }
        reader = CellReader(codes: try ReferenceCodes(connection), now: setting.now)
    }

    /// Prepares to look only.
    init(
        lookingOnly options: Options, _ setting: Setting, _ schema: CollectionSchema, _ client: OfflineClient,
        _ connection: Connection
    ) throws {
        self.options = options
        self.setting = setting
        cases = schema
        transaction = nil
        self.connection = connection
        read = { try client.read("cases", $0) }
        reader = CellReader(codes: try ReferenceCodes(connection), now: setting.now)
    }

    /// Takes one row.
    mutating func take(_ row: ImportRow) throws {
        if let wanted = options.onlyOffice, !isOf(wanted, row) {
            outcome.otherOffices += 1
            return
        }
        outcome.rows += 1
        var faults = row.faults
        var fields: [String: Value] = [:]
        for (name, cell) in row.cells {
            guard let field = cases[name] else { continue }
            switch reader.value(of: cell, for: field) {
            case .success(let value): fields[name] = value
            case .failure(let fault): faults.append(Self.fault(row, name, fault.reason))
            }
        }
        keepTypedPhone(row, &fields)
        // What was exported has an id, and comes back as it was.
        if row.id == nil { faults += unlikely(row, fields) }
        if let reason = faults.isEmpty ? try place(row, fields) : nil { faults = reason }
        guard !faults.isEmpty else { return }
        outcome.bad += 1
        outcome.faults += faults.sorted { ($0.column ?? "") < ($1.column ?? "") }.prefix(1000 - outcome.faults.count)
    }

    /// Whether nothing may be written any more.
    var isRefused: Bool { outcome.bad > 0 && !options.skipsBadRows }

    // MARK: One row

    /// What nobody may type into a new case either.
    private func unlikely(_ row: ImportRow, _ fields: [String: Value]) -> [RowFault] {
        var faults: [RowFault] = []
        if let moment = fields["received_at"]?.moment, FieldInput.isToCome(moment, now: setting.now) {
            faults.append(Self.fault(row, "received_at", .toCome))
        }
        if let title = fields["title"]?.text, FieldInput.isBlank(title) {
            faults.append(Self.fault(row, "title", .missing))
        }
        return faults
    }

    /// Finds the row's case and writes; returns what is wrong.
    private mutating func place(_ row: ImportRow, _ fields: [String: Value]) throws -> [RowFault]? {
        let named: RecordID?
        switch try identity(row, fields) {
        case .success(let id): named = id
        case .failure(let fault): return [fault]
        }
        let id = named ?? freeID(row, fields)
        let ticket = fields["ticket"]?.text
        if !options.updates, let first = lines[id] ?? ticket.flatMap({ ticketLines[$0] }) {
            return [RowFault(line: row.line, reason: .repeated(firstLine: first))]
        }
        defer {
            lines[id] = lines[id] ?? row.line
            if let ticket { ticketLines[ticket] = ticketLines[ticket] ?? row.line }
        }
        guard let record = try read(id) else {
            // A dry run has not made what an earlier line makes.
            if transaction == nil, lines[id] != nil {
                outcome.updated += 1
                return nil
            }
            return try make(row, id, fields, isNamed: row.id != nil)
        }
        if record.isDeleted { return [RowFault(line: row.line, reason: .deleted)] }
        let changed = fields.filter { record[$0.key] != $0.value }
        if changed.isEmpty {
            outcome.unchanged += 1
            return nil
        }
        if named == nil { return [RowFault(line: row.line, reason: .changedSinceImport)] }
        if !options.updates { return [RowFault(line: row.line, reason: .duplicate)] }
        if !isRefused, let transaction {
            if let fault = try attempt(row, { _ = try transaction.update("cases", id, changed) }) { return [fault] }
        }
        outcome.updated += 1
        note(row, isNew: false, record.fields.merging(fields) { $1 })
        return nil
    }

    private mutating func make(
        _ row: ImportRow, _ id: RecordID, _ given: [String: Value], isNamed: Bool
    ) throws -> [RowFault]? {
        var fields = given
        func fill(_ name: String, _ value: Value) { if fields[name] ?? .null == .null { fields[name] = value } }
        fill("status", .text(CaseStatus.received.rawValue))
        fill("received_at", .dateTime(row.at ?? setting.now))
        fill("entered_at", .dateTime(row.at ?? setting.now))
        fill("office", .text(setting.office))
        fill("operator", .given(setting.operatorName))
        let missing = cases.fields.filter { $0.isRequired && $0.name != "ticket" && fields[$0.name] ?? .null == .null }
        if isNamed, missing.count >= 3 { return [RowFault(line: row.line, reason: .noSuchCase)] }
        if !missing.isEmpty { return missing.map { Self.fault(row, $0.name, .missing) } }
        if !isRefused, let transaction {
            if fields["ticket"] ?? .null == .null { fields["ticket"] = .text(try nextTicket(transaction)) }
            if let fault = try attempt(row, { try transaction.insert("cases", fields, id: id) }) { return [fault] }
        }
        outcome.new += 1
        note(row, isNew: true, fields)
        return nil
    }

    /// The record that the row names by id or ticket, nil where it names none that is here.
    private func identity(_ row: ImportRow, _ fields: [String: Value]) throws -> Result<RecordID?, RowFault> {
        let held = try fields["ticket"]?.text.flatMap { try self.id(ofTicket: $0) }
        guard let cell = row.id else { return .success(held) }
        guard case .text(let text) = cell, let id = RecordID(text) else {
            return .failure(RowFault(line: row.line, column: CaseColumns.id, reason: .wrongType(.id)))
        }
        // Another case has that ticket.
        if let held, held != id { return .failure(Self.fault(row, "ticket", .duplicate)) }
        return .success(id)
    }

    private func id(ofTicket ticket: String) throws -> RecordID? {
        let select = try connection.statement("SELECT id FROM cases WHERE ticket = ?1 LIMIT 1")
        defer { select.reset() }
        try select.bind(1, text: ticket)
        return try select.step() ? RecordID(bytes: select.bytes(0)) : nil
    }

    /// An id that comes from the row itself; of equal rows each gets its own.
    private func freeID(_ row: ImportRow, _ fields: [String: Value]) -> RecordID {
        let moment = fields["received_at"]?.moment ?? row.at ?? 0
        var occurrence = 0
        while true {
            let id = row.derivedID(at: moment, occurrence: occurrence)
            if fields["ticket"]?.text != nil || lines[id] == nil { return id }
            occurrence += 1
        }
    }

    private func attempt(_ row: ImportRow, _ write: () throws -> Void) throws -> RowFault? {
        do {
            try write()
            return nil
        } catch ClientError.notAllowed(_, let field, let reason) {
            let field = field.isEmpty ? nil : row.headers[field] ?? field
            return RowFault(line: row.line, column: field, reason: reason == .missingField ? .missing : .tooLarge)
        }
    }

    private mutating func nextTicket(_ transaction: LocalTransaction) throws -> String {
        let last = try lastSerial ?? Tickets.lastSerial(prefix: setting.ticketPrefix, at: setting.now, transaction)
        guard let ticket = TicketNumber.next(prefix: setting.ticketPrefix, at: setting.now, lastSerial: last) else {
            throw Tickets.noPrefix
        }
        lastSerial = ticket.serial
        return ticket.description
    }

    /// A number that was written in another way than it is stored is kept as it was written.
    private func keepTypedPhone(_ row: ImportRow, _ fields: inout [String: Value]) {
        guard case .text(let typed) = row.cells["reporter_phone"], row.cells["reporter_phone_typed"] == nil,
            let stored = fields["reporter_phone"]?.text, stored != typed
        else { return }
        fields["reporter_phone_typed"] = .text(typed)
    }

    private func isOf(_ wanted: String, _ row: ImportRow) -> Bool {
        if let office = row.office { return office.caseInsensitiveEquals(wanted) }
        if case .text(let office) = row.cells["office"] { return office.caseInsensitiveEquals(wanted) }
        return false
    }

    private mutating func note(_ row: ImportRow, isNew: Bool, _ fields: [String: Value]) {
        guard outcome.samples.count < 10 else { return }
        outcome.samples.append(
            Sample(
                line: row.line, isNew: isNew, ticket: fields["ticket"]?.text,
                receivedAt: fields["received_at"]?.moment, category: fields["category"]?.text))
    }

    private static func fault(_ row: ImportRow, _ field: String, _ reason: RowFault.Reason) -> RowFault {
        RowFault(line: row.line, column: row.headers[field] ?? field, reason: reason)
    }
}

extension String {
    fileprivate func caseInsensitiveEquals(_ other: String) -> Bool { lowercased() == other.lowercased() }
}
