import ArgumentParser
import CentralServer
import CommandFrame
import SQLite

struct OfficesCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            "offices", alias: "papan",
            says: Words(
                id: "Papan kantor: sinkron terakhir, ketinggalan, jam, yang hanya ada di sana.",
                en: "The board of offices: last sync, lag, clocks, what is at the office alone."),
            more: Words(
                id: """
                    Yang paling lama tidak terdengar di atas. TERTINGGAL: catatan yang belum tentu diterimanya, dan jam \
                    sejak sinkron terakhir. HANYA DI SANA: perubahan yang belum terkirim atau ditolak, menurut sinkron \
                    terakhirnya: hilang bila perangkatnya mati malam ini, dan juga yang ditulis sejak itu. JAM: selisih \
                    perangkat dengan server.
                    """,
                en: """
                    Who was silent longest comes first. LAG: records that it is not known to have received, and hours \
                    since the last sync. AT RISK: changes not sent or refused, as of its last sync: lost if the device \
                    died tonight, with whatever was written since. CLOCK: a device's minus the server's.
                    """),
            examples: [
                Example(
                    Words(id: "sambung-server papan --json", en: "sambung-server offices --json"),
                    id: "Untuk program pemantau.", en: "For a monitoring program.")
            ])
    }

    @OptionGroup var data: DataOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let central = try CentralData.open(data)
        let offices = try central.storage.read { try $0.offices() }
        let holders = Set(try central.server.collect(isRehearsal: true).holders.map(\.device))
        let devices = Dictionary(grouping: try KnownDevice.all(in: central), by: \.entry.office)
        let conflicts = try Self.openConflicts(central)
        let now = Console.current.now()
        let rows = offices.map {
            OfficeRow(
                office: $0, devices: devices[$0.code] ?? [], holders: holders, conflicts: conflicts[$0.code] ?? 0,
                now: now)
        }
        .filter { !$0.devices.isEmpty }
        .sorted { ($0.lastSync, $0.office.code) < ($1.lastSync, $1.office.code) }
        let console = Console.current
        if console.isJSON {
            console.print(["offices": .array(rows.map(\.json))])
            return
        }
        if rows.isEmpty {
            console.note(say(id: "Belum ada perangkat.", en: "There are no devices yet."))
            return
        }
        var table = Table([
            .init(say(id: "KANTOR", en: "OFFICE")), .init(say(id: "NAMA", en: "NAME"), elastic: true),
            .init(say(id: "PERANGKAT", en: "DEVICES"), rightAligned: true),
            .init(say(id: "SINKRON TERAKHIR (WIB)", en: "LAST SYNC (WIB)")),
            .init(say(id: "TERTINGGAL", en: "LAG"), rightAligned: true),
            .init(say(id: "HANYA DI SANA", en: "AT RISK"), rightAligned: true),
            .init(say(id: "BENTROK", en: "CONFLICTS"), rightAligned: true),
            .init(say(id: "JAM", en: "CLOCK"), rightAligned: true),
            .init(say(id: "KARANTINA", en: "QUARANTINE"), rightAligned: true),
            .init(say(id: "PROGRAM", en: "PROGRAM")),
            .init(say(id: "DITUNGGU", en: "HOLDS UP")),
        ])
        for row in rows { table.add(row.cells) }
        console.print(table.text(for: console))
    }

    /// Open conflicts by the office whose value lost.
    private static func openConflicts(_ central: CentralData) throws -> [String: Int] {
        try central.storage.query { connection in
            let select = try connection.statement(
                "SELECT losing_office, count(*) FROM conflict WHERE state = 'open' GROUP BY losing_office")
            defer { select.reset() }
            var counts: [String: Int] = [:]
            while try select.step() { counts[select.string(0)] = Int(select.int64(1)) }
            return counts
        }
    }
}

private struct OfficeRow {
    let office: OfficeEntry
    let devices: [KnownDevice]
    /// The devices that deleted records wait for.
    let holders: Set<Int64>
    let conflicts: Int
    let now: Int64

    var active: [KnownDevice] { devices.filter { $0.entry.revokedAt == nil } }
    var lastSync: Int64 { active.map(\.lastSync).max() ?? 0 }
    /// The device whose clock is furthest off.
    var worstClock: KnownDevice? { active.max { abs($0.clockOffset ?? 0) < abs($1.clockOffset ?? 0) } }

    var lag: Int { active.map(\.lag).max() ?? 0 }
    var hours: Int? { lastSync > 0 ? Int(max(0, now - lastSync) / 3_600_000) : nil }
    var atRisk: Int { active.reduce(0) { $0 + $1.atRisk } }
    var programs: [String] { Set(active.compactMap { $0.current?.program }.filter { !$0.isEmpty }).sorted() }

    var holding: [String] { active.filter { holders.contains($0.entry.id) }.map { "\($0.entry.id)" } }

    var cells: [String] {
        [
            office.code, office.name, "\(active.count)", Moment.short(lastSync),
            hours.map { "\(lag) / \($0) " + say(id: "jam", en: "h") } ?? "–", "\(atRisk)", "\(conflicts)",
            worstClock?.clockText ?? "–", "\(devices.reduce(0) { $0 + $1.quarantined })",
            programs.isEmpty ? "–" : VisibleText.line(programs.joined(separator: ", ")),
            holding.isEmpty ? "–" : holding.joined(separator: ", "),
        ]
    }

    var json: JSON {
        [
            "office": .string(office.code), "name": .string(office.name), "last_sync": Moment.json(lastSync),
            "lag_records": .number(lag), "lag_hours": hours.map { .number($0) } ?? .null, "at_risk": .number(atRisk),
            "open_conflicts": .number(conflicts), "devices": .array(devices.map(\.json)),
            "holds_up_collection": .array(
                active.filter { holders.contains($0.entry.id) }.map { .integer($0.entry.id) }),
        ]
    }
}
