import ArgumentParser
import CentralServer
import CommandFrame

struct VerifyCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            "verify", alias: "periksa",
            says: Words(
                id: "Hitung ulang semua catatan dan cari yang rusak.",
                en: "Compute all records anew and find what is damaged."),
            more: Words(
                id: """
                    Juga ketika server berjalan. Catatan yang rusak diminta kembali dari kantor-kantor pada sinkron \
                    berikutnya, dan diterima hanya bila sama persis dengan yang dahulu disimpan.
                    """,
                en: """
                    Also while the server runs. The offices are asked, in their next syncs, for the records that are \
                    damaged; what they give is taken only if it is just what had been stored.
                    """),
            examples: [
                Example(
                    Words(id: "sambung-server periksa", en: "sambung-server verify"),
                    id: "Setelah listrik padam atau disk bermasalah.", en: "After a power cut or trouble with the disk."
                )
            ])
    }

    @OptionGroup var data: DataOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let central = try CentralData.open(data)
        let found = try central.storage.verify()
        try central.server.ask(for: found.damaged)
        var faults = found.faults
        if case .changed(let number) = try central.server.verifyAudit() {
            faults.append("entry \(number) of the audit log is not as it was written")
        }
        let console = Console.current
        if console.isJSON {
            console.print([
                "records": .number(found.records), "sound": .bool(faults.isEmpty),
                "faults": .array(faults.map { .text($0) }), "asked_for": .number(found.damaged.count),
            ])
        } else if faults.isEmpty {
            console.print(
                say(
                    id: "\(found.records) catatan dihitung ulang; semuanya utuh.",
                    en: "\(found.records) record(s) computed anew; all is as it was stored."))
        } else {
            console.print(
                say(
                    id: "\(found.records) catatan dihitung ulang; tidak semuanya utuh:",
                    en: "\(found.records) record(s) computed anew; not all is as it was stored:"))
            for fault in faults { console.print("  " + fault) }
            if !found.damaged.isEmpty {
                console.print(
                    say(
                        id:
                            "\(found.damaged.count) catatan diminta kembali dari kantor-kantor pada sinkron berikutnya.",
                        en: "The offices are asked for \(found.damaged.count) record(s) in their next syncs."))
            }
        }
        if !faults.isEmpty { throw ExitStatus.badData }
    }
}
