import SyncProtocol
import SyncStore

/// Where a replica stands in the server's order.
///
/// To the replica it is opaque.
struct PullCursor: Equatable {
    /// Everything up to here is known.
    var sequence: Int64
    /// During a first sync: where the order ended when it began.
    ///
    /// Until the replica has caught up, records are sent whole whoever wrote them, and of deleted ones only those that
    /// were deleted later.
    var firstSyncFrom: Int64?

    /// - Throws: ``ProtocolError`` for what this server did not give out.
    init(_ bytes: [UInt8], state: CentralState) throws(ProtocolError) {
        if bytes.isEmpty {
            sequence = 0
            firstSyncFrom = state.sequence
            return
        }
        var position = 0
        sequence = Int64(try Varint.read(bytes[...], &position, limit: UInt64(Int64.max)))
        if position < bytes.count {
            firstSyncFrom = Int64(try Varint.read(bytes[...], &position, limit: UInt64(Int64.max)))
        }
        guard position == bytes.count, sequence <= state.sequence else {
            throw ProtocolError(.invalid, at: position, "the cursor is not one of this server's")
        }
    }

    var encoded: [UInt8] {
        var bytes: [UInt8] = []
        Varint.append(UInt64(sequence), to: &bytes)
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
        let isFirst = start.firstSyncFrom != nil
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
                if let update = try Self.update(row, from: start, for: isFirst ? .none : replica) {
                    updates.append(update)
                    size += update.estimatedBytes
                }
                return true
            }
        }
        self.updates = updates
        self.hasMore = hasMore
        cursor.sequence = hasMore ? reached : state.sequence
        if !hasMore { cursor.firstSyncFrom = nil }
    }

    private static func update(
        _ row: any ScannedRow, from cursor: PullCursor, for replica: ReplicaID
    ) throws -> RecordUpdate? {
        if replica != .none {
            // Most rows of a busy office are its own: they are passed over before their values are read.
            let versions = try row.versions()
            func isNews(_ write: RecordVersions.Write) -> Bool {
                write.sequence > cursor.sequence && write.version.replica != replica
            }
            guard isNews(versions.creation) || versions.later.contains(where: isNews) else { return nil }
        }
        let record = try row.record().state
        if let start = cursor.firstSyncFrom, record.isDeleted,
            record.versions.write(of: .deleted).sequence <= start
        {
            return nil
        }
        return record.update(since: cursor.sequence, for: replica)
    }
}

extension RecordUpdate {
    /// About how many bytes the update takes on the wire.
    var estimatedBytes: Int {
        writes.reduce(24) { $0 + 16 + $1.fields.reduce(0) { $0 + 2 + $1.value.bytes.count } }
    }
}
