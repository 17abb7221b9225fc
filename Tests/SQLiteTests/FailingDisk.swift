import CSQLite
import Foundation
import Synchronization

/// An SQLite VFS over the system's, whose syncs can be made to fail: of the log, or of the main file.
enum FailingDisk {
    typealias Sync = @convention(c) (UnsafeMutablePointer<sqlite3_file>?, Int32) -> Int32

    static let name = "failing-disk"
    static let failsLog = Atomic<Bool>(false)
    static let failsMain = Atomic<Bool>(false)
    private static let systemSync = Mutex<Sync?>(nil)

    /// Registers the VFS, once.
    static let register: Void = {
        guard let system = sqlite3_vfs_find(nil) else { return }
        let vfs = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
        vfs.initialize(to: system.pointee)
        vfs.pointee.pNext = nil
        vfs.pointee.zName = UnsafePointer(strdup(name))
        vfs.pointee.xOpen = { vfs, path, file, flags, outFlags in
            guard let code = sqlite3_vfs_find(nil)?.pointee.xOpen(vfs, path, file, flags, outFlags) else { return 1 }
            if let file, let methods = file.pointee.pMethods { FailingDisk.replaceSync(of: file, methods, flags) }
            return code
        }
        sqlite3_vfs_register(vfs, 0)
    }()

    private static func replaceSync(
        of file: UnsafeMutablePointer<sqlite3_file>, _ methods: UnsafePointer<sqlite3_io_methods>, _ flags: Int32
    ) {
        guard flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_DB) != 0 else { return }
        let original = methods.pointee.xSync
        systemSync.withLock { $0 = original }
        let copy = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
        copy.initialize(to: methods.pointee)
        if flags & SQLITE_OPEN_WAL != 0 {
            copy.pointee.xSync = { FailingDisk.sync($0, $1, fails: FailingDisk.failsLog.load(ordering: .relaxed)) }
        } else {
            copy.pointee.xSync = { FailingDisk.sync($0, $1, fails: FailingDisk.failsMain.load(ordering: .relaxed)) }
        }
        file.pointee.pMethods = UnsafePointer(copy)
    }

    private static func sync(_ file: UnsafeMutablePointer<sqlite3_file>?, _ flags: Int32, fails: Bool) -> Int32 {
        if fails { return SQLITE_IOERR | (4 << 8) }
        return systemSync.withLock { $0 }?(file, flags) ?? SQLITE_IOERR
    }
}
