import CSQLite
import Foundation
import Synchronization

/// An SQLite VFS over the system's that changes a file whenever somebody opens it, as another program may that is quicker.
enum BusyFile {
    static let name = "busy-file"

    /// By path, what happens to a file each time.
    private static let changes = Mutex<[String: @Sendable () -> Void]>([:])

    static func set(_ path: String, _ change: (@Sendable () -> Void)?) { changes.withLock { $0[path] = change } }

    /// Registers the VFS, once.
    static let register: Void = {
        guard let system = sqlite3_vfs_find(nil) else { return }
        let vfs = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
        vfs.initialize(to: system.pointee)
        vfs.pointee.pNext = nil
        vfs.pointee.zName = UnsafePointer(strdup(name))
        vfs.pointee.xOpen = { vfs, path, file, flags, outFlags in
            if let path { BusyFile.changes.withLock { $0[String(cString: path)] }?() }
            return sqlite3_vfs_find(nil)?.pointee.xOpen(vfs, path, file, flags, outFlags) ?? SQLITE_CANTOPEN
        }
        sqlite3_vfs_register(vfs, 0)
    }()
}
