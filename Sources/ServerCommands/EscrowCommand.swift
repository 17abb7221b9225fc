import ArgumentParser
import CentralServer
import CommandFrame
import SyncProtocol

struct EscrowCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            "escrow", alias: "titipan",
            says: Words(
                id: "Perubahan atas perkara yang sudah keluar dari lingkup penulisnya.",
                en: "Changes to cases that had left the scope of their writer."),
            subcommands: [List.self, Apply.self, Dismiss.self])
    }

    struct List: ParsableCommand {
        static var configuration: CommandConfiguration {
            CommandConfiguration(
                "list", alias: "daftar", says: Words(id: "Daftar titipan.", en: "List what is in escrow."),
                examples: [
                    Example(
                        Words(id: "sambung-server titipan daftar --all", en: "sambung-server escrow list --all"),
                        id: "Juga yang sudah diputuskan.", en: "With those that were decided.")
                ])
        }

        @Flag(name: .long, help: .words(id: "Juga yang sudah diputuskan.", en: "Also what was decided."))
        var all = false
        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let central = try CentralData.open(data)
            let entries = try central.server.escrow(includingDecided: all)
            let console = Console.current
            if console.isJSON {
                console.print(["escrow": .array(entries.map { Held($0, central.server.schema).json })])
                return
            }
            if entries.isEmpty {
                console.note(say(id: "Tidak ada titipan.", en: "Nothing is in escrow."))
                return
            }
            var table = Table([
                .init("ID"), .init(say(id: "KANTOR", en: "OFFICE")), .init(say(id: "TIBA (WIB)", en: "ARRIVED (WIB)")),
                .init("OPERATOR"), .init(say(id: "KEPUTUSAN", en: "DECISION")),
                .init(say(id: "ISI", en: "WHAT"), elastic: true),
            ])
            for entry in entries { table.add(Held(entry, central.server.schema).cells) }
            console.print(table.text(for: console))
        }
    }

    struct Apply: ParsableCommand {
        static var configuration: CommandConfiguration {
            CommandConfiguration(
                "apply", alias: "terapkan",
                says: Words(
                    id: "Terapkan titipan seperti kiriman penulisnya, bentroknya juga.",
                    en: "Apply a change as a push of its writer, conflicts and all."),
                examples: [
                    Example(
                        Words(id: "sambung-server titipan terapkan 3-17", en: "sambung-server escrow apply 3-17"),
                        id: "Perubahan 17 dari replika 3.", en: "Change 17 of replica 3.")
                ])
        }

        @OptionGroup var choice: EscrowChoice
        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            try choice.decide(data, done: Words(id: "diterapkan", en: "applied")) { server, replica, number in
                try server.apply(escrowed: number, of: replica, operator: Operator.name)
            }
        }
    }

    struct Dismiss: ParsableCommand {
        static var configuration: CommandConfiguration {
            CommandConfiguration(
                "dismiss", alias: "tolak",
                says: Words(
                    id: "Tolak titipan; tetap dapat dibaca di sini.", en: "Give a change up; it stays readable here."),
                examples: [
                    Example(
                        Words(id: "sambung-server titipan tolak 3-17", en: "sambung-server escrow dismiss 3-17"),
                        id: "Perubahan 17 dari replika 3.", en: "Change 17 of replica 3.")
                ])
        }

        @OptionGroup var choice: EscrowChoice
        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            try choice.decide(data, done: Words(id: "ditolak", en: "dismissed")) { server, replica, number in
                try server.dismiss(escrowed: number, of: replica, operator: Operator.name)
            }
        }
    }
}

/// Which change in escrow.
struct EscrowChoice: ParsableArguments {
    @Argument(
        help: .words(
            id: "ID dari daftar, misalnya 3-17.", en: "The id from the list, such as 3-17.", valueName: "id"))
    var id: String

    func decide(
        _ data: DataOptions, done: Words, _ body: (CentralServer, ReplicaID, Int64) throws -> Void
    ) throws {
        let parts = id.split(separator: "-")
        guard parts.count == 2, let replica = UInt32(parts[0]), let number = Int64(parts[1]) else {
            throw CommandError.usage(
                "bad-escrow-id", id: "'\(id)' bukan ID titipan: bentuknya 3-17.",
                en: "'\(id)' is no id of the list: they look like 3-17.")
        }
        do {
            try body(try CentralData.open(data).server, ReplicaID(rawValue: replica), number)
        } catch let error as EscrowError {
            throw CommandError(
                .badData, "escrow", id: "Titipan \(id) tidak dapat diputuskan: \(error)", en: "\(error)",
                advice: Words(id: "sambung-server titipan daftar --all", en: "sambung-server escrow list --all"))
        }
        let console = Console.current
        if console.isJSON { return console.print(["id": .string(id), "decision": .string(done.en)]) }
        console.print(
            say(
                id: "Titipan \(id) \(done.id); penulisnya diberi tahu pada sinkronisasi berikutnya.",
                en: "Change \(id) is \(done.en); its writer is told at the next sync."))
    }
}

/// A change in escrow, with the names of what it writes and none of the values.
private struct Held {
    let entry: EscrowEntry
    let operatorName: String
    let collection: String
    let record: String
    let fields: [String]

    init(_ entry: EscrowEntry, _ schema: Schema) {
        self.entry = entry
        let change = entry.change
        let known = change.flatMap { schema[$0.collection] }
        operatorName = change?.operator ?? ""
        collection = known?.name ?? ""
        record = change?.record.description ?? ""
        fields =
            change?.fields.map { known?[$0.field]?.name ?? ($0.field == .deleted ? "deleted" : "\($0.field)") } ?? []
    }

    private var id: String { "\(entry.replica)-\(entry.number)" }

    private var decision: Words {
        switch entry.decision {
        case nil: Words(id: "menunggu", en: "waiting")
        case .applied: Words(id: "diterapkan", en: "applied")
        case .dismissed: Words(id: "ditolak", en: "dismissed")
        }
    }

    var cells: [String] {
        [
            id, entry.office, Moment.short(entry.arrivedAt), VisibleText.line(operatorName), decision.text,
            "\(collection) \(record): \(fields.joined(separator: ", "))",
        ]
    }

    var json: JSON {
        [
            "id": .string(id), "office": .string(entry.office), "device": .integer(entry.device),
            "arrived_at": .integer(entry.arrivedAt), "operator": .string(operatorName),
            "decision": .string(decision.en), "decided_by": .string(entry.decidedBy), "collection": .string(collection),
            "record": .string(record), "fields": .array(fields.map { .string($0) }),
        ]
    }
}
