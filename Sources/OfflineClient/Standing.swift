import SQLite
import SyncProtocol

/// How this device stands with the centre: the one row of `_standing`, read anew by every transaction.
struct Standing: Equatable {
    /// When the client learned that it is revoked, on its own clock; 0 while it is not.
    var lockedAt: Int64 = 0
    /// The secret of an enrolment under way on a database that is enrolled.
    var newSecret: [UInt8] = []
    /// Whether it enrolled again, and its numbers are to go on under the new replica number.
    var mustRenumber = false
    /// The last head of the centre's audit log.
    var auditHead: [UInt8] = []
    /// What was wrong with the head, as ``AuditAlarm``; 0 for nothing.
    var auditAlarm: Int64 = 0
    /// An earlier head that the centre is still to be shown.
    var auditOld: [UInt8] = []
    /// How many erasures were taken whose traces in the file are still to be overwritten.
    var toOverwrite: Int64 = 0

    static func load(_ connection: Connection) throws -> Standing {
        let select = try connection.statement(
            """
            SELECT locked_at, new_secret, must_renumber, audit_head, audit_alarm, audit_old, to_overwrite
             FROM _standing
            """)
        defer { select.reset() }
        guard try select.step() else { return Standing() }
        return Standing(
            lockedAt: select.int64(0), newSecret: select.bytes(1), mustRenumber: select.int64(2) != 0,
            auditHead: select.bytes(3), auditAlarm: select.int64(4), auditOld: select.bytes(5),
            toOverwrite: select.int64(6))
    }

    func save(_ connection: Connection) throws {
        let insert = try connection.statement(
            """
            INSERT OR REPLACE INTO _standing
              (one, locked_at, new_secret, must_renumber, audit_head, audit_alarm, audit_old, to_overwrite)
            VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7)
            """)
        try insert.bind(1, lockedAt)
        try insert.bind(2, blob: newSecret[...])
        try insert.bind(3, mustRenumber ? 1 : Int64(0))
        try insert.bind(4, blob: auditHead[...])
        try insert.bind(5, auditAlarm)
        try insert.bind(6, blob: auditOld[...])
        try insert.bind(7, toOverwrite)
        try insert.run()
    }

    /// Takes from an answer that the centre serves this device, which ends the lock, and the head of its audit log.
    static func served(
        _ connection: Connection, _ answer: SyncAnswer, to request: SyncRequest, knowing known: AuditHead?
    ) throws -> AuditAlarm? {
        let before = try load(connection)
        var standing = before
        standing.lockedAt = 0
        let alarm = standing.watch(answer, to: request, knowing: known)
        if standing != before { try standing.save(connection) }
        return alarm
    }

    /// Refuses work on a database whose device was revoked.
    static func requireUnlocked(_ connection: Connection) throws {
        if try load(connection).lockedAt != 0 { throw ClientError.locked }
    }
}

extension OfflineClient {
    /// Whether the centre revoked this device: nothing can be read or written until it is reinstated or enrols again.
    public var isLocked: Bool { get throws { try database.read { try Standing.load($0).lockedAt != 0 } } }

    /// Changes the row where that makes a difference.
    func changeStanding(_ body: (inout Standing) -> Void) throws {
        try database.write { connection in
            let before = try Standing.load(connection)
            var standing = before
            body(&standing)
            if standing != before { try standing.save(connection) }
        }
    }

    /// Locks the database, which erases nothing, after the centre said that this device is revoked.
    func lock() throws {
        #if PlantedBugs
            if PlantedBug.lockForgotten.isActive { return }
        #endif
        let now = max(1, environment.wallMilliseconds())
        try changeStanding { if $0.lockedAt == 0 { $0.lockedAt = now } }
    }

    /// Reads for the application: not on a locked database.
    func readUnlocked<T>(_ body: (Connection) throws -> T) throws -> T {
        try database.read { connection in
            try Standing.requireUnlocked(connection)
            return try body(connection)
        }
    }
}
