import OfflineClient
import SQLite
import SyncProtocol

/// Which cases have changes that are not at the centre yet, were refused, or are in conflict; what was written to a
/// case's notes, dispositions and moves counts for the case.
struct PendingRecords {
    private(set) var pending: Set<RecordID> = []
    private(set) var refused: Set<RecordID> = []
    private(set) var inConflict: Set<RecordID> = []

    init(_ connection: Connection) throws {
        var parents: [RecordID: RecordID] = [:]
        for child in Self.children {
            let select = try connection.statement(
                "SELECT id, case_id FROM \(child) WHERE id IN (SELECT record FROM _pending)")
            defer { select.reset() }
            while try select.step() {
                if let id = RecordID(bytes: select.bytes(0)) { parents[id] = RecordID(bytes: select.bytes(1)) }
            }
        }
        let select = try connection.statement("SELECT record, reason IS NOT NULL FROM _pending")
        defer { select.reset() }
        while try select.step() {
            guard let id = RecordID(bytes: select.bytes(0)) else { continue }
            if select.int64(1) != 0 {
                refused.insert(parents[id] ?? id)
            } else {
                pending.insert(parents[id] ?? id)
            }
        }
        let conflicts = try connection.statement(Self.openConflicts)
        defer { conflicts.reset() }
        while try conflicts.step() {
            if let id = RecordID(bytes: conflicts.bytes(0)) { inConflict.insert(id) }
        }
    }

    private static let children = ["disposition", "note", "status_change", "feedback"]

    /// SQL that selects the ids of the cases that have changes waiting or refused.
    static let pendingCases =
        (["SELECT record FROM _pending"]
        + children.map { "SELECT case_id FROM \($0) WHERE id IN (SELECT record FROM _pending)" })
        .joined(separator: " UNION ")

    /// SQL that selects the ids of the records in conflict.
    static let openConflicts = "SELECT record FROM conflict WHERE state = 'open'"

    /// `refused`, `pending`, `conflict` or `synced`, the most urgent one.
    func state(of id: RecordID) -> CaseSyncState {
        refused.contains(id)
            ? .refused : pending.contains(id) ? .pending : inConflict.contains(id) ? .conflict : .synced
    }
}

/// How far a case has come on its way to the centre.
enum CaseSyncState: String {
    case synced
    case pending
    case conflict
    case refused
}
