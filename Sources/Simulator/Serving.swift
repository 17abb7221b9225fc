import CentralServer
import OfflineClient
import SyncProtocol

/// What the centre does with requests, and whether it says so rightly.
extension Simulation {
    /// A request with who sent it, on whose account, and what it showed.
    typealias Arrived = (device: Device, account: Int64, credential: [UInt8], bytes: [UInt8], request: Asked?)

    /// Lets the centre answer requests that arrive together.
    func serve(_ requests: [Arrived]) throws -> [[UInt8]] {
        let (before, held) = (try centre.sequence, oracle.server)
        let messages = try answer(requests)
        // What is no sync is dealt with as it comes; what brings no changes is answered from what stands there in the end.
        func rank(_ request: Asked?) -> Int {
            if case .sync(let request) = request { request.changes.isEmpty ? 2 : 1 } else { 0 }
        }
        let order = requests.indices.sorted { (rank(requests[$0].request), $0) < (rank(requests[$1].request), $1) }
        for index in order {
            let ((device, account, _, _, request), answer) = (requests[index], messages[index])
            note("centre answers device \(device.index): \(Self.text(answer)) \(Self.hash(answer.encoded))")
            if oracle.revoked.contains(account) {
                try dealWithRevoked(request, account, answer)
            } else {
                try deal(with: request, from: device, answer)
            }
        }
        try adopt(after: before, mayGiveBack: requests.contains { $0.request?.givesBack == true })
        try oracle.checkLosers()
        for (request, answer) in zip(requests, messages) {
            try checkSecrecy(answer.encoded, to: request.device, held)
        }
        served += 1
        if served % 20 == 0 { try checkCentre() }
        return messages.map(\.encoded)
    }

    /// Tells the oracle what the centre says it did.
    private func deal(with request: Asked?, from device: Device, _ answer: Message) throws {
        switch (request, answer) {
        case (.sync(let request), .syncAnswer(let answer)):
            oracle.served[request.replica] = centre.clock.now
            try deal(with: request, answer)
        case (.sync(let request), .failure(let failure)): try check(failure, of: request, device)
        case (.number(let request), .enrolAnswer(let answer)):
            // The chain goes on under the new number.
            oracle.dealt[answer.replica] = (oracle.devices[device.index]?.acknowledged ?? [])
                .prefix(Int(request.after)).map { ModelDealt(bytes: $0) }
            oracle.officeOf[answer.replica] = device.office
            oracle.accountOf[answer.replica] = device.account
        case (.compare(let request), .failure(let failure)):
            guard failure.code == .unavailable, hasOtherScope(request.replica, since: request.healing) else {
                throw Violation("I7", "a device that compares is turned away: \(failure)")
            }
        case (.compare(let request), .compareAnswer(let answer)):
            if request.healing.isEmpty {
                healings[request.replica, default: [:]][answer.cursor] = oracle.scopes.changes
            }
            // Nothing gets lost at rest in a simulation, so within an epoch there is nothing to mend.
            if request.epoch == request.into {
                throw Violation("I5", "device \(device.index) has another digest")
            }
        case (.repair(let request), _): try deal(with: request, answer)
        case (nil, .failure(let failure)) where failure.code == .malformed: break
        default: throw Violation("I12", "device \(device.index) asked and was answered: \(answer)")
        }
    }

    /// Whether a healing has to begin anew, since its scope may be another one by now.
    func hasOtherScope(_ replica: ReplicaID, since cursor: [UInt8]) -> Bool {
        healings[replica]?[cursor].map { $0 != oracle.scopes.changes } ?? false
    }

    /// Whether a request's changes go on from those that the centre has dealt with.
    private func isSame(_ request: SyncRequest) -> Bool {
        let dealt = oracle.dealt[request.replica] ?? []
        let after = Int(request.after)
        // Of what lies before the request only the hash is told.
        var chain: UInt64 = 0
        for change in dealt.prefix(after) { chain = XXHash64.hash(change.bytes, seed: chain) }
        return after <= dealt.count && after + request.changes.count >= dealt.count && chain == request.chain
            && zip(request.changes, dealt.dropFirst(after)).allSatisfy { Array($0) == $1.bytes }
    }

    /// Whether a replica that gives back stands where the centre does.
    func isAtEnd(_ request: RepairRequest) -> Bool {
        let dealt = oracle.dealt[request.replica] ?? []
        let chain = dealt.reduce(UInt64(0)) { XXHash64.hash($1.bytes, seed: $0) }
        return Int(request.after) == dealt.count && request.chain == chain
    }

    private func isFuture(_ index: Int, _ request: SyncRequest) -> Bool {
        guard index >= request.after, index < Int(request.after) + request.changes.count,
            let change = Self.change(request.changes[index - Int(request.after)])
        else { return false }
        return change.time.milliseconds > centre.clock.now + Oracle.mostAhead
    }

    private func check(_ failure: Failure, of request: SyncRequest, _ device: Device) throws {
        let known = oracle.dealt[request.replica]?.count ?? 0
        switch failure.code {
        case .forked, .behind: if !isSame(request) { return }
        case .clock: if isSame(request), known == request.after, isFuture(known, request) { return }
        default: break
        }
        throw Violation("I7", "device \(device.index) is turned away: \(failure)")
    }

    private func deal(with request: SyncRequest, _ answer: SyncAnswer) throws {
        if request.epoch != answer.epoch, request.epoch != 0 {
            // It has to give back first what this centre may have lost.
            guard answer.acknowledged == request.after, answer.refusals.isEmpty, answer.updateCount == 0 else {
                throw Violation("I12", "something of another epoch is dealt with")
            }
            return
        }
        var dealt = oracle.dealt[request.replica] ?? []
        guard isSame(request) else {
            throw Violation("I13", "a request that contradicts what the centre has is answered")
        }
        let (after, known, acknowledged) = (Int(request.after), dealt.count, Int(answer.acknowledged))
        let end = after + request.changes.count
        guard acknowledged >= known, acknowledged == end || acknowledged < end && isFuture(acknowledged, request) else {
            throw Violation("I12", "acknowledged \(acknowledged) of \(after)…\(end), known were \(known)")
        }
        for number in known..<acknowledged {
            let bytes = Array(request.changes[number - after])
            guard let write = oracle.written[request.replica]?[bytes] else {
                throw Violation("I13", "change \(number + 1) of replica \(request.replica) was never written")
            }
            if isFuture(number, request) { throw Violation("I11", "change \(number + 1) is from the future") }
            let fate = oracle.verdict(on: write.change, by: request.replica)
            switch fate {
            case .apply: try oracle.apply(write.change, by: request.replica, seen: write.seen)
            case .escrow:
                let key = EscrowKey(replica: request.replica, number: Int64(number + 1))
                oracle.escrow[key] = ModelEscrow(bytes: bytes)
            case .refuse: break
            }
            dealt.append(ModelDealt(bytes: bytes, fate: fate))
        }
        oracle.dealt[request.replica] = dealt
        oracle.restored.mayHaveGiven.insert(request.replica)
        for fate in [Verdict.refuse, .escrow] {
            let refused = answer.refusals.filter { !$0.isDecision && ($0.reason == .escrowed) == (fate == .escrow) }
            let expected = (after..<acknowledged).filter { dealt[$0].fate == fate }.map { $0 + 1 }
            guard Set(refused.map { Int($0.number) }) == Set(expected) else {
                throw Violation("I7", "\(fate): \(answer.refusals), must be \(expected)")
            }
        }
    }
}

extension Refusal {
    /// Whether it tells what the centre decided about a change in escrow.
    var isDecision: Bool { reason == .applied || reason == .dismissed }
}
