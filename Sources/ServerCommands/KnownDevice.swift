import CentralServer
import CommandFrame
import SyncProtocol

/// A device, and what its syncs told of it.
struct KnownDevice {
    let entry: DeviceEntry
    /// Its replicas, in the order of their numbers: the last one is what it writes as now.
    let replicas: [ReplicaEntry]
    /// How many of its changes are in quarantine.
    let quarantined: Int
    /// How many records have changed since what it is known to have received.
    let lag: Int

    static func all(in central: CentralData) throws -> [KnownDevice] {
        try central.storage.read { snapshot in
            let replicas = Dictionary(grouping: try snapshot.replicas(), by: \.device)
            return try snapshot.devices().map {
                KnownDevice(
                    entry: $0, replicas: replicas[$0.id] ?? [],
                    quarantined: try snapshot.quarantineSize(of: $0.id).count,
                    lag: try snapshot.recordCount(after: replicas[$0.id]?.map(\.pulled).max() ?? 0))
            }
        }
    }

    var prefix: String { entry.profile[DeviceAdd.prefixKey] ?? "" }
    var lastPush: Int64 { replicas.map(\.lastPush).max() ?? 0 }
    var lastSync: Int64 { replicas.map(\.lastSync).max() ?? 0 }
    /// The replica that synced last.
    var current: ReplicaEntry? { replicas.max { ($0.lastSync, $0.number) < ($1.lastSync, $1.number) } }
    /// Changes that were at the device alone when it last synced: not sent, or refused.
    var atRisk: Int { current.map { Int(max(0, $0.written - $0.lastChange)) + $0.refused } ?? 0 }
    /// Its clock minus the server's, in milliseconds; nil before its first sync.
    var clockOffset: Int64? { current.flatMap { $0.lastSync > 0 ? $0.clockOffset : nil } }

    var clockText: String {
        guard let clockOffset else { return "–" }
        let seconds = Int((Double(clockOffset) / 1000).rounded())
        return seconds > 0 ? "+\(seconds) s" : "\(seconds) s"
    }

    var cells: [String] {
        [
            "\(entry.id)", replicas.last.map { "\($0.number)" } ?? "–", entry.office, entry.name, prefix,
            Moment.short(entry.enrolledAt), Moment.short(lastSync),
            clockText, current.map { $0.schemaVersion > 0 ? "\($0.schemaVersion)" : "–" } ?? "–", "\(quarantined)",
            entry.revokedAt == nil
                ? say(id: "aktif", en: "active")
                : say(id: "dicabut", en: "revoked") + " " + Moment.short(entry.revokedAt),
        ]
    }

    var json: JSON {
        [
            "device": .integer(entry.id), "replicas": .array(replicas.map { .number($0.number.rawValue) }),
            "office": .string(entry.office), "name": .string(entry.name),
            "ticket_prefix": .string(prefix), "enrolled_at": Moment.json(entry.enrolledAt),
            "last_push": Moment.json(lastPush), "last_sync": Moment.json(lastSync),
            "clock_offset_ms": clockOffset.map { .integer($0) } ?? .null,
            "schema_version": .number(current?.schemaVersion ?? 0), "program": .text(current?.program),
            "pending": .number(current.map { Int(max(0, $0.written - $0.lastChange)) } ?? 0),
            "refused": .number(current?.refused ?? 0), "lag_records": .number(lag), "at_risk": .number(atRisk),
            "quarantined": .number(quarantined),
            "revoked_at": Moment.json(entry.revokedAt),
        ]
    }
}
