import CentralServer
import OfflineClient
import SQLite
import SyncProtocol

/// Messages on their way, and what they do where they arrive.
extension Simulation {
    /// Starts a sync, or goes on with one that has waited too long.
    func sync(_ device: Device) throws {
        guard let process = random.pick(device.processes) else { return }
        if let sync = process.sync {
            guard sync.request == nil || now >= sync.deadline else { return }
            if sync.request != nil, random.chance(50) {
                note("device \(device.index) gives up")
                process.sync = nil
                return
            }
        } else {
            process.sync = Device.Sync(process.client, pageBytes: options.pageBytes)
        }
        try send(device, process)
    }

    /// Sends a device's next request.
    private func send(_ device: Device, _ process: Device.Process) throws {
        guard let sync = process.sync else { return }
        let place = try device.place()
        var action: SyncSession.Action?
        var failure: (any Error)?
        shake(device.disk)
        do { action = try sync.session.next() } catch  where isOfDisk(error, device.disk) { failure = error }
        let isOver = try recover(device, from: failure)
        try checkHealed(device, from: place)
        guard let action, !isOver else { return try check(device) }
        switch action {
        case .finish(let summary):
            process.sync = nil
            note("device \(device.index) finishes: \(summary.isAgreed ? "agreed" : "not agreed")")
            if !summary.isAgreed { throw Violation("I5", "device \(device.index) ends a sync with other digests") }
            if let alarm = summary.auditAlarm {
                throw Violation("audit", "device \(device.index) takes the audit log to be \(alarm)")
            }
        case .send(let bytes):
            attempts += 1
            sync.attempt = attempts
            sync.request = Asked(bytes)
            sync.deadline = now + Int64(options.delay)
            try noteSent(sync.request, device)
            note("device \(device.index) sends \(attempts): \(Self.text(sync.request)) \(Self.hash(bytes))")
            let cut = device.isCutOut || random.chance(options.lostRequests)
            let copies = (cut ? 0 : 1) + (random.chance(options.duplicates) ? 1 : 0)
            for _ in 0..<copies {
                put(device.index, attempts, damaged(bytes), .request)
            }
        }
    }

    /// What the server holds for a device now.
    func told(to device: Device, _ request: Asked?) -> Told {
        var replica = ReplicaID.none
        if case .sync(let request) = request { replica = request.replica }
        return Told(records: oracle.visible(to: device.office), dealt: oracle.dealt[replica] ?? [])
    }

    func noteSent(_ request: Asked?, _ device: Device) throws {
        try checkFork(request, device)
        if case .repair(let request) = request {
            let chain = Chain(after: request.after, hash: request.chain)
            chains[chain] = oracle.devices[device.index]?.acknowledged
        }
    }

    /// I13: a device takes a new number only where the server has other changes under the old one.
    private func checkFork(_ request: Asked?, _ device: Device) throws {
        guard !device.isCopy, case .number = request, let model = oracle.devices[device.index],
            !model.isBetweenNumbers
        else { return }
        if model.agrees(with: oracle.dealt[model.replica] ?? []) {
            throw Violation("I13", "device \(device.index) takes itself for a copy and is none")
        }
    }

    private func put(_ device: Int, _ attempt: Int, _ bytes: [UInt8], _ content: Packet.Content) {
        let arrival = now + Int64(random.pick(0...options.delay))
        network.append(
            Packet(
                device: device, credential: devices[device].credential, account: devices[device].account,
                attempt: attempt, bytes: bytes, content: content, arrival: arrival))
    }

    private func damaged(_ bytes: [UInt8]) -> [UInt8] {
        random.chance(options.truncated) ? Array(bytes.prefix(random.pick(0...bytes.count - 1))) : bytes
    }

    /// Delivers what is due, in the order of arrival.
    func deliverDue() throws {
        while let next = network.indices.min(by: { network[$0].arrival < network[$1].arrival }),
            network[next].arrival <= now
        {
            let packet = network.remove(at: next)
            switch packet.content {
            case .request:
                var together = [packet]
                while options.batches, together.count < 4,
                    let other = network.firstIndex(where: { $0.isRequest && $0.arrival <= now })
                {
                    together.append(network.remove(at: other))
                }
                try deliver(requests: together)
            case .answer(let told): try deliver(answer: packet, told)
            }
        }
    }

    private func deliver(requests: [Packet]) throws {
        let answers = try serve(
            requests.map { (devices[$0.device], $0.account, $0.credential, $0.bytes, Asked($0.bytes)) })
        for (packet, answer) in zip(requests, answers) {
            let device = devices[packet.device]
            guard !device.isCutIn, !random.chance(options.lostAnswers) else { continue }
            put(packet.device, packet.attempt, damaged(answer), .answer(told(to: device, Asked(packet.bytes))))
        }
    }

    private func deliver(answer packet: Packet, _ told: Told) throws {
        let device = devices[packet.device]
        // A transport hands an answer to the request that it belongs to, or to nobody.
        guard let process = device.processes.first(where: { $0.sync?.attempt == packet.attempt }),
            let sync = process.sync, let request = sync.request
        else { return }
        sync.request = nil
        let goesOn = try receive(device, sync, packet.bytes, request, told)
        if !goesOn { process.sync = nil } else if random.chance(80) { try send(device, process) }
    }

    static func change(_ bytes: ArraySlice<UInt8>) -> Change? {
        var reader = CBORReader(bytes)
        return try? Change(from: &reader)
    }

    // MARK: At a device

    /// Hands an answer to a sync; false where the sync is over because something went wrong.
    @discardableResult
    func receive(
        _ device: Device, _ sync: Device.Sync, _ bytes: [UInt8], _ request: Asked?,
        _ told: Told
    ) throws -> Bool {
        let place = try device.place()
        let before = options.failures > 0 ? try device.fingerprint() : 0
        var isOver = false
        var asked: SyncRequest.Place?
        if case .sync(let request) = request { asked = request.place }
        let message = try? Message(decoding: bytes, answering: asked)
        let progress = sync.session.progress
        func isRepaired() -> Bool {
            let now = sync.session.progress
            return (now.pulled, now.left, now.givenBack, now.redacted)
                != (progress.pulled, progress.left, progress.givenBack, progress.redacted)
        }
        var failed: (any Error)?
        shake(device.disk)
        do {
            do { try sync.session.received(bytes) } catch  where isOfDisk(error, device.disk) { failed = error }
            isOver = try recover(device, from: failed)
            // Of what the process was told when it died its database tells nothing, or all.
            if isOver, try device.fingerprint() == before {
                try check(device)
                return false
            }
        } catch let failure as Failure {
            note("device \(device.index) is told \(failure.code)")
            let isKept = try !recover(device) || device.fingerprint() != before
            if failure.code == .revoked, isKept { oracle.devices[device.index]?.isLocked = true }
            try check(device)
            return false
        } catch let error as ProtocolError where message == nil {
            note("device \(device.index) can't read: \(error)")
            try recover(device)
            try check(device)
            return false
        } catch let error as ProtocolError {
            // The centre is honest: what it says is taken where the device stands, and dropped unread where it does not.
            var isInPlace = true
            if case .sync(let request) = request { isInPlace = place.isAt(request) }
            throw Violation(isInPlace ? "I7" : "I12", "device \(device.index) refuses what the centre says: \(error)")
        } catch let error as SQLiteError where device.isFull && error.isFull {
            note("device \(device.index) has no room for the answer")
            try recover(device)
            try check(device)
            return false
        }
        switch (request, message) {
        case (.sync(let request), .syncAnswer(let answer)):
            guard place.isAt(request) else { break }
            if let model = oracle.devices[device.index], isStampedAnew(request, model) { break }
            note("device \(device.index) takes \(Self.hash(bytes))")
            try take(device, answer, to: request, place, told)
        case (.repair, .repairAnswer(let answer)) where isOver || isRepaired():
            guard var model = oracle.devices[device.index] else { break }
            try tell(answer.updates, &model, device)
            for removal in answer.removals { model.drop(RecordKey(removal)) }
            erase(answer.redactions, &model)
            model.isAgreed = false
            oracle.devices[device.index] = model
        case (.number, .enrolAnswer):
            device.replica = try device.place().replica
            if device.replica != place.replica { try renumbered(device) }
        case (_, .failure(let failure)) where failure.code == .clock: try restamped(device)
        case (_, .failure(let failure)) where failure.code == .revoked: oracle.devices[device.index]?.isLocked = true
        default: break
        }
        try check(device)
        return !isOver
    }

    /// Whether another process has stamped what was sent anew, so that the answer is about something else.
    private func isStampedAnew(_ request: SyncRequest, _ model: ModelDevice) -> Bool {
        request.changes.enumerated().contains { index, bytes in
            model.pending[request.after + Int64(index) + 1]?.bytes != Array(bytes)
        }
    }

    private func take(
        _ device: Device, _ answer: SyncAnswer, to request: SyncRequest, _ place: Device.Place, _ told: Told
    ) throws {
        guard var model = oracle.devices[device.index] else { return }
        let dealt = told.dealt
        while model.acknowledged.count < answer.acknowledged {
            let number = Int64(model.acknowledged.count + 1)
            guard let write = model.pending.removeValue(forKey: number), write.bytes == dealt[Int(number) - 1].bytes
            else { throw Violation("I12", "change \(number) is acknowledged but was not pending") }
            model.acknowledged.append(write.bytes)
            if dealt[Int(number) - 1].fate != .apply {
                model.refused[number] = write
                if dealt[Int(number) - 1].fate == .escrow { model.escrowed[number] = model.replica }
                continue
            }
            let key = RecordKey(write.change.collection, write.change.record)
            // An edit of a record of the same id that another office made: the page will tell of it.
            if model.view[key] == nil, !write.change.isCreation { continue }
            model.set(key, ModelRecord.applying(write.change, by: model.replica, to: model.view[key]))
        }
        decided(answer.refusals, &model)
        (model.isAgreed, model.isLocked) = (false, false)
        let beginsAgain = answer.cursor.isEmpty && answer.hasMore && request.pageBytes > 0 && !place.cursor.isEmpty
        if place.epoch != Int64(answer.epoch), place.epoch != 0 {
            model.before = model.view
        } else if beginsAgain, hasCollected {
            model.beginAgain()
        } else {
            let hasPushed = !model.acknowledged.isEmpty || model.unconfirmed != nil
            if place.cursor.isEmpty, request.pageBytes > 0, hasPushed { model.beginAgain() }
            try pull(answer, &model, device, told)
            let after = try device.place().cursor
            if !place.cursor.isEmpty, after.isEmpty {
                throw Violation("I5", "device \(device.index) starts its first sync again")
            }
        }
        oracle.devices[device.index] = model
    }

    private func pull(
        _ answer: SyncAnswer, _ model: inout ModelDevice, _ device: Device, _ told: Told
    ) throws {
        for removal in answer.removals { model.drop(RecordKey(removal)) }
        try tell(answer.updates, &model, device)
        erase(answer.redactions, &model)
        if answer.hasMore { return }
        model.hasBeenToldAll()
        let hasAll = told.dealt.count == Int(answer.acknowledged)
        guard hasAll == (answer.digest != nil) else {
            throw Violation("I14", "device \(device.index) is told \(answer.digest == nil ? "no" : "a wrong") digest")
        }
        if !hasAll { return }
        try compare(model.view, told.records, device)
        model.isAgreed = true
    }

    private func tell(_ updates: [RecordUpdate], _ model: inout ModelDevice, _ device: Device) throws {
        for update in updates {
            let key = RecordKey(update.collection, update.record)
            guard let record = ModelRecord.applying(update, to: model.view[key]) else {
                throw Violation("I5", "the server tells a part of a record that device \(device.index) lacks", key)
            }
            model.set(key, record)
            model.unconfirmed?.remove(key)
        }
    }

    /// I5: after the last page the device has what the server held, nothing less and nothing more.
    private func compare(
        _ view: [RecordKey: ModelRecord], _ snapshot: [RecordKey: ModelRecord], _ device: Device
    ) throws {
        for key in Set(view.keys).union(snapshot.keys).sorted() where view[key] != snapshot[key] {
            // A device that came later need not have what was deleted before.
            if view[key] == nil, snapshot[key]?.isDeleted == true { continue }
            if snapshot[key] == nil, view[key]?.isDeleted == true, oracle.gone.contains(key) { continue }
            if snapshot[key] == nil, let held = oracle.server[key], view[key] == held {
                throw Violation("I5", "device \(device.index) holds what is out of its scope: \(held)", key)
            }
            let (has, must) = (view[key]?.description ?? "nothing", snapshot[key]?.description ?? "nothing")
            throw Violation("I5", "device \(device.index) was told \(has), the server held \(must)", key)
        }
    }

    // MARK: Trace

    static func hash(_ bytes: [UInt8]) -> String { String(XXHash64.hash(bytes), radix: 16) }

    static func text(_ request: Asked?) -> String {
        switch request {
        case .sync(let request):
            "after \(request.after) changes \(request.changes.count) cursor \(request.cursor)"
        case .number: "asks for a number"
        case .compare(let request): "compares from bucket \(request.first)"
        case .repair(let request): "gives \(request.given.count) and asks for \(request.wanted.count)"
        case nil: "nothing that can be read"
        }
    }

    static func text(_ message: Message) -> String {
        switch message {
        case .syncAnswer(let answer):
            "acknowledged \(answer.acknowledged) refused \(answer.refusals.count) updates \(answer.updateCount)"
                + (answer.removals.isEmpty ? "" : " removals \(answer.removals.count)")
                + (answer.redactions.isEmpty ? "" : " redactions \(answer.redactions.count)")
                + " cursor \(answer.cursor)\(answer.hasMore ? " more" : "")"
        case .failure(let failure): "\(failure)"
        default: "\(message)"
        }
    }
}

/// What a device asks.
enum Asked {
    case sync(SyncRequest)
    case number(RenumberRequest)
    case compare(CompareRequest)
    case repair(RepairRequest)

    /// Whether it brings back what a restored server may have lost.
    var givesBack: Bool { if case .repair(let request) = self { request.givesBack } else { false } }

    init?(_ bytes: [UInt8]) {
        switch try? Message(decoding: bytes) {
        case .syncRequest(let request): self = .sync(request)
        case .renumberRequest(let request): self = .number(request)
        case .compareRequest(let request): self = .compare(request)
        case .repairRequest(let request): self = .repair(request)
        default: return nil
        }
    }
}
