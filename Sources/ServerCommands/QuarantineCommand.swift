import ArgumentParser
import CentralServer
import CommandFrame
import SyncProtocol

struct QuarantineCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            "quarantine", alias: "karantina",
            says: Words(
                id: "Perubahan yang dikirim perangkat setelah dicabut.", en: "Changes that devices sent once revoked."),
            subcommands: [List.self, Accept.self, Drop.self])
    }

    struct List: ParsableCommand {
        static var configuration: CommandConfiguration {
            CommandConfiguration(
                "list", alias: "daftar", says: Words(id: "Daftar yang ditahan.", en: "List what is kept."),
                examples: [
                    Example(
                        Words(id: "sambung-server karantina daftar 3", en: "sambung-server quarantine list 3"),
                        id: "Dari satu perangkat.", en: "Of one device.")
                ])
        }

        @Argument(help: .words(id: "ID perangkat.", en: "The device's id.", valueName: "id"))
        var device: Int64?
        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let central = try CentralData.open(data)
            let changes = try central.storage.read { try $0.quarantined(device: device) }
                .map { Kept($0, central.server.schema) }
            let console = Console.current
            if console.isJSON {
                console.print(["quarantine": .array(changes.map(\.json))])
                return
            }
            if changes.isEmpty {
                console.note(say(id: "Tidak ada yang ditahan.", en: "Nothing is kept."))
                return
            }
            var table = Table([
                .init("ID", rightAligned: true), .init(say(id: "PERANGKAT", en: "DEVICE"), rightAligned: true),
                .init(say(id: "KANTOR", en: "OFFICE")), .init(say(id: "TIBA (WIB)", en: "ARRIVED (WIB)")),
                .init(say(id: "OPERATOR", en: "OPERATOR")), .init(say(id: "ISI", en: "WHAT"), elastic: true),
            ])
            for change in changes { table.add(change.cells) }
            console.print(table.text(for: console))
        }
    }

    struct Accept: ParsableCommand {
        static var configuration: CommandConfiguration {
            CommandConfiguration(
                "accept", alias: "terima",
                says: Words(
                    id: "Terapkan yang ditahan seperti kiriman penulisnya, bentroknya juga.",
                    en: "Apply what is kept as a push of its writer, conflicts and all."),
                examples: [
                    Example(
                        Words(id: "sambung-server karantina terima 3", en: "sambung-server quarantine accept 3"),
                        id: "Semua dari perangkat 3.", en: "All of device 3.")
                ])
        }

        @OptionGroup var choice: QuarantineChoice
        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let central = try CentralData.open(data)
            try choice.confirm(central, Words(id: "menerapkan", en: "apply"))
            let results = try central.server.acceptQuarantined(of: choice.device, choice.wanted, by: Operator.name)
            let refused = results.filter { $0.refusal != nil }
            let console = Console.current
            if console.isJSON {
                console.print([
                    "device": .integer(choice.device), "accepted": .number(results.count - refused.count),
                    "refused": .array(
                        refused.map {
                            ["id": .integer($0.quarantined.id), "reason": .text($0.refusal.map { "\($0.reason)" })]
                        }),
                ])
                return
            }
            console.print(
                say(
                    id: "\(results.count - refused.count) diterapkan, \(refused.count) tetap ditahan.",
                    en: "\(results.count - refused.count) applied, \(refused.count) still kept."))
            for result in refused {
                console.print("  \(result.quarantined.id)  " + (result.refusal.map { "\($0.reason)" } ?? ""))
            }
        }
    }

    struct Drop: ParsableCommand {
        static var configuration: CommandConfiguration {
            CommandConfiguration(
                "drop", alias: "buang",
                says: Words(id: "Buang yang ditahan, selamanya.", en: "Drop what is kept, for good."),
                examples: [
                    Example(
                        Words(
                            id: "sambung-server karantina buang 3 --change 17",
                            en: "sambung-server quarantine drop 3 --change 17"),
                        id: "Satu perubahan saja.", en: "One change only.")
                ])
        }

        @OptionGroup var choice: QuarantineChoice
        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let central = try CentralData.open(data)
            try choice.confirm(central, Words(id: "membuang", en: "drop"))
            let dropped = try central.server.dropQuarantined(of: choice.device, choice.wanted, by: Operator.name)
            let console = Console.current
            if console.isJSON {
                console.print(["device": .integer(choice.device), "dropped": .number(dropped)])
            } else {
                console.print(say(id: "\(dropped) dibuang.", en: "\(dropped) dropped."))
            }
        }
    }
}

/// Which of a device's changes, and whether one is sure.
struct QuarantineChoice: ParsableArguments {
    @Argument(help: .words(id: "ID perangkat.", en: "The device's id.", valueName: "id"))
    var device: Int64
    @Option(
        name: .long,
        help: .words(
            id: "Hanya perubahan ini; boleh diulang.", en: "This change only; may be given several times.",
            valueName: "id"))
    var change: [Int64] = []
    @Flag(name: .long, help: .words(id: "Tanpa bertanya.", en: "Don't ask."))
    var yes = false

    var wanted: Set<Int64>? { change.isEmpty ? nil : Set(change) }

    func confirm(_ central: CentralData, _ act: Words) throws {
        let kept = try central.storage.read { try $0.quarantined(device: device) }
        let count = kept.count { wanted?.contains($0.id) ?? true }
        guard count > 0 else {
            throw CommandError(
                .noInput, "nothing-kept", id: "Tidak ada yang ditahan dari perangkat \(device).",
                en: "Nothing is kept of device \(device).")
        }
        if yes { return }
        let question = Words(
            id: "Yakin \(act.id) \(count) perubahan dari perangkat \(device)?",
            en: "Really \(act.en) \(count) changes of device \(device)?")
        guard Console.current.confirms(question) == true else {
            throw CommandError.usage(
                "not-confirmed", id: "Tidak ada yang diubah: perlu jawaban ya, atau --yes.",
                en: "Nothing was changed: it takes a yes, or --yes.")
        }
    }
}

/// A kept change, with the names of what it writes and none of the values.
private struct Kept {
    let entry: QuarantinedChange
    let operatorName: String
    let collection: String
    let record: String
    let fields: [String]
    let kind: Words

    init(_ entry: QuarantinedChange, _ schema: Schema) {
        self.entry = entry
        let change = entry.change
        let known = change.flatMap { schema[$0.collection] }
        operatorName = change?.operator ?? ""
        collection = known?.name ?? change.map { "\($0.collection)" } ?? ""
        record = change?.record.description ?? ""
        fields =
            change?.fields.map { known?[$0.field]?.name ?? ($0.field == .deleted ? "deleted" : "\($0.field)") } ?? []
        kind =
            change == nil
            ? Words(id: "rusak", en: "damaged")
            : change?.isCreation == true ? Words(id: "baru", en: "new") : Words(id: "ubah", en: "edit")
    }

    var cells: [String] {
        [
            "\(entry.id)", "\(entry.device)", entry.office, Moment.short(entry.arrivedAt),
            VisibleText.line(operatorName),
            "\(kind.text) \(collection) \(record): \(fields.joined(separator: ", "))",
        ]
    }

    var json: JSON {
        [
            "id": .integer(entry.id), "device": .integer(entry.device), "office": .string(entry.office),
            "replica": .number(entry.replica.rawValue), "number": .integer(entry.number),
            "arrived_at": .integer(entry.arrivedAt), "operator": .string(operatorName), "kind": .string(kind.en),
            "collection": .string(collection), "record": .string(record), "fields": .array(fields.map { .string($0) }),
        ]
    }
}
