import SQLite
import SyncProtocol

extension OfflineClient {
    /// Notes that personal data was shown or left this device, for the centre's audit log; the next sync tells it.
    ///
    /// - Parameters:
    ///   - name: `personal-shown` or `personal-exported`.
    ///   - subject: of what, without a personal value.
    public func note(_ name: String, of subject: String, operator: String, detail: String = "") throws {
        try database.write { connection in
            let insert = try connection.statement(
                "INSERT INTO _event (time, name, subject, operator, detail) VALUES (?1, ?2, ?3, ?4, ?5)")
            try insert.bind(1, environment.wallMilliseconds())
            try insert.bind(2, text: name)
            try insert.bind(3, text: subject)
            try insert.bind(4, text: `operator`)
            try insert.bind(5, text: detail)
            try insert.run()
        }
    }
}

extension DeviceEvent {
    /// The oldest events that the centre was not told, as many as a request takes.
    static func untold(_ connection: Connection) throws -> [DeviceEvent] {
        let select = try connection.statement(
            "SELECT number, time, name, subject, operator, detail FROM _event ORDER BY number LIMIT ?1")
        defer { select.reset() }
        try select.bind(1, Int64(Limits.eventsPerRequest))
        var events: [DeviceEvent] = []
        while try select.step() {
            events.append(
                DeviceEvent(
                    number: select.int64(0), time: select.int64(1), name: select.string(2), subject: select.string(3),
                    operator: select.string(4), detail: select.string(5)))
        }
        return events
    }

    /// Forgets what the centre was told.
    static func told(_ events: [DeviceEvent], _ connection: Connection) throws {
        guard let last = events.last else { return }
        let delete = try connection.statement("DELETE FROM _event WHERE number <= ?1")
        try delete.bind(1, last.number)
        try delete.run()
    }
}
