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
        switch try sync.session.next() {
        case .finish(let summary):
            process.sync = nil
            note("device \(device.index) finishes: \(summary.isAgreed ? "agreed" : "not agreed")")
            if !summary.isAgreed { throw Violation("I5", "device \(device.index) ends a sync with other digests") }
        case .send(let bytes):
            attempts += 1
            sync.attempt = attempts
            sync.request = Self.request(bytes)
            sync.deadline = now + Int64(options.delay)
            note("device \(device.index) sends \(attempts): \(Self.text(sync.request)) \(Self.hash(bytes))")
            let cut = device.isCutOut || random.chance(options.lostRequests)
            let copies = (cut ? 0 : 1) + (random.chance(options.duplicates) ? 1 : 0)
            for _ in 0..<copies {
                put(device.index, attempts, damaged(bytes), .request(sync.request))
            }
        }
    }

    private func put(_ device: Int, _ attempt: Int, _ bytes: [UInt8], _ content: Packet.Content) {
        let arrival = now + Int64(random.pick(0...options.delay))
        network.append(Packet(device: device, attempt: attempt, bytes: bytes, content: content, arrival: arrival))
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
            case .request: try deliver(request: packet)
            case .answer(let snapshot): try deliver(answer: packet, snapshot)
            }
        }
    }

    private func deliver(request packet: Packet) throws {
        let device = devices[packet.device]
        let answer = try serve([(device, packet.bytes, Self.request(packet.bytes))])[0]
        guard !device.isCutIn, !random.chance(options.lostAnswers) else { return }
        put(packet.device, packet.attempt, damaged(answer), .answer(oracle.server))
    }

    private func deliver(answer packet: Packet, _ snapshot: [RecordKey: ModelRecord]) throws {
        let device = devices[packet.device]
        // A transport hands an answer to the request that it belongs to, or to nobody.
        guard let process = device.processes.first(where: { $0.sync?.attempt == packet.attempt }),
            let sync = process.sync, let request = sync.request
        else { return }
        sync.request = nil
        let goesOn = try receive(device, sync, packet.bytes, request, snapshot)
        if !goesOn { process.sync = nil } else if random.chance(80) { try send(device, process) }
    }

    // MARK: At the centre

    /// Lets the centre answer requests that arrive together.
    func serve(_ requests: [(device: Device, bytes: [UInt8], request: SyncRequest?)]) throws -> [[UInt8]] {
        let before = try centre.sequence
        var answers: [[UInt8]] = []
        for (device, bytes, request) in requests {
            let answer = centre.server.sync(bytes, credential: device.credential)
            note("centre answers device \(device.index): \(Self.text(answer)) \(Self.hash(answer.encoded))")
            try deal(with: request, from: device, answer)
            answers.append(answer.encoded)
        }
        try adopt(after: before)
        served += 1
        if served % 20 == 0 { try checkCentre() }
        return answers
    }

    /// Tells the oracle what the centre says it did.
    private func deal(with request: SyncRequest?, from device: Device, _ answer: Message) throws {
        guard var model = oracle.replicas[device.replica] else { return }
        guard let request else {
            guard case .failure(let failure) = answer, failure.code == .malformed else {
                throw Violation("I12", "a damaged request was answered: \(answer)")
            }
            return
        }
        let (after, known) = (Int(request.after), model.dealt.count)
        let end = after + request.changes.count
        let isSame =
            after <= known && end >= known
            && zip(request.changes, model.dealt.dropFirst(after)).allSatisfy { Array($0) == $1.bytes }
        func isFuture(_ index: Int) -> Bool {
            guard index >= after, index < end, let change = Self.change(request.changes[index - after]) else { return false }
            return change.time.milliseconds > centre.clock.now + Limits.clockTolerance
        }
        switch answer {
        case .failure(let failure):
            if failure.code == .forked, !isSame { return }
            if failure.code == .clock, isSame, known == after, isFuture(known) {
                // A copy of this request that came later still would be taken for news: see the documentation.
                network.removeAll { if case .request = $0.content { $0.device == device.index } else { false } }
                return
            }
            throw Violation("I7", "device \(device.index) is turned away: \(failure)")
        case .syncAnswer(let answer):
            guard isSame else { throw Violation("I13", "a request that contradicts what the server has is answered") }
            let acknowledged = Int(answer.acknowledged)
            guard acknowledged >= known, acknowledged <= end, acknowledged == end || isFuture(acknowledged) else {
                throw Violation("I12", "acknowledged \(acknowledged) of \(after)…\(end), known were \(known)")
            }
            for number in known..<acknowledged {
                let bytes = Array(request.changes[number - after])
                guard let written = model.pending[Int64(number + 1)], written.bytes == bytes else {
                    throw Violation("I13", "change \(number + 1) of \(device.replica) is not what the device wrote")
                }
                if isFuture(number) { throw Violation("I11", "change \(number + 1) is from the future") }
                let isRefused = oracle.mustRefuse(written.change)
                if !isRefused { try oracle.apply(written.change, by: device.replica, seen: written.seen) }
                model.dealt.append((bytes, isRefused))
            }
            oracle.replicas[device.replica] = model
            let refused = Set(answer.refusals.map { Int($0.number) })
            let expected = Set((after..<acknowledged).filter { model.dealt[$0].isRefused }.map { $0 + 1 })
            guard refused == expected else {
                throw Violation("I7", "refused are \(answer.refusals), must be \(expected.sorted())")
            }
        default: throw Violation("I12", "a sync was answered by \(answer)")
        }
    }

    static func change(_ bytes: ArraySlice<UInt8>) -> Change? {
        var reader = CBORReader(bytes)
        return try? Change(from: &reader)
    }

    // MARK: At a device

    /// Hands an answer to a sync; false where the sync is over because something went wrong.
    @discardableResult
    func receive(
        _ device: Device, _ sync: Device.Sync, _ bytes: [UInt8], _ request: SyncRequest?,
        _ snapshot: [RecordKey: ModelRecord]
    ) throws -> Bool {
        guard let request else { return false }
        let place = try device.place()
        let message = try? Message(decoding: bytes)
        do {
            try sync.session.received(bytes)
        } catch let failure as Failure {
            note("device \(device.index) is told \(failure.code)")
            try check(device)
            return false
        } catch let error as ProtocolError where message == nil {
            note("device \(device.index) can't read: \(error)")
            try check(device)
            return false
        } catch let error as SQLiteError where device.isFull && error.isFull {
            note("device \(device.index) has no room for the answer")
            try check(device)
            return false
        }
        let isInPlace =
            place.epoch == Int64(request.epoch) && place.acknowledged == request.after && place.cursor == request.cursor
        switch message {
        case .syncAnswer(let answer) where isInPlace:
            note("device \(device.index) takes \(Self.hash(bytes))")
            try take(device, answer, place, snapshot)
        case .failure: try restamped(device)
        default: break
        }
        try check(device)
        return true
    }

    private func take(
        _ device: Device, _ answer: SyncAnswer, _ place: Device.Place, _ snapshot: [RecordKey: ModelRecord]
    ) throws {
        guard var model = oracle.replicas[device.replica] else { return }
        while model.acknowledged < answer.acknowledged {
            model.acknowledged += 1
            guard let written = model.pending.removeValue(forKey: model.acknowledged) else {
                throw Violation("I12", "change \(model.acknowledged) is acknowledged but was not pending")
            }
            if model.dealt[Int(model.acknowledged) - 1].isRefused {
                model.refused[model.acknowledged] = written
            } else {
                let key = RecordKey(written.change.collection, written.change.record)
                model.set(key, ModelRecord.applying(written.change, by: device.replica, to: model.view[key]))
            }
        }
        model.isAgreed = false
        if place.epoch == Int64(answer.epoch) || place.epoch == 0 {
            for update in answer.updates {
                let key = RecordKey(update.collection, update.record)
                guard let record = ModelRecord.applying(update, to: model.view[key]) else {
                    throw Violation("I5", "the server tells a part of a record that device \(device.index) lacks", key)
                }
                model.set(key, record)
            }
            if !answer.hasMore {
                try compare(model.view, snapshot, device)
                model.isAgreed = true
            }
            if try !place.cursor.isEmpty, device.place().cursor.isEmpty {
                throw Violation("I5", "device \(device.index) starts its first sync again")
            }
        }
        oracle.replicas[device.replica] = model
    }

    /// I5: after the last page the device has what the server held, nothing less and nothing more.
    private func compare(
        _ view: [RecordKey: ModelRecord], _ snapshot: [RecordKey: ModelRecord], _ device: Device
    ) throws {
        for key in Set(view.keys).union(snapshot.keys).sorted() where view[key] != snapshot[key] {
            // A device that came later need not have what was deleted before.
            if view[key] == nil, snapshot[key]?.isDeleted == true { continue }
            let (has, must) = (view[key]?.description ?? "nothing", snapshot[key]?.description ?? "nothing")
            throw Violation("I5", "device \(device.index) was told \(has), the server held \(must)", key)
        }
    }

    // MARK: Trace

    static func hash(_ bytes: [UInt8]) -> String { String(XXHash64.hash(bytes), radix: 16) }

    static func text(_ request: SyncRequest?) -> String {
        guard let request else { return "?" }
        return "after \(request.after) changes \(request.changes.count) cursor \(request.cursor)"
    }

    static func text(_ message: Message) -> String {
        switch message {
        case .syncAnswer(let answer):
            "acknowledged \(answer.acknowledged) refused \(answer.refusals.count) updates \(answer.updates.count)"
                + " cursor \(answer.cursor)\(answer.hasMore ? " more" : "")"
        case .failure(let failure): "\(failure)"
        default: "\(message)"
        }
    }
}
