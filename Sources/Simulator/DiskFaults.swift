import CentralServer
import OfflineClient
import SQLite
import SyncProtocol

/// Disks on which a write or a sync fails, and processes that die in the middle of one.
///
/// Whatever a program was doing then is done or not done: which of both, its own database tells once it was started
/// again, and the oracle takes it from there. A program that was told of a failed call ends, and so does one whose sync
/// failed without its knowing; one that got its work done although another call had failed goes on. What was written before
/// a failed sync stays: that a disk loses it is for the power cuts.
extension Simulation {
    /// Lets a call fail soon, perhaps.
    func shake(_ disk: SimulatedDisk) {
        guard options.failures > 0, step <= options.steps, random.chance(options.failures) else { return }
        // Most transactions make some ten calls; a checkpoint makes many.
        let calls = random.pick(0...(random.chance(70) ? 12 : 60))
        disk.arm(SimulatedDisk.Fault(calls: calls, kills: random.chance(50), sectors: random.pick(0...8)))
    }

    /// Whether an error came of a call that failed, and of nothing that the centre said.
    func isOfDisk(_ error: any Error, _ disk: SimulatedDisk) -> Bool {
        disk.hasFailed && !(error is Violation) && !(error is Failure) && !(error is ProtocolError)
    }

    /// After a step on a disk that may have failed: starts the programs again if one has died or was told of it.
    ///
    /// - Returns: whether it did.
    @discardableResult
    func recover(_ device: Device, from error: (any Error)? = nil) throws -> Bool {
        guard device.disk.hasFailed else {
            device.disk.heal()
            return false
        }
        let ends = error != nil || device.disk.isDead || device.disk.hasFailedToSync
        note("device \(device.index): a call on its disk fails, the process \(ends ? "ends" : "goes on")")
        if !ends {
            device.disk.heal()
            return false
        }
        try startAgain(device)
        return true
    }

    /// Lets the centre answer, on a disk that may fail: then it is asked once more, after it was started again if it ended.
    func answer(_ requests: [Arrived]) throws -> [Message] {
        let asked = requests.map { (body: $0.bytes, credential: Optional($0.credential)) }
        shake(centre.disk)
        let messages = centre.server.sync(together: asked)
        guard centre.disk.hasFailed else {
            centre.disk.heal()
            return messages
        }
        let ends = centre.disk.isDead || centre.disk.hasFailedToSync
        note("the centre: a call on its disk fails, the process \(ends ? "ends" : "goes on")")
        if ends { try centre.restart(centre.kind) } else { centre.disk.heal() }
        let again = centre.server.sync(together: asked)
        // Whoever got an answer nevertheless may go by it.
        for (told, other) in zip(messages, again) { try check(told, other) }
        return again
    }

    /// What was said while the disk failed: nothing is acknowledged that is not there, and nothing but the disk is blamed.
    private func check(_ message: Message, _ again: Message) throws {
        switch (message, again) {
        case (.failure(let failure), _) where [.unavailable, .storageFull].contains(failure.code): break
        case (.failure(let failure), .failure(let other)) where failure.code == other.code: break
        case (.failure(let failure), _): throw Violation("I7", "on a failing disk a device is turned away: \(failure)")
        case (.syncAnswer(let told), .syncAnswer(let other)):
            guard other.acknowledged >= told.acknowledged else {
                throw Violation("I1", "acknowledged \(told.acknowledged), and \(other.acknowledged) are there")
            }
        default: break
        }
    }
}

extension Device {
    /// What tells whether an answer was applied before the process died: the client's own standing, and what waits.
    func fingerprint() throws -> UInt64 {
        guard let client else { return 0 }
        return try client.database.read { connection in
            var mark: UInt64 = 0
            for table in ["_replica", "_pending", "_standing"] {
                let select = try connection.statement("SELECT * FROM \(table)")
                defer { select.reset() }
                while try select.step() {
                    for column in 0..<select.columnCount { mark = XXHash64.hash(select.bytes(column), seed: mark) }
                }
            }
            return mark
        }
    }
}
