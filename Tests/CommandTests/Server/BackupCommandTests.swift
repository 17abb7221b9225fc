import CentralServer
import CommandFrame
import Foundation
import SyncProtocol
import Testing

@testable import ServerCommands

@Suite struct BackupCommandTests {
    /// A server with one enrolled device, and a backup of it.
    private static func served() async throws -> (desk: ServerDesk, backup: String) {
        let desk = ServerDesk()
        #expect(await desk.run("office", "add", "LIW", "Kantor Liwa") == .done)
        try enrol(desk, secret: 1)
        let backup = desk.folder + "/first.backup"
        #expect(await desk.run("backup", backup) == .done, "\(desk.errors)")
        return (desk, backup)
    }

    @discardableResult
    private static func enrol(_ desk: ServerDesk, secret: UInt8) throws -> ReplicaID {
        let data = try desk.data()
        let code = try data.server.makeCode(office: "LIW", name: "x", profile: [:])
        let request = EnrolRequest(
            time: 0, code: code, credentialHash: SHA256.hash([UInt8](repeating: secret, count: 32)), deviceName: "x",
            schemaName: data.server.schema.name)
        guard case .enrolAnswer(let answer) = data.server.enrol(request.encoded) else { throw ExitStatus.bug }
        return answer.replica
    }

    private static func restore(_ backup: String, to other: ServerDesk, _ more: String...) async
        -> CommandFrame.ExitStatus
    {
        await ServerProgram.perform(
            ["restore", backup, "--yes", "--data", other.folder] + more, on: other.console)
    }

    @Test func aBackupIsWholeAndForItsUserAloneAndIsNotOverwritten() async throws {
        let (desk, backup) = try await Self.served()
        #expect(await ServerProgram.perform(["backup", "verify", backup, "--json"], on: desk.console) == .done)
        #expect(desk.output.contains("\"verified\":true"))
        let rights = try FileManager.default.attributesOfItem(atPath: backup)[.posixPermissions] as? NSNumber
        #expect(rights?.intValue == 0o600)
        #expect(await desk.run("backup", backup) == .cannotCreate)
        let left = try FileManager.default.contentsOfDirectory(atPath: desk.folder)
        #expect(!left.contains { $0.hasPrefix(".") || $0.hasSuffix(".part") }, "\(left)")
        #expect(await desk.run("status") == .done)
        #expect(desk.output.contains("(0 h ago)") || desk.output.contains("(0 jam lalu)"))
    }

    @Test func aBackupWithAnyByteChangedOrCutIsRefusedAndMakesNothing() async throws {
        let (desk, backup) = try await Self.served()
        let whole = try Data(contentsOf: URL(filePath: backup))
        let damaged = desk.folder + "/damaged.backup"
        let places = [0, 20, whole.count / 3, whole.count / 2, whole.count - 2]
        for place in places {
            var bytes = whole
            bytes[place] ^= 1
            try bytes.write(to: URL(filePath: damaged))
            let target = ServerDesk(hasData: false)
            #expect(await Self.restore(damaged, to: target) != .done, "byte \(place)")
            #expect(!FileManager.default.fileExists(atPath: target.folder + "/central.db"))
        }
        for length in [0, 10, 400, whole.count / 2, whole.count - 1] {
            try whole.prefix(length).write(to: URL(filePath: damaged))
            let status = await ServerProgram.perform(["backup", "verify", damaged], on: desk.console)
            #expect(status == .badData, "\(length) bytes")
        }
        try (whole + [0]).write(to: URL(filePath: damaged))
        #expect(await ServerProgram.perform(["backup", "verify", damaged], on: desk.console) == .badData)
    }

    @Test func aRestoreBesideTheAccountsLeavesThemAsTheyAre() async throws {
        let (desk, backup) = try await Self.served()
        let second = try Self.enrol(desk, secret: 2)
        #expect(await desk.run("device", "revoke", "1", "--yes") == .done)
        let before = try desk.data()
        let epoch = try before.storage.read { try $0.state() }
        try before.storage.close()
        for name in ["central.db", "central.db-wal", "central.db-shm"] {
            try? FileManager.default.removeItem(atPath: desk.folder + "/" + name)
        }
        #expect(await desk.run("serve") == .configuration)
        #expect(await Self.restore(backup, to: desk) == .done, "\(desk.errors)")
        let after = try desk.data()
        try after.storage.read { snapshot in
            let state = try snapshot.state()
            #expect(state.epoch != epoch.epoch)
            #expect(state.sequence == epoch.sequence && state.digest == epoch.digest)
            #expect(try snapshot.device(1)?.revokedAt != nil)
            #expect(try snapshot.replica(second) != nil)
        }
        #expect(try Self.enrol(desk, secret: 3) == ReplicaID(rawValue: second.rawValue + 1))
    }

    @Test func aRestoreMayTakeTheAccountsOfAnotherFolder() async throws {
        let (desk, backup) = try await Self.served()
        #expect(await desk.run("device", "revoke", "1", "--yes") == .done)
        let target = ServerDesk(hasData: false)
        #expect(await Self.restore(backup, to: target, "--accounts", desk.folder) == .done, "\(target.errors)")
        #expect(try target.data().storage.read { try $0.device(1)?.revokedAt != nil })
        #expect(!target.errors.contains("WARNING"))
    }

    /// A kill between the accounts and the records, which get their name last.
    @Test func aRestoreThatEndedInTheMiddleIsDoneByTheSameCommand() async throws {
        let (desk, backup) = try await Self.served()
        #expect(await desk.run("device", "revoke", "1", "--yes") == .done)
        let target = ServerDesk(hasData: false)
        #expect(await Self.restore(backup, to: target, "--accounts", desk.folder) == .done, "\(target.errors)")
        try target.data().storage.close()
        for name in ["central.db", "central.db-wal", "central.db-shm"] {
            try? FileManager.default.removeItem(atPath: target.folder + "/" + name)
        }
        #expect(await Self.restore(backup, to: target, "--accounts", desk.folder) == .done, "\(target.errors)")
        #expect(try target.data().storage.read { try $0.device(1)?.revokedAt != nil })
        // Accounts that know nothing of those that are named stay where they are, and nothing is restored.
        let other = ServerDesk()
        #expect(await other.run("office", "add", "KOT", "Kota Agung") == .done)
        try other.data().storage.close()
        for name in ["central.db", "central.db-wal", "central.db-shm"] {
            try? FileManager.default.removeItem(atPath: other.folder + "/" + name)
        }
        #expect(await Self.restore(backup, to: other, "--accounts", desk.folder) == .usage)
    }

    @Test func withNoNewerAccountsThoseOfTheBackupAreTakenAndNoNumberIsGivenTwice() async throws {
        let (desk, backup) = try await Self.served()
        let second = try Self.enrol(desk, secret: 2)
        let target = ServerDesk(hasData: false)
        #expect(await Self.restore(backup, to: target) == .done, "\(target.errors)")
        #expect(target.errors.contains("WARNING") || target.errors.contains("PERINGATAN"))
        #expect(try Self.enrol(target, secret: 3) > second)
        let codes = try target.data().storage.read { try $0.codesMade(office: "LIW") }
        #expect(codes > 2)
    }

    @Test func aRestoreOverwritesNothing() async throws {
        let (desk, backup) = try await Self.served()
        #expect(await Self.restore(backup, to: desk) == .cannotCreate)
        #expect(try desk.data().storage.read { try $0.devices().count } == 1)
        let empty = ServerDesk(hasData: false)
        try FileManager.default.createDirectory(atPath: empty.folder, withIntermediateDirectories: true)
        try Data([1]).write(to: URL(filePath: empty.folder + "/central.db-wal"))
        #expect(await Self.restore(backup, to: empty) == .cannotCreate)
    }

    @Test(arguments: [nil, "something else"])
    func aRestoreIsConfirmedByTypingTheFoldersName(typed: String?) async throws {
        let (_, backup) = try await Self.served()
        let target = ServerDesk(typed: typed, hasData: false)
        #expect(await target.run("restore", backup) == .usage)
        #expect(!FileManager.default.fileExists(atPath: target.folder + "/central.db"))
    }
}
