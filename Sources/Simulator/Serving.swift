import CentralServer
import OfflineClient
import SyncProtocol

/// What the centre does with requests, and whether it says so rightly.
extension Simulation {
    /// Lets the centre answer requests that arrive together.
    func serve(_ requests: [(device: Device, bytes: [UInt8], request: Asked?)]) throws -> [[UInt8]] {
        let before = try centre.sequence
        let messages = centre.server.sync(together: requests.map { ($0.bytes, $0.device.credential) })
        // What brings no changes is answered from what stands there once the others are dealt with.
        let order =
            requests.indices.filter { requests[$0].request?.hasChanges == true }
            + requests.indices.filter { requests[$0].request?.hasChanges != true }
        for index in order {
            let ((device, _, request), answer) = (requests[index], messages[index])
            note("centre answers device \(device.index): \(Self.text(answer)) \(Self.hash(answer.encoded))")
            try deal(with: request, from: device, answer)
        }
        try adopt(after: before)
        served += 1
        if served % 20 == 0 { try checkCentre() }
        return messages.map(\.encoded)
    }

    /// Tells the oracle what the centre says it did.
    private func deal(with request: Asked?, from device: Device, _ answer: Message) throws {
        switch (request, answer) {
        case (.sync(let request), .syncAnswer(let answer)): try deal(with: request, answer)
        case (.sync(let request), .failure(let failure)): try check(failure, of: request, device)
        case (.number(let request), .enrolAnswer(let answer)):
            // The chain goes on under the new number.
            oracle.dealt[answer.replica] = (oracle.devices[device.index]?.acknowledged ?? [])
                .prefix(Int(request.after)).map { ModelDealt(bytes: $0, isRefused: false) }
        case (.compare, .compareAnswer): break
        case (.repair(let request), .repairAnswer(let answer)):
            let isBehind = Int(request.after) < oracle.dealt[request.replica]?.count ?? 0
            guard answer.epoch != request.into || isBehind || isAtEnd(request) else {
                throw Violation("I13", "a repair that contradicts what the centre has is answered")
            }
        case (.repair(let request), .failure(let failure)) where failure.code == .forked && !isAtEnd(request): break
        case (nil, .failure(let failure)) where failure.code == .malformed: break
        default: throw Violation("I12", "device \(device.index) asked and was answered: \(answer)")
        }
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
    private func isAtEnd(_ request: RepairRequest) -> Bool {
        let dealt = oracle.dealt[request.replica] ?? []
        let chain = dealt.reduce(UInt64(0)) { XXHash64.hash($1.bytes, seed: $0) }
        return Int(request.after) == dealt.count && request.chain == chain
    }

    private func isFuture(_ index: Int, _ request: SyncRequest) -> Bool {
        guard index >= request.after, index < Int(request.after) + request.changes.count,
            let change = Self.change(request.changes[index - Int(request.after)])
        else { return false }
        return change.time.milliseconds > centre.clock.now + Limits.clockTolerance
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
            guard answer.acknowledged == request.after, answer.refusals.isEmpty, answer.updates.isEmpty else {
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
            let isRefused = oracle.mustRefuse(write.change)
            if !isRefused { try oracle.apply(write.change, by: request.replica, seen: write.seen) }
            dealt.append(ModelDealt(bytes: bytes, isRefused: isRefused))
        }
        oracle.dealt[request.replica] = dealt
        let refused = Set(answer.refusals.map { Int($0.number) })
        let expected = Set((after..<acknowledged).filter { dealt[$0].isRefused }.map { $0 + 1 })
        guard refused == expected else {
            throw Violation("I7", "refused are \(answer.refusals), must be \(expected.sorted())")
        }
    }
}
