import ArgumentParser
import CentralHTTP
import CentralServer
import CommandFrame
import Glibc
import Logging

struct Serve: AsyncParsableCommand {
    static let usualAddress = "127.0.0.1:8080"

    static var configuration: CommandConfiguration {
        CommandConfiguration(
            "serve", alias: "layani", says: Words(id: "Jalankan server.", en: "Run the server."),
            more: Words(
                id: """
                    Direktori data dibuat bila belum ada. Tanpa sertifikat, server hanya mendengarkan di komputer ini. \
                    TERM atau Ctrl-C menghentikannya dengan tertib; mematikannya kapan pun tidak menghilangkan apa pun.
                    """,
                en: """
                    The data directory is made if it is missing. Without a certificate the server listens on this \
                    machine only. TERM or Ctrl-C stops it in good order; killing it at any time loses nothing.
                    """),
            examples: [
                Example(
                    Words(id: "sambung-server layani --data data", en: "sambung-server serve --data data"),
                    id: "Mencoba di komputer ini.", en: "To try it on this machine."),
                Example(
                    Words(
                        id: "sambung-server layani --listen 0.0.0.0:8443 --certificate pusat.pem --key pusat.key",
                        en: "sambung-server serve --listen 0.0.0.0:8443 --certificate centre.pem --key centre.key"),
                    id: "Untuk kantor-kantor, dengan TLS.", en: "For the offices, with TLS."),
            ])
    }

    @OptionGroup var data: DataOptions
    @Option(
        name: .long,
        help: .words(
            id: "Alamat yang didengarkan (SAMBUNG_LISTEN); bawaan \(usualAddress), port 0 untuk yang bebas.",
            en: "The address to listen on (SAMBUNG_LISTEN); by default \(usualAddress), port 0 for any free one.",
            valueName: "host:port"))
    var listen: String?
    @Option(
        name: .long,
        help: .words(
            id: "Sertifikat dan rantainya, PEM (SAMBUNG_CERTIFICATE).",
            en: "The certificate and its chain, PEM (SAMBUNG_CERTIFICATE).", valueName: "file"))
    var certificate: String?
    @Option(
        name: .long,
        help: .words(
            id: "Kunci sertifikat itu, PEM (SAMBUNG_KEY).", en: "That certificate's key, PEM (SAMBUNG_KEY).",
            valueName: "file"))
    var key: String?
    @Flag(
        name: .long,
        help: .words(
            id: "Dengarkan tanpa TLS juga bagi komputer lain (SAMBUNG_ALLOW_PLAINTEXT=yes).",
            en: "Listen without TLS for other machines too (SAMBUNG_ALLOW_PLAINTEXT=yes)."))
    var allowPlaintext = false
    @Option(
        name: .long,
        help: .words(
            id: "Bentuk log, text atau json (SAMBUNG_LOG_FORMAT).",
            en: "The log's form, text or json (SAMBUNG_LOG_FORMAT).",
            valueName: "format"))
    var logFormat: String?
    @Option(
        name: .long,
        help: .words(
            id: "Isi log: debug, info, notice, warning, error (SAMBUNG_LOG_LEVEL).",
            en: "How much to log: debug, info, notice, warning, error (SAMBUNG_LOG_LEVEL).", valueName: "level"))
    var logLevel: String?
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let console = Console.current
        let settings = try ServeSettings(self)
        let logger = Self.logger(settings, console)
        let central = try CentralData.create(
            data, notice: { logger.warning("attention", metadata: ["what": "\($0)"]) }
        ) { error in
            // What the disk holds is not known any more. The next start reads it anew; nobody is told otherwise before.
            logger.critical("the disk failed, the server ends", metadata: ["error": "\(error)"])
            _exit(ExitStatus.temporary.rawValue)
        }
        let changed = try ReferenceData.bring(into: central)
        logger.info("data opened", metadata: ["folder": "\(central.folder)", "reference-data-changed": "\(changed)"])
        let endpoint = CentralEndpoint(central.server, directory: central.folder)
        var configuration = CentralHTTPServer.Configuration(version: ServerProgram.version)
        configuration.host = settings.host
        configuration.port = settings.port
        configuration.tls = settings.tls
        configuration.allowPlaintext = settings.allowsPlaintext
        configuration.onListening = { port in
            let host = settings.host.contains(":") ? "[\(settings.host)]" : settings.host
            let url = "\(settings.tls == nil ? "http" : "https")://\(host):\(port)"
            if console.isJSON { console.print(["listening": .string(url), "port": .integer(Int64(port))]) }
            switch await endpoint.readiness() {
            case .ready: logger.notice("ready", metadata: ["url": "\(url)"])
            case .notReady(let reasons):
                logger.warning(
                    "not ready", metadata: ["url": "\(url)", "reasons": "\(reasons.joined(separator: "; "))"])
            }
        }
        let daily = Task { await DailyWork(central: central, logger: logger, now: console.now).run() }
        defer { daily.cancel() }
        try await CentralHTTPServer(endpoint: endpoint, configuration: configuration, logger: logger).run()
        try central.storage.close()
    }

    private static func logger(_ settings: ServeSettings, _ console: Console) -> Logger {
        Logger(label: "sambung-server") { _ in
            LineLogHandler(
                logLevel: settings.logLevel, format: settings.logFormat,
                isForJournal: ServerEnvironment.value("JOURNAL_STREAM") != nil, now: console.now,
                write: { console.errors.write($0) })
        }
    }
}
