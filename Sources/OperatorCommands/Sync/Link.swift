import CommandFrame
import ContentCoding
import Foundation
import Glibc
import HTTPTransport
import OfflineClient

/// The way to the server: its address, and the certificate authority that vouches for it.
enum Link {
    /// Makes the transport.
    ///
    /// - Throws: ``CommandFrame/CommandError`` that says what is wrong with the address.
    static func transport(
        to server: String, certificateAuthority: [UInt8]?, allowsPlaintext: Bool
    ) throws -> LibcurlTransport {
        guard let url = URL(string: server) else { throw badAddress(server, reason: nil) }
        do throws(ServerAddressError) {
            return try LibcurlTransport(
                server: url,
                coding: RequestCoding(name: "zstd") { try ContentCoding.zstd.compress($0, effort: .thorough) },
                certificateAuthority: certificateAuthority, allowsPlaintext: allowsPlaintext)
        } catch {
            throw explain(error, server)
        }
    }

    /// The address with `https://` before it where no scheme was typed.
    static func address(typed: String) -> String { typed.contains("://") ? typed : "https://" + typed }

    /// Where a database keeps the certificate authority that was given at enrolment.
    static func authorityPath(of database: String) -> String { database + ".ca.pem" }

    /// Keeps a certificate authority beside a database.
    static func keep(_ authority: [UInt8], for database: String) throws {
        let path = authorityPath(of: database)
        do {
            try Data(authority).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw CommandError(
                .cannotCreate, "cannot-create", id: "\(path) tidak dapat ditulis: \(error.localizedDescription)",
                en: "\(path) can't be written: \(error.localizedDescription)")
        }
    }

    /// The certificate authority that a database keeps; nil where the system's are meant.
    static func authority(of database: String) throws -> [UInt8]? {
        let path = authorityPath(of: database)
        return access(path, F_OK) == 0 ? try read(path) : nil
    }

    /// The bytes of a file.
    static func read(_ path: String) throws -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandError(
                .noInput, "no-such-file", id: "Berkas \(path) tidak dapat dibaca.",
                en: "The file \(path) can't be read.",
                advice: Words(id: "Periksa nama dan izinnya.", en: "Check its name and its rights."))
        }
        return Array(data)
    }

    private static func explain(_ error: ServerAddressError, _ server: String) -> CommandError {
        switch error {
        case .invalid(_, let reason): badAddress(server, reason: reason)
        case .plaintext(let host):
            CommandError(
                .usage, "plaintext", id: "http://\(host) tidak tersandi: data pelapor dapat dibaca di jalan.",
                en: "http://\(host) is not encrypted: reporters' data could be read on the way.",
                advice: Words(
                    id: "Pakai https://, atau --allow-plaintext bila jalurnya sudah aman.",
                    en: "Use https://, or --allow-plaintext where the line is safe by other means."))
        case .badCertificateAuthority:
            CommandError(
                .badData, "bad-certificate-authority", id: "Berkas --ca tidak memuat sertifikat PEM.",
                en: "The file of --ca holds no certificate in PEM form.",
                advice: Words(
                    id: "Isinya dimulai dengan -----BEGIN CERTIFICATE-----.",
                    en: "It begins with -----BEGIN CERTIFICATE-----."))
        case .noLibcurl(let reason):
            CommandError(
                .configuration, "no-libcurl", id: "libcurl tidak dapat dipakai (\(reason)).",
                en: "libcurl can't be used (\(reason)).",
                advice: Words(
                    id: "Pasang dahulu, di Debian: apt-get install libcurl4",
                    en: "Install it first, on Debian: apt-get install libcurl4"))
        }
    }

    private static func badAddress(_ server: String, reason: String?) -> CommandError {
        let why = reason.map { " (\($0))" } ?? ""
        // A password before the host must not stand in a log.
        let server = server.lastIndex(of: "@").map { "…" + server[$0...] } ?? server
        return .usage(
            "bad-address", id: "'\(cut(server))' bukan alamat server\(why).",
            en: "'\(cut(server))' is no server's address\(why).",
            advice: Words(
                id: "Tulis misalnya https://pusat.example.go.id", en: "Write for example https://centre.example.go.id"))
    }
}
