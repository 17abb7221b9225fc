import ArgumentParser
import CommandFrame
import Foundation
import OfflineClient
import SyncProtocol

struct EnrolCommand: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            "enrol", alias: "daftarkan",
            says: Words(
                id: "Daftarkan perangkat ini dengan kode dari pusat (memakai jaringan).",
                en: "Enrol this device with a code from the centre (uses the network)."),
            more: Words(
                id: "Kode berlaku sekali. Bila jawabannya hilang di jalan, ulangi perintah yang sama.",
                en: "A code works once. If its answer was lost on the way, run the same command again."),
            examples: [
                Example(
                    Words(
                        id: "sambung daftarkan KODE https://pusat.example.go.id --name \"Liwa 2\"",
                        en: "sambung enrol CODE https://centre.example.go.id --name \"Liwa 2\""),
                    id: "Dengan nama perangkat, agar pusat mengenalinya.",
                    en: "With a name for the device, so that the centre knows it."),
                Example(
                    Words(
                        id: "sambung daftarkan KODE https://10.0.0.5:8443 --ca pusat.pem",
                        en: "sambung enrol CODE https://10.0.0.5:8443 --ca centre.pem"),
                    id: "Server dengan sertifikat sendiri.", en: "A server with a certificate authority of its own."),
            ])
    }

    @Argument(help: .words(id: "Kode pendaftaran.", en: "The enrolment code.", valueName: say(id: "kode", en: "code")))
    var code: String
    @Argument(help: .words(id: "Alamat server.", en: "The server's address.", valueName: "server"))
    var server: String
    @Option(
        help: .words(
            id: "Nama perangkat (bawaan: nama komputer).", en: "A name for the device (default: the machine's).",
            valueName: say(id: "nama", en: "name")))
    var name: String?
    @OptionGroup var link: LinkOptions
    @Flag(
        help: .words(
            id: "Daftarkan lagi basis data yang sudah terdaftar di server itu; pekerjaannya tetap ada.",
            en: "Enrol a database anew that is enrolled with that server; its work is kept."))
    var again = false
    @OptionGroup(title: DatabaseOptions.title) var options: DatabaseOptions

    func run() async throws {
        // No code has a dot, a colon or a slash.
        if code.contains(where: { ".:/".contains($0) }) {
            throw CommandError.usage(
                "code-expected", id: "'\(VisibleText.line(code))' bukan kode pendaftaran.",
                en: "'\(VisibleText.line(code))' is no enrolment code.",
                advice: Words(
                    id: "Kode dahulu, lalu alamat server: sambung daftarkan KODE ALAMAT",
                    en: "The code comes first, then the server's address: sambung enrol CODE URL"))
        }
        let server = Link.address(typed: server)
        let authority = try link.authority()
        // The address is looked at before a database is made for it.
        let transport = try Link.transport(
            to: server, certificateAuthority: authority, allowsPlaintext: link.allowPlaintext)
        let workplace = try Workplace(options, creating: true)
        if let authority { try Link.keep(authority, for: workplace.path) }
        // A device that was revoked goes on under a new credential and keeps its work; any other says that it means it.
        let isAgain = try again || workplace.client.isLocked
        try await workplace.client.enrol(
            code: code, deviceName: name ?? ProcessInfo.processInfo.hostName, server: server, again: isAgain,
            over: transport)
        let status = try workplace.client.status()
        let prefix = status.profile["ticket_prefix"]
        if workplace.console.isJSON {
            workplace.console.print([
                "action": "enrolled", "office": .string(status.office), "replica": .number(status.replica.rawValue),
                "ticket_prefix": .text(prefix), "server": .string(status.server), "database": .string(workplace.path),
            ])
            return
        }
        let office = VisibleText.line(status.office)
        let tickets = VisibleText.line(prefix.map { $0 + "-…" } ?? "–")
        workplace.console.print(
            say(
                id: "Perangkat ini terdaftar untuk kantor \(office); nomor tiketnya \(tickets).",
                en: "This device is enrolled for office \(office); its ticket numbers are \(tickets)."))
        workplace.console.note("→ sambung " + say(id: "sinkron", en: "sync"))
    }
}
