import CSQLite
import Synchronization

/// The disk that the files of one database stand on: a write or a sync may fail there, or the process that makes it dies.
///
/// The guard of this unchecked Sendable: all connections to the files of one history belong to one thread.
final class SimulatedDisk: @unchecked Sendable {
    /// What becomes of the call that is hit.
    struct Fault {
        /// How many calls go well before.
        var calls: Int
        /// Whether the process dies in that call, so that none of its later ones is made; else they go well again.
        var kills: Bool
        /// How many sectors of a write get to the disk nevertheless.
        var sectors: Int
    }

    static let (writeError, syncError, truncateError, deleteError): (Int32, Int32, Int32, Int32) = (3, 4, 6, 10)
    private static let sectorBytes = 512
    private var fault: Fault?
    /// Whether a call has failed since the last ``heal()``.
    private(set) var hasFailed = false
    /// Whether it was a sync: nothing more is written by a process that met one.
    private(set) var hasFailedToSync = false
    /// Whether the process is dead: what it still does on its way out changes nothing.
    private(set) var isDead = false

    func arm(_ fault: Fault) { self.fault = fault }

    /// Lets what is done from now on be done by nobody.
    func die() { isDead = true }

    func heal() { (fault, hasFailed, hasFailedToSync, isDead) = (nil, false, false, false) }

    /// Makes a call that changes a file, which stands on a disk that may fail, or on none.
    static func change(on disk: SimulatedDisk?, _ error: Int32, bytes: Int = 0, _ call: (Int) -> Void) -> Int32 {
        if let disk { return disk.change(error, bytes: bytes, call) }
        call(bytes)
        return SQLITE_OK
    }

    /// Makes a call that changes a file, unless it is the one to fail.
    ///
    /// - Parameters:
    ///   - error: what the call fails with, as a kind of `SQLITE_IOERR`.
    ///   - bytes: how many it would write.
    ///   - call: gets how many of these to write.
    private func change(_ error: Int32, bytes: Int, _ call: (Int) -> Void) -> Int32 {
        if isDead { return SQLITE_IOERR | error << 8 }
        guard var fault else {
            call(bytes)
            return SQLITE_OK
        }
        fault.calls -= 1
        if fault.calls >= 0 {
            self.fault = fault
            call(bytes)
            return SQLITE_OK
        }
        (self.fault, hasFailed, isDead) = (nil, true, fault.kills)
        hasFailedToSync = error == Self.syncError
        // A call without bytes fails before it does anything.
        if bytes > 0 { call(min(bytes, fault.sectors * Self.sectorBytes)) }
        return SQLITE_IOERR | error << 8
    }

    // MARK: By path

    private static let disks = Mutex<[String: SimulatedDisk]>([:])

    /// Lets the files of databases stand on a disk.
    static func put(_ paths: [String], on disk: SimulatedDisk) {
        disks.withLock { disks in for path in paths { disks[path] = disk } }
    }

    /// Where a file stands; nil for one that never fails.
    static func holding(_ path: String) -> SimulatedDisk? {
        let end = ["-wal", "-journal"].first { path.hasSuffix($0) } ?? ""
        return disks.withLock { $0[String(path.dropLast(end.count))] }
    }

    /// Forgets the disks of a folder.
    static func remove(folder: String) {
        disks.withLock { disks in disks = disks.filter { !$0.key.hasPrefix(folder + "/") } }
    }
}
