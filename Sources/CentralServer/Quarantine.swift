import SyncProtocol
import SyncStore

/// A change that a revoked device pushed: kept for a person to decide, neither applied nor told to anyone.
public struct QuarantinedChange: Sendable, Hashable {
    /// Its id in the quarantine.
    public var id: Int64
    /// The device that pushed it.
    public var device: Int64
    /// The replica number that it wrote as.
    public var replica: ReplicaID
    /// The change's number.
    public var number: Int64
    /// The device's office.
    public var office: String
    /// When it came, in milliseconds since 1970.
    public var arrivedAt: Int64
    /// The change as it came.
    public var bytes: [UInt8]

    /// The change; nil for bytes that are none.
    public var change: Change? {
        var reader = CBORReader(bytes)
        guard let change = try? Change(from: &reader), reader.isAtEnd else { return nil }
        return change
    }
}

/// What the server stores of the quarantine.
public protocol QuarantineSnapshot {
    /// The changes of a device, or of all, by id.
    func quarantined(device: Int64?) throws -> [QuarantinedChange]
    /// How many changes of a device are kept, and their bytes.
    func quarantineSize(of device: Int64) throws -> (count: Int, bytes: Int)
}

/// What the server writes of the quarantine.
public protocol QuarantineTransaction {
    /// Keeps a change, unless it is kept already.
    func quarantine(_ change: QuarantinedChange) throws
    /// Forgets a change.
    func removeQuarantined(_ id: Int64) throws
}

extension CentralServer {
    /// How much of one device is kept: beyond it nothing more is taken in.
    public static let quarantineLimit = (count: 10_000, bytes: 16 << 20)

    /// What became of a change that the centre accepted.
    public struct AcceptedChange: Sendable {
        /// The change.
        public let quarantined: QuarantinedChange
        /// Why it was refused, as a push would have been; it stays in the quarantine then.
        public let refusal: Refusal?
    }

    /// Keeps what a revoked device pushes.
    ///
    /// It proved with its secret that it is the device; whose changes these are and whether they count, a person decides.
    func keepInQuarantine(_ request: SyncRequest, of device: DeviceEntry) throws {
        #if PlantedBugs
            if PlantedBug.quarantineLost.isActive { return }
        #endif
        if request.changes.isEmpty { return }
        try storage.write { transaction in
            guard try transaction.replica(request.replica)?.device == device.id else { return }
            var (count, bytes) = try transaction.quarantineSize(of: device.id)
            let last = try transaction.replica(request.replica)?.lastChange ?? 0
            let redactions = try Redactions(transaction)
            for (index, change) in request.changes.enumerated() {
                let number = request.after + Int64(index) + 1
                count += 1
                bytes += change.count
                // What was dealt with before it was revoked is no news.
                guard number > last, count <= Self.quarantineLimit.count, bytes <= Self.quarantineLimit.bytes else {
                    continue
                }
                try transaction.quarantine(
                    QuarantinedChange(
                        id: 0, device: device.id, replica: request.replica, number: number, office: device.office,
                        arrivedAt: environment.wallMilliseconds(),
                        bytes: redactions.cleaned(bytes: change, by: request.replica)))
            }
        }
    }

    /// Applies changes out of the quarantine, as pushes by their writers with the bases that they name.
    ///
    /// Their numbers are not used up: where the device works again and pushes them itself, they merge with themselves.
    ///
    /// - Parameter wanted: which of the device's changes; nil for all.
    public func acceptQuarantined(of device: Int64, _ wanted: Set<Int64>? = nil, by actor: String = "centre") throws
        -> [AcceptedChange]
    {
        try audit(.quarantineAccepted, "device \(device)", by: actor, "changes \(Self.names(wanted))")
        return try storage.write { transaction in
            if let failure = try clockFailure(transaction) { throw failure }
            var application = try PushApplication(
                transaction, schema: schema, wall: environment.wallMilliseconds(), catalogue)
            var results: [AcceptedChange] = []
            for kept in try transaction.quarantined(device: device) where wanted?.contains(kept.id) ?? true {
                let refusal = try application.accept(kept)
                if refusal == nil { try transaction.removeQuarantined(kept.id) }
                results.append(AcceptedChange(quarantined: kept, refusal: refusal))
            }
            try application.finish()
            return results
        }
    }

    private static func names(_ wanted: Set<Int64>?) -> String {
        wanted.map { $0.sorted().map(String.init).joined(separator: " ") } ?? "all"
    }

    /// Drops changes out of the quarantine for good.
    ///
    /// - Returns: how many.
    public func dropQuarantined(of device: Int64, _ wanted: Set<Int64>? = nil, by actor: String = "centre") throws
        -> Int
    {
        try audit(.quarantineDropped, "device \(device)", by: actor, "changes \(Self.names(wanted))")
        return try storage.write { transaction in
            let kept = try transaction.quarantined(device: device).filter { wanted?.contains($0.id) ?? true }
            for change in kept { try transaction.removeQuarantined(change.id) }
            return kept.count
        }
    }
}

extension PushApplication {
    /// Applies a change by its writer; a refusal where a push of it would be refused.
    mutating func accept(_ kept: QuarantinedChange) throws -> Refusal? {
        guard let change = kept.change else { return Refusal(number: kept.number, reason: .malformed) }
        // A time from the future would win for ever; it is not this change's writer who could stamp it anew.
        guard !writer.state.clock.isFromTheFuture(change.time, wall: wall) else {
            return Refusal(number: kept.number, reason: .notAllowed)
        }
        guard let (reason, field) = try apply(change, by: forCentre(kept.replica), size: kept.bytes.count) else {
            try transaction.note(
                GivenWrite(
                    epoch: GivenWrite.outOfQuarantine, collection: change.collection, record: change.record,
                    version: Version(time: change.time, replica: kept.replica), giver: .centre, at: wall))
            return nil
        }
        return Refusal(number: kept.number, reason: reason, field: field)
    }
}
