import ArgumentParser
import CentralServer
import CommandFrame

struct SettingsCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            "settings", alias: "pengaturan", says: Words(id: "Pengaturan server.", en: "The server's settings."),
            subcommands: [Show.self, Change.self], default: Show.self)
    }

    struct Show: ParsableCommand {
        static var configuration: CommandConfiguration {
            CommandConfiguration(
                "list", alias: "daftar", says: Words(id: "Daftar pengaturan.", en: "List the settings."))
        }

        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let central = try CentralData.open(data)
            let values = try central.storage.read { snapshot in
                try CentralServer.settings.map { ($0, try CentralServer.setting($0.name, snapshot)) }
            }
            let console = Console.current
            if console.isJSON {
                console.print(["settings": .object(values.map { ($0.0.name, .integer($0.1)) })])
                return
            }
            for (setting, value) in values {
                console.print("\(SettingName.shown(setting.name))  \(value)  \(SettingName.meaning(setting.name).text)")
            }
        }
    }

    struct Change: ParsableCommand {
        static var configuration: CommandConfiguration {
            CommandConfiguration(
                "set", alias: "atur", says: Words(id: "Ubah satu pengaturan.", en: "Change a setting."),
                examples: [
                    Example(
                        Words(
                            id: "sambung-server pengaturan atur lease-days 90",
                            en: "sambung-server settings set lease-days 90"),
                        id: "Berlaku juga bagi server yang sedang berjalan.",
                        en: "The running server goes by it too.")
                ])
        }

        @Argument(help: .words(id: "Nama.", en: "Its name.", valueName: "name"))
        var name: String
        @Argument(help: .words(id: "Nilai.", en: "Its value.", valueName: "value"))
        var value: Int64
        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            guard let setting = CentralServer.settings.first(where: { SettingName.shown($0.name) == name }) else {
                let names = CentralServer.settings.map { SettingName.shown($0.name) }.joined(separator: ", ")
                throw CommandError.usage(
                    "no-such-setting", id: "Tidak ada pengaturan '\(name)': ada \(names).",
                    en: "There is no setting '\(name)': there are \(names).")
            }
            guard setting.range.contains(value) else {
                let (least, most) = (setting.range.lowerBound, setting.range.upperBound)
                throw CommandError.usage(
                    "out-of-range", id: "\(name) harus antara \(least) dan \(most).",
                    en: "\(name) must lie between \(least) and \(most).")
            }
            try CentralData.open(data).server.change(setting.name, to: value, by: Operator.name)
            let console = Console.current
            if console.isJSON {
                console.print(["settings": .object([(setting.name, .integer(value))])])
            } else {
                console.print("\(name)  \(value)")
            }
        }
    }
}

enum SettingName {
    static func shown(_ name: String) -> String { String(name.map { $0 == "_" ? "-" : $0 }) }

    static func meaning(_ name: String) -> Words {
        switch name {
        case CentralServer.leaseDays:
            Words(
                id: "hari sampai perangkat yang diam tidak ditunggu lagi",
                en: "days until a silent device is waited for no longer")
        case CentralServer.deletedDays:
            Words(
                id: "hari penghapusan masih dapat dibatalkan", en: "days for which a deletion can be taken back")
        default: Words(id: "", en: "")
        }
    }
}
