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
        for child in ["disposition", "note", "status_change", "feedback"] {
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
        let conflicts = try connection.statement("SELECT record FROM conflict WHERE state = 'open'")
        defer { conflicts.reset() }
        while try conflicts.step() {
            if let id = RecordID(bytes: conflicts.bytes(0)) { inConflict.insert(id) }
        }
    }

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
