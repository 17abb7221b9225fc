import ArgumentParser
import CentralServer
import CommandFrame

struct CollectCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            "collect", alias: "bersihkan",
            says: Words(
                id: "Buang selamanya catatan terhapus yang penghapusannya sudah diketahui semua perangkat.",
                en: "Forget deleted records whose deletion every device knows of."),
            more: Words(
                id: """
                    Server melakukannya sendiri sekali sehari. Perangkat yang tidak sinkron selama masa sewanya \
                    (lease-days) tidak ditunggu lagi; bila kembali, ia membangun ulang datanya dan tidak kehilangan apa pun.
                    """,
                en: """
                    The server does so by itself once a day. A device that did not sync within its lease (lease-days) is \
                    waited for no longer; when it comes back it rebuilds its data and loses nothing of its own.
                    """),
            examples: [
                Example(
                    Words(id: "sambung-server bersihkan --dry-run", en: "sambung-server collect --dry-run"),
                    id: "Melihat siapa yang masih ditunggu.", en: "To see who is still waited for.")
            ])
    }

    @Flag(name: .long, help: .words(id: "Hanya tunjukkan.", en: "Only show what would be done."))
    var dryRun = false
    @OptionGroup var data: DataOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let central = try CentralData.open(data)
        let report = try central.server.collect(isRehearsal: dryRun, by: Operator.name)
        let devices = try KnownDevice.all(in: central)
        let holders = devices.filter { device in report.holders.contains { $0.device == device.entry.id } }
        let console = Console.current
        if console.isJSON {
            console.print([
                "collected": .number(report.collected), "dry_run": .bool(dryRun), "waiting": .number(report.waiting),
                "mark": .integer(report.mark), "held_up_by": .array(holders.map(\.json)),
            ])
            return
        }
        console.print(
            dryRun
                ? say(
                    id: "\(report.collected) akan dibuang, \(report.waiting) menunggu.",
                    en: "\(report.collected) would be forgotten, \(report.waiting) wait.")
                : say(
                    id: "\(report.collected) dibuang, \(report.waiting) menunggu.",
                    en: "\(report.collected) forgotten, \(report.waiting) wait."))
        guard !holders.isEmpty else { return }
        console.print(say(id: "Yang ditunggu:", en: "They wait for:"))
        for device in holders {
            let name = VisibleText.line("\(device.entry.office), \(device.entry.name)")
            console.print("  \(device.entry.id)  \(name)  \(Moment.short(device.lastSync))")
        }
    }
}
