import ArgumentParser
import CallCenter
import CentralServer
import CommandFrame
import SQLite
import SyncProtocol
import SyncStore

struct RedactCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            "redact", alias: "hapus-data",
            says: Words(
                id: "Hapus data pribadi di mana-mana, dengan persetujuan orang kedua.",
                en: "Erase personal data everywhere, with a second person's word."),
            more: Words(
                id: """
                    Yang dihapus: isi kasus, versi-versinya, catatan bentrok, titipan, karantina, dan semua perangkat pada \
                    sinkron berikutnya. Tidak dapat dibatalkan. Cadangan lama masih memuatnya sampai dibuang; setelah \
                    dipulihkan pun data itu dihapus lagi.
                    """,
                en: """
                    Erased are the case's values with their versions, the conflict log, escrow, quarantine, and every \
                    device at its next sync. It can't be undone. Older backups hold the data until they are thrown away; \
                    when one is restored it is erased again.
                    """),
            subcommands: [Ask.self, Confirm.self, List.self, Withdraw.self])
    }

    struct Ask: ParsableCommand {
        static var configuration: CommandConfiguration {
            CommandConfiguration(
                "ask", alias: "minta",
                says: Words(id: "Minta penghapusan.", en: "Ask for an erasure."),
                examples: [
                    Example(
                        Words(
                            id:
                                "sambung-server hapus-data minta LIW-26-000123 --personal --why \"Pasal 43 UU 27/2022\"",
                            en: "sambung-server redact ask LIW-26-000123 --personal --why \"Art. 43 law 27/2022\""),
                        id: "Semua data pribadi kasus itu dan catatannya.",
                        en: "All personal data of that case and of its notes.")
                ])
        }

        @Argument(help: .words(id: "Nomor tiket, seluruhnya.", en: "The ticket number, whole.", valueName: "ticket"))
        var ticket: String
        @Option(
            name: .long,
            help: .words(
                id: "Isian kasus; boleh berulang.", en: "A field of the case; may be repeated.", valueName: "name"))
        var field: [String] = []
        @Flag(
            name: .long,
            help: .words(
                id: "Semua isian pribadi kasus dan catatannya.", en: "All personal fields of the case and its notes."))
        var personal = false
        @Option(
            name: .long,
            help: .words(
                id: "Alasannya, tanpa data pribadi.", en: "The reason, without personal data.", valueName: "text"))
        var why: String
        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let central = try CentralData.open(data)
            let targets = try RedactionTargets(central, ticket).of(field, personal: personal)
            let number = try RedactCommand.explained {
                try central.server.askRedaction(of: targets, why: why, by: Operator.name)
            }
            let console = Console.current
            if console.isJSON {
                return console.print([
                    "redaction": .integer(number), "records": .number(targets.count),
                    "asked_by": .string(Operator.name),
                ])
            }
            console.print(
                say(
                    id: "Permintaan \(number): \(targets.count) catatan. Orang lain mengesahkannya: "
                        + "sambung-server hapus-data sahkan \(number)",
                    en: "Request \(number): \(targets.count) record(s). Another person confirms it: "
                        + "sambung-server redact confirm \(number)"))
        }
    }

    struct Confirm: ParsableCommand {
        static var configuration: CommandConfiguration {
            CommandConfiguration(
                "confirm", alias: "sahkan",
                says: Words(
                    id: "Sahkan permintaan orang lain; datanya langsung dihapus.",
                    en: "Confirm what another person asked for; the data is erased at once."),
                examples: [
                    Example(
                        Words(id: "sambung-server hapus-data sahkan 4", en: "sambung-server redact confirm 4"),
                        id: "Nomor dari daftar.", en: "The number of the list.")
                ])
        }

        @Argument(help: .words(id: "Nomor permintaan.", en: "The request's number.", valueName: "number"))
        var number: Int64
        @Flag(name: .long, help: .words(id: "Tanpa bertanya.", en: "Don't ask."))
        var yes = false
        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let central = try CentralData.open(data)
            let console = Console.current
            let question = Words(
                id: "Hapus selamanya yang diminta dengan nomor \(number)?",
                en: "Erase for ever what request \(number) names?")
            guard yes || console.confirms(question) == true else {
                throw CommandError.usage(
                    "not-confirmed", id: "Tidak dihapus: perlu jawaban ya, atau --yes.",
                    en: "Nothing was erased: it takes a yes, or --yes.")
            }
            try RedactCommand.explained { try central.server.confirmRedaction(number, by: Operator.name) }
            try central.server.overwriteErased()
            if console.isJSON {
                return console.print(["redaction": .integer(number), "confirmed_by": .string(Operator.name)])
            }
            console.print(
                say(
                    id: "Sudah dihapus di pusat; perangkat-perangkat menyusul pada sinkron berikutnya.",
                    en: "Erased at the centre; the devices follow at their next syncs."))
        }
    }

    struct Withdraw: ParsableCommand {
        static var configuration: CommandConfiguration {
            CommandConfiguration(
                "withdraw", alias: "tarik",
                says: Words(
                    id: "Tarik permintaan yang belum disahkan.", en: "Give up a request that nobody confirmed."),
                examples: [
                    Example(
                        Words(id: "sambung-server hapus-data tarik 4", en: "sambung-server redact withdraw 4"),
                        id: "Nomor dari daftar.", en: "The number of the list.")
                ])
        }

        @Argument(help: .words(id: "Nomor permintaan.", en: "The request's number.", valueName: "number"))
        var number: Int64
        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let central = try CentralData.open(data)
            try RedactCommand.explained { try central.server.withdrawRedaction(number, by: Operator.name) }
            let console = Console.current
            if console.isJSON { return console.print(["redaction": .integer(number), "withdrawn": true]) }
            console.print(say(id: "Permintaan \(number) ditarik.", en: "Request \(number) is given up."))
        }
    }

    struct List: ParsableCommand {
        static var configuration: CommandConfiguration {
            CommandConfiguration(
                "list", alias: "daftar",
                says: Words(id: "Siapa meminta apa, siapa mengesahkan.", en: "Who asked for what, and who confirmed."),
                examples: [
                    Example(
                        Words(id: "sambung-server hapus-data daftar", en: "sambung-server redact list"),
                        id: "Semua permintaan.", en: "All requests.")
                ])
        }

        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let central = try CentralData.open(data)
            let entries = try central.storage.read { try $0.redactions() }
            let schema = central.server.schema
            let collections = Dictionary(schema.collections.map { ($0.number, $0) }) { first, _ in first }
            func names(_ entry: RedactionEntry) -> [String] {
                entry.fields.map { collections[entry.key.collection]?[$0]?.name ?? "\($0)" }
            }
            let console = Console.current
            if console.isJSON {
                return console.print([
                    "redactions": .array(
                        entries.map { entry in
                            [
                                "redaction": .integer(entry.request),
                                "collection": .text(collections[entry.key.collection]?.name),
                                "id": .text("\(entry.key.record)"), "fields": .array(names(entry).map { .text($0) }),
                                "why": .text(entry.why), "asked_by": .text(entry.askedBy),
                                "asked_at": Moment.json(entry.askedAt),
                                "confirmed_by": entry.confirmedAt > 0 ? .text(entry.confirmedBy) : .null,
                                "confirmed_at": Moment.json(entry.confirmedAt),
                            ]
                        })
                ])
            }
            if entries.isEmpty {
                return console.note(say(id: "Belum ada permintaan.", en: "Nothing was asked for."))
            }
            var table = Table([
                .init(say(id: "NOMOR", en: "NUMBER")), .init(say(id: "DIMINTA (WIB)", en: "ASKED (WIB)")),
                .init(say(id: "OLEH", en: "BY")), .init(say(id: "DISAHKAN (WIB)", en: "CONFIRMED (WIB)")),
                .init(say(id: "OLEH", en: "BY")), .init(say(id: "CATATAN", en: "RECORD")),
                .init(say(id: "ISIAN DAN ALASAN", en: "FIELDS AND REASON"), elastic: true),
            ])
            for entry in entries {
                table.add([
                    "\(entry.request)", Moment.short(entry.askedAt), entry.askedBy, Moment.short(entry.confirmedAt),
                    entry.confirmedAt > 0 ? entry.confirmedBy : "–",
                    "\(collections[entry.key.collection]?.name ?? "") \(entry.key.record)",
                    "\(names(entry).joined(separator: ", ")): \(entry.why)",
                ])
            }
            console.print(table.text(for: console))
        }
    }

    /// Runs a body and says in both languages why it was refused.
    fileprivate static func explained<T>(_ body: () throws -> T) throws -> T {
        do {
            return try body()
        } catch let error as RedactionError {
            let words =
                switch error {
                case .unknown(let number):
                    Words(id: "Tidak ada permintaan \(number) yang menunggu.", en: "No request \(number) waits.")
                case .confirmed(let number):
                    Words(id: "Permintaan \(number) sudah disahkan.", en: "Request \(number) was confirmed before.")
                case .samePerson(let name):
                    Words(
                        id: "\(name) sendiri yang memintanya: orang lain harus mengesahkan.",
                        en: "\(name) asked for it: another person has to confirm.")
                case .noRecord(let id): Words(id: "Tidak ada catatan \(id).", en: "There is no record \(id).")
                case .nothing:
                    Words(
                        id: "Sebutkan isian dengan --field, atau --personal.",
                        en: "Name fields with --field, or --personal.")
                }
            throw CommandError(
                .badData, "redaction", id: words.id, en: words.en,
                advice: Words(id: "sambung-server hapus-data daftar", en: "sambung-server redact list"))
        }
    }
}

/// The records and fields that a redaction of a case is about.
struct RedactionTargets {
    private let central: CentralData
    private let record: RecordKey

    init(_ central: CentralData, _ ticket: String) throws {
        self.central = central
        let found = try central.storage.query { connection -> RecordID? in
            let select = try connection.statement("SELECT id FROM cases WHERE ticket = ?1")
            defer { select.reset() }
            try select.bind(1, text: ticket.uppercased())
            return try select.step() ? RecordID(bytes: select.bytes(0)) : nil
        }
        guard let found, let cases = central.server.schema["cases"] else {
            throw CommandError(
                .noInput, "no-case", id: "Tidak ada kasus \(ticket) di pusat.",
                en: "The centre has no case \(ticket).",
                advice: Words(
                    id: "Tulis nomor tiket seluruhnya, misalnya LIW-26-000123.",
                    en: "Give the ticket number whole, such as LIW-26-000123."))
        }
        record = RecordKey(collection: cases.number, record: found)
    }

    func of(_ names: [String], personal: Bool) throws -> [(key: RecordKey, fields: [FieldNumber])] {
        guard let cases = central.server.schema["cases"] else { return [] }
        var fields = Set(personal ? Self.personal(cases) : [])
        for name in names {
            guard let field = cases[name] else {
                throw CommandError.usage(
                    "no-field", id: "Kasus tidak mempunyai isian \(name).", en: "A case has no field \(name).")
            }
            fields.formUnion(cases.unit(of: field.number))
        }
        var targets = fields.isEmpty ? [] : [(key: record, fields: fields.sorted())]
        if personal { targets += try followers() }
        return targets
    }

    private static func personal(_ collection: CollectionSchema) -> [FieldNumber] {
        collection.fields.filter(\.isPersonal).flatMap { collection.unit(of: $0.number) }
    }

    /// The records that belong to the case, with their personal fields.
    private func followers() throws -> [(key: RecordKey, fields: [FieldNumber])] {
        try central.storage.read { snapshot in
            var found: [(key: RecordKey, fields: [FieldNumber])] = []
            for collection in central.server.schema.collections where collection.number != record.collection {
                let fields = Set(Self.personal(collection)).sorted()
                for field in collection.fields where field.reference == "cases" && !fields.isEmpty {
                    found += try snapshot.records(collection.number, where: field.number, holds: record.record)
                        .map { (key: $0.state.key, fields: fields) }
                }
            }
            return found
        }
    }
}
