import SyncProtocol
import SyncStore

/// Where a replica stands in the server's order.
///
/// To the replica it is opaque.
struct PullCursor: Equatable {
    /// Every record whose last change lies up to here was looked at.
    var sequence: Int64
    /// Every write up to here is known.
    ///
    /// It stays behind ``sequence`` while pages follow one another: a record comes up where its last change is, and its
    /// earlier ones with it.
    var known: Int64
    /// During a first sync: what was deleted up to here is left out.
    ///
    /// It is the place where the order ended when the sync began, or 0 for a replica that may have deleted records. Until
    /// the replica has caught up, records are sent whole whoever wrote them.
    var firstSyncFrom: Int64?

    /// - Parameter skipsDeleted: whether a sync that begins with an empty cursor leaves out what is deleted by now.
    /// - Throws: ``ProtocolError`` for what this server did not give out.
    init(_ bytes: [UInt8], state: CentralState, skipsDeleted: Bool) throws(ProtocolError) {
        if bytes.isEmpty {
            sequence = 0
            known = 0
            firstSyncFrom = skipsDeleted ? state.sequence : 0
            return
        }
        var numbers: [Int64] = []
        var position = 0
        while position < bytes.count, numbers.count < 3 {
            numbers.append(Int64(try Varint.read(bytes[...], &position, limit: UInt64(Int64.max))))
        }
        sequence = numbers[0]
        known = numbers.count > 1 ? numbers[1] : sequence
        firstSyncFrom = numbers.count > 2 ? numbers[2] : nil
        guard position == bytes.count, known <= sequence, sequence <= state.sequence else {
            throw ProtocolError(.invalid, at: position, "the cursor is not one of this server's")
        }
    }

    var encoded: [UInt8] {
        var bytes: [UInt8] = []
        Varint.append(UInt64(sequence), to: &bytes)
        if known < sequence || firstSyncFrom != nil { Varint.append(UInt64(known), to: &bytes) }
        if let firstSyncFrom { Varint.append(UInt64(firstSyncFrom), to: &bytes) }
        return bytes
    }
}

/// Fills the page of an answer from a snapshot.
struct PullPage {
    private(set) var updates: [RecordUpdate] = []
    private(set) var cursor: PullCursor
    private(set) var hasMore = false

    init(
        _ snapshot: any CentralSnapshot, state: CentralState, from start: PullCursor, for replica: ReplicaID,
        pageBytes: Int
    ) throws {
        cursor = start
        let reader = start.firstSyncFrom == nil ? replica : .none
        var size = 0
        var updates: [RecordUpdate] = []
        var hasMore = false
        var reached = start.sequence
        if start.sequence < state.sequence {
            try snapshot.scan(after: start.sequence) { row in
                guard size < pageBytes else {
                    hasMore = true
                    return false
                }
                reached = row.sequence
                if let update = try Self.update(row, from: start, for: reader) {
                    updates.append(update)
                    size += update.estimatedBytes
                }
                return true
            }
        }
        self.updates = updates
        self.hasMore = hasMore
        cursor.sequence = hasMore ? reached : state.sequence
        if !hasMore {
            cursor.known = cursor.sequence
            cursor.firstSyncFrom = nil
        }
    }

    private static func update(
        _ row: any ScannedRow, from cursor: PullCursor, for replica: ReplicaID
    ) throws -> RecordUpdate? {
        if replica != .none {
            // Most rows of a busy office are its own: they are passed over before their values are read.
            let versions = try row.versions()
            func isNews(_ write: RecordVersions.Write) -> Bool {
                write.sequence > cursor.known && write.version.replica != replica
            }
            guard isNews(versions.creation) || versions.later.contains(where: isNews) else { return nil }
        }
        let record = try row.record().state
        if let start = cursor.firstSyncFrom, record.isDeleted,
            record.versions.write(of: .deleted).sequence <= start
        {
            return nil
        }
        return record.update(since: cursor.known, for: replica)
    }
}

extension RecordUpdate {
    /// About how many bytes the update takes on the wire.
    var estimatedBytes: Int {
        writes.reduce(24) { $0 + 16 + $1.fields.reduce(0) { $0 + 2 + $1.value.bytes.count } }
    }
}
