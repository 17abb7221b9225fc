import CSQLite
import Glibc
import Synchronization

/// An SQLite VFS over the system's that writes real files and tells a ``VolatileDisk`` what it does to them.
enum VolatileDiskVFS {
    static let name = "volatile-disk"

    /// A file that is open on a disk.
    private struct Open {
        let disk: VolatileDisk
        let name: String
        /// The system's methods, by address.
        let methods: UInt
        /// The first sync of a log or journal syncs its folder as well, as the system's VFS does it.
        var syncsFolder: Bool
    }

    private struct State {
        var disks: [String: VolatileDisk] = [:]
        var open: [UInt: Open] = [:]
        /// Our methods, by the system's that they call.
        var methods: [UInt: UInt] = [:]
    }

    private static let state = Mutex(State())

    /// Puts the files of a disk's folder on that disk.
    static func attach(_ disk: VolatileDisk) {
        register
        state.withLock { $0.disks[disk.folder] = disk }
    }

    /// Lets go of a disk that no program uses.
    static func detach(_ disk: VolatileDisk) { state.withLock { _ = $0.disks.removeValue(forKey: disk.folder) } }

    private static let register: Void = {
        guard let system = sqlite3_vfs_find(nil) else { return }
        let vfs = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
        vfs.initialize(to: system.pointee)
        vfs.pointee.pNext = nil
        vfs.pointee.zName = UnsafePointer(strdup(name))
        vfs.pointee.xOpen = { vfs, path, file, flags, outFlags in
            guard let open = sqlite3_vfs_find(nil)?.pointee.xOpen else { return SQLITE_CANTOPEN }
            let code = open(vfs, path, file, flags, outFlags)
            if code == SQLITE_OK, let file, let path { VolatileDiskVFS.opened(file, String(cString: path), flags) }
            return code
        }
        vfs.pointee.xDelete = { vfs, path, syncsFolder in
            guard let delete = sqlite3_vfs_find(nil)?.pointee.xDelete else { return SQLITE_IOERR }
            let code = delete(vfs, path, syncsFolder)
            if code == SQLITE_OK, let path { VolatileDiskVFS.deleted(String(cString: path), syncsFolder != 0) }
            return code
        }
        sqlite3_vfs_register(vfs, 0)
    }()

    // MARK: Files

    private static func split(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return ("", path) }
        return (String(path[..<slash]), String(path[path.index(after: slash)...]))
    }

    private static func opened(_ file: UnsafeMutablePointer<sqlite3_file>, _ path: String, _ flags: Int32) {
        let isLog = flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL) != 0
        guard isLog || flags & SQLITE_OPEN_MAIN_DB != 0, let methods = file.pointee.pMethods else { return }
        let (folder, name) = split(path)
        let ours = state.withLock { state -> UInt? in
            guard let disk = state.disks[folder] else { return nil }
            disk.opened(name, holding: bytes(of: path))
            let address = UInt(bitPattern: methods)
            state.open[UInt(bitPattern: file)] = Open(disk: disk, name: name, methods: address, syncsFolder: isLog)
            if let ours = state.methods[address] { return ours }
            let ours = UInt(bitPattern: Self.replacing(methods))
            state.methods[address] = ours
            return ours
        }
        if let ours { file.pointee.pMethods = UnsafePointer(bitPattern: ours) }
    }

    private static func deleted(_ path: String, _ withFolder: Bool) {
        let (folder, name) = split(path)
        state.withLock { $0.disks[folder] }?.removed(name, withFolder: withFolder)
    }

    private static func open(_ file: UnsafeMutablePointer<sqlite3_file>?) -> Open? {
        state.withLock { $0.open[UInt(bitPattern: file)] }
    }

    private static func methods(of open: Open) -> UnsafePointer<sqlite3_io_methods>? {
        UnsafePointer(bitPattern: open.methods)
    }

    static func bytes(of path: String) -> [UInt8] {
        guard let file = fopen(path, "rb") else { return [] }
        defer { fclose(file) }
        fseek(file, 0, SEEK_END)
        let size = ftell(file)
        if size <= 0 { return [] }
        rewind(file)
        return [UInt8](unsafeUninitializedCapacity: size) { $1 = fread($0.baseAddress, 1, size, file) }
    }

    // MARK: Methods

    /// The system's methods, but for those that change what the disk holds.
    private static func replacing(_ system: UnsafePointer<sqlite3_io_methods>) -> UnsafePointer<sqlite3_io_methods> {
        let ours = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
        ours.initialize(to: system.pointee)
        ours.pointee.xWrite = { file, bytes, count, offset in
            guard let open = VolatileDiskVFS.open(file), let write = VolatileDiskVFS.methods(of: open)?.pointee.xWrite
            else { return SQLITE_IOERR }
            let code = write(file, bytes, count, offset)
            if code == SQLITE_OK {
                let written = [UInt8](UnsafeRawBufferPointer(start: bytes, count: Int(count)))
                open.disk.did(.write(offset: Int(offset), bytes: written), to: open.name)
            }
            return code
        }
        ours.pointee.xTruncate = { file, size in
            guard let open = VolatileDiskVFS.open(file),
                let truncate = VolatileDiskVFS.methods(of: open)?.pointee.xTruncate
            else {
                return SQLITE_IOERR
            }
            let code = truncate(file, size)
            if code == SQLITE_OK { open.disk.did(.truncate(Int(size)), to: open.name) }
            return code
        }
        // Nothing is gained by asking the real disk: what a sync means is up to the disk that is played.
        ours.pointee.xSync = { file, _ in
            guard let open = VolatileDiskVFS.open(file) else { return SQLITE_IOERR }
            open.disk.sync(open.name, withFolder: open.syncsFolder)
            VolatileDiskVFS.state.withLock { $0.open[UInt(bitPattern: file)]?.syncsFolder = false }
            return SQLITE_OK
        }
        ours.pointee.xFileControl = { file, operation, argument in
            guard let open = VolatileDiskVFS.open(file),
                let control = VolatileDiskVFS.methods(of: open)?.pointee.xFileControl
            else { return SQLITE_NOTFOUND }
            if operation == SQLITE_FCNTL_COMMIT_PHASETWO {
                open.disk.committed(open.name, try? StoredContents.hash(ofFile: open.disk.folder + "/" + open.name))
            }
            return control(file, operation, argument)
        }
        ours.pointee.xClose = { file in
            guard let open = VolatileDiskVFS.open(file), let close = VolatileDiskVFS.methods(of: open)?.pointee.xClose
            else { return SQLITE_IOERR }
            VolatileDiskVFS.state.withLock { _ = $0.open.removeValue(forKey: UInt(bitPattern: file)) }
            return close(file)
        }
        return UnsafePointer(ours)
    }
}
