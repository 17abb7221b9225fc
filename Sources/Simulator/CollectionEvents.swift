import CentralServer
import OfflineClient
import SyncProtocol

/// Deleted records are forgotten, once every device that may come back soon knows of them.
extension Simulation {
    static let day: Int64 = 86_400_000

    /// Short leases, so that a device comes back too late within a history.
    func shortenLeases() throws {
        try centre.server.change(CentralServer.leaseDays, to: 2)
        try centre.server.change(CentralServer.deletedDays, to: 1)
    }

    /// Lets days pass, or the centre forget what was deleted.
    func collectOrWait() throws {
        // Whoever finds the last push more than sixty days ago takes its clock for wrong.
        if random.chance(40), daysPassed < 30 {
            let hours = random.pick(6...60)
            daysPassed += hours / 24
            return pass(hours * 3_600_000)
        }
        let records = oracle.server
        _ = try centre.server.collect()
        let left = Set(try centre.records(after: 0).keys)
        for (key, record) in records.sorted(by: { $0.key < $1.key }) where !left.contains(key) {
            try checkCollected(key, record)
            oracle.collect(key)
            note("the centre forgets \(key)")
        }
        hasCollected = true
    }

    /// I8: what is forgotten was deleted long enough, and nobody with a live lease holds it.
    private func checkCollected(_ key: RecordKey, _ record: ModelRecord) throws {
        guard record.isDeleted, let deletion = record.fields[0]?.version.time.milliseconds else {
            throw Violation("I8", "a record is forgotten that was not deleted", key)
        }
        guard centre.clock.now - Int64(deletion) >= Self.day else {
            throw Violation("I8", "a record is forgotten right after it was deleted", key)
        }
        for device in devices where !device.isCopy && !oracle.revoked.contains(device.account) {
            guard let model = oracle.devices[device.index], let held = model.view[key], !held.isDeleted,
                let served = oracle.served[model.replica], centre.clock.now - served < 2 * Self.day - Self.slack
            else { continue }
            // It enrolled again and has no number yet: that of a revoked device holds nothing up, and all is told anew.
            if let account = oracle.accountOf[model.replica], oracle.revoked.contains(account) { continue }
            throw Violation("I8", "a record is forgotten that device \(device.index) holds, within its lease", key)
        }
    }

    /// A sync that pushes nothing is noted so often only.
    private static let slack = CentralServer.contactInterval + 1
}

extension Oracle {
    mutating func collect(_ key: RecordKey) {
        scopes.bury(key, in: server)
        gone.insert(key)
        server[key] = nil
    }
}

extension ModelRecord {
    /// What rules of scope look at in it.
    func seen(through fields: Set<Int>) -> ModelRecord {
        var record = self
        record.fields = self.fields.filter { fields.contains($0.key) }
        return record
    }
}
