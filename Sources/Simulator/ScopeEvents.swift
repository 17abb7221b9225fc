import CentralServer
import SyncProtocol

/// Offices, what they may see, and what the centre decides about changes that came too late.
extension Simulation {
    func openOffices() throws {
        for office in SimulatedScopes.offices {
            try centre.server.save(office)
            oracle.scopes.offices[office.code] = office
        }
        try setRules(random.pick(SimulatedScopes.allCases) ?? .off)
    }

    private func setRules(_ scopes: SimulatedScopes) throws {
        try centre.server.setScopeRules(scopes.rules)
        oracle.scopes.set(scopes.rules)
        note("the rules of scope are \(scopes)")
    }

    /// Other rules, an office of another kind, or a decision about a change in escrow.
    func changeScopes() throws {
        switch random.pick(0...5) {
        case 0: try setRules(random.pick(SimulatedScopes.allCases) ?? .off)
        case 1:
            guard var office = random.pick(SimulatedScopes.offices.dropLast()) else { return }
            office.attributes = random.pick(SimulatedScopes.offices)?.attributes ?? [:]
            try centre.server.save(office)
            oracle.scopes.offices[office.code] = office
            note("office \(office.code) has the attributes \(office.attributes.sorted { $0.key < $1.key })")
        default: try decideEscrow()
        }
    }

    private func decideEscrow() throws {
        let waiting = oracle.escrow.filter { $0.value.decision == nil }.keys.sorted()
        guard let key = random.pick(waiting), let bytes = oracle.escrow[key]?.bytes else { return }
        let isApplied = random.chance(60)
        note("the centre \(isApplied ? "applies" : "dismisses") change \(key.number) of replica \(key.replica)")
        guard isApplied else {
            try centre.server.dismiss(escrowed: key.number, of: key.replica, operator: "centre")
            oracle.escrow[key]?.decision = .dismissed
            return
        }
        guard let write = oracle.write(bytes, of: key.replica) else {
            throw Violation("I13", "change \(key.number) of replica \(key.replica) was never written")
        }
        let before = try centre.sequence
        let isRefused = oracle.mustRefuse(write.change)
        do {
            try centre.server.apply(escrowed: key.number, of: key.replica, operator: "centre")
        } catch let error as EscrowError {
            guard isRefused, case .refused = error else { throw Violation("I7", "\(error)") }
            return
        }
        if isRefused { throw Violation("I7", "change \(key.number) is applied out of escrow and can't be") }
        try oracle.apply(write.change, by: key.replica, seen: write.seen, isLetIn: true)
        oracle.escrow[key]?.decision = .applied
        try adopt(after: before, isLetIn: restores > 0)
    }

    /// A device forgets a change in escrow of which it is told that the centre decided about it.
    ///
    /// A copy of the device is told the same, and may have another change in escrow under that number: it then forgets
    /// one that the centre still keeps.
    func decided(_ refusals: [Refusal], _ model: inout ModelDevice) {
        for decision in refusals where decision.isDecision && model.escrowed[decision.number] != nil {
            model.refused[decision.number] = nil
            model.escrowed[decision.number] = nil
        }
    }

    /// Compares what the centre keeps in escrow with what must be there.
    func checkEscrow() throws {
        let kept = try centre.server.escrow(includingDecided: true)
        for entry in kept {
            let key = EscrowKey(replica: entry.replica, number: entry.number)
            guard let must = oracle.escrow[key], must.decision == entry.decision,
                oracle.cleaned(must.bytes, by: key.replica) == entry.bytes
            else {
                throw Violation("I1", "change \(key.number) of replica \(key.replica) is in escrow and must not be so")
            }
        }
        guard kept.count == oracle.escrow.count else {
            throw Violation("I1", "\(kept.count) changes are in escrow, must be \(oracle.escrow.count)")
        }
    }

    // MARK: What is told to whom

    /// A value that is found wherever it stands.
    func person() -> Value {
        persons += 1
        let digits = "\(persons)"
        return .text("~" + String(repeating: "0", count: max(Self.personBytes - 1 - digits.count, 0)) + digits)
    }

    static let personBytes = 8

    /// The values of persons that stand in some bytes.
    static func persons(in bytes: [UInt8]) -> Set<String> {
        var found: Set<String> = []
        for start in bytes.indices where bytes[start] == 0x7E && start + personBytes <= bytes.count {
            let rest = bytes[(start + 1)..<(start + personBytes)]
            if rest.allSatisfy({ 0x30...0x39 ~= $0 }) {
                found.insert(String(decoding: bytes[start..<(start + personBytes)], as: UTF8.self))
            }
        }
        return found
    }

    /// I10: nothing goes to an office but what stands in records that it sees, before the requests or after them.
    func checkSecrecy(_ answer: [UInt8], to device: Device, _ before: [RecordKey: ModelRecord]) throws {
        if oracle.scopes.rules == nil { return }
        var told = Self.persons(in: answer)
        for records in [oracle.server, before] where !told.isEmpty {
            for record in oracle.scopes.visible(to: device.office, of: records).values {
                for field in record.fields.values { told.subtract(Self.persons(in: field.value)) }
            }
        }
        if let secret = told.min() { throw Violation("I10", "\(secret) is told to device \(device.index)") }
    }

    func addPersons(_ fields: inout [String: Value], _ device: Device, isNew: Bool) {
        let offices = SimulatedScopes.offices.map { Value.text($0.code) }
        let agencies = [Value.text("HEALTH"), .text("ROADS"), .null]
        if isNew {
            fields["office"] = random.chance(80) ? .text(device.office) : random.pick(offices)
            fields["agency"] = random.pick(agencies)
            fields["person"] = person()
        } else {
            if random.chance(8) { fields["office"] = random.pick(offices) }
            if random.chance(25) { fields["agency"] = random.pick(agencies) }
            if random.chance(30) { fields["person"] = person() }
        }
    }

    func noteText() -> Value { options.hasPersons && random.chance(50) ? person() : text() }
}
