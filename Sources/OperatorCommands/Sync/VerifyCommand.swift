import ArgumentParser
import CommandFrame
import OfflineClient
import SyncProtocol

struct VerifyCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            "verify", alias: "periksa",
            says: Words(
                id: "Hitung ulang semua catatan di perangkat ini dan cari yang rusak.",
                en: "Compute all records of this device anew and find what is damaged."),
            more: Words(
                id: """
                    Tanpa jaringan. Yang berbeda diambil lagi dari pusat pada sinkron berikutnya; pekerjaan yang belum \
                    terkirim tidak tersentuh.
                    """,
                en: """
                    Without a network. What differs is fetched from the centre again with the next sync; work that is \
                    not sent yet is not touched.
                    """),
            examples: [
                Example(
                    Words(id: "sambung periksa", en: "sambung verify"),
                    id: "Setelah listrik padam atau disk bermasalah.", en: "After a power cut or trouble with the disk."
                )
            ])
    }

    @OptionGroup(title: DatabaseOptions.title) var options: DatabaseOptions

    func run() throws {
        let workplace = try Workplace(options)
        let found = try workplace.client.verify()
        let named = found.damaged.map { key in
            let collection = workplace.client.schema.collections.first { $0.number == key.collection }
            return "\(collection?.name ?? "\(key.collection)") \(key.record)"
        }
        let console = Console.current
        if console.isJSON {
            console.print([
                "records": .number(found.records), "sound": .bool(found.isSound),
                "damaged": .array(named.map { .text($0) }),
            ])
        } else if found.isSound {
            console.print(
                say(
                    id: "\(found.records) catatan diperiksa; semuanya utuh.",
                    en: "\(found.records) record(s) computed anew; all is as it was stored."))
        } else {
            console.print(
                say(
                    id: "\(found.records) catatan diperiksa; \(named.count) tidak lagi seperti yang disimpan:",
                    en: "\(found.records) record(s) computed anew; \(named.count) not as it was stored:"))
            for name in named { console.print("  " + name) }
            console.print(
                say(
                    id: "Jalankan 'sambung sinkron': yang rusak diambil lagi dari pusat.",
                    en: "Run 'sambung sync': what is damaged is fetched from the centre again."))
        }
        if !found.isSound { throw ExitStatus.badData }
    }
}
