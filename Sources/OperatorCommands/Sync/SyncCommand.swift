import ArgumentParser
import CommandFrame
import HTTPTransport
import OfflineClient

struct SyncCommand: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            "sync", alias: "sinkron",
            says: Words(
                id: "Kirim dan ambil perubahan (memakai jaringan).", en: "Send and fetch changes (uses the network)."),
            more: Words(
                id: """
                    Boleh diputus kapan saja: yang sudah dijawab server tetap tercatat, dan sinkron berikutnya melanjutkan. \
                    Kasus dapat dicatat selama sinkron berjalan.
                    """,
                en: """
                    It may be cut off at any time: what the server has answered is kept, and the next sync goes on from \
                    there. Cases can be taken in while it runs.
                    """),
            examples: [
                Example(
                    Words(id: "sambung sinkron", en: "sambung sync"), id: "Sekali.", en: "Once."),
                Example(
                    Words(id: "sambung sinkron --watch --every 300", en: "sambung sync --watch --every 300"),
                    id: "Terus-menerus, setiap lima menit, sampai Ctrl-C.",
                    en: "Again and again, every five minutes, until Ctrl-C."),
            ])
    }

    @Flag(help: .words(id: "Ulangi terus.", en: "Again and again."))
    var watch = false
    @Option(
        help: .words(
            id: "Jeda antara dua sinkron dengan --watch.", en: "The pause between two syncs with --watch.",
            valueName: say(id: "detik", en: "seconds")))
    var every = 60
    @Flag(
        help: .words(
            id: "Berakhir dengan kode 1 bila ada bentrok atau penolakan.",
            en: "End with status 1 where there are conflicts or refusals."))
    var strict = false
    @Option(
        help: .words(
            id: "Alamat server yang baru; disimpan setelah sinkron ini berhasil.",
            en: "The server's new address; kept once this sync has come through."))
    var server: String?
    @OptionGroup var link: LinkOptions
    @OptionGroup(title: DatabaseOptions.title) var options: DatabaseOptions

    func run() async throws {
        guard (1...86_400).contains(every) else {
            throw CommandError.usage("every", id: "--every: 1 sampai 86400 detik.", en: "--every: 1 to 86400 seconds.")
        }
        let workplace = try Workplace(options)
        let address = server.map(Link.address)
        let authority = try link.authority()
        // A plain address was agreed to when the device was enrolled.
        let transport = try Link.transport(
            to: try address ?? workplace.client.status().server,
            certificateAuthority: try authority ?? Link.authority(of: workplace.path),
            allowsPlaintext: address == nil || link.allowPlaintext)
        if address != nil || authority != nil || !watch {
            try await once(workplace, transport)
            // What answered knows this device by its secret: it is the same centre.
            if let authority { try Link.keep(authority, for: workplace.path) }
            if let address { try workplace.client.keep(server: address) }
        }
        if !watch { return }
        while true {
            do {
                try await once(workplace, transport)
            } catch let error where Self.passes(error) {
                Self.tell(error, workplace.console)
            }
            do {
                try await Task.sleep(for: .seconds(every))
            } catch {
                return
            }
        }
    }

    private func once(_ workplace: Workplace, _ transport: LibcurlTransport) async throws {
        let line = ProgressLine(Words(id: "Sinkron", en: "Sync"), console: workplace.console)
        defer { line.finish() }
        let summary = try await workplace.client.sync(over: transport) { progress in
            let done = progress.summary
            let isPushing = done.pushed + done.refused < progress.pendingAtStart
            line.update(done: done.pushed + done.pulled, of: isPushing ? progress.pendingAtStart : nil)
        }
        line.finish()
        let report = SyncReport(summary: summary, status: try workplace.client.status())
        if workplace.console.isJSON {
            workplace.console.print(report.json)
        } else {
            workplace.console.print(report.words.text)
            for command in report.next { workplace.console.note("→ sambung \(command.text)") }
        }
        if strict, !watch, report.needsAttention { throw ExitStatus.needsAttention }
    }

    /// What the next attempt may not meet any more.
    private static func passes(_ error: any Error) -> Bool {
        guard let status = explain(error)?.status else { return false }
        return [.unreachable, .temporary].contains(status)
    }

    private static func tell(_ error: any Error, _ console: Console) {
        guard let error = explain(error) else { return }
        console.note(error.shown(on: console))
    }
}
