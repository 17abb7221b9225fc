import ArgumentParser
import CentralServer
import CommandFrame
import Foundation

struct ScopeCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            "scope", alias: "lingkup",
            says: Words(
                id: "Siapa melihat dan menulis apa.", en: "Who sees and writes what."),
            subcommands: [Show.self, Set.self, Off.self])
    }

    struct Show: ParsableCommand {
        static var configuration: CommandConfiguration {
            CommandConfiguration(
                "show", alias: "tampil",
                says: Words(id: "Tampilkan aturannya sebagai JSON.", en: "Show the rules, as JSON."),
                examples: [
                    Example(
                        Words(
                            id: "sambung-server lingkup tampil --usual > aturan.json",
                            en: "sambung-server scope show --usual > rules.json"),
                        id: "Aturan lazim, untuk disunting.", en: "The usual rules, to be edited.")
                ])
        }

        @Flag(
            name: .long,
            help: .words(id: "Aturan lazim, bukan yang berlaku.", en: "The usual ones, not those in force."))
        var usual = false
        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let rules = usual ? UsualScopes.rules : try CentralData.open(data).server.scopeRules()
            guard let rules else {
                Console.current.note(
                    say(
                        id: "Tidak ada aturan: semua kantor melihat dan menulis semuanya.",
                        en: "There are no rules: every office sees and writes everything."))
                if Console.current.isJSON { Console.current.print(["rules": .array([])]) }
                return
            }
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            Console.current.print(String(decoding: try encoder.encode(rules), as: UTF8.self))
        }
    }

    struct Set: ParsableCommand {
        static var configuration: CommandConfiguration {
            CommandConfiguration(
                "set", alias: "atur",
                says: Words(
                    id: "Berlakukan aturan dari berkas, atau yang lazim.",
                    en: "Put the rules of a file into force, or the usual ones."),
                more: Words(
                    id: """
                        Berlaku pada sinkronisasi berikutnya setiap perangkat: yang masuk lingkupnya diambil, yang keluar \
                        dihapus di sana, yang tetap tidak dikirim ulang.
                        """,
                    en: """
                        It takes effect at each device's next sync: what came into its scope is fetched, what left it is \
                        removed there, what stays is not sent again.
                        """),
                examples: [
                    Example(
                        Words(id: "sambung-server lingkup atur --usual", en: "sambung-server scope set --usual"),
                        id: "Kantor melihat miliknya, instansi yang ditugaskan kepadanya, pusat semuanya.",
                        en: "Offices see their own, agencies what is assigned to them, the centre all.")
                ])
        }

        @Argument(
            help: .words(
                id: "Berkas JSON; - untuk masukan baku.", en: "A JSON file; - for standard input.", valueName: "file"))
        var file: String?
        @Flag(name: .long, help: .words(id: "Aturan lazim.", en: "The usual rules."))
        var usual = false
        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let rules = try wanted()
            let central = try CentralData.open(data)
            do {
                try central.server.setScopeRules(rules, by: Operator.name)
            } catch let error as ScopeRuleError {
                throw CommandError(
                    .badData, "bad-rules", id: "Aturan tidak cocok dengan skema: \(error)",
                    en: "The rules do not fit the schema: \(error)")
            }
            report(rules.rules.count)
        }

        private func wanted() throws -> ScopeRules {
            guard usual == (file == nil) else {
                throw CommandError.usage(
                    "which-rules", id: "Sebutkan berkas aturan, atau --usual.", en: "Name a file of rules, or --usual.")
            }
            guard let file else { return UsualScopes.rules }
            let bytes: Data
            do {
                bytes =
                    file == "-"
                    ? FileHandle.standardInput.readDataToEndOfFile() : try Data(contentsOf: URL(fileURLWithPath: file))
            } catch {
                throw CommandError(
                    .noInput, "no-rules", id: "\(file) tidak dapat dibaca.",
                    en: "\(file) can't be read: \(error.localizedDescription)")
            }
            do {
                return try JSONDecoder().decode(ScopeRules.self, from: bytes)
            } catch {
                throw CommandError(
                    .badData, "bad-rules", id: "\(file) bukan aturan yang dapat dibaca: \(error)",
                    en: "\(file) holds no rules that can be read: \(error)",
                    advice: Words(
                        id: "Contoh: sambung-server lingkup tampil --usual",
                        en: "An example: sambung-server scope show --usual"))
            }
        }

        private func report(_ count: Int) {
            let console = Console.current
            if console.isJSON { return console.print(["rules": .number(count)]) }
            console.print(
                say(
                    id: "\(count) aturan berlaku, mulai sinkronisasi berikutnya setiap perangkat.",
                    en: "\(count) rules are in force, from each device's next sync on."))
        }
    }

    struct Off: ParsableCommand {
        static var configuration: CommandConfiguration {
            CommandConfiguration(
                "off", alias: "lepas",
                says: Words(
                    id: "Lepas semua aturan: semua melihat dan menulis semuanya.",
                    en: "Take all rules away: everybody sees and writes everything."))
        }

        @Flag(name: .long, help: .words(id: "Tanpa bertanya.", en: "Don't ask."))
        var yes = false
        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let central = try CentralData.open(data)
            let question = Words(
                id: "Setiap kantor akan menerima semua perkara. Yakin?", en: "Every office will get every case. Really?"
            )
            guard yes || Console.current.confirms(question) == true else {
                throw CommandError.usage(
                    "not-confirmed", id: "Tidak ada yang diubah: perlu jawaban ya, atau --yes.",
                    en: "Nothing was changed: it takes a yes, or --yes.")
            }
            try central.server.setScopeRules(nil, by: Operator.name)
            let console = Console.current
            if console.isJSON { return console.print(["rules": .number(0)]) }
            console.print(say(id: "Aturan dilepas.", en: "The rules are taken away."))
        }
    }
}
