import SQLite

/// The server's own clock, in the records' file: it is written with the pushes.
extension SQLiteTransaction {
    func clockEntry() throws -> ClockEntry {
        try all("SELECT wall, confirmations, jump FROM _clock", { _ in }) { row in
            ClockEntry(wall: row.int64(0), confirmations: row.int64(1), jump: row.int64(2))
        }.first ?? ClockEntry()
    }

    func save(_ clock: ClockEntry) throws {
        let insert = try connection.statement("INSERT OR REPLACE INTO _clock VALUES (1, ?1, ?2, ?3)")
        try insert.bind(1, clock.wall)
        try insert.bind(2, clock.confirmations)
        try insert.bind(3, clock.jump)
        try insert.run()
    }
}
