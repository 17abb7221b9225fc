import ArgumentParser
import CentralServer
import CommandFrame

struct OfficesCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            "offices", alias: "papan",
            says: Words(
                id: "Papan kantor: sinkron terakhir, jam, yang tertahan.",
                en: "The board of offices: last sync, clocks, what is kept in quarantine."),
            more: Words(
                id: "Yang paling lama tidak terdengar di atas. Jam: selisih perangkat dengan server.",
                en: "Who was silent longest comes first. Clock: a device's minus the server's."),
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
        let rows = offices.map { OfficeRow(office: $0, devices: devices[$0.code] ?? [], holders: holders) }
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
            .init(say(id: "JAM", en: "CLOCK"), rightAligned: true),
            .init(say(id: "TERTAHAN", en: "KEPT"), rightAligned: true),
            .init(say(id: "DITUNGGU", en: "HOLDS UP")),
        ])
        for row in rows { table.add(row.cells) }
        console.print(table.text(for: console))
    }
}

private struct OfficeRow {
    let office: OfficeEntry
    let devices: [KnownDevice]
    /// The devices that deleted records wait for.
    let holders: Set<Int64>

    var active: [KnownDevice] { devices.filter { $0.entry.revokedAt == nil } }
    var lastSync: Int64 { active.map(\.lastSync).max() ?? 0 }
    /// The device whose clock is furthest off.
    var worstClock: KnownDevice? { active.max { abs($0.clockOffset ?? 0) < abs($1.clockOffset ?? 0) } }

    var holding: [String] { active.filter { holders.contains($0.entry.id) }.map { "\($0.entry.id)" } }

    var cells: [String] {
        [
            office.code, office.name, "\(active.count)", Moment.short(lastSync), worstClock?.clockText ?? "–",
            "\(devices.reduce(0) { $0 + $1.quarantined })", holding.isEmpty ? "–" : holding.joined(separator: ", "),
        ]
    }

    var json: JSON {
        [
            "office": .string(office.code), "name": .string(office.name), "last_sync": Moment.json(lastSync),
            "devices": .array(devices.map(\.json)),
            "holds_up_collection": .array(
                active.filter { holders.contains($0.entry.id) }.map { .integer($0.entry.id) }),
        ]
    }
}
