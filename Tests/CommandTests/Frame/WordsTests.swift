import CommandFrame
import Testing

@Suite struct WordsTests {
    @Test(
        "LC_ALL comes before LC_MESSAGES, that before LANG; an empty one counts as none",
        arguments: [
            ([:], Speech.english), (["LANG": "id_ID.UTF-8"], .indonesian), (["LANG": "id"], .indonesian),
            (["LANG": "in_ID"], .indonesian), (["LANG": "idx_XX"], .english), (["LANG": "C.UTF-8"], .english),
            (["LANG": "id_ID", "LC_ALL": "en_US"], .english),
            (["LANG": "en_US", "LC_MESSAGES": "id_ID@x"], .indonesian),
            (["LANG": "id_ID", "LC_ALL": ""], .indonesian), (["LC_ALL": "C", "LC_MESSAGES": "id_ID"], .english),
        ] as [([String: String], Speech)])
    func languageOfTheLocale(_ environment: [String: String], _ speech: Speech) {
        #expect(Speech { environment[$0] } == speech)
    }

    @Test func aTextIsSaidInTheLanguageOfTheConsole() {
        let console = TestConsole(["LANG": "id_ID"]).console
        Console.$current.withValue(console) {
            #expect(Words(id: "baru", en: "new").text == "baru")
            #expect(say(id: "baru", en: "new") == "baru")
        }
    }

    @Test func aWordWithAFewSlipsIsFoundAndAFarOneIsNot() {
        let names = ["daftar", "lihat", "list", "show", "sinkron", "sync"]
        #expect(NearestName.of("dftar", among: names) == "daftar")
        #expect(NearestName.of("lsit", among: names) == "list")
        #expect(NearestName.of("Sinkorn", among: names) == "sinkron")
        #expect(NearestName.of("sink", among: names) == "sync" || NearestName.of("sink", among: names) == "sinkron")
        #expect(NearestName.of("xyzzy", among: names) == nil)
        #expect(NearestName.of(String(repeating: "x", count: 100_000), among: names) == nil)
        #expect(NearestName.of("", among: names) == nil)
    }
}
