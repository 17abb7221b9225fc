import ArgumentParser
import CentralServer
import CommandFrame
import SQLite
import SyncProtocol

struct ConflictsCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            "conflicts", alias: "bentrok",
            says: Words(
                id: "Berapa bentrok yang tercatat, menurut keadaannya.", en: "Count the conflicts, by their state."),
            more: Words(
                id: "Bentrok dilihat dan diputuskan dari perangkat mana pun: sambung bentrok.",
                en: "Conflicts are looked at and decided on any device: sambung conflicts."),
            examples: [
                Example(
                    Words(id: "sambung-server bentrok", en: "sambung-server conflicts"),
                    id: "Jumlah menurut keadaan.", en: "Counts by state.")
            ])
    }

    @OptionGroup var data: DataOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let counts = try ConflictCounts(CentralData.open(data))
        let console = Console.current
        if console.isJSON {
            console.print(["conflicts": counts.json])
            return
        }
        let names: [ConflictLog.State: Words] = [
            .open: Words(id: "terbuka", en: "open"), .information: Words(id: "untuk diketahui", en: "for information"),
            .restored: Words(id: "dipulihkan", en: "restored"), .accepted: Words(id: "diterima", en: "accepted"),
        ]
        var table = Table([
            .init(say(id: "KEADAAN", en: "STATE")), .init(say(id: "JUMLAH", en: "COUNT"), rightAligned: true),
        ])
        for state in ConflictLog.State.allCases {
            table.add([names[state]?.text ?? state.rawValue, "\(counts.byState[state] ?? 0)"])
        }
        console.print(table.text(for: console))
    }
}

/// How many conflicts there are in each state.
struct ConflictCounts {
    let byState: [ConflictLog.State: Int64]

    init(_ central: CentralData) throws {
        byState = try central.storage.query { connection in
            let select = try connection.statement("SELECT state, count(*) FROM conflict GROUP BY state")
            defer { select.reset() }
            var counts: [ConflictLog.State: Int64] = [:]
            while try select.step() {
                if let state = ConflictLog.State(rawValue: select.string(0)) { counts[state] = select.int64(1) }
            }
            return counts
        }
    }

    var open: Int64 { byState[.open] ?? 0 }

    var json: JSON { .object(ConflictLog.State.allCases.map { ($0.rawValue, .integer(byState[$0] ?? 0)) }) }
}
