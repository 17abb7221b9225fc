import CentralServer
import OfflineClient
import SQLite
import SyncProtocol

/// What people do.
extension Simulation {
    private enum Operation { case write, delete, undelete, undo, takeBack, decide, rework, centre }

    func operate(_ device: Device) throws {
        var operation = random.pick(weighted: [
            (Operation.write, 20), (.delete, options.deletes ? 4 : 0), (.undelete, options.deletes ? 3 : 0),
            (.undo, options.decisions ? 3 : 0), (.takeBack, options.decisions ? 2 : 0),
            (.decide, options.decisions ? 4 : 0), (.rework, 2), (.centre, 1),
        ])
        if options.lostDeletes > 0, centreBackup != nil, restores < options.restores, random.chance(options.lostDeletes)
        {
            operation = .delete
        }
        guard let process = random.pick(device.processes) else { return }
        let client = process.client
        let name = device.operatorName
        var failure: (any Error)?
        var done: Int64 = 0
        shake(device.disk)
        do {
            switch operation {
            case .write: try write(client, name, device)
            case .delete:
                guard let key = record(device) else { break }
                try client.write(operator: name) { try $0.delete(collection(key), key.id) }
            case .undelete:
                guard let key = record(device) else { break }
                try client.write(operator: name) { try $0.undelete(collection(key), key.id) }
            case .undo: _ = try client.undo(operator: name)
            case .takeBack: try takeBack(client, name, device)
            case .decide: try decide(client, name)
            case .rework:
                guard let refused = random.pick(try client.refusedChanges()) else { break }
                note("device \(device.index) reworks \(refused.record)")
                if random.chance(50) {
                    try client.discard(refused.record, operator: name)
                } else {
                    try client.resend(refused.record, operator: name)
                }
            case .centre: try centrePuts()
            case nil: break
            }
            if device.disk.hasFailed { done = try device.place().number }
        } catch is ClientError {
        } catch is Abandoned {
        } catch let error as SQLiteError where device.isFull && error.isFull {
            note("device \(device.index) has no room")
        } catch  where isOfDisk(error, device.disk) {
            failure = error
        }
        try recover(device, from: failure)
        if done > 0, try device.place().number < done {
            throw Violation("I1", "device \(device.index) wrote change \(done), and it is gone")
        }
        var drops = false
        if case .rework = operation { drops = true }
        try register(device, dropsRefused: drops)
    }

    private struct Abandoned: Error {}

    // MARK: Writing

    /// One to three steps in one action.
    private func write(_ client: OfflineClient, _ name: String, _ device: Device) throws {
        let steps = random.chance(70) ? 1 : random.pick(2...3)
        try client.write(operator: name) { transaction in
            for _ in 0..<steps { try writeOne(transaction, device) }
            if random.chance(2) { throw Abandoned() }
        }
    }

    private func writeOne(_ transaction: LocalTransaction, _ device: Device) throws {
        let cases = known.count { $0.collection == SimulatedSchema.cases }
        // Somebody may still make what all others have forgotten.
        let gone = oracle.gone.filter { $0.collection == SimulatedSchema.cases }.sorted()
        if !gone.isEmpty, random.chance(options.remakes), let key = random.pick(gone) {
            try transaction.insert("cases", caseFields(device, isNew: true), id: key.id)
        } else if cases == 0 || cases < options.records && random.chance(40) {
            var id: RecordID?
            if options.sameIDs, random.chance(50) {
                id = RecordID(milliseconds: 1, random: (0, UInt64(random.pick(0...3))))
            }
            if !gone.isEmpty, random.chance(30), let key = random.pick(gone) { id = key.id }
            try transaction.insert("cases", caseFields(device, isNew: true), id: id)
        } else if random.chance(15) {
            let parent = record(device, SimulatedSchema.cases)?.id
            // Sometimes there is no such case.
            let id = parent == nil || random.chance(10) ? RecordID(high: 1, low: random.next()) : parent
            let isVisit = device.kind != .old && random.chance(40)
            var fields: [String: Value] = ["case_id": .bytes(id?.bytes ?? [])]
            if isVisit { fields["minutes"] = .integer(5) } else { fields["text"] = noteText() }
            try transaction.insert(isVisit ? "visits" : "notes", fields)
        } else if device.kind == .wrong, random.chance(10) {
            try transaction.insert("regions", ["name": text()])
        } else if let key = record(device) {
            let fields =
                key.collection == SimulatedSchema.cases ? caseFields(device, isNew: false) : ["text": noteText()]
            if key.collection == SimulatedSchema.visits {
                try transaction.update("visits", key.id, ["minutes": .integer(Int64(random.pick(0...3)))])
            } else {
                try transaction.update(collection(key), key.id, fields)
            }
        }
    }

    /// A record; where offices see different ones, mostly of those that the device has.
    private func record(_ device: Device, _ collection: Int? = nil) -> RecordKey? {
        var known = known.filter {
            collection == nil ? $0.collection != ConflictLog.number : $0.collection == collection
        }
        if options.scopes > 0, random.chance(80), let model = oracle.devices[device.index] {
            known = known.filter { key in
                model.view[key] != nil
                    || model.pending.values.contains { RecordKey($0.change.collection, $0.change.record) == key }
            }
        }
        if !lost.isEmpty, random.chance(options.contests) {
            let contested = known.filter(lost.contains)
            if !contested.isEmpty { known = contested }
        }
        return random.pick(known)
    }

    private func collection(_ key: RecordKey) -> String {
        ["", "conflict", "cases", "notes", "regions", "visits"][key.collection]
    }

    func text() -> Value { random.pick([.text("a"), .text("b"), .text("c"), .null]) ?? .null }

    private func caseFields(_ device: Device, isNew: Bool) -> [String: Value] {
        var fields: [String: Value] = isNew ? ["title": .text("t")] : [:]
        if isNew, device.kind == .wrong, random.chance(20) { fields["title"] = nil }
        if options.hasPersons { addPersons(&fields, device, isNew: isNew) }
        for _ in 0..<random.pick(1...3) {
            switch random.pick(0...7) {
            case 0:
                fields["title"] = device.kind == .wrong && random.chance(20) ? .null : .text("t\(random.pick(0...2))")
            case 1:
                let status = random.pick(["new", "open", "done"]) ?? ""
                fields["status"] = .text(device.kind == .wrong && random.chance(20) ? "lost" : status)
            case 2: fields["closed_at"] = random.chance(50) ? .dateTime(Int64(random.pick(0...2))) : .null
            case 3:
                let number = random.pick(0...3)
                fields["priority"] = device.kind == .wrong ? .text("\(number)") : .integer(Int64(number))
            case 4: fields["note"] = text()
            case 5: fields["entered_by"] = text()
            case 6: if device.kind != .old { fields["channel"] = text() }
            default: if device.kind != .old { fields[random.chance(50) ? "village" : "district"] = text() }
            }
        }
        return fields
    }

    // MARK: Deciding

    /// What is undone at once shows as it did before.
    private func takeBack(_ client: OfflineClient, _ name: String, _ device: Device) throws {
        guard let key = record(device) else { return }
        let before = try client.read(collection(key), key.id)
        let isDeletion = random.chance(30)
        let isWritten = try client.write(operator: name) { transaction in
            if !isDeletion, key.collection == SimulatedSchema.cases {
                return try transaction.update("cases", key.id, caseFields(device, isNew: false))
            }
            try transaction.delete(collection(key), key.id)
            return true
        }
        guard isWritten else { return }
        _ = try client.undo(operator: name)
        let after = try client.read(collection(key), key.id)
        guard before?.fields == after?.fields, before?.isDeleted == after?.isDeleted else {
            throw Violation("I1", "undo left \(after?.fields ?? [:]), there was \(before?.fields ?? [:])", key)
        }
    }

    private func decide(_ client: OfflineClient, _ name: String) throws {
        guard let entry = random.pick(try client.conflicts(includingDecided: true)) else { return }
        if random.chance(50) { return try client.accept(entry.id, operator: name) }
        try client.restore(entry.id, operator: name, evenIfChanged: random.chance(30))
        guard let record = try client.read(entry.collection, entry.record) else { return }
        for (field, value) in entry.losing.values.sorted(by: { $0.key < $1.key })
        where field.first?.isLetter == true && field != "deleted" {
            guard record[field] == value else {
                throw Violation("I2", "\(entry.id) was restored and \(field) is \(record[field]), not \(value)")
            }
        }
    }

    // MARK: The centre

    private func centrePuts() throws {
        let id = RecordID(milliseconds: 2, random: (0, UInt64(random.pick(0...1))))
        let name = text()
        let before = try centre.sequence
        let key = RecordKey(SimulatedSchema.regions, id)
        try centre.server.put([(collection: "regions", id: id, fields: ["name": name])], operator: "centre")
        for (changed, state) in try centre.records(after: before) {
            guard changed == key, state[1].value == name else {
                throw Violation("I1", "the centre wrote another record")
            }
            oracle.server[key] = ModelRecord(state)
        }
        note("the centre writes region \(id) \(name)")
    }
}
