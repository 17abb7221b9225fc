import ArgumentParser
import CommandFrame
import Foundation

struct BackupCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            "backup", alias: "cadangkan",
            says: Words(
                id: "Buat cadangan, juga ketika server sedang berjalan.",
                en: "Take a backup, also while the server runs."),
            subcommands: [Take.self, Verify.self], default: Take.self)
    }

    struct Take: ParsableCommand {
        static var configuration: CommandConfiguration {
            CommandConfiguration(
                "take", alias: "buat", says: Words(id: "Buat cadangan.", en: "Take a backup."),
                more: Words(
                    id: """
                        BERKAS berisi semua catatan dan akun, dimampatkan, dengan sidik data; tidak disandikan, dan \
                        memuat data warga: simpan di tempat yang aman. Berkas yang sudah ada tidak ditimpa.
                        """,
                    en: """
                        FILE holds all records and accounts, compressed, with their digest. It is not encrypted and \
                        holds citizens' data: keep it in a safe place. A file that exists is not overwritten.
                        """),
                examples: [
                    Example(
                        Words(
                            id: "sambung-server cadangkan /cadangan/sambung-$(date +%F).backup",
                            en: "sambung-server backup /backups/sambung-$(date +%F).backup"),
                        id: "Setiap malam, lewat cron.", en: "Every night, by cron.")
                ])
        }

        @Argument(help: .words(id: "Berkas cadangan.", en: "The backup's file.", valueName: "file"))
        var file: String
        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let console = Console.current
            let (header, bytes) = try Backup.take(CentralData.open(data), to: file, now: console.now())
            if console.isJSON {
                console.print(header.json(file, also: [("bytes", .number(bytes))]))
                return
            }
            let shown = VisibleText.line(file)
            console.print(
                say(
                    id:
                        "Cadangan dibuat: \(shown), \(bytes) bita, sidik data \(header.digest), urutan \(header.sequence).",
                    en: "Backup taken: \(shown), \(bytes) bytes, digest \(header.digest), sequence \(header.sequence).")
            )
            console.note(
                say(
                    id: "Periksa: sambung-server cadangkan periksa \(shown)",
                    en: "Check it: sambung-server backup verify \(shown)"))
        }
    }

    struct Verify: ParsableCommand {
        static var configuration: CommandConfiguration {
            CommandConfiguration(
                "verify", alias: "periksa",
                says: Words(
                    id: "Periksa cadangan: isi, basis data, dan sidik data dihitung ulang dari catatan.",
                    en: "Check a backup: its content, its databases, and the digest, computed anew from the records."),
                examples: [
                    Example(
                        Words(
                            id: "sambung-server cadangkan periksa sambung.backup",
                            en: "sambung-server backup verify sambung.backup"),
                        id: "Tidak mengubah apa pun; memerlukan ruang untuk membuka isinya.",
                        en: "Changes nothing; needs room to unpack it.")
                ])
        }

        @Argument(help: .words(id: "Berkas cadangan.", en: "The backup's file.", valueName: "file"))
        var file: String
        @OptionGroup var output: OutputOptions

        func run() throws {
            let console = Console.current
            let folder = try PrivateFolder(in: FileManager.default.temporaryDirectory.path, name: "sambung-verify")
            let header = try Backup.verify(file, in: folder.path)
            if console.isJSON {
                console.print(header.json(file, also: [("verified", true)]))
            } else {
                let shown = VisibleText.line(file)
                console.print(
                    say(
                        id: "\(shown) utuh: sidik data \(header.digest), urutan \(header.sequence), dibuat "
                            + "\(Moment.short(header.time)).",
                        en: "\(shown) is whole: digest \(header.digest), sequence \(header.sequence), taken "
                            + "\(Moment.short(header.time))."))
            }
        }
    }
}

extension BackupHeader {
    func json(_ file: String, also: [(String, JSON)]) -> JSON {
        .object(
            [
                ("file", .string(file)), ("schema", .string(schema)), ("schema_version", .number(schemaVersion)),
                ("epoch", .integer(Int64(epoch))), ("sequence", .integer(sequence)), ("digest", .string(digest)),
                ("time", .integer(time)), ("sha256", .string(sha256)),
            ] + also)
    }
}
