import CentralServer
import OfflineClient
import SQLite
import SyncProtocol

/// What must hold of whatever a power cut leaves.
struct CutChecks {
    /// How much was tried.
    struct Counts {
        /// Moments at which the power failed.
        var cuts = 0
        /// Disks that this left, each opened by the real store.
        var images = 0
        /// Those on which everybody then worked on until all agreed.
        var resumed = 0
    }

    let world: CutWorld
    var counts = Counts()
    /// Chooses what is kept of what was not synced.
    private var random: SeededRandom
    private let ofImages: SharedRandom

    init(_ world: CutWorld, seed: UInt64) {
        self.world = world
        random = SeededRandom(seed: seed ^ 0xC07)
        ofImages = SharedRandom(seed: seed ^ 0x1337)
    }

    /// Lets the power of the centre fail at each moment since the last call.
    mutating func cutCentre() throws {
        let disk = world.centreDisk
        for moment in disk.takeMoments() {
            try each(moment) { checks, folder, what in
                let centre: CutWorld.OpenCentre
                do {
                    centre = try CutWorld.centre(in: folder, checks.world.schema, checks.world.clock, checks.ofImages)
                } catch {
                    throw Violation("R7", "\(what): the centre can't be opened: \(error)")
                }
                defer { try? centre.storage.close() }
                let verified = try centre.storage.verify()
                guard verified.faults.isEmpty, verified.damaged.isEmpty else {
                    throw Violation("R7", "\(what): \(verified.faults) \(verified.damaged)")
                }
                for file in CutWorld.centreFiles { try checks.compare(folder, file, disk, moment, what) }
                try checks.compareNotes(folder + "/centre.db", checks.world.notesAtCentre, what)
                if checks.random.chance(10) {
                    checks.counts.resumed += 1
                    try checks.resume(centre, folder, what)
                }
            }
        }
    }

    /// Lets the power of a device fail at each moment since the last call.
    mutating func cut(_ device: CutDevice) throws {
        for moment in device.disk.takeMoments() {
            try each(moment) { checks, folder, what in
                let client: OfflineClient
                do {
                    client = try CutWorld.client(in: folder, checks.world.schema, checks.world.clock, checks.ofImages)
                } catch {
                    throw Violation("R7", "\(what): the device can't be opened: \(error)")
                }
                defer { try? client.close() }
                let faults = try client.database.integrityFaults()
                guard faults.isEmpty else { throw Violation("R7", "\(what): \(faults)") }
                let path = folder + "/" + CutWorld.deviceFile
                try checks.compare(folder, CutWorld.deviceFile, device.disk, moment, what)
                try checks.compareNotes(path, device.notes, what)
                if checks.random.chance(20), !device.isRevoked, !device.code.isEmpty {
                    checks.counts.resumed += 1
                    try checks.resume(client, of: device, folder, what)
                }
            }
        }
    }

    /// Makes every image of a moment and looks at it.
    private mutating func each(
        _ moment: VolatileDisk.Moment, _ body: (inout CutChecks, String, String) throws -> Void
    ) throws {
        counts.cuts += 1
        for image in moment.surface.isSettled ? [.all] : CutImage.allCases {
            counts.images += 1
            let folder = world.folder + "/image"
            defer { CutWorld.remove(folder) }
            try CutWorld.lay(image.files(of: moment.surface, &random), in: folder)
            try body(&self, folder, "cut before the sync of \(moment.place), image \(image.rawValue)")
        }
    }

    // MARK: What is there

    /// The file holds what it held after one commit: the last that was acknowledged, one after it, or the one under way.
    private func compare(
        _ folder: String, _ file: String, _ disk: VolatileDisk, _ moment: VolatileDisk.Moment, _ what: String
    ) throws {
        let commits = disk.commits(of: file)
        let first = moment.acknowledged[file] ?? 0
        let last = min((moment.committed[file] ?? 0) + 1, commits.count - 1)
        let allowed = commits[first...last]
        if allowed.contains(nil) { return }
        let found = try StoredContents.hash(ofFile: folder + "/" + file)
        if allowed.contains(found) { return }
        if let older = commits[..<first].lastIndex(of: found) {
            throw Violation("I1", "\(what): \(file) is at commit \(older), and commit \(first) was acknowledged")
        }
        throw Violation("I12", "\(what): \(file) holds none of the states \(first)…\(last)")
    }

    /// Every note that was acknowledged is there, whatever else is.
    private func compareNotes(_ path: String, _ acknowledged: Set<String>, _ what: String) throws {
        if acknowledged.isEmpty { return }
        let found = Set(try StoredContents.texts("SELECT text FROM notes", ofFile: path))
        let lost = acknowledged.subtracting(found).sorted()
        guard lost.isEmpty else { throw Violation("I1", "\(what): acknowledged and gone are \(lost)") }
    }

    // MARK: Going on

    /// A device whose power failed goes on with the centre as it is now.
    private func resume(_ client: OfflineClient, of device: CutDevice, _ folder: String, _ what: String) throws {
        let other = folder + "-centre"
        defer { CutWorld.remove(other) }
        var whole = SeededRandom(seed: 0)
        try CutWorld.lay(CutImage.all.files(of: world.centreDisk.surface, &whole), in: other)
        let centre = try CutWorld.centre(in: other, world.schema, world.clock, ofImages)
        defer { try? centre.storage.close() }
        try goOn(client, device, centre, what)
        try compareNotes(other + "/centre.db", device.notes, what + ", gone on")
    }

    /// A centre whose power failed goes on with all devices as they are now.
    private func resume(_ centre: CutWorld.OpenCentre, _ folder: String, _ what: String) throws {
        var clients: [(OfflineClient, CutDevice)] = []
        defer {
            for (client, device) in clients {
                try? client.close()
                CutWorld.remove(folder + "-\(device.index)")
            }
        }
        var whole = SeededRandom(seed: 0)
        for device in world.devices where !device.isRevoked && !device.code.isEmpty {
            let other = folder + "-\(device.index)"
            try CutWorld.lay(CutImage.all.files(of: device.disk.surface, &whole), in: other)
            clients.append((try CutWorld.client(in: other, world.schema, world.clock, ofImages), device))
        }
        // Twice, for the first one learns what the last one brought.
        for _ in 0..<2 { for (client, device) in clients { try goOn(client, device, centre, what) } }
        let notes = clients.reduce(into: Set<String>()) { $0.formUnion($1.1.notes) }
        try compareNotes(folder + "/centre.db", notes, what + ", gone on")
    }

    /// Enrols where the device had not done so, and syncs until it agrees.
    private func goOn(
        _ client: OfflineClient, _ device: CutDevice, _ centre: CutWorld.OpenCentre, _ what: String
    ) throws {
        do {
            if try !client.isEnrolled {
                let request = try client.enrolRequest(code: device.code, deviceName: "d", server: "s")
                try client.enrolled(centre.server.enrol(request).encoded)
            }
            let credential = try client.credential()
            var session = SyncSession(client)
            for _ in 0..<200 {
                switch try session.next() {
                case .finish:
                    let status = try client.status()
                    guard status.isAgreed, status.pending == 0 else {
                        throw Violation("I6", "\(what): device \(device.index) went on and does not agree: \(status)")
                    }
                    return
                case .send(let message):
                    try session.received(centre.server.sync(message, credential: credential).encoded)
                }
            }
            throw Violation("I7", "\(what): the sync of device \(device.index) does not end")
        } catch let error as Violation {
            throw error
        } catch {
            throw Violation("I7", "\(what): device \(device.index) can't go on: \(error)")
        }
    }
}
