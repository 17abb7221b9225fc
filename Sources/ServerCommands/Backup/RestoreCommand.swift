import ArgumentParser
import CentralServer
import CommandFrame
import Foundation
import Glibc

struct RestoreCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            "restore", alias: "pulihkan",
            says: Words(
                id: "Pulihkan cadangan ke direktori yang belum berisi catatan.",
                en: "Restore a backup into a directory that holds no records."),
            more: Words(
                id: """
                    Akun (kantor, perangkat, pencabutan, log audit) tidak ikut mundur: bila DIR masih berisi accounts.db, \
                    atau --accounts menyebutkannya, akun tetap seperti sekarang. Hentikan server dahulu.
                    """,
                en: """
                    The accounts (offices, devices, revocations, audit log) don't go back in time: where DIR still holds \
                    an accounts.db, or --accounts names one, they stay as they are now. Stop the server first.
                    """),
            examples: [
                Example(
                    Words(
                        id: "sambung-server pulihkan sambung.backup --data baru --accounts lama",
                        en: "sambung-server restore sambung.backup --data new --accounts old"),
                    id: "Catatan dari cadangan, akun dari direktori lama.",
                    en: "The records of the backup, the accounts of the old directory.")
            ])
    }

    @Argument(help: .words(id: "Berkas cadangan.", en: "The backup's file.", valueName: "file"))
    var file: String
    @Option(
        name: .long,
        help: .words(
            id: "Akun yang berlaku sekarang: accounts.db atau direktorinya.",
            en: "The accounts as they are now: accounts.db or its directory.", valueName: "file-or-dir"))
    var accounts: String?
    @Flag(name: .long, help: .words(id: "Tanpa bertanya.", en: "Don't ask."))
    var yes = false
    @OptionGroup var data: DataOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let console = Console.current
        let folder = data.folder
        let source = try accountsSource(folder)
        if !yes { try confirm(folder, source, console) }
        try CentralData.makeFolder(folder)
        let restored = try Backup.restore(file, to: folder, accounts: source)
        let central = try CentralData.open(data)
        try central.server.audit(
            .restored, "records", by: Operator.name,
            "sequence \(restored.state.sequence), epoch \(restored.state.epoch), accounts "
                + (restored.hasOldAccounts ? "of the backup" : "kept"))
        try central.server.settleAfterRestore()
        try central.storage.scrub()
        try central.storage.close()
        report(restored, folder, console)
    }

    private func accountsSource(_ folder: String) throws -> Backup.Accounts {
        let inPlace = CentralData.accountsFile(in: folder)
        let hasInPlace = access(inPlace, F_OK) == 0
        guard let accounts else { return hasInPlace ? .inPlace : .ofBackup }
        var isFolder: ObjCBool = false
        _ = FileManager.default.fileExists(atPath: accounts, isDirectory: &isFolder)
        let path = isFolder.boolValue ? CentralData.accountsFile(in: accounts) : accounts
        guard access(path, R_OK) == 0 else {
            throw CommandError(
                .noInput, "no-accounts-file", id: "\(path) tidak ada atau tidak dapat dibaca.",
                en: "\(path) is not there, or can't be read.")
        }
        if hasInPlace {
            // A restore that ended in the middle had placed them: the same command does the rest.
            if (try? Backup.goesOn(inPlace, from: path)) == true { return .inPlace }
            throw CommandError.usage(
                "two-accounts", id: "\(inPlace) sudah ada, dan --accounts menyebutkan yang lain.",
                en: "\(inPlace) is there, and --accounts names another.",
                advice: Words(id: "Hilangkan salah satunya.", en: "Leave one of them out."))
        }
        return .at(path)
    }

    /// Lets the person type the directory's name.
    private func confirm(_ folder: String, _ source: Backup.Accounts, _ console: Console) throws {
        let word = URL(filePath: folder).lastPathComponent
        guard console.canAsk else {
            throw CommandError.usage(
                "not-confirmed", id: "Memulihkan perlu kepastian: tambahkan --yes.",
                en: "Restoring needs a confirmation: add --yes.")
        }
        if source == .ofBackup { console.note(Self.oldAccounts.text) }
        console.errors.write(
            say(
                id: "Kantor akan mengirim lagi yang hilang sejak cadangan itu. Ketik \(word) untuk memulihkan: ",
                en: "Offices will give back what was lost since that backup. Type \(word) to restore: "))
        guard console.readLine()?.trimmingCharacters(in: .whitespaces) == word else {
            throw CommandError.usage(
                "not-confirmed", id: "Tidak dipulihkan: yang diketik bukan \(word).",
                en: "Not restored: what was typed is not \(word).")
        }
    }

    private static var oldAccounts: Words {
        Words(
            id: """
                PERINGATAN: akun diambil dari cadangan. Perangkat yang dicabut sejak itu berlaku lagi: cabut lagi. \
                Perangkat yang didaftarkan sejak itu tidak dikenal: perlu kode baru.
                """,
            en: """
                WARNING: the accounts are those of the backup. Devices revoked since then work again: revoke them anew. \
                Devices enrolled since then are not known: they need a new code.
                """)
    }

    private func report(_ restored: Backup.Restored, _ folder: String, _ console: Console) {
        if console.isJSON {
            console.print(
                restored.header.json(
                    file,
                    also: [
                        ("data", .string(folder)), ("new_epoch", .integer(Int64(restored.state.epoch))),
                        ("accounts", .string(restored.hasOldAccounts ? "backup" : "kept")),
                    ]))
            return
        }
        if restored.hasOldAccounts { console.note(Self.oldAccounts.text) }
        let shown = VisibleText.line(folder)
        console.print(
            say(
                id:
                    "Dipulihkan ke \(shown): urutan \(restored.state.sequence), masa (epoch) baru \(restored.state.epoch).",
                en: "Restored into \(shown): sequence \(restored.state.sequence), new epoch \(restored.state.epoch)."))
        console.note(
            say(
                id: "Jalankan: sambung-server layani --data \(shown)",
                en: "Start it: sambung-server serve --data \(shown)"))
    }
}
