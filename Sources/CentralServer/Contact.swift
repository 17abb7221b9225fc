import SyncProtocol

/// What a sync tells of a device, kept for the board.
extension CentralServer {
    /// How old the note of a device's last sync may be, in milliseconds: a sync that pushes nothing writes it no oftener.
    public static let contactInterval: Int64 = 5 * 60_000

    /// Notes a sync that pushed nothing, where the last note is old.
    ///
    /// The answer does not depend on it: where it can't be written, the next sync tries again.
    func noteContact(_ incoming: Incoming) {
        let wall = environment.wallMilliseconds()
        func isDue(_ replica: ReplicaEntry?) -> Bool {
            guard let replica, replica.device == incoming.device.id else { return false }
            return abs(wall - replica.lastSync) >= Self.contactInterval
        }
        do {
            let number = incoming.request.replica
            guard isDue(try storage.read { try $0.replica(number) }) else { return }
            try storage.write { transaction in
                guard var replica = try transaction.replica(number), isDue(replica) else { return }
                replica.note(incoming.request, wall: wall, epoch: try transaction.state().epoch)
                try transaction.save(replica)
            }
        } catch {
            environment.notice("the time of a sync could not be noted: \(error)")
        }
    }
}

extension ReplicaEntry {
    /// Takes from a request what it tells of the replica.
    mutating func note(_ request: SyncRequest, wall: Int64, epoch: UInt32) {
        lastSync = wall
        clockOffset = request.time - wall
        schemaVersion = request.schemaVersion
        // The cursor that it shows it has stored: what it was told since may not have come. While pages of a first sync
        // follow each other it stands at 0, and after another epoch nothing is known.
        pulled = request.epoch == epoch ? PullCursor(told: request.cursor)?.everythingThrough ?? 0 : 0
    }
}
