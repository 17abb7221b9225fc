import CSQLite
import Glibc
import SQLite
import Synchronization

/// An SQLite VFS whose files stand in memory: a history makes thousands of small transactions, and on a real file system,
/// though it lies in memory too, most of its time would go into the kernel.
///
/// It locks as the system's does, among the connections of this program.
enum MemoryFiles {
    static let name = "simulated-memory"

    private static let files = Mutex<[String: MemoryFile]>([:])

    /// What a file holds; nil where there is none.
    static func bytes(of path: String) -> [UInt8]? { find(path)?.content }

    /// Puts a file in the place of one that nobody has open, or takes it away.
    static func set(_ path: String, to bytes: [UInt8]?) {
        files.withLock { $0[path] = bytes.map(MemoryFile.init) }
    }

    /// Removes all files of a folder.
    static func remove(folder: String) {
        files.withLock { files in files = files.filter { !$0.key.hasPrefix(folder + "/") } }
    }

    fileprivate static func find(_ path: String) -> MemoryFile? { files.withLock { $0[path] } }

    private static func findOrMake(_ path: String) -> MemoryFile {
        files.withLock { files in
            if let file = files[path] { return file }
            let file = MemoryFile([])
            files[path] = file
            return file
        }
    }

    /// Registers the VFS, once.
    static let register: Void = {
        ProcessSettings.countNoMemory()
        guard let system = sqlite3_vfs_find(nil) else { return }
        let vfs = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
        vfs.initialize(to: system.pointee)
        vfs.pointee.pNext = nil
        vfs.pointee.zName = UnsafePointer(strdup(name))
        vfs.pointee.szOsFile = Int32(MemoryLayout<MemoryOpening.File>.size)
        vfs.pointee.xOpen = { _, path, file, flags, outFlags in
            guard let file else { return SQLITE_CANTOPEN }
            file.pointee.pMethods = nil
            let path = path.map { String(cString: $0) }
            var found = path.flatMap(MemoryFiles.find)
            if found == nil {
                guard path == nil || flags & SQLITE_OPEN_CREATE != 0 else { return SQLITE_CANTOPEN }
                found = path.map(MemoryFiles.findOrMake) ?? MemoryFile([])
            }
            guard let found else { return SQLITE_CANTOPEN }
            let deletes = flags & SQLITE_OPEN_DELETEONCLOSE != 0 ? path : nil
            MemoryOpening(found, on: path.flatMap(SimulatedDisk.holding), deletes: deletes).attach(to: file)
            outFlags?.pointee = flags
            return SQLITE_OK
        }
        vfs.pointee.xDelete = { _, path, _ in
            guard let path = path.map({ String(cString: $0) }), MemoryFiles.find(path) != nil else {
                return SQLITE_IOERR | 23 << 8  // SQLITE_IOERR_DELETE_NOENT
            }
            return SimulatedDisk.change(on: .holding(path), SimulatedDisk.deleteError) { _ in
                MemoryFiles.set(path, to: nil)
            }
        }
        vfs.pointee.xAccess = { _, path, _, result in
            let size = path.flatMap { MemoryFiles.find(String(cString: $0)) }?.size ?? 0
            result?.pointee = size > 0 ? 1 : 0
            return SQLITE_OK
        }
        vfs.pointee.xGetLastError = { _, _, _ in 0 }
        vfs.pointee.xFullPathname = { _, path, room, full in
            guard let path, let full, strlen(path) < Int(room) else { return SQLITE_CANTOPEN }
            strcpy(full, path)
            return SQLITE_OK
        }
        sqlite3_vfs_register(vfs, 0)
    }()
}

/// One file in memory, with its locks.
///
/// The guard of this unchecked Sendable: all connections to the files of one history belong to one thread.
final class MemoryFile: @unchecked Sendable {
    private var start: UnsafeMutableRawPointer
    private var capacity: Int
    private(set) var size = 0

    /// How many hold a shared lock, and who holds those that only one can.
    var shared = 0
    var reserved: ObjectIdentifier?
    var pending: ObjectIdentifier?
    var exclusive: ObjectIdentifier?
    /// The log's index, and the locks on it: how many share each, or -1 for one alone.
    private var regions: [UnsafeMutableRawPointer] = []
    var indexLocks = [Int](repeating: 0, count: Int(SQLITE_SHM_NLOCK))
    var indexUsers = 0

    init(_ bytes: [UInt8]) {
        capacity = max(bytes.count, 4096)
        start = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 8)
        bytes.withUnsafeBytes { if let base = $0.baseAddress { start.copyMemory(from: base, byteCount: bytes.count) } }
        size = bytes.count
    }

    deinit {
        start.deallocate()
        freeIndex()
    }

    var content: [UInt8] { Array(UnsafeRawBufferPointer(start: start, count: size)) }

    func read(_ bytes: UnsafeMutableRawPointer, _ count: Int, at offset: Int) -> Int32 {
        let there = min(max(size - offset, 0), count)
        bytes.copyMemory(from: start + min(offset, size), byteCount: there)
        if there == count { return SQLITE_OK }
        memset(bytes + there, 0, count - there)
        return SQLITE_IOERR | 2 << 8  // SQLITE_IOERR_SHORT_READ
    }

    func write(_ bytes: UnsafeRawPointer, _ count: Int, at offset: Int) {
        let end = offset + count
        if end > capacity {
            let more = max(end, capacity * 2)
            let grown = UnsafeMutableRawPointer.allocate(byteCount: more, alignment: 8)
            grown.copyMemory(from: start, byteCount: size)
            start.deallocate()
            (start, capacity) = (grown, more)
        }
        if offset > size { memset(start + size, 0, offset - size) }
        (start + offset).copyMemory(from: bytes, byteCount: count)
        size = max(size, end)
    }

    func truncate(to size: Int) { if size < self.size { self.size = size } }

    /// A region of the log's index; nil where it is not there and is not to be made.
    func region(_ number: Int, ofBytes bytes: Int, makes: Bool) -> UnsafeMutableRawPointer? {
        while regions.count <= number {
            guard makes else { return nil }
            let region = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 8)
            memset(region, 0, bytes)
            regions.append(region)
        }
        return regions[number]
    }

    func freeIndex() {
        for region in regions { region.deallocate() }
        regions = []
    }
}

/// One connection's hold on a file in memory.
final class MemoryOpening {
    /// What SQLite allocates for an open file.
    struct File {
        var base = sqlite3_file()
        var opening: Unmanaged<MemoryOpening>
    }

    let file: MemoryFile
    private let disk: SimulatedDisk?
    private let deletes: String?
    private var level = SQLITE_LOCK_NONE
    private var usesIndex = false
    private var sharesIndex: UInt32 = 0
    private var ownsIndex: UInt32 = 0

    init(_ file: MemoryFile, on disk: SimulatedDisk?, deletes: String?) {
        self.file = file
        self.disk = disk
        self.deletes = deletes
    }

    func attach(to memory: UnsafeMutablePointer<sqlite3_file>) {
        var made = File(opening: .passRetained(self))
        made.base.pMethods = UnsafePointer(bitPattern: Self.methods)
        UnsafeMutableRawPointer(memory).storeBytes(of: made, as: File.self)
    }

    private static func of(_ memory: UnsafeMutablePointer<sqlite3_file>?) -> MemoryOpening? {
        memory.map { UnsafeRawPointer($0).load(as: File.self).opening.takeUnretainedValue() }
    }

    private func close() {
        unlock(SQLITE_LOCK_NONE)
        if usesIndex { leaveIndex() }
        if let deletes { MemoryFiles.set(deletes, to: nil) }
    }

    // MARK: Locks

    private func lock(_ wanted: Int32) -> Int32 {
        let own = ObjectIdentifier(self)
        func isOthers(_ holder: ObjectIdentifier?) -> Bool { holder != nil && holder != own }
        if level >= wanted { return SQLITE_OK }
        if level == SQLITE_LOCK_NONE {
            if isOthers(file.pending) || isOthers(file.exclusive) { return SQLITE_BUSY }
            file.shared += 1
            level = SQLITE_LOCK_SHARED
        }
        if wanted == SQLITE_LOCK_SHARED { return SQLITE_OK }
        if isOthers(file.reserved) || isOthers(file.pending) || isOthers(file.exclusive) { return SQLITE_BUSY }
        file.reserved = own
        level = max(level, SQLITE_LOCK_RESERVED)
        if wanted == SQLITE_LOCK_RESERVED { return SQLITE_OK }
        file.pending = own
        level = SQLITE_LOCK_PENDING
        if file.shared > 1 { return SQLITE_BUSY }
        file.exclusive = own
        level = SQLITE_LOCK_EXCLUSIVE
        return SQLITE_OK
    }

    private func unlock(_ wanted: Int32) {
        if level <= wanted { return }
        let own = ObjectIdentifier(self)
        if file.reserved == own { file.reserved = nil }
        if file.pending == own { file.pending = nil }
        if file.exclusive == own { file.exclusive = nil }
        if wanted == SQLITE_LOCK_NONE { file.shared -= 1 }
        level = wanted
    }

    private func lockIndex(_ first: Int, _ count: Int, _ flags: Int32) -> Int32 {
        let slots = first..<first + count
        let mask = slots.reduce(UInt32(0)) { $0 | 1 << UInt32($1) }
        if flags & SQLITE_SHM_UNLOCK != 0 {
            for slot in slots {
                let bit = UInt32(1) << UInt32(slot)
                if ownsIndex & bit != 0 { file.indexLocks[slot] = 0 }
                if sharesIndex & bit != 0 { file.indexLocks[slot] -= 1 }
            }
            (ownsIndex, sharesIndex) = (ownsIndex & ~mask, sharesIndex & ~mask)
        } else if flags & SQLITE_SHM_SHARED != 0 {
            if sharesIndex & mask == mask { return SQLITE_OK }
            if slots.contains(where: { file.indexLocks[$0] < 0 }) { return SQLITE_BUSY }
            for slot in slots where sharesIndex & 1 << UInt32(slot) == 0 { file.indexLocks[slot] += 1 }
            sharesIndex |= mask
        } else {
            if slots.contains(where: { file.indexLocks[$0] != 0 && ownsIndex & 1 << UInt32($0) == 0 }) {
                return SQLITE_BUSY
            }
            for slot in slots { file.indexLocks[slot] = -1 }
            ownsIndex |= mask
        }
        return SQLITE_OK
    }

    private func leaveIndex() {
        _ = lockIndex(0, Int(SQLITE_SHM_NLOCK), SQLITE_SHM_UNLOCK | SQLITE_SHM_EXCLUSIVE)
        usesIndex = false
        file.indexUsers -= 1
        if file.indexUsers == 0 { file.freeIndex() }
    }

    private func region(_ number: Int32, _ bytes: Int32, makes: Bool) -> UnsafeMutableRawPointer? {
        if !usesIndex {
            usesIndex = true
            file.indexUsers += 1
        }
        return file.region(Int(number), ofBytes: Int(bytes), makes: makes)
    }

    // MARK: Methods

    /// The table of methods, by its address.
    private static let methods: UInt = {
        let methods = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
        var table = sqlite3_io_methods()
        table.iVersion = 2
        table.xClose = { memory in
            guard let opening = of(memory), let memory else { return SQLITE_OK }
            opening.close()
            UnsafeRawPointer(memory).load(as: File.self).opening.release()
            return SQLITE_OK
        }
        table.xRead = { memory, bytes, count, offset in
            guard let bytes, let opening = of(memory) else { return SQLITE_IOERR }
            return opening.file.read(bytes, Int(count), at: Int(offset))
        }
        table.xWrite = { memory, bytes, count, offset in
            guard let bytes, let opening = of(memory) else { return SQLITE_IOERR }
            return SimulatedDisk.change(on: opening.disk, SimulatedDisk.writeError, bytes: Int(count)) {
                opening.file.write(bytes, $0, at: Int(offset))
            }
        }
        table.xTruncate = { memory, size in
            guard let opening = of(memory) else { return SQLITE_IOERR }
            return SimulatedDisk.change(on: opening.disk, SimulatedDisk.truncateError) { _ in
                opening.file.truncate(to: Int(size))
            }
        }
        table.xSync = { memory, _ in
            of(memory).map { SimulatedDisk.change(on: $0.disk, SimulatedDisk.syncError) { _ in } } ?? SQLITE_IOERR
        }
        table.xFileSize = { memory, size in
            size?.pointee = Int64(of(memory)?.file.size ?? 0)
            return SQLITE_OK
        }
        table.xLock = { memory, level in of(memory)?.lock(level) ?? SQLITE_IOERR }
        table.xUnlock = { memory, level in
            of(memory)?.unlock(level)
            return SQLITE_OK
        }
        table.xCheckReservedLock = { memory, result in
            result?.pointee = of(memory)?.file.reserved == nil ? 0 : 1
            return SQLITE_OK
        }
        table.xFileControl = { _, _, _ in SQLITE_NOTFOUND }
        table.xSectorSize = { _ in 4096 }
        table.xDeviceCharacteristics = { _ in SQLITE_IOCAP_POWERSAFE_OVERWRITE }
        table.xShmMap = { memory, number, bytes, makes, result in
            guard let opening = of(memory) else { return SQLITE_IOERR }
            result?.pointee = opening.region(number, bytes, makes: makes != 0).map { UnsafeMutableRawPointer($0) }
            return SQLITE_OK
        }
        table.xShmLock = { memory, first, count, flags in
            of(memory)?.lockIndex(Int(first), Int(count), flags) ?? SQLITE_IOERR
        }
        table.xShmBarrier = { _ in }
        table.xShmUnmap = { memory, _ in
            if let opening = of(memory), opening.usesIndex { opening.leaveIndex() }
            return SQLITE_OK
        }
        methods.initialize(to: table)
        return UInt(bitPattern: methods)
    }()
}
