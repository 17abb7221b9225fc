import ArgumentParser
import CallCenter
import CentralServer
import CommandFrame
import Glibc
import SQLite
import SyncProtocol

struct DeviceAdd: ParsableCommand {
    /// What the call centre's program on the device looks for in its profile.
    static let prefixKey = "ticket_prefix"

    static var configuration: CommandConfiguration {
        CommandConfiguration(
            "add", alias: "tambah",
            says: Words(
                id: "Buat kode pendaftaran untuk satu perangkat, sekali pakai, berlaku 24 jam.",
                en: "Make a code that enrols one device, once, within 24 hours."),
            more: Words(
                id: "Kode hanya ditampilkan sekali ini; server menyimpan sidiknya saja.",
                en: "The code is shown this once; the server keeps only its hash."),
            examples: [
                Example(
                    Words(
                        id: "sambung-server perangkat tambah --office LIW --name \"Liwa 2\"",
                        en: "sambung-server device add --office LIW --name \"Liwa 2\""),
                    id: "Perangkat berikutnya di Liwa.", en: "The next device in Liwa.")
            ])
    }

    @Option(name: .long, help: .words(id: "Kode kantornya.", en: "The code of its office.", valueName: "code"))
    var office: String
    @Option(name: .long, help: .words(id: "Nama perangkat.", en: "A name for the device.", valueName: "name"))
    var name = ""
    @Option(
        name: .long,
        help: .words(
            id: "Alamat server seperti dijangkau kantor, untuk ditampilkan (SAMBUNG_ADDRESS).",
            en: "The server's address as the offices reach it, to be shown (SAMBUNG_ADDRESS).", valueName: "url"))
    var address: String?
    @OptionGroup var data: DataOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let isNew = try !CentralData.isThere(data)
        let central = try CentralData.create(data)
        if isNew {
            Console.current.note(
                say(
                    id: "Data server baru dibuat di \(central.folder).",
                    en: "A new server's data was made in \(central.folder)."))
        }
        let office = office.uppercased()
        var prefix = ""
        let code = try central.server.makeCode(
            office: office, name: Text.cut(name, toBytes: 128), by: Operator.name
        ) { ordinal in
            prefix = TicketNumber.prefix(office: office, device: ordinal)
            guard TicketNumber.isPrefix(prefix) else {
                throw CommandError(
                    .inputOutput, "no-prefix-left", id: "Awal nomor tiket kantor \(office) sudah habis.",
                    en: "Office \(office) has no ticket prefix left.",
                    advice: Words(id: "Tambahkan kantor kedua di sana.", en: "Add a second office there."))
            }
            return [Self.prefixKey: prefix]
        }
        show(code, prefix, office)
    }

    private func show(_ code: String, _ prefix: String, _ office: String) {
        let console = Console.current
        let expiresAt = console.now() + CentralServer.codeLifetime
        let address = address ?? ServerEnvironment.value("SAMBUNG_ADDRESS")
        if console.isJSON {
            console.print([
                "code": .string(code), "office": .string(office), "name": .string(name),
                "ticket_prefix": .string(prefix), "expires_at": .integer(expiresAt), "address": .text(address),
            ])
            return
        }
        console.print(code)
        let shown = VisibleText.line(address ?? say(id: "ALAMAT-SERVER", en: "SERVER-ADDRESS"))
        let language: Language = console.speech == .indonesian ? .indonesian : .english
        let until = WIB.text(expiresAt, in: language)
        console.note(
            say(
                id: """
                    Untuk kantor \(office), nomor tiket \(prefix)-…; berlaku sekali, sampai \(until).
                    Ketik di perangkat itu:
                      sambung daftarkan \(code) \(shown)
                    """,
                en: """
                    For office \(office), ticket numbers \(prefix)-…; works once, until \(until).
                    Type on that device:
                      sambung enrol \(code) \(shown)
                    """))
    }
}
