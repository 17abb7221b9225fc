import ArgumentParser
import CentralServer
import CommandFrame
import SyncProtocol

struct AuditCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            "audit", alias: nil,
            says: Words(id: "Log audit: siapa melakukan apa, kapan.", en: "The audit log: who did what, when."),
            subcommands: [List.self, Verify.self], default: List.self)
    }

    struct List: ParsableCommand {
        static var configuration: CommandConfiguration {
            CommandConfiguration(
                "list", alias: "daftar", says: Words(id: "Tampilkan log.", en: "Show the log."),
                examples: [
                    Example(
                        Words(id: "sambung-server audit daftar --last 20", en: "sambung-server audit list --last 20"),
                        id: "Dua puluh yang terakhir.", en: "The last twenty.")
                ])
        }

        @Option(
            name: .long,
            help: .words(id: "Hanya sekian yang terakhir.", en: "So many of the last only.", valueName: "n"))
        var last: Int?
        @Option(
            name: .long,
            help: .words(id: "Hanya peristiwa ini.", en: "This event only, such as device-revoked.", valueName: "event")
        )
        var event: String?
        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let central = try CentralData.open(data)
            var entries = try central.storage.read { try $0.auditEntries(after: .min, limit: .max) }
            if let event { entries = entries.filter { $0.event == event } }
            if let last { entries = entries.suffix(max(0, last)) }
            let console = Console.current
            if console.isJSON {
                console.print(["audit": .array(entries.map(\.json))])
                return
            }
            var table = Table([
                .init("#", rightAligned: true), .init(say(id: "WAKTU (WIB)", en: "TIME (WIB)")),
                .init(say(id: "PERISTIWA", en: "EVENT")), .init(say(id: "TENTANG", en: "ABOUT")),
                .init(say(id: "OLEH", en: "BY")), .init(say(id: "KETERANGAN", en: "DETAIL"), elastic: true),
            ])
            for entry in entries {
                table.add([
                    "\(entry.number)", Moment.short(entry.time), entry.event, entry.subject,
                    VisibleText.line(entry.actor), VisibleText.line(entry.detail),
                ])
            }
            console.print(table.text(for: console))
        }
    }

    struct Verify: ParsableCommand {
        static var configuration: CommandConfiguration {
            CommandConfiguration(
                "verify", alias: "periksa",
                says: Words(
                    id: "Hitung ulang rantai log dari isinya, dan sebutkan yang pertama tidak cocok.",
                    en: "Compute the log's chain anew from its entries, and name the first that does not fit."),
                more: Words(
                    id: """
                        Log yang dipotong di ujung, atau ditulis ulang seluruhnya, cocok dengan dirinya sendiri: itu hanya \
                        tampak dengan --head, kepala log yang disimpan perangkat kantor (sambung status --json).
                        """,
                    en: """
                        A log that was cut at its end, or written anew as a whole, fits itself: that shows only with \
                        --head, the log's head that an office's device keeps (sambung status --json).
                        """),
                examples: [
                    Example(
                        Words(
                            id: "sambung-server audit periksa --head 12-00a1b2c3d4e5f607",
                            en: "sambung-server audit verify --head 12-00a1b2c3d4e5f607"),
                        id: "Dengan kepala log dari sebuah kantor.", en: "With the head that an office tells.")
                ])
        }

        @Option(
            name: .long,
            help: .words(id: "Kepala log dari perangkat.", en: "A head that a device keeps.", valueName: "head"))
        var head: String?
        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let shown = try head.map { text in
                guard let head = AuditHead(text) else {
                    throw CommandError.usage(
                        "bad-head", id: "'\(text)' bukan kepala log, misalnya 12-00a1b2c3d4e5f607.",
                        en: "'\(text)' is no head of a log, such as 12-00a1b2c3d4e5f607.")
                }
                return head
            }
            let verdict = try CentralData.open(data).server.verifyAudit(shown)
            let console = Console.current
            guard case .intact(let found) = verdict else { throw Self.error(verdict) }
            if console.isJSON {
                console.print(["verdict": "intact", "head": .text(found?.description)])
            } else {
                console.print(say(id: "Log utuh: ", en: "The log is whole: ") + (found?.description ?? "0"))
            }
        }

        private static func error(_ verdict: CentralServer.AuditVerdict) -> CommandError {
            func error(_ kind: String, _ number: Int64, id: String, en: String) -> CommandError {
                CommandError(
                    .badData, kind, id: id, en: en,
                    advice: Words(
                        id: "Simpan accounts.db apa adanya, dan cari tahu siapa yang dapat menulisnya.",
                        en: "Keep accounts.db as it is, and find out who could write it."),
                    details: ["number": .integer(number)])
            }
            switch verdict {
            case .changed(let number):
                return error(
                    "entry-changed", number, id: "Catatan \(number) log audit diubah, hilang, atau disisipkan.",
                    en: "Entry \(number) of the audit log was changed, is missing, or was put in.")
            case .tailMissing(let number):
                return error(
                    "tail-missing", number, id: "Log audit terpotong: yang setelah catatan \(number) hilang.",
                    en: "The audit log was cut: what followed entry \(number) is missing.")
            case .rewritten(let number):
                return error(
                    "chain-rewritten", number, id: "Log audit ditulis ulang, sampai catatan \(number) atau sebelumnya.",
                    en: "The audit log was written anew, at entry \(number) or before.")
            case .intact:
                return error("intact", 0, id: "Log utuh.", en: "The log is whole.")
            }
        }
    }
}

extension AuditEntry {
    fileprivate var json: JSON {
        [
            "number": .integer(number), "time": .integer(time), "event": .string(event), "subject": .string(subject),
            "actor": .string(actor), "detail": .string(detail), "head": .string(head.description),
        ]
    }
}
