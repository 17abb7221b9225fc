import ArgumentParser
import CommandFrame
import Glibc
import SQLite

/// The program `sambung`: the side of the operators in the offices.
public enum OperatorProgram {
    /// Its version.
    public static let version = "0.1.0"

    /// Runs the command line of this process, and ends it.
    public static func run() async -> Never {
        // Whatever this program makes is for its own user alone.
        umask(0o077)
        ProcessSettings.countNoMemory()
        await CommandFrame.run(Sambung.self, explaining: explain)
    }

    /// Runs a command line on any console.
    public static func perform(_ arguments: [String], on console: Console) async -> ExitStatus {
        await CommandFrame.perform(Sambung.self, arguments, on: console, explaining: explain)
    }
}

struct Sambung: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            "sambung", alias: nil,
            says: Words(
                id: "Mencatat dan mengerjakan kasus pusat panggilan, dengan atau tanpa jaringan.",
                en: "Take in and work on the call centre's cases, with or without a network."),
            more: Words(
                id: """
                    Semua pekerjaan tersimpan di perangkat ini. Hanya 'daftarkan' dan 'sinkron' yang memakai jaringan.
                    Bahasa mengikuti LANG. Setiap perintah menerima --json dan --help.
                    """,
                en: """
                    All work is kept on this device. Only 'enrol' and 'sync' use the network.
                    The language follows LANG. Every command takes --json and --help.
                    """),
            examples: [
                Example(
                    Words(
                        id: "sambung daftarkan KODE https://pusat.example.go.id",
                        en: "sambung enrol CODE https://centre.example.go.id"),
                    id: "Daftarkan perangkat ini dengan kode dari pusat.",
                    en: "Enrol this device with the centre's code."),
                Example(
                    Words(
                        id: "sambung baru --title \"Pasien perlu BPJS\" --category kesehatan --phone \"0811 790 5000\"",
                        en: "sambung new --title \"Patient needs BPJS\" --category health --phone \"0811 790 5000\""),
                    id: "Catat kasus dan dapatkan nomor tiketnya.", en: "Take a case in and get its ticket number."),
                Example(
                    Words(id: "sambung sinkron", en: "sambung sync"),
                    id: "Kirim dan ambil perubahan selagi ada jaringan.",
                    en: "Send and fetch changes while there is a network."),
            ],
            version: "sambung \(OperatorProgram.version)", subcommands: CommandList.all)
    }
}
