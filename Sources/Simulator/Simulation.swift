import CentralServer
import OfflineClient
import SQLite
import SyncProtocol

/// One history: devices, a centre, a network and time, all from one seed.
final class Simulation {
    let seed: UInt64
    let options: Options
    var random: SeededRandom
    var oracle: Oracle
    let centre: Centre
    var devices: [Device] = []
    var network: [Packet] = []
    var trace: Trace
    var step = 0
    /// The time that really passed, in milliseconds since 1970.
    var now: Int64 = 1_640_995_200_000
    var adopted: [EntryKey: RecordID] = [:]
    /// The ids of cases that anybody ever made, to choose from.
    var known: [RecordKey] = []
    var attempts = 0
    var served = 0
    /// The last backup of the centre's records, and how often they were restored.
    var centreBackup: (bytes: [UInt8], model: ModelBackup)?
    var restores = 0
    /// By replica and the cursor that its healing will end with: how often the scopes had changed when it was given out.
    var healings: [ReplicaID: [[UInt8]: Int]] = [:]
    /// The records of which the last restore lost something.
    var lost: [RecordKey] = []
    /// Whether the centre ever forgot what was deleted, and how many days were let pass for it.
    var hasCollected = false
    var daysPassed = 0
    /// The changes that devices which gave back had got acknowledged, by what their requests say of them.
    var chains: [Chain: [[UInt8]]] = [:]
    /// How many values of persons were made up.
    var persons = 0

    /// What the server held when it answered: of the records those that the device sees.
    struct Told {
        let records: [RecordKey: ModelRecord]
        let dealt: [ModelDealt]
    }

    /// A message under way.
    struct Packet {
        enum Content {
            case request
            case answer(Told)
        }

        let device: Int
        /// What the device shows with it, and whose that is.
        let credential: [UInt8]
        let account: Int64
        let attempt: Int
        let bytes: [UInt8]
        let content: Content
        let arrival: Int64

        var isRequest: Bool { if case .request = content { true } else { false } }
    }

    init(seed: UInt64, options: Options, folder: String, trace extent: Trace.Extent) throws {
        self.seed = seed
        self.options = options
        random = SeededRandom(seed: seed)
        trace = Trace(extent)
        let kind = options.oldServer ? SimulatedSchema.old : .new
        oracle = Oracle(rules: SimulatedRules(isNew: kind == .new))
        centre = try Centre(
            path: folder + "/centre.db", clock: SimulatedClock(time: now), seed: random.next(), kind: kind)
        try centre.server.save(OfficeEntry(code: "A", name: "A"))
        if options.scopes > 0 { try openOffices() }
        if options.collection > 0 { try shortenLeases() }
        for index in 0..<options.replicas {
            let kind: SimulatedSchema =
                options.schemas ? random.pick([.old, .new, .wrong]) ?? .new : options.oldServer ? .old : .new
            let error = options.skew ? clockError() : 0
            let drift = options.skew ? Int64(random.pick(-50_000...50_000)) : 0
            devices.append(
                try Device(
                    index: index, path: folder + "/device\(index).db",
                    clock: SimulatedClock(time: now, error: error, drift: drift), seed: random.next(), kind: kind))
            if options.scopes > 0, let office = random.pick(SimulatedScopes.offices) {
                devices[index].office = office.code
            }
            if options.failures > 0 { devices[index].checkpointPages = random.pick([1, 10, 50, 1000]) }
        }
    }

    /// By how much a wrong clock is off: seconds, minutes, days or twenty years, either way.
    ///
    /// Most are below what the server tolerates, for only such times reach the others.
    func clockError() -> Int64 {
        let most = random.pick([2000, 60_000, 240_000, 240_000, 600_000, 86_400_000, 631_152_000_000]) ?? 0
        return Int64(random.pick(-most...most))
    }

    // MARK: The history

    /// Runs the history to its end; throws the first ``Violation``.
    func run() throws {
        try enrol(devices[0])
        for step in 1...options.steps {
            self.step = step
            pass(random.pick(0...options.pause))
            try deliverDue()
            try act()
        }
        try heal()
    }

    func pass(_ milliseconds: Int) {
        now += Int64(milliseconds)
        centre.clock.advance(Int64(milliseconds))
        for device in devices { device.clock.advance(Int64(milliseconds)) }
    }

    func note(_ text: @autoclosure () -> String) {
        if trace.extent != .none { trace.add("\(step) \(text())") }
    }

    private func act() throws {
        if random.chance(options.clockJumps), let device = random.pick(devices) {
            jump(device)
            // What is written before the next sync sets the clock right.
            if device.isEnrolled, random.chance(50) { try operate(device) }
        }
        if random.chance(options.crashes), let device = random.pick(devices.filter(\.isEnrolled)) { try crash(device) }
        if random.chance(options.crashes / 2) { try restartCentre() }
        if random.chance(options.epochs) {
            note("the centre begins a new epoch")
            try centre.changeEpoch()
            try noteEpoch()
        }
        if options.scopes > 0, random.chance(options.scopes) { try changeScopes() }
        if options.restores > 0, random.chance(5) { try backUpOrRestoreCentre() }
        if options.collection > 0, random.chance(options.collection) { try collectOrWait() }
        if options.revocations > 0, random.chance(options.revocations) { try revokeOrDecide() }
        if options.redactions > 0, random.chance(options.redactions) { try redact() }
        if random.chance(options.copies), let device = random.pick(devices.filter(\.isEnrolled)) { try copy(device) }
        if random.chance(options.partitions), let device = random.pick(devices) {
            (device.isCutOut, device.isCutIn) = (random.chance(50), random.chance(50))
            note("device \(device.index) cut out \(device.isCutOut) in \(device.isCutIn)")
        }
        guard let device = random.pick(devices) else { return }
        guard device.isEnrolled else {
            if !options.late || random.chance(4) { try enrol(device) }
            return
        }
        if random.chance(options.fullDisks) { try setFull(device, !device.isFull) }
        if random.chance(options.syncs) {
            try sync(device)
        } else if random.chance(8), let next = network.map(\.arrival).min() {
            pass(Int(max(next - now, 0)))
            try deliverDue()
        } else {
            try operate(device)
        }
    }

    // MARK: Faults

    private func jump(_ device: Device) {
        switch random.pick(0...4) {
        case 0: device.clock.set(frozen: true)
        case 1: device.clock.set(frozen: false)
        case 2: device.clock.set(error: 0)
        default: device.clock.set(error: clockError())
        }
        note("device \(device.index) clock off by \(device.clock.error)")
    }

    func crash(_ device: Device) throws {
        if options.schemas, device.kind == .old, random.chance(30) {
            device.kind = .new
            device.schema = try device.kind.schema()
        }
        try startAgain(device)
        note("device \(device.index) starts again, schema \(device.kind)")
        try check(device, isWhole: true)
    }

    /// Kills a device's programs, and starts them anew on a disk that has room.
    func startAgain(_ device: Device) throws {
        device.kill()
        device.isFull = false
        try device.open(processes: options.processes ? 2 : 1)
    }

    private func restartCentre() throws {
        let kind = centre.kind == .old && random.chance(30) ? SimulatedSchema.new : centre.kind
        try centre.restart(kind)
        oracle.rules = SimulatedRules(isNew: kind == .new)
        note("the centre starts again, schema \(kind)")
        try checkCentre()
    }

    private func setFull(_ device: Device, _ isFull: Bool) throws {
        guard let client = device.client else { return }
        try client.database.write { connection in
            let pages = try connection.scalar("PRAGMA page_count") ?? 0
            _ = try connection.scalar("PRAGMA max_page_count=\(isFull ? pages : 1_000_000)")
        }
        device.isFull = isFull
        note("device \(device.index) disk \(isFull ? "full" : "has room")")
    }

    /// Backs a database up, restores it, or copies it to another device.
    private func copy(_ device: Device) throws {
        switch (random.pick(0...2), device.backup) {
        case (1, let backup?):
            device.processes = []
            device.write(backup.files, to: device.path)
            (device.kind, device.replica, device.account) = (backup.schema, backup.model.replica, backup.account)
            device.credential = backup.credential
            device.schema = try device.kind.schema()
            oracle.devices[device.index] = backup.model
            device.isCopy = true
            note("device \(device.index) is restored from its backup")
            try crash(device)
        case (2, _) where devices.count < 8:
            guard let model = oracle.devices[device.index] else { return }
            let clone = try Device(
                index: devices.count,
                path: device.path.replacing("device\(device.index)", with: "device\(devices.count)"),
                clock: SimulatedClock(time: now, error: device.clock.error), seed: random.next(), kind: device.kind)
            clone.write(device.files(), to: clone.path)
            (clone.replica, clone.credential, clone.office) = (device.replica, device.credential, device.office)
            clone.account = device.account
            devices.append(clone)
            (clone.isCopy, device.isCopy) = (true, true)
            clone.operatorName = device.operatorName
            oracle.devices[clone.index] = model
            note("device \(device.index) is copied as device \(clone.index)")
            try crash(clone)
        default:
            guard let model = oracle.devices[device.index] else { return }
            device.backup = (device.files(), model, device.kind, device.account, device.credential)
            note("device \(device.index) is backed up")
        }
    }

    private func enrol(_ device: Device) throws {
        try device.open(processes: 1)
        guard let client = device.client else { return }
        let code = try centre.server.makeCode(office: device.office, name: "device\(device.index)", profile: [:])
        // The answer may get lost; the device asks again.
        for isLast in [random.chance(50), true] {
            let request = try client.enrolRequest(code: code, deviceName: "device", server: "")
            let answer = centre.server.enrol(request).encoded
            guard isLast else { continue }
            try client.enrolled(answer)
            break
        }
        device.credential = try client.credential()
        device.replica = try client.status().replica
        oracle.devices[device.index] = ModelDevice(replica: device.replica)
        oracle.dealt[device.replica] = []
        oracle.officeOf[device.replica] = device.office
        device.account = try account(of: device.replica)
        oracle.accountOf[device.replica] = device.account
        if options.processes { try device.open(processes: 2) }
        note("device \(device.index) is replica \(device.replica)")
    }

    // MARK: The end

    /// Takes all faults away: everyone must come together within two syncs each, and three more.
    private func heal() throws {
        step += 1
        network = []
        for device in devices {
            (device.isCutOut, device.isCutIn) = (false, false)
            if !device.isEnrolled { try enrol(device) }
            if device.isFull { try setFull(device, false) }
            for process in device.processes { process.sync = nil }
            try letIn(device)
        }
        note("all faults end")
        let most = 2 * devices.count + 3
        var syncs = 0
        var order = devices
        while syncs < most {
            let device = order.removeFirst()
            order.append(device)
            try syncWhole(device)
            syncs += 1
        }
        for device in devices { try checkSettled(device) }
        try checkCentre()
        try checkErased()
    }

    private func syncWhole(_ device: Device) throws {
        guard let client = device.client else { return }
        let sync = Device.Sync(client, pageBytes: options.pageBytes)
        for _ in 0..<10_000 {
            let place = try device.place()
            let action = try sync.session.next()
            try checkHealed(device, from: place)
            switch action {
            case .finish: return
            case .send(let bytes):
                let request = Asked(bytes)
                try noteSent(request, device)
                pass(1)
                let answer = try serve([(device, device.account, device.credential, bytes, request)])[0]
                try receive(device, sync, answer, request, told(to: device, request))
            }
        }
        throw Violation("I6", "the sync of device \(device.index) does not end")
    }

    private func checkSettled(_ device: Device) throws {
        try check(device, isWhole: true)
        guard let status = try device.client?.status(), let model = oracle.devices[device.index] else { return }
        let visible = oracle.visible(to: device.office)
        let digest = try centre.records(after: 0).filter { visible[$0.key] != nil }
            .reduce(UInt64(0)) { $0 &+ $1.value.digest }
        guard status.pending == 0, status.digest == digest, status.isAgreed else {
            throw Violation("I6", "device \(device.index) does not come together: \(status), centre digest \(digest)")
        }
        guard status.isSynced == model.refused.isEmpty else {
            throw Violation("I14", "device \(device.index): \(status)")
        }
        for (number, replica) in model.escrowed.sorted(by: { $0.key < $1.key }) {
            guard let bytes = model.refused[number]?.bytes,
                let kept = oracle.escrow[EscrowKey(replica: replica, number: number)]
            else { continue }
            if kept.decision != nil, oracle.cleaned(kept.bytes) == oracle.cleaned(bytes) {
                throw Violation("I7", "device \(device.index) was not told what the centre decided about \(number)")
            }
        }
    }
}

/// What happened, line by line, and a hash over all of it.
struct Trace {
    /// How much of it is kept.
    enum Extent {
        /// Nothing: to write it takes time, and the same seed can be run again.
        case none
        /// The hash and the last lines.
        case end
        case all
    }

    let extent: Extent
    private(set) var lines: [String] = []
    private(set) var hash: UInt64 = 0

    init(_ extent: Extent) { self.extent = extent }

    mutating func add(_ line: String) {
        hash = XXHash64.hash(Array(line.utf8), seed: hash)
        if extent != .all, lines.count >= 80 { lines.removeFirst(40) }
        lines.append(line)
    }
}
