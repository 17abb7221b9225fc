import CentralHTTP
import CommandFrame
import Logging

/// What `serve` was told, checked: flags, then the environment, then defaults.
struct ServeSettings {
    let host: String
    let port: Int
    let tls: TLSFiles?
    let allowsPlaintext: Bool
    let logFormat: LogFormat
    let logLevel: Logger.Level

    init(_ serve: Serve) throws {
        let listen = serve.listen ?? ServerEnvironment.value("SAMBUNG_LISTEN") ?? Serve.usualAddress
        (host, port) = try Self.address(listen)
        tls = try Self.tls(
            certificate: serve.certificate ?? ServerEnvironment.value("SAMBUNG_CERTIFICATE"),
            key: serve.key ?? ServerEnvironment.value("SAMBUNG_KEY"))
        allowsPlaintext =
            try serve.allowPlaintext
            || Self.choice("SAMBUNG_ALLOW_PLAINTEXT", among: ["yes": true, "no": false], false)
        let formats = Dictionary(uniqueKeysWithValues: LogFormat.allCases.map { ($0.rawValue, $0) })
        logFormat = try Self.choice(
            "SAMBUNG_LOG_FORMAT", flag: ("--log-format", serve.logFormat), among: formats, .text)
        let levels = Dictionary(uniqueKeysWithValues: Logger.Level.allCases.map { ($0.rawValue, $0) })
        logLevel = try Self.choice("SAMBUNG_LOG_LEVEL", flag: ("--log-level", serve.logLevel), among: levels, .info)
    }

    /// `HOST:PORT`, an IPv6 address in brackets.
    static func address(_ text: String) throws -> (host: String, port: Int) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            throw badAddress(text)
        }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
        } else if host.contains(":") {
            throw badAddress(text)
        }
        guard !host.isEmpty, !host.contains(where: { "[]".contains($0) || $0.isWhitespace }) else {
            throw badAddress(text)
        }
        return (host, Int(port))
    }

    private static func badAddress(_ text: String) -> CommandError {
        CommandError(
            .configuration, "bad-address", id: "'\(text)' bukan alamat HOST:PORT.", en: "'\(text)' is no HOST:PORT.",
            advice: Words(
                id: "Misalnya 127.0.0.1:8080, 0.0.0.0:8443 atau [::1]:8080.",
                en: "For example 127.0.0.1:8080, 0.0.0.0:8443 or [::1]:8080."))
    }

    private static func tls(certificate: String?, key: String?) throws -> TLSFiles? {
        switch (certificate, key) {
        case (nil, nil): return nil
        case (let certificate?, let key?): return TLSFiles(certificateChain: certificate, privateKey: key)
        default:
            throw CommandError(
                .configuration, "half-tls", id: "Sertifikat dan kunci harus diberikan bersama.",
                en: "A certificate and its key must be given together.",
                advice: Words(id: "Pakai --certificate dan --key.", en: "Use --certificate and --key."))
        }
    }

    private static func choice<T>(
        _ variable: String, flag: (name: String, value: String?)? = nil, among known: [String: T], _ fallback: T
    ) throws -> T {
        let (source, given): (String, String?) =
            flag?.value.map { (flag?.name ?? variable, $0) } ?? (variable, ServerEnvironment.value(variable))
        guard let given else { return fallback }
        if let value = known[given.lowercased()] { return value }
        let names = known.keys.sorted().joined(separator: ", ")
        throw CommandError(
            .configuration, "bad-setting", id: "\(source): '\(given)' tidak dikenal; pilih salah satu: \(names).",
            en: "\(source): '\(given)' is not known; choose one of \(names).")
    }
}
