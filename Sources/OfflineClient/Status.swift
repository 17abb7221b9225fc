import SQLite
import SyncProtocol
import SyncStore

/// Where a client stands.
public struct ClientStatus: Sendable, Hashable {
    /// This replica's number.
    public let replica: ReplicaID
    /// The code of its office.
    public let office: String
    /// What the centre told this device, by name.
    public let profile: [String: String]
    /// The server's address.
    public let server: String
    /// Changes that wait for a sync.
    public let pending: Int
    /// Changes that the server refused.
    public let refused: Int
    /// Open entries of the conflict log.
    public let openConflicts: Int
    /// When the last answer came, on this device's clock in milliseconds since 1970; 0 for never.
    public let lastSync: Int64
    /// The server's clock minus this device's, in milliseconds, as of the last sync.
    public let clockOffset: Int64
    /// The digest of what the server is known to hold.
    public let digest: UInt64
    /// Whether both digests were equal when they were last compared.
    public let isAgreed: Bool
    /// Whether the centre revoked this device, and the database is locked.
    public let isLocked: Bool
    /// The last head of the centre's audit log, for whoever compares it.
    public let auditHead: AuditHead?
    /// What this replica has found wrong with that log.
    public let auditAlarm: AuditAlarm?

    /// Whether nothing waits, nothing was refused, and the digests agreed.
    public var isSynced: Bool { isAgreed && pending == 0 && refused == 0 }
}

extension OfflineClient {
    /// Where this client stands.
    ///
    /// - Throws: ``ClientError/notEnrolled``.
    public func status() throws -> ClientStatus {
        try database.read { connection in
            let replica = try ReplicaState.require(connection)
            let standing = try Standing.load(connection)
            func count(_ query: String) throws -> Int { Int(try connection.scalar(query) ?? 0) }
            return ClientStatus(
                replica: replica.replica, office: replica.office, profile: replica.profile, server: replica.server,
                pending: try count("SELECT count(*) FROM _pending WHERE reason IS NULL"),
                refused: try count("SELECT count(*) FROM _pending WHERE reason IS NOT NULL"),
                openConflicts: try count("SELECT count(*) FROM conflict WHERE state = 'open'"),
                lastSync: replica.lastSync, clockOffset: replica.clockOffset, digest: replica.digest,
                isAgreed: replica.isAgreed, isLocked: standing.lockedAt != 0,
                auditHead: standing.head, auditAlarm: AuditAlarm(rawValue: standing.auditAlarm))
        }
    }

    /// Computes the digest of the server view anew from the rows, and names the records whose row differs from the
    /// digest that was stored with it.
    public func verify() throws -> (digest: UInt64, damaged: [RecordID]) {
        try database.read { connection in
            let view = ServerView(RecordStore(connection, layout: layout), connection)
            var digest: UInt64 = 0
            var damaged: [RecordID] = []
            try view.store.scan(after: Int64.min) { row in
                let record = try row.record()
                if record.digest != record.state.digest { damaged.append(record.state.record) }
                let server = try view.load(record.state.collection, record.state.record, local: record)
                digest &+= server?.digest ?? 0
                return true
            }
            return (digest, damaged)
        }
    }
}
