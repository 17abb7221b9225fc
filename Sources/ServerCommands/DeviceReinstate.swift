import ArgumentParser
import CentralServer
import CommandFrame

struct DeviceReinstate: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            "reinstate", alias: "pulihkan",
            says: Words(
                id: "Izinkan lagi perangkat yang dicabut: sinkron berikutnya membuka basis datanya.",
                en: "Let a revoked device work again: its next sync unlocks its database."),
            examples: [
                Example(
                    Words(id: "sambung-server perangkat pulihkan 3", en: "sambung-server device reinstate 3"),
                    id: "Yang masih tertahan dalam karantina akan dikirimnya lagi sendiri.",
                    en: "What is in quarantine of it, it will send again by itself.")
            ])
    }

    @Argument(help: .words(id: "ID perangkat, lihat daftarnya.", en: "The device's id, see the list.", valueName: "id"))
    var id: Int64
    @OptionGroup var data: DataOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let central = try CentralData.open(data)
        guard let device = try central.storage.read({ try $0.device(id) }) else { throw AccountError.unknownDevice(id) }
        let wasRevoked = device.revokedAt != nil
        if wasRevoked { try central.server.reinstate(device: id, by: Operator.name) }
        let console = Console.current
        if console.isJSON {
            console.print(["device": .integer(id), "revoked": false, "changed": .bool(wasRevoked)])
        } else if wasRevoked {
            console.print(say(id: "Perangkat \(id) diizinkan lagi.", en: "Device \(id) may sync again."))
        } else {
            console.print(say(id: "Perangkat \(id) tidak dicabut.", en: "Device \(id) is not revoked."))
        }
    }
}
