import ArgumentParser
import CentralServer
import CommandFrame
import SyncProtocol

struct DeviceCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            "device", alias: "perangkat",
            says: Words(id: "Perangkat di kantor-kantor.", en: "The devices in the offices."),
            subcommands: [DeviceAdd.self, List.self, Revoke.self, DeviceReinstate.self])
    }

    struct List: ParsableCommand {
        static var configuration: CommandConfiguration {
            CommandConfiguration(
                "list", alias: "daftar", says: Words(id: "Daftar perangkat.", en: "List the devices."),
                examples: [
                    Example(
                        Words(
                            id: "sambung-server perangkat daftar --office LIW",
                            en: "sambung-server device list --office LIW"),
                        id: "Perangkat satu kantor.", en: "The devices of one office.")
                ])
        }

        @Option(
            name: .long,
            help: .words(id: "Hanya kantor ini.", en: "Of this office only.", valueName: "code"))
        var office: String?
        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let wanted = office?.uppercased()
            let devices = try KnownDevice.all(in: CentralData.open(data)).filter {
                wanted == nil || $0.entry.office == wanted
            }
            let console = Console.current
            if console.isJSON {
                console.print(["devices": .array(devices.map(\.json))])
                return
            }
            if devices.isEmpty {
                console.note(
                    say(
                        id: "Belum ada perangkat. Buat kode: sambung-server perangkat tambah --office KODE",
                        en: "There are no devices yet. Make a code: sambung-server device add --office CODE"))
                return
            }
            var table = Table([
                .init("ID", rightAligned: true), .init(say(id: "REPLIKA", en: "REPLICA"), rightAligned: true),
                .init(say(id: "KANTOR", en: "OFFICE")),
                .init(say(id: "NAMA", en: "NAME"), elastic: true), .init(say(id: "TIKET", en: "TICKETS")),
                .init(say(id: "TERDAFTAR (WIB)", en: "ENROLLED (WIB)")),
                .init(say(id: "SINKRON TERAKHIR", en: "LAST SYNC")),
                .init(say(id: "JAM", en: "CLOCK"), rightAligned: true),
                .init(say(id: "VERSI", en: "VERSION"), rightAligned: true),
                .init(say(id: "TERTAHAN", en: "KEPT"), rightAligned: true), .init(say(id: "KEADAAN", en: "STATE")),
            ])
            for device in devices { table.add(device.cells) }
            console.print(table.text(for: console))
        }
    }

    struct Revoke: ParsableCommand {
        static var configuration: CommandConfiguration {
            CommandConfiguration(
                "revoke", alias: "cabut",
                says: Words(
                    id: "Cabut perangkat: permintaan berikutnya ditolak.",
                    en: "Revoke a device: its next request is refused."),
                more: Words(
                    id: """
                        Yang sudah dikirimnya tetap ada; yang masih dikirimnya ditahan (sambung-server karantina). \
                        Perangkat mengunci basis datanya. Dibatalkan dengan: sambung-server perangkat pulihkan ID
                        """,
                    en: """
                        What it has sent stays; what it still sends is kept apart (sambung-server quarantine). The device \
                        locks its database. To take it back: sambung-server device reinstate ID
                        """),
                examples: [
                    Example(
                        Words(id: "sambung-server perangkat cabut 3", en: "sambung-server device revoke 3"),
                        id: "Bertanya dahulu.", en: "Asks first."),
                    Example(
                        Words(id: "sambung-server perangkat cabut 3 --yes", en: "sambung-server device revoke 3 --yes"),
                        id: "Tanpa bertanya, untuk skrip.", en: "Without asking, for scripts."),
                ])
        }

        @Argument(
            help: .words(id: "ID perangkat, lihat daftarnya.", en: "The device's id, see the list.", valueName: "id"))
        var id: Int64
        @Flag(name: .long, help: .words(id: "Tanpa bertanya.", en: "Don't ask."))
        var yes = false
        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let central = try CentralData.open(data)
            guard let device = try KnownDevice.all(in: central).first(where: { $0.entry.id == id }) else {
                throw AccountError.unknownDevice(id)
            }
            let console = Console.current
            let isRevoked = device.entry.revokedAt != nil
            if !isRevoked, !yes { try confirm(device, console) }
            try central.server.revoke(device: id, by: Operator.name)
            if console.isJSON {
                console.print(["device": .integer(id), "revoked": true, "changed": .bool(!isRevoked)])
            } else if isRevoked {
                console.print(say(id: "Perangkat \(id) sudah dicabut.", en: "Device \(id) was revoked already."))
            } else {
                console.print(say(id: "Perangkat \(id) dicabut.", en: "Device \(id) is revoked."))
            }
        }

        /// Lets the person type the device's ticket prefix, which no two devices share.
        private func confirm(_ device: KnownDevice, _ console: Console) throws {
            let word = device.prefix.isEmpty ? "\(id)" : device.prefix
            let about = VisibleText.line("\(device.entry.office), \(device.entry.name)")
            guard console.canAsk else {
                throw CommandError.usage(
                    "not-confirmed", id: "Mencabut perangkat perlu kepastian: tambahkan --yes.",
                    en: "Revoking a device needs a confirmation: add --yes.")
            }
            console.errors.write(
                say(
                    id: "Perangkat \(id) (\(about)) tidak dapat menyinkron lagi. Ketik \(word) untuk mencabutnya: ",
                    en: "Device \(id) (\(about)) will not be able to sync any more. Type \(word) to revoke it: "))
            guard console.readLine()?.uppercased().filter({ !$0.isWhitespace }) == word.uppercased() else {
                throw CommandError.usage(
                    "not-confirmed", id: "Tidak dicabut: yang diketik bukan \(word).",
                    en: "Not revoked: what was typed is not \(word).")
            }
        }
    }
}
