import ArgumentParser
import CallCenter
import CentralServer
import CommandFrame
import SQLite
import SyncProtocol

struct StatusCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            "status", alias: "keadaan",
            says: Words(
                id: "Keadaan server: catatan, perangkat, kiriman terakhir, sidik data.",
                en: "How the server stands: records, devices, last pushes, digest."),
            more: Words(
                id: "Sidik data sama dengan yang ditampilkan kantor bila semuanya sudah tersinkron.",
                en: "The digest is the one that an office shows when everything is synced."),
            examples: [
                Example(
                    Words(id: "sambung-server keadaan --json", en: "sambung-server status --json"),
                    id: "Untuk program pemantau.", en: "For a monitoring program.")
            ])
    }

    @OptionGroup var data: DataOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let central = try CentralData.open(data)
        let status = try ServerStatus(central)
        let console = Console.current
        if console.isJSON { console.print(status.json) } else { status.print(on: console) }
    }
}

/// How the server stands, read from its data.
private struct ServerStatus {
    let state: CentralState
    let offices: Int
    let devices: [KnownDevice]
    /// Records by collection, deleted ones among them.
    let records: [(collection: String, count: Int64)]
    let conflicts: ConflictCounts
    let lastBackup: Int64
    let clockJump: Int64
    let auditHead: AuditHead?
    /// How many devices were found to hold another audit log.
    let auditAlarms: Int

    init(_ central: CentralData) throws {
        clockJump = try central.server.clockJump()
        (auditHead, auditAlarms) = try central.storage.read { snapshot in
            (try snapshot.lastAuditEntry()?.head, try snapshot.auditCount(AuditEvent.logDiffers.rawValue))
        }
        (state, offices, lastBackup) = try central.storage.read {
            (try $0.state(), try $0.offices().count, try $0.setting(Backup.lastTaken) ?? 0)
        }
        devices = try KnownDevice.all(in: central)
        let names = central.server.schema.collections.map(\.name)
        records = try central.storage.query { connection in
            try names.map { ($0, try connection.scalar("SELECT count(*) FROM \"\($0)\"") ?? 0) }
        }
        conflicts = try ConflictCounts(central)
    }

    private var digest: String { DigestText.of(state.digest) }
    private var active: [KnownDevice] { devices.filter { $0.entry.revokedAt == nil } }

    var json: JSON {
        [
            "epoch": .integer(Int64(state.epoch)), "sequence": .integer(state.sequence), "digest": .string(digest),
            "schema_version": .integer(Int64(CallCenterSchema.version)),
            "records": .object(records.map { ($0.collection, .integer($0.count)) }), "offices": .number(offices),
            "devices": .array(devices.map(\.json)), "conflicts": conflicts.json,
            "last_backup": Moment.json(lastBackup), "clock_jump_ms": .integer(clockJump),
            "audit_head": .text(auditHead?.description), "audit_alarms": .number(auditAlarms),
        ]
    }

    /// When the last backup was taken, and how long ago; conspicuous once it is older than two days.
    private func backupAge(_ console: Console) -> String {
        if lastBackup == 0 { return console.styled(say(id: "belum pernah", en: "never"), .yellow) }
        let hours = max(0, console.now() - lastBackup) / 3_600_000
        let age =
            hours < 48
            ? say(id: "\(hours) jam lalu", en: "\(hours) h ago")
            : say(id: "\(hours / 24) hari lalu", en: "\(hours / 24) days ago")
        let text = "\(Moment.short(lastBackup)) (\(age))"
        return hours < 48 ? text : console.styled(text, .yellow)
    }

    func print(on console: Console) {
        let cases = records.first { $0.collection == "cases" }?.count ?? 0
        let all = records.reduce(0) { $0 + $1.count }
        let revoked = devices.count - active.count
        let last = devices.map(\.lastPush).max() ?? 0
        let lines: [(Words, String)] = [
            (
                Words(id: "Catatan", en: "Records"),
                say(id: "\(all), di antaranya \(cases) kasus", en: "\(all), \(cases) of them cases")
            ),
            (Words(id: "Kantor", en: "Offices"), "\(offices)"),
            (
                Words(id: "Perangkat", en: "Devices"),
                say(id: "\(active.count) aktif, \(revoked) dicabut", en: "\(active.count) active, \(revoked) revoked")
            ),
            (Words(id: "Kiriman terakhir", en: "Last push"), Moment.short(last)),
            (
                Words(id: "Bentrok terbuka", en: "Open conflicts"),
                conflicts.open > 0 ? console.styled("\(conflicts.open)", .yellow) : "0"
            ),
            (
                Words(id: "Jam server", en: "Server's clock"),
                clockJump == 0 ? ClockWords.state(0) : console.styled(ClockWords.state(clockJump), .red)
            ),
            (
                Words(id: "Log audit", en: "Audit log"),
                auditAlarms == 0
                    ? auditHead?.description ?? "–"
                    : console.styled(
                        say(
                            id: "BERBEDA menurut \(auditAlarms) perangkat; periksa: sambung-server audit periksa",
                            en: "DIFFERS by \(auditAlarms) reports of devices; check: sambung-server audit verify"),
                        .red)
            ),
            (Words(id: "Cadangan terakhir", en: "Last backup"), backupAge(console)),
            (Words(id: "Sidik data", en: "Digest"), digest),
            (Words(id: "Urutan", en: "Sequence"), "\(state.sequence)"),
            (Words(id: "Masa (epoch)", en: "Epoch"), "\(state.epoch)"),
        ]
        let width = lines.map { $0.0.text.count }.max() ?? 0
        for (label, value) in lines {
            console.print(label.text.padding(to: width) + "  " + value)
        }
        guard !devices.isEmpty else { return }
        var table = Table([
            .init("ID", rightAligned: true), .init(say(id: "KANTOR", en: "OFFICE")),
            .init(say(id: "NAMA", en: "NAME"), elastic: true),
            .init(say(id: "KIRIM TERAKHIR (WIB)", en: "LAST PUSH (WIB)")),
        ])
        // Who has been silent longest comes first.
        for device in active.sorted(by: { ($0.lastPush, $0.entry.id) < ($1.lastPush, $1.entry.id) }) {
            table.add(["\(device.entry.id)", device.entry.office, device.entry.name, Moment.short(device.lastPush)])
        }
        console.print("\n" + table.text(for: console))
    }
}

/// A digest as both programs show it: sixteen hexadecimal digits.
enum DigestText {
    static func of(_ digest: UInt64) -> String {
        let digits = String(digest, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

extension String {
    fileprivate func padding(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
