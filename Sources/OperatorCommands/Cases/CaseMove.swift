import CallCenter
import CommandFrame
import OfflineClient
import SyncProtocol

/// Moves of a case through its life cycle, and what people add to it, within one write.
struct CaseMove {
    let transaction: LocalTransaction
    let workplace: Workplace
    let office: String
    /// The case as it stands in this write.
    let record: Record

    /// Writes to a case as one action.
    ///
    /// - Throws: what `body` throws; nothing is written then.
    static func write<T>(_ id: RecordID, in workplace: Workplace, _ body: (CaseMove) throws -> T) throws -> T {
        let office = try workplace.client.status().office
        return try workplace.write { transaction in
            guard let record = try transaction.read("cases", id), !record.isDeleted else {
                throw ClientError.noSuchRecord(id)
            }
            return try body(
                CaseMove(transaction: transaction, workplace: workplace, office: office, record: record))
        }
    }

    /// Where the case stands.
    func status() throws -> CaseStatus {
        guard let status = CaseStatus(rawValue: record.status) else {
            throw CommandError(
                .protocolMismatch, "unknown-status", id: "Status '\(record.status)' tidak dikenal program ini.",
                en: "This program does not know the status '\(record.status)'.", advice: safe(updateProgram))
        }
        return status
    }

    /// Whether the case stands there already, so that no move is needed.
    func stands(at status: CaseStatus) throws -> Bool { try self.status() == status }

    /// Moves the case: its status, and an entry of its own that tells of the move.
    ///
    /// - Parameter fields: what else of the case is written with it.
    func move(
        to next: CaseStatus, reason: ClosingReason? = nil, note: String? = nil, fields: [String: Value] = [:]
    ) throws {
        let status = try status()
        let answer = fields["answer"] ?? record["answer"]
        try LifeCycle.check(from: status, to: next, reason: reason, hasAnswer: answer.text != nil)
        let now = Value.dateTime(transaction.now)
        var written: [String: Value] = [
            "status": .text(next.rawValue), "status_at": now, "status_by": .given(workplace.operatorName),
            "closing_reason": .given(reason?.rawValue), "closed_at": next == .closed ? now : .null,
        ]
        written.merge(fields) { _, new in new }
        try transaction.update("cases", record.id, written)
        try add(
            "status_change",
            [
                "from_status": .text(status.rawValue), "to_status": .text(next.rawValue),
                "closing_reason": .given(reason?.rawValue), "note": .given(note),
            ])
    }

    /// Adds a record of its own to the case.
    func add(_ collection: String, _ fields: [String: Value]) throws {
        var all = fields
        all["case_id"] = .bytes(record.id.bytes)
        all["written_at"] = .dateTime(transaction.now)
        all["written_by"] = .given(workplace.operatorName)
        all["office"] = .text(office)
        try transaction.insert(collection, all)
    }
}
