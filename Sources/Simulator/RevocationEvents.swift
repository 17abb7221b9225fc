import CentralServer
import OfflineClient
import SyncProtocol

/// Devices are revoked, reinstated and enrolled again, and a person decides about what they pushed meanwhile.
extension Simulation {
    func revokeOrDecide() throws {
        let revoked = oracle.revoked.sorted()
        switch random.pick(0...4) {
        case 0, 1:
            guard let device = random.pick(devices.filter(\.isEnrolled)) else { return }
            try centre.server.revoke(device: device.account)
            oracle.revoked.insert(device.account)
            note("account \(device.account) of device \(device.index) is revoked")
        case 2: if let account = random.pick(revoked) { try reinstate(account) }
        case 3:
            guard let device = random.pick(devices.filter { oracle.revoked.contains($0.account) }) else { return }
            try enrolAgain(device)
        default:
            if let account = random.pick(revoked) { try decideQuarantine(account) }
        }
    }

    private func reinstate(_ account: Int64) throws {
        try centre.server.reinstate(device: account)
        oracle.revoked.remove(account)
        note("account \(account) is reinstated")
    }

    /// Either way out of a revocation.
    func letIn(_ device: Device) throws {
        guard oracle.revoked.contains(device.account) else { return }
        if random.chance(50) { try reinstate(device.account) } else { try enrolAgain(device) }
    }

    /// The database gets another credential, and its numbers go on under a number that it asks for next.
    private func enrolAgain(_ device: Device) throws {
        guard let client = device.client, var model = oracle.devices[device.index], !device.isFull else { return }
        for process in device.processes { process.sync = nil }
        let code = try centre.server.makeCode(office: device.office, name: "again", profile: [:])
        let request = try client.enrolRequest(code: code, deviceName: "again", server: "", again: true)
        try client.enrolled(centre.server.enrol(request).encoded)
        device.credential = try client.credential()
        device.account = try account(of: try device.place().replica)
        let replica = try device.place().replica
        (oracle.officeOf[replica], oracle.accountOf[replica]) = (device.office, device.account)
        (model.isLocked, model.isBetweenNumbers) = (false, true)
        oracle.devices[device.index] = model
        note("device \(device.index) enrols again, account \(device.account)")
        try check(device)
    }

    /// The device that the server gave a number to.
    func account(of replica: ReplicaID) throws -> Int64 {
        try centre.storage.read { try $0.replica(replica)?.device } ?? 0
    }

    // MARK: Quarantine

    /// A revoked device is told so, whatever it asks; what it pushes is kept.
    func dealWithRevoked(_ request: Asked?, _ account: Int64, _ answer: Message) throws {
        guard case .failure(let failure) = answer, failure.code == .revoked else {
            throw Violation("I10", "account \(account) is revoked and served: \(answer)")
        }
        guard case .sync(let request) = request, oracle.accountOf[request.replica] == account else { return }
        let known = oracle.dealt[request.replica]?.count ?? 0
        for (index, bytes) in request.changes.enumerated() where Int(request.after) + index >= known {
            let kept = ModelKept(
                account: account, replica: request.replica, number: request.after + Int64(index) + 1,
                bytes: Array(bytes))
            if !oracle.quarantine.contains(kept) { oracle.quarantine.append(kept) }
        }
    }

    private func decideQuarantine(_ account: Int64) throws {
        let kept = oracle.quarantine.filter { $0.account == account }
        oracle.quarantine.removeAll { $0.account == account }
        if random.chance(30) {
            note("the centre drops \(kept.count) changes of account \(account)")
            guard try centre.server.dropQuarantined(of: account) == kept.count else {
                throw Violation("I1", "the quarantine of account \(account) holds other changes")
            }
            return
        }
        note("the centre accepts \(kept.count) changes of account \(account)")
        let before = try centre.sequence
        let results = try centre.server.acceptQuarantined(of: account)
        guard results.count == kept.count else {
            throw Violation("I1", "the quarantine of account \(account) holds other changes")
        }
        for (kept, result) in zip(kept, results) {
            guard let write = oracle.write(kept.bytes, of: kept.replica) else {
                throw Violation("I13", "change \(kept.number) of replica \(kept.replica) was never written")
            }
            let isFuture = write.change.time.milliseconds > centre.clock.now + Oracle.mostAhead
            let isRefused = isFuture || oracle.mustRefuse(write.change)
            guard isRefused == (result.refusal != nil) else {
                throw Violation("I7", "change \(kept.number) of replica \(kept.replica): \(result)")
            }
            if isRefused {
                oracle.quarantine.append(kept)
            } else {
                try oracle.apply(write.change, by: kept.replica, seen: write.seen, isLetIn: true)
            }
        }
        // A device that is revoked does not give back first what a restore lost, and this may stand on that.
        try adopt(after: before, isLetIn: restores > 0)
    }

    /// Compares the quarantine with what must be there.
    func checkQuarantine() throws {
        let kept = try centre.storage.read { try $0.quarantined(device: nil) }.map {
            ModelKept(account: $0.device, replica: $0.replica, number: $0.number, bytes: $0.bytes)
        }
        let must = oracle.quarantine.map { one in
            var one = one
            one.bytes = oracle.cleaned(one.bytes, by: one.replica)
            return one
        }
        guard Set(kept) == Set(must) else {
            throw Violation("I1", "\(kept.count) changes are in quarantine, must be \(oracle.quarantine.count)")
        }
    }
}

/// A change in quarantine.
struct ModelKept: Hashable {
    let account: Int64
    let replica: ReplicaID
    let number: Int64
    var bytes: [UInt8]
}
