import ArgumentParser
import CommandFrame
import Testing

@testable import OperatorCommands

@Suite(.ownThread) struct HelpTests {
    private func help(_ words: [String], _ locale: String) async -> Province.Result {
        let test = TestConsole(["LANG": locale])
        let status = await OperatorProgram.perform(words + ["--help"], on: test.console)
        return Province.Result(status: status, output: test.output, errors: test.errors)
    }

    @Test("every command has help with examples in both languages", arguments: CommandList.all.indices)
    func everyCommand(_ index: Int) async throws {
        let configuration = CommandList.all[index].configuration
        let name = try #require(configuration.commandName)
        for word in [name] + configuration.aliases {
            let english = await help([word], "en_US")
            let indonesian = await help([word], "id_ID")
            #expect(english.status == .done)
            #expect(english.output.contains("Usage:\n  sambung \(name)"))
            #expect(english.output.contains("Examples:\n  sambung "))
            #expect(indonesian.output.contains("Pemakaian:\n  sambung \(configuration.aliases.first ?? name)"))
            #expect(indonesian.output.contains("Contoh:\n  sambung "))
            #expect(english.output != indonesian.output)
            // The options of a group stand at its commands.
            for page in [english.output, indonesian.output] where configuration.subcommands.isEmpty {
                #expect(page.contains("--json"))
                #expect(page.contains("--database"))
            }
        }
    }

    @Test func everyIndonesianWordOfTheFieldIsThere() async {
        let words = [
            "baru", "daftar", "lihat", "ubah", "batal", "catat", "disposisi", "jawab", "tutup", "buka-kembali", "hapus",
            "pulihkan", "cari", "sinkron", "daftarkan", "kirim-ulang", "buang", "bentrok", "laporan", "status",
            "ekspor",
            "impor", "tanda-terima",
        ]
        for word in words { #expect(await help([word], "id_ID").status == .done, "\(word)") }
        let names = CommandList.all.flatMap { [$0.configuration.commandName ?? ""] + $0.configuration.aliases }
        #expect(Set(names).count == names.count)
    }

    @Test func theExamplesOfTheHelpPagesCanBeParsed() async throws {
        for locale in ["en_US", "id_ID"] {
            for command in CommandList.all {
                let page = await help([command.configuration.commandName ?? ""], locale).output
                for line in page.split(separator: "\n") where line.hasPrefix("  sambung ") && !line.contains("[") {
                    let words = Self.words(String(line.dropFirst(10).prefix { $0 != "<" && $0 != "|" && $0 != ">" }))
                    if words.contains(where: { $0.contains("…") }) { continue }
                    #expect(throws: Never.self, "\(line)") { _ = try Sambung.parseAsRoot(words) }
                }
            }
        }
    }

    /// Splits a line as a shell does, as far as the examples need it.
    private static func words(_ line: String) -> [String] {
        var words: [String] = []
        var isQuoted = false
        var isWord = false
        for character in line {
            if character == "\"" {
                isQuoted.toggle()
                if !isWord { words.append("") }
                isWord = true
            } else if character == " ", !isQuoted {
                isWord = false
            } else {
                if !isWord { words.append("") }
                isWord = true
                words[words.count - 1].append(character)
            }
        }
        return words
    }
}
