import CallCenter
import CentralServer
import CommandFrame
import Foundation
import Glibc
import SQLite
import SyncProtocol

/// Taking, checking and restoring backups, without the words for people.
enum Backup {
    /// The setting that tells when the last backup was taken.
    static let lastTaken = "last_backup"

    /// Takes a backup beside whoever writes.
    static func take(_ central: CentralData, to path: String, now: Int64) throws -> (BackupHeader, Int) {
        let parent = URL(filePath: path).deletingLastPathComponent().path
        let folder = try PrivateFolder(in: parent, name: "backup")
        try central.storage.copy(to: folder.path, recordsFile: BackupFile.recordsName)
        // What the header says is read from the copy itself.
        let copy = try CentralData.storage(in: folder.path)
        let state = try copy.read { try $0.state() }
        try copy.close()
        let schema = central.server.schema
        let header = BackupHeader(
            schema: schema.name, schemaVersion: schema.version, epoch: state.epoch, sequence: state.sequence,
            digest: DigestText.of(state.digest), time: now, parts: [], sha256: "")
        let result = try BackupFile.write(header, from: folder.path, to: path)
        try central.storage.write { try $0.set(lastTaken, to: now) }
        try central.server.audit(
            .backupTaken, "records", by: Operator.name, "sequence \(state.sequence), digest \(result.0.digest)")
        return result
    }

    /// Unpacks a backup into a folder of its own and recomputes everything from the rows.
    static func verify(_ path: String, in folder: String) throws -> BackupHeader {
        let header = try BackupFile.unpack(path, into: folder)
        let storage = try CentralData.storage(in: folder)
        defer { try? storage.close() }
        let state = try storage.read { try $0.state() }
        guard state.epoch == header.epoch, state.sequence == header.sequence,
            DigestText.of(state.digest) == header.digest
        else { throw BackupFile.damaged(path, "its records are not those of its header") }
        if let fault = try storage.faults().first { throw BackupFile.damaged(path, fault) }
        return header
    }

    /// What a restore made.
    struct Restored {
        let header: BackupHeader
        let state: CentralState
        /// Whether the accounts come from the backup.
        let hasOldAccounts: Bool
    }

    /// Where the accounts of a restored server come from.
    enum Accounts: Equatable {
        /// They lie in the folder already and stay as they are.
        case inPlace
        /// They are copied from another place, as they are now.
        case at(String)
        /// Nothing newer is left: those of the backup.
        case ofBackup
    }

    /// Restores a backup into a folder that holds no records.
    ///
    /// The records get their name last: until then the folder holds no server's data, or accounts alone, and the same
    /// command can be given again.
    static func restore(_ path: String, to folder: String, accounts: Accounts) throws -> Restored {
        let records = CentralData.file(in: folder)
        for taken in [records, records + "-wal"] where access(taken, F_OK) == 0 {
            throw CommandError(
                .cannotCreate, "data-exists", id: "\(taken) sudah ada; tidak ditimpa.",
                en: "\(taken) exists; it was not overwritten.",
                advice: Words(
                    id: "Pulihkan ke direktori lain, atau pindahkan berkas itu dahulu.",
                    en: "Restore into another directory, or move that file away first."))
        }
        let work = try PrivateFolder(in: folder, name: "restore")
        let header = try verify(path, in: work.path)
        let workAccounts = CentralData.accountsFile(in: work.path)
        switch accounts {
        case .ofBackup: break
        case .inPlace: try replace(workAccounts, with: CentralData.accountsFile(in: folder))
        case .at(let source): try replace(workAccounts, with: source)
        }
        let storage = try CentralData.storage(in: work.path)
        let state = try storage.beginAfterRestore(
            epoch: UInt32.random(in: 1...UInt32.max), hasOldAccounts: accounts == .ofBackup)
        // Closing copies the write-ahead log into the files and syncs them: each is whole by itself.
        try storage.close()
        if accounts != .inPlace { try move(workAccounts, to: CentralData.accountsFile(in: folder)) }
        try move(CentralData.file(in: work.path), to: records)
        return Restored(header: header, state: state, hasOldAccounts: accounts == .ofBackup)
    }

    /// Whether accounts are a copy of others, or what became of one: their audit log holds the others' last entry.
    static func goesOn(_ accounts: String, from others: String) throws -> Bool {
        let theirs = try Connection(path: others, mode: .readOnly)
        let last = try theirs.statement("SELECT number, hash FROM _audit ORDER BY number DESC LIMIT 1")
        guard try last.step() else { return false }
        let ours = try Connection(path: accounts, mode: .readOnly)
        let same = try ours.statement("SELECT 1 FROM _audit WHERE number = ?1 AND hash = ?2")
        try same.bind(1, last.int64(0))
        try same.bind(2, blob: last.bytes(1)[...])
        return try same.step()
    }

    private static func replace(_ accounts: String, with source: String) throws {
        unlink(accounts)
        try Database.copyFile(at: source, to: accounts)
    }

    private static func move(_ source: String, to target: String) throws {
        // A link fails where the name is taken meanwhile.
        guard link(source, target) == 0 else {
            let reason = String(cString: strerror(errno))
            throw CommandError(
                .cannotCreate, "cannot-place", id: "\(target) tidak dapat dibuat: \(reason).",
                en: "\(target) can't be made: \(reason).")
        }
        unlink(source)
        let folder = open(URL(filePath: target).deletingLastPathComponent().path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { return }
        fsync(folder)
        close(folder)
    }
}
