import CallCenter
import OfflineClient
import SQLite
import SyncProtocol

extension Workplace {
    /// The deadline rules and holidays in force: the centre's, or before the first sync those that this program ships.
    ///
    /// A rule that can't be read is left out.
    public func deadlines() throws -> Deadlines {
        let (days, rules) = try client.query { connection in
            let select = try connection.statement("SELECT date FROM holiday")
            var days: [Day] = []
            while try select.step() { if let day = Day(select.string(0)) { days.append(day) } }
            select.reset()
            return (days, try Self.rules(connection))
        }
        return Deadlines(
            rules: rules.isEmpty ? Deadlines.shipped.rules : rules,
            workingDays: days.isEmpty ? .shipped : WorkingDays(holidays: days))
    }

    private static func rules(_ connection: Connection) throws -> [DeadlineRule] {
        let texts = ["key", "stage", "class", "starts_at", "unit", "regulation", "valid_from", "valid_until", "source"]
        let columns = texts + ["amount", "extension"]
        let select = try connection.statement("SELECT \(columns.joined(separator: ", ")) FROM deadline_rule")
        defer { select.reset() }
        var rules: [DeadlineRule] = []
        while try select.step() {
            var row: [String: Value] = [:]
            for (index, name) in columns.enumerated() where !select.isNull(Int32(index)) {
                let column = Int32(index)
                row[name] = index < texts.count ? .text(select.string(column)) : .integer(select.int64(column))
            }
            if let rule = try? DeadlineRule(row: { row[$0] ?? .null }) { rules.append(rule) }
        }
        return rules
    }

    /// When the agency first followed up on a case.
    func firstFollowUp(_ id: RecordID) throws -> Int64? {
        try client.query { connection in
            let select = try connection.statement("SELECT \(CaseClock.firstFollowUp) FROM (SELECT ?1 AS id) AS cases")
            defer { select.reset() }
            try select.bind(1, blob: id.bytes[...])
            return try select.step() && !select.isNull(0) ? select.int64(0) : nil
        }
    }
}

extension CaseClock {
    /// The clock of a case; nil for one that has no known class or time of receipt.
    public init?(followedUpAt: Int64?, _ value: (String) -> Value) {
        guard let caseClass = value("class").text.flatMap(CaseClass.init(rawValue:)),
            let receivedAt = value("received_at").moment
        else { return nil }
        func moment(_ field: String) -> Int64? { value(field).moment }
        self.init(
            caseClass: caseClass, receivedAt: receivedAt, verifiedAt: moment("verified_at"),
            forwardedAt: moment("forwarded_at"), completeAt: moment("complete_at"), followedUpAt: followedUpAt,
            answeredAt: moment("answered_at"), closedAt: moment("closed_at"), admittedAt: moment("admitted_at"),
            proofAt: moment("proof_at"), isExtended: moment("extended_at") != nil)
    }

    /// SQL for when the agency first followed up on the case of a selected row: its first such note.
    static let firstFollowUp =
        "(SELECT min(written_at) FROM note WHERE case_id = cases.id AND kind = 'follow_up')"

    /// What ``init(_:from:)`` reads.
    static let columns = "\(firstFollowUp), " + fields.joined(separator: ", ")

    /// The clock of a row that was selected with ``columns``, the first of them at a column.
    init?(_ select: Statement, from first: Int32) {
        func isNull(_ column: Int32) -> Bool { select.isNull(first + column) }
        self.init(followedUpAt: isNull(0) ? nil : select.int64(first)) { field in
            guard let place = Self.places[field], !isNull(place) else { return .null }
            return field == "class" ? .text(select.string(first + place)) : .dateTime(select.int64(first + place))
        }
    }

    private static let places = Dictionary(
        uniqueKeysWithValues: fields.enumerated().map { ($0.element, Int32($0.offset) + 1) })

    /// The fields of a case that its clock looks at.
    static let fields = [
        "class", "received_at", "verified_at", "forwarded_at", "complete_at", "answered_at", "closed_at", "admitted_at",
        "proof_at", "extended_at",
    ]
}

extension Deadlines {
    /// The stages that somebody must do something for; the last one only tells when a case may be closed.
    static let duties: [DeadlineStage] = [.verify, .firstResponse, .resolve, .proof]

    /// What is due next of a case, and whether its time is over; nil where nothing is left to do.
    func next(of clock: CaseClock, now: Int64) -> (stage: DeadlineStage, due: Due, isOverdue: Bool)? {
        if clock.closedAt != nil { return nil }
        let open = Self.duties.compactMap { stage in
            clock.done(stage) == nil ? due(stage, of: clock).map { (stage: stage, due: $0) } : nil
        }
        guard let next = open.min(by: { $0.due.moment < $1.due.moment }) else { return nil }
        return (next.stage, next.due, now > next.due.moment)
    }
}
