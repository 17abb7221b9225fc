import ArgumentParser
import CallCenter
import CentralServer
import CommandFrame
import SyncProtocol

struct ReturnedCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            "returned", alias: "kembali",
            says: Words(
                id: "Apa yang dikembalikan kantor-kantor sejak pemulihan terakhir, dan oleh siapa.",
                en: "What the offices have given back since the last restore, and who gave it."),
            more: Words(
                id: """
                    Setelah pemulihan, tiap perangkat pada sinkron berikutnya mengembalikan apa yang hilang dari server. \
                    Perangkat yang belum sinkron sejak itu masih ditunggu.
                    """,
                en: """
                    After a restore each device gives back, with its next sync, what the server lost. Devices that did \
                    not sync since then are still waited for.
                    """),
            examples: [
                Example(
                    Words(id: "sambung-server kembali", en: "sambung-server returned"),
                    id: "Setelah pemulihan.", en: "After a restore.")
            ])
    }

    @OptionGroup var data: DataOptions
    @OptionGroup var output: OutputOptions

    private struct Giver {
        let device: KnownDevice
        var records: Set<RecordKey> = []
        var writes = 0
        var ofOthers = 0
        var last: Int64 = 0
    }

    func run() throws {
        let central = try CentralData.open(data)
        let (state, writes, replicas) = try central.storage.read { snapshot in
            let state = try snapshot.state()
            return (state, try snapshot.givenWrites(in: state.epoch), try snapshot.replicas())
        }
        let devices = try KnownDevice.all(in: central)
        var givers: [Giver] = []
        var waiting: [KnownDevice] = []
        for device in devices {
            let numbers = Set(replicas.filter { $0.device == device.entry.id }.map(\.number))
            var giver = Giver(device: device)
            for write in writes where numbers.contains(write.giver) {
                giver.records.insert(RecordKey(collection: write.collection, record: write.record))
                giver.writes += 1
                if !numbers.contains(write.version.replica) { giver.ofOthers += 1 }
                giver.last = max(giver.last, write.at)
            }
            if giver.writes > 0 { givers.append(giver) }
            let hasGiven = replicas.contains { $0.device == device.entry.id && $0.givenBack == state.epoch }
            if state.restoredFrom >= 0, device.entry.revokedAt == nil, !hasGiven { waiting.append(device) }
        }
        let records = Set(writes.map { RecordKey(collection: $0.collection, record: $0.record) })
        report(state, givers, waiting, records.count, writes)
    }

    private func report(
        _ state: CentralState, _ givers: [Giver], _ waiting: [KnownDevice], _ records: Int, _ writes: [GivenWrite]
    ) {
        let console = Console.current
        if console.isJSON {
            console.print([
                "restored": .bool(state.restoredFrom >= 0), "epoch": .integer(Int64(state.epoch)),
                "records": .number(records), "writes": .number(writes.count),
                "givers": .array(
                    givers.map { giver in
                        [
                            "device": .integer(giver.device.entry.id), "office": .text(giver.device.entry.office),
                            "records": .number(giver.records.count), "writes": .number(giver.writes),
                            "writes_of_others": .number(giver.ofOthers), "last": .integer(giver.last),
                        ]
                    }),
                "waiting": .array(waiting.map(\.json)),
                "changes": .array(
                    writes.map { write in
                        [
                            "collection": .text(name(write.collection)), "id": .text("\(write.record)"),
                            "writer": .number(write.version.replica.rawValue),
                            "giver": .number(write.giver.rawValue), "at": .integer(write.at),
                        ]
                    }),
            ])
            return
        }
        guard state.restoredFrom >= 0 else {
            return console.print(say(id: "Server ini belum pernah dipulihkan.", en: "This server was never restored."))
        }
        console.print(
            say(
                id: "Sejak pemulihan: \(records) catatan kembali, \(writes.count) perubahan.",
                en: "Since the restore: \(records) record(s) came back, \(writes.count) change(s)."))
        for giver in givers {
            let place = VisibleText.line("\(giver.device.entry.office), \(giver.device.entry.name)")
            console.print(
                "  \(giver.device.entry.id)  \(place)  \(Moment.short(giver.last))  "
                    + say(
                        id: "\(giver.records.count) catatan, \(giver.writes) perubahan (\(giver.ofOthers) milik lain)",
                        en: "\(giver.records.count) record(s), \(giver.writes) change(s) (\(giver.ofOthers) of others)")
            )
        }
        guard !waiting.isEmpty else { return }
        console.print(say(id: "Belum sinkron sejak itu:", en: "Not synced since:"))
        for device in waiting {
            let place = VisibleText.line("\(device.entry.office), \(device.entry.name)")
            console.print("  \(device.entry.id)  \(place)  \(Moment.short(device.lastSync))")
        }
    }

    private func name(_ collection: CollectionNumber) -> String {
        (try? CallCenterSchema.schema)?.collections.first { $0.number == collection }?.name ?? "\(collection)"
    }
}
