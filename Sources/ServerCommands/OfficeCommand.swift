import ArgumentParser
import CallCenter
import CentralServer
import CommandFrame
import SQLite
import SyncProtocol

struct OfficeCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            "office", alias: "kantor", says: Words(id: "Kantor-kantor cabang.", en: "The branch offices."),
            subcommands: [Add.self, List.self])
    }

    struct Add: ParsableCommand {
        static var configuration: CommandConfiguration {
            CommandConfiguration(
                "add", alias: "tambah",
                says: Words(
                    id: "Tambahkan kantor, atau ganti nama kantor yang ada.",
                    en: "Add an office, or rename one that is there."),
                more: Words(
                    id: "KODE (2–4 huruf besar) menjadi awal nomor tiket kantor itu, misalnya LIW-26-000123.",
                    en: "CODE (2 to 4 capital letters) begins the office's ticket numbers, such as LIW-26-000123."),
                examples: [
                    Example(
                        Words(
                            id: "sambung-server kantor tambah RSUD \"Loket RSUD Abdul Moeloek\" --region 18.71",
                            en: "sambung-server office add RSUD \"Loket RSUD Abdul Moeloek\" --region 18.71"),
                        id: "Kantor baru di Bandar Lampung.", en: "A new office in Bandar Lampung.")
                ])
        }

        @Argument(help: .words(id: "Kode kantor.", en: "The office's code.", valueName: "code"))
        var code: String
        @Argument(help: .words(id: "Nama kantor.", en: "The office's name.", valueName: "name"))
        var name: String
        @Option(
            name: .long,
            help: .words(
                id: "Kode kabupaten atau kota, misalnya 18.04.", en: "The code of its regency or city, such as 18.04.",
                valueName: "code"))
        var region: String?
        @Option(
            name: .long,
            help: .words(
                id: "Perannya dalam aturan lingkup: office, agency, atau centre.",
                en: "Its role in the scope rules: office, agency or centre.", valueName: "role"))
        var role: Role?
        @Option(
            name: .long,
            help: .words(
                id: "Kode instansi yang diwakilinya, misalnya DINKES.",
                en: "The code of the agency that it is, such as DINKES.",
                valueName: "code"))
        var agency: String?
        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions

        enum Role: String, ExpressibleByArgument, CaseIterable { case office, agency, centre }

        func run() throws {
            let code = code.uppercased()
            guard TicketNumber.isPrefix(code), !code.contains(where: \.isNumber) else {
                throw CommandError.usage(
                    "bad-office-code", id: "Kode kantor '\(code)' tidak berlaku: perlu 2–4 huruf, tanpa angka.",
                    en: "'\(code)' is no office code: it takes 2 to 4 letters and no digit.")
            }
            let name = String(name.drop { $0.isWhitespace })
            guard !name.isEmpty else {
                throw CommandError.usage("empty-name", id: "Nama kantor kosong.", en: "The office's name is empty.")
            }
            let central = try CentralData.open(data)
            try check(region, central)
            if let agency { try check(agency: agency.uppercased(), central) }
            var fields: [String: Value] = ["code": .text(code), "name": .text(name), "ticket_prefix": .text(code)]
            if let region { fields["region"] = .text(region) }
            let known = try central.storage.read { try $0.offices() }.first { $0.code == code }
            // The record first: offices see it; the entry lets devices enrol. Running the command again completes it.
            let changed = try central.server.put(
                [(collection: "office", id: Seed.id(collection: "office", key: code), fields: fields)],
                operator: Operator.name)
            // What is not named stays as it is.
            var entry = OfficeEntry(code: code, name: name, attributes: known?.attributes ?? [:])
            if let role { entry.attributes["role"] = role.rawValue }
            if let agency { entry.attributes["agency"] = agency.uppercased() }
            try central.server.save(entry, by: Operator.name)
            report(code, name, isNew: known == nil, hasChanged: changed > 0 || known != entry)
        }

        private func check(agency: String, _ central: CentralData) throws {
            let known = try central.storage.query { connection in
                let select = try connection.statement("SELECT 1 FROM agency WHERE code = ?1")
                defer { select.reset() }
                try select.bind(1, text: agency)
                return try select.step()
            }
            guard known else {
                throw CommandError.usage(
                    "unknown-agency", id: "Tidak ada instansi berkode '\(agency)'.",
                    en: "No agency has the code '\(agency)'.")
            }
        }

        private func check(_ region: String?, _ central: CentralData) throws {
            guard let region else { return }
            let known = try central.storage.query { connection in
                let select = try connection.statement("SELECT 1 FROM region WHERE code = ?1")
                defer { select.reset() }
                try select.bind(1, text: region)
                return try select.step()
            }
            guard known else {
                throw CommandError.usage(
                    "unknown-region", id: "Tidak ada kabupaten atau kota berkode '\(region)'.",
                    en: "No regency or city has the code '\(region)'.",
                    advice: Words(
                        id: "Kodenya seperti 18.04 (Lampung Barat).", en: "Codes look like 18.04 (Lampung Barat)."))
            }
        }

        private func report(_ code: String, _ name: String, isNew: Bool, hasChanged: Bool) {
            let console = Console.current
            if console.isJSON {
                console.print([
                    "office": .string(code), "name": .string(name), "new": .bool(isNew), "changed": .bool(hasChanged),
                ])
                return
            }
            let shown = VisibleText.line(name)
            if isNew {
                console.print(say(id: "Kantor \(code) ditambahkan: \(shown)", en: "Office \(code) added: \(shown)"))
            } else if hasChanged {
                console.print(say(id: "Kantor \(code) diubah: \(shown)", en: "Office \(code) changed: \(shown)"))
            } else {
                console.print(say(id: "Kantor \(code) sudah begitu.", en: "Office \(code) is so already."))
            }
            console.note(
                say(
                    id: "Perangkat pertamanya: sambung-server perangkat tambah --office \(code)",
                    en: "Its first device: sambung-server device add --office \(code)"))
        }
    }

    struct List: ParsableCommand {
        static var configuration: CommandConfiguration {
            CommandConfiguration(
                "list", alias: "daftar", says: Words(id: "Daftar kantor.", en: "List the offices."),
                examples: [
                    Example(
                        Words(id: "sambung-server kantor daftar --json", en: "sambung-server office list --json"),
                        id: "Untuk program lain.", en: "For another program.")
                ])
        }

        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let (offices, devices) = try CentralData.open(data).storage.read { (try $0.offices(), try $0.devices()) }
            let counts = Dictionary(devices.filter { $0.revokedAt == nil }.map { ($0.office, 1) }, uniquingKeysWith: +)
            let console = Console.current
            if console.isJSON {
                console.print([
                    "offices": .array(
                        offices.map {
                            [
                                "office": .string($0.code), "name": .string($0.name),
                                "devices": .number(counts[$0.code] ?? 0),
                            ]
                        })
                ])
                return
            }
            var table = Table([
                .init(say(id: "KODE", en: "CODE")), .init(say(id: "NAMA", en: "NAME"), elastic: true),
                .init(say(id: "PERANGKAT", en: "DEVICES"), rightAligned: true),
            ])
            for office in offices { table.add([office.code, office.name, "\(counts[office.code] ?? 0)"]) }
            console.print(table.text(for: console))
        }
    }
}
