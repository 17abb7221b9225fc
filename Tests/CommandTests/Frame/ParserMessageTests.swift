import ArgumentParser
import Testing

@testable import CommandFrame

/// A program whose only use is to be called wrongly.
private struct Strict: ParsableCommand {
    enum Colour: String, ExpressibleByArgument, CaseIterable { case red, green, blue }

    static var configuration: CommandConfiguration {
        CommandConfiguration(
            "strict", alias: nil, says: Words(id: "Program uji.", en: "A test program."), version: "strict 1",
            subcommands: [Take.self, Fail.self])
    }

    struct Take: ParsableCommand {
        static var configuration: CommandConfiguration {
            CommandConfiguration("take", alias: "ambil", says: Words(id: "Ambil.", en: "Take."))
        }
        @Argument(help: .words(id: "Apa.", en: "What.", valueName: "thing")) var thing: String
        @Option(help: .words(id: "Berapa.", en: "How many.", valueName: "number")) var count = 1
        @Option var colour: Colour?
        @Flag(inversion: .prefixedNo, exclusivity: .exclusive) var loud = false
        @OptionGroup var output: OutputOptions
        func run() { Console.current.print("took \(count) \(thing)") }
    }

    struct Fail: ParsableCommand {
        static var configuration: CommandConfiguration {
            CommandConfiguration("fail", alias: "gagal", says: Words(id: "Gagal.", en: "Fail."))
        }
        @Option var how = "odd"
        @OptionGroup var output: OutputOptions
        struct Odd: Error {}
        func run() throws {
            switch how {
            case "attention": throw ExitStatus.needsAttention
            case "known":
                throw CommandError(
                    .temporary, "busy", id: "Sibuk.", en: "Busy.", advice: Words(id: "Nanti.", en: "Later."))
            default: throw Odd()
            }
        }
    }
}

@Suite struct ParserMessageTests {
    private func run(_ arguments: [String], _ locale: String = "en_US", isTerminal: Bool = false) async -> Printed {
        let test = TestConsole(["LANG": locale], isTerminal: isTerminal)
        let status = await perform(Strict.self, arguments, on: test.console)
        return Printed(status: status, output: test.output, errors: test.errors)
    }

    @Test(
        "what ArgumentParser finds wrong is said in both languages, with exit status 64",
        arguments: [
            (["take"], "'<thing>' is missing.", "'<thing>' belum diberikan."),
            (["take", "x", "y"], "'y' is not expected here.", "'y' tidak diharapkan di sini."),
            (
                ["take", "x", "y", "z"], "2 words are not expected here: 'y', 'z'.",
                "2 kata tidak diharapkan di sini: 'y', 'z'."
            ),
            (
                ["take", "x", "--cuont", "1"], "There is no option '--cuont'. Did you mean '--count'?",
                "Opsi '--cuont' tidak dikenal. Maksud Anda '--count'?"
            ),
            (["take", "x", "--xyzzyx"], "There is no option '--xyzzyx'.", "Opsi '--xyzzyx' tidak dikenal."),
            (["take", "x", "--count"], "'--count <number>' lacks its value.", "'--count <number>' kurang nilainya."),
            (
                ["take", "x", "--count", "many"], "The value 'many' is not valid for '--count <number>'.",
                "Nilai 'many' tidak berlaku untuk '--count <number>'."
            ),
            (
                ["take", "x", "--colour", "pink"],
                "The value 'pink' is not valid for '--colour <colour>'. Choose one of: 'red', 'green', 'blue'.",
                "Nilai 'pink' tidak berlaku untuk '--colour <colour>'. Pilih salah satu: 'red', 'green', 'blue'."
            ),
            (
                ["take", "x", "--loud=yes"], "The option '--loud' takes no value, but was given 'yes'.",
                "Opsi '--loud' tidak menerima nilai, tetapi diberi 'yes'."
            ),
            (
                ["take", "x", "--loud", "--no-loud"], "'--no-loud' contradicts '--loud'.",
                "'--no-loud' bertentangan dengan '--loud'."
            ),
            (
                ["tkae"], "There is no command 'tkae'. Did you mean 'take'?",
                "Perintah 'tkae' tidak dikenal. Maksud Anda 'take'?"
            ),
            (
                ["amblil", "--json"], "There is no command 'amblil'. Did you mean 'ambil'?",
                "Perintah 'amblil' tidak dikenal. Maksud Anda 'ambil'?"
            ),
            (["xyzzy"], "There is no command 'xyzzy'.", "Perintah 'xyzzy' tidak dikenal."),
            (["help", "xyzzy"], "There is no command 'xyzzy'.", "Perintah 'xyzzy' tidak dikenal."),
            (["--xyzzyx"], "There is no option '--xyzzyx'.", "Opsi '--xyzzyx' tidak dikenal."),
        ] as [([String], String, String)])
    func parserErrors(_ arguments: [String], _ english: String, _ indonesian: String) async {
        let isJSON = arguments.contains("--json")
        for (locale, expected) in [("en_US", english), ("id_ID", indonesian)] {
            let printed = await run(arguments, locale)
            #expect(printed.status == .usage)
            #expect(printed.output.isEmpty)
            let message =
                isJSON
                ? printed.error["message"] as? String
                : printed.errors.split(separator: "\n").first.map { String($0.split(separator: " ", maxSplits: 1)[1]) }
            #expect(message == expected)
        }
    }

    @Test func hostileArgumentsAreShownAndNotRun() async {
        let printed = await run(["take", "x", "\u{1B}]0;title\u{7}\u{202E}"])
        #expect(printed.status == .usage)
        #expect(!printed.errors.unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{7}" || $0 == "\u{202E}" })
        #expect(printed.errors.contains("␛]0;title␇"))
    }

    @Test func commandsRunUnderEitherName() async {
        for name in ["take", "ambil"] {
            let printed = await run([name, "x", "--count", "2"])
            #expect(printed.status == .done)
            #expect(printed.output == "took 2 x\n")
            #expect(printed.errors.isEmpty)
        }
    }

    @Test func helpIsInTheLanguageOfTheLocaleAndNamesEverything() async {
        for arguments in [
            ["take", "--help"], ["take", "--bantuan"], ["take", "-h"], ["help", "take"], ["bantuan", "ambil"],
        ] {
            let english = await run(arguments)
            #expect(english.status == .done)
            #expect(english.output.hasPrefix("Take.\n\nUsage:\n  strict take <thing> [options]\n\nAlso: ambil\n"))
            #expect(english.output.contains("--[no-]loud"))
            #expect(english.output.contains("How many. (default: 1)"))
            let indonesian = await run(arguments, "id_ID")
            #expect(
                indonesian.output.hasPrefix("Ambil.\n\nPemakaian:\n  strict ambil <thing> [opsi]\n\nNama lain: take\n"))
        }
        for arguments in [[], ["--help"], ["help"]] {
            let printed = await run(arguments, "id_ID")
            #expect(printed.status == .done)
            #expect(printed.output.contains("  ambil (take)  Ambil.\n  gagal (fail)  Gagal."))
        }
        #expect(await run(["--version"]).output == "strict 1\n")
    }

    @Test func errorsOfACommandEndItWithTheirStatus() async {
        #expect(await run(["fail", "--how", "attention"]).status == .needsAttention)
        #expect(await run(["fail", "--how", "attention"]).errors.isEmpty)
        let known = await run(["fail", "--how", "known"], "id_ID")
        #expect(known.status == .temporary)
        #expect(known.errors == "Galat: Sibuk.\nNanti.\n")
        let json = await run(["fail", "--how", "known", "--json"])
        #expect(json.errors == #"{"error":{"kind":"busy","exit":75,"message":"Busy.","advice":"Later."}}"# + "\n")
        let odd = await run(["fail"])
        #expect(odd.status == .bug)
        #expect(odd.errors.contains("Odd()"))
    }

    @Test func completionScriptsAreGivenForTheThreeShells() async {
        for shell in ["bash", "zsh", "fish"] {
            let printed = await run(["--generate-completion-script", shell])
            #expect(printed.status == .done)
            #expect(printed.output.contains("ambil") || printed.output.contains("take"))
        }
        #expect(await run(["--generate-completion-script", "tcsh"]).status == .usage)
    }
}
