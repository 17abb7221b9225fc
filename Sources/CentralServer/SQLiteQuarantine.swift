import SQLite
import SyncProtocol

/// The quarantine, beside the records, so that accepting a change and forgetting it is one transaction.
extension SQLiteTransaction {
    func quarantined(device: Int64?) throws -> [QuarantinedChange] {
        let columns = "id, device, replica, number, office, arrived_at, change"
        let query = "SELECT \(columns) FROM _quarantine WHERE device = coalesce(?1, device) ORDER BY id"
        return try all(query, { if let device { try $0.bind(1, device) } }) { row in
            QuarantinedChange(
                id: row.int64(0), device: row.int64(1),
                replica: ReplicaID(rawValue: UInt32(truncatingIfNeeded: row.int64(2))), number: row.int64(3),
                office: row.string(4), arrivedAt: row.int64(5), bytes: row.bytes(6))
        }
    }

    func quarantineSize(of device: Int64) throws -> (count: Int, bytes: Int) {
        let query = "SELECT count(*), coalesce(sum(length(change)), 0) FROM _quarantine WHERE device = ?1"
        return try all(query, { try $0.bind(1, device) }) { (Int($0.int64(0)), Int($0.int64(1))) }.first ?? (0, 0)
    }

    func quarantine(_ change: QuarantinedChange) throws {
        let insert = try connection.statement(
            """
            INSERT OR IGNORE INTO _quarantine (device, replica, number, office, arrived_at, change)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            """)
        try insert.bind(1, change.device)
        try insert.bind(2, Int64(change.replica.rawValue))
        try insert.bind(3, change.number)
        try insert.bind(4, text: change.office)
        try insert.bind(5, change.arrivedAt)
        try insert.bind(6, blob: change.bytes[...])
        try insert.run()
    }

    func removeQuarantined(_ id: Int64) throws {
        let delete = try connection.statement("DELETE FROM _quarantine WHERE id = ?1")
        try delete.bind(1, id)
        try delete.run()
    }
}
