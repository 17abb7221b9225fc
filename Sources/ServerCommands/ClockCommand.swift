import ArgumentParser
import CentralServer
import CommandFrame

struct ClockCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            "clock", alias: "jam", says: Words(id: "Jam server ini.", en: "This server's own clock."),
            more: Words(
                id: """
                    Bila jam melompat, server tidak menerima perubahan sampai jamnya kembali benar: waktu yang salah akan \
                    menyebar ke semua kantor. Kantor menyimpan pekerjaannya dan tetap menerima yang baru.
                    """,
                en: """
                    When the clock jumps, the server takes no changes until it is right again: wrong times would spread \
                    to every office. The offices keep their work, and still receive what is new.
                    """),
            subcommands: [Show.self, Accept.self], default: Show.self)
    }

    struct Show: ParsableCommand {
        static var configuration: CommandConfiguration {
            CommandConfiguration(
                "show", alias: "lihat",
                says: Words(id: "Apakah jam server dipercaya.", en: "Whether the clock is trusted."))
        }

        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let jump = try CentralData.open(data).server.clockJump()
            let console = Console.current
            if console.isJSON {
                console.print([
                    "time": .integer(console.now()), "jump_ms": .integer(jump), "accepted": .bool(jump == 0),
                ])
            } else {
                console.print(ClockWords.state(jump))
            }
        }
    }

    struct Accept: ParsableCommand {
        static var configuration: CommandConfiguration {
            CommandConfiguration(
                "accept", alias: "terima",
                says: Words(
                    id: "Nyatakan bahwa jam sekarang benar.", en: "Confirm that the clock is right as it is now."),
                examples: [
                    Example(
                        Words(id: "sambung-server jam terima", en: "sambung-server clock accept"),
                        id: "Setelah jam dibetulkan, atau server lama mati.",
                        en: "After the clock was set right, or the server was off for long.")
                ])
        }

        @Flag(name: .long, help: .words(id: "Tanpa bertanya.", en: "Don't ask."))
        var yes = false
        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let central = try CentralData.open(data)
            let console = Console.current
            let now = Moment.short(console.now())
            let question = Words(id: "Sekarang \(now) WIB. Benar?", en: "It is \(now) WIB. Is that right?")
            guard yes || console.confirms(question) == true else {
                throw CommandError.usage(
                    "not-confirmed", id: "Jam tidak diterima: perlu jawaban ya, atau --yes.",
                    en: "The clock was not confirmed: it takes a yes, or --yes.")
            }
            let jump = try central.server.confirmClock(by: Operator.name)
            if console.isJSON {
                console.print(["time": .integer(console.now()), "jump_ms": .integer(jump), "accepted": true])
            } else {
                console.print(say(id: "Jam diterima: \(now) WIB.", en: "The clock is confirmed: \(now) WIB."))
            }
        }
    }
}

enum ClockWords {
    static func state(_ jump: Int64) -> String {
        if jump == 0 { return say(id: "tepercaya", en: "trusted") }
        let seconds = abs(jump) / 1000
        return jump > 0
            ? say(
                id: "MELOMPAT \(seconds) detik ke depan; perubahan tidak diterima",
                en: "JUMPED \(seconds) s ahead; no changes are taken")
            : say(
                id: "MELOMPAT \(seconds) detik ke belakang; perubahan tidak diterima",
                en: "JUMPED \(seconds) s back; no changes are taken")
    }
}
