import CentralServer
import OfflineClient
import SQLite
import SyncProtocol
import SyncStore

/// A history of a ``CutWorld`` from a seed: people work, devices enrol and sync, programs end and start again; and at
/// every sync of a file, and whenever something was acknowledged, the power fails.
final class CutHistory {
    private let world: CutWorld
    private(set) var checks: CutChecks
    private var random: SeededRandom
    private(set) var step = 0
    private var notes: [RecordID: String] = [:]

    /// - Parameter lie: the name of the file whose syncs every disk only pretends to do.
    init(seed: UInt64, folder: String, lie: String? = nil) throws {
        random = SeededRandom(seed: seed)
        world = try CutWorld(folder: folder, seed: seed, checkpointPages: random.pick(8...80), lie: lie)
        checks = CutChecks(world, seed: seed)
    }

    func close() { world.close() }

    private enum Operation: CaseIterable {
        case write, delete, undelete, undo, decide, sync, syncTogether, restart, restartCentre, enrol, office, revoke
        case collect, redact
    }

    /// Runs the history.
    ///
    /// - Throws: ``Violation``.
    func run(steps: Int) throws {
        try world.centre.server.save(OfficeEntry(code: "A", name: "Office A"))
        try world.centre.server.change(CentralServer.leaseDays, to: 2)
        try world.centre.server.change(CentralServer.deletedDays, to: 0)
        try centreAcknowledged()
        try enrol()
        while step < steps {
            step += 1
            world.clock.advance(Int64(random.pick(1...600_000)))
            let operation = random.pick(weighted: [
                (Operation.write, 24), (.delete, 4), (.undelete, 2), (.undo, 4), (.decide, 5), (.sync, 22),
                (.syncTogether, 6), (.restart, 4), (.restartCentre, 3), (.enrol, world.devices.count < 4 ? 8 : 0),
                (.office, 1), (.revoke, 1), (.collect, 2), (.redact, 1),
            ])
            if let operation { try perform(operation) }
        }
    }

    private func perform(_ operation: Operation) throws {
        guard let device = random.pick(world.devices) else { return }
        switch operation {
        case .write: try write(device)
        case .delete: try change(device) { transaction, id in try transaction.delete("cases", id) }
        case .undelete: try change(device) { transaction, id in try transaction.undelete("cases", id) }
        case .undo: try attempt { forget(try device.client.undo(operator: "o"), device) }
        case .decide: try decide(device)
        case .sync: try sync([device])
        case .syncTogether: try sync(world.devices)
        case .restart: try world.restart(device)
        case .restartCentre: try world.restartCentre()
        case .enrol: try enrol()
        case .office: try world.centre.server.save(OfficeEntry(code: "O\(step)", name: "Office \(step)"))
        case .revoke: try revoke(device)
        case .collect:
            world.clock.advance(90_000_000)
            _ = try world.centre.server.collect()
        case .redact: try redact()
        }
        try acknowledged(device)
        try centreAcknowledged()
    }

    // MARK: Acknowledging

    /// What was done so far on a device was told to its operator.
    private func acknowledged(_ device: CutDevice) throws {
        try checks.cut(device)
        device.disk.acknowledge()
        try checks.cut(device)
    }

    private func centreAcknowledged() throws {
        try checks.cutCentre()
        world.centreDisk.acknowledge()
        try checks.cutCentre()
    }

    /// Does what may be refused.
    private func attempt(_ body: () throws -> Void) throws {
        do { try body() } catch is ClientError {}
    }

    // MARK: People

    private func write(_ device: CutDevice) throws {
        let known = try cases(device)
        var taken: [String] = []
        try device.client.write(operator: "o") { transaction in
            for _ in 0..<random.pick(1...4) {
                if known.count < 3 || random.chance(30) {
                    let story = String(repeating: "x", count: random.pick(0...3000))
                    let id = try transaction.insert(
                        "cases", ["title": .text("case"), "status": .text("new"), "note": .text(story)])
                    let text = "note \(notes.count)"
                    let note = try transaction.insert("notes", ["case_id": .bytes(id.bytes), "text": .text(text)])
                    notes[note] = text
                    taken.append(text)
                } else if let id = random.pick(known), try transaction.read("cases", id) != nil {
                    try transaction.update(
                        "cases", id, ["priority": .integer(Int64(step)), "channel": .text("by \(device.index)")])
                }
            }
        }
        try checks.cut(device)
        device.notes.formUnion(taken)
    }

    /// What was made by an action that is undone need not be there.
    private func forget(_ action: UndoneAction, _ device: CutDevice) {
        for text in action.records.compactMap({ notes[$0.record] }) {
            device.notes.remove(text)
            world.notesAtCentre.remove(text)
        }
    }

    private func change(_ device: CutDevice, _ body: (LocalTransaction, RecordID) throws -> Void) throws {
        guard let id = random.pick(try cases(device)) else { return }
        try attempt { try device.client.write(operator: "o") { try body($0, id) } }
    }

    private func decide(_ device: CutDevice) throws {
        guard let entry = random.pick(try device.client.conflicts()) else { return }
        try attempt {
            if random.chance(60) {
                try device.client.restore(entry.id, operator: "o", evenIfChanged: true)
            } else {
                try device.client.accept(entry.id, operator: "o")
            }
        }
    }

    private func cases(_ device: CutDevice) throws -> [RecordID] {
        try device.client.query { connection in
            let select = try connection.statement("SELECT id FROM cases ORDER BY id")
            defer { select.reset() }
            var ids: [RecordID] = []
            while try select.step() { if let id = RecordID(bytes: select.bytes(0)) { ids.append(id) } }
            return ids
        }
    }

    // MARK: Devices and the centre

    private func enrol() throws {
        let device = try world.addDevice()
        let code = try world.centre.server.makeCode(office: "A", name: "d\(device.index)", profile: [:])
        try centreAcknowledged()
        device.code = code
        let request = try device.client.enrolRequest(code: code, deviceName: "d", server: "s")
        try acknowledged(device)
        let answer = world.centre.server.enrol(request)
        try centreAcknowledged()
        try device.client.enrolled(answer.encoded)
        try acknowledged(device)
    }

    private func revoke(_ device: CutDevice) throws {
        guard
            let entry = try world.centre.storage.read({ try $0.devices() }).first(where: {
                $0.name == "d\(device.index)"
            })
        else { return }
        device.isRevoked = true
        try world.centre.server.revoke(device: entry.id)
        try centreAcknowledged()
        try world.centre.server.reinstate(device: entry.id)
        try centreAcknowledged()
        device.isRevoked = false
    }

    private func redact() throws {
        var targets: [SyncProtocol.RecordKey] = []
        try world.centre.storage.read { snapshot in
            try snapshot.scan(after: 0) { row in
                let state = try row.record().state
                if state.collection == SimulatedSchema.cases, !state.isDeleted { targets.append(state.key) }
                return true
            }
        }
        guard let key = random.pick(targets) else { return }
        let server = world.centre.server
        let request = try server.askRedaction(of: [(key, [5])], why: "asked", by: "first")
        try centreAcknowledged()
        try server.confirmRedaction(request, by: "second")
        try centreAcknowledged()
        try world.centre.storage.scrub()
    }

    // MARK: Syncing

    /// A sync under way.
    private final class Sync {
        let device: CutDevice
        var session: SyncSession
        var message: [UInt8] = []

        init(_ device: CutDevice, pageBytes: Int) {
            self.device = device
            session = SyncSession(device.client, pageBytes: pageBytes)
        }
    }

    /// Lets devices sync, in step with each other, so that their pushes share commits; now and then an answer is lost.
    private func sync(_ devices: [CutDevice]) throws {
        let pageBytes = random.chance(50) ? random.pick(200...2000) : Limits.pageBytes
        var running = devices.map { Sync($0, pageBytes: pageBytes) }
        for _ in 0..<200 where !running.isEmpty {
            var asking: [Sync] = []
            for sync in running {
                switch try sync.session.next() {
                case .send(let message):
                    sync.message = message
                    asking.append(sync)
                case .finish: world.notesAtCentre.formUnion(sync.device.notes)
                }
                try acknowledged(sync.device)
            }
            let answers = world.centre.server.sync(
                together: try asking.map { ($0.message, try $0.device.client.credential()) })
            try centreAcknowledged()
            running = []
            for (sync, answer) in zip(asking, answers) where !random.chance(5) {
                try sync.session.received(answer.encoded)
                try acknowledged(sync.device)
                running.append(sync)
            }
        }
        guard running.isEmpty else { throw Violation("I7", "a sync does not end") }
    }
}
