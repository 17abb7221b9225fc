import ArgumentParser
import CommandFrame
import Glibc
import SQLite

/// The program `sambung-server`: the centre's side.
public enum ServerProgram {
    /// Its version.
    public static let version = "0.1.0"

    /// Runs the command line of this process, and ends it.
    public static func run() async -> Never {
        // Whatever this program makes is for its own user alone.
        umask(0o077)
        ProcessSettings.countNoMemory()
        await CommandFrame.run(SambungServer.self, explaining: explain)
    }

    /// Runs a command line on any console.
    public static func perform(_ arguments: [String], on console: Console) async -> ExitStatus {
        await CommandFrame.perform(SambungServer.self, arguments, on: console, explaining: explain)
    }
}

struct SambungServer: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            "sambung-server", alias: nil,
            says: Words(
                id: "Server pusat Sambung: menerima dan menyatukan catatan kantor-kantor.",
                en: "Sambung's central server: receives and merges the offices' records."),
            more: Words(
                id: """
                    Semua perintah memakai direktori data yang sama, juga ketika server sedang berjalan: --data, \
                    atau SAMBUNG_DATA, atau STATE_DIRECTORY, atau \(DataOptions.usual).
                    """,
                en: """
                    All commands use the same data directory, also while the server runs: --data, else SAMBUNG_DATA, \
                    else STATE_DIRECTORY, else \(DataOptions.usual).
                    """),
            examples: [
                Example(
                    Words(id: "sambung-server layani --data data", en: "sambung-server serve --data data"),
                    id: "Menjalankan server di komputer ini saja.", en: "Serves on this machine only."),
                Example(
                    Words(
                        id: "sambung-server perangkat tambah --office LIW --data data",
                        en: "sambung-server device add --office LIW --data data"),
                    id: "Membuat kode pendaftaran untuk satu perangkat.", en: "Makes a code that enrols one device."),
            ],
            version: ServerProgram.version,
            subcommands: [
                Serve.self, OfficeCommand.self, DeviceCommand.self, ScopeCommand.self, EscrowCommand.self,
                QuarantineCommand.self, RedactCommand.self, OfficesCommand.self, StatusCommand.self,
                ConflictsCommand.self,
                BackupCommand.self, RestoreCommand.self, ReturnedCommand.self, VerifyCommand.self,
                ClockCommand.self, CollectCommand.self, AuditCommand.self,
                SettingsCommand.self,
            ])
    }
}
