import SQLite
import SyncProtocol
import SyncStore

/// The one row of `_replica`.
///
/// Every transaction reads it anew, for another process may write too.
struct ReplicaState {
    var replica: ReplicaID
    var office: String
    var profile: [String: String]
    var server: String
    var secret: [UInt8]
    var epoch: UInt32 = 0
    var cursor: [UInt8] = []
    /// The number and the chain's hash of the last change that was written here.
    var number: Int64 = 0
    var chain: UInt64 = 0
    /// The number and the chain's hash of the last change that the server has dealt with.
    var acknowledged: Int64 = 0
    var acknowledgedChain: UInt64 = 0
    var clock = HybridLogicalClock()
    /// The greatest time that came from the server: where the clock starts again after it was wrong.
    var seen = HybridTimestamp(rawValue: 0)
    /// The server's clock minus this device's, in milliseconds.
    var clockOffset: Int64 = 0
    /// The digest of the server view.
    var digest: UInt64 = 0
    /// Whether the digests agreed when they were last compared.
    var isAgreed = false
    /// Whether a first sync is being run again over data that is here.
    var isResync = false
    /// Whether a first sync is under way for whose length the schema's indexes are taken away.
    var lacksIndexes = false
    /// Whether that is the first one itself, after changes were pushed: what it changes needed no repair.
    var isFirstSync = false
    /// Whether it is run again because the place that was kept is none of the server's.
    ///
    /// Either it was damaged here, or the server lost something without knowing it: nothing is dropped then.
    var isDoubtful = false
    var lastSync: Int64 = 0
    var lastAction: Int64 = 0

    private static let columns = [
        "replica", "office", "profile", "server", "secret", "epoch", "cursor", "number", "chain", "acknowledged",
        "acknowledged_chain", "clock", "seen", "clock_offset", "digest", "agreed", "is_resync", "last_sync",
        "last_action", "lacks_indexes",
    ]

    static func load(_ connection: Connection) throws -> ReplicaState? {
        let select = try connection.statement("SELECT \(columns.joined(separator: ", ")) FROM _replica")
        defer { select.reset() }
        guard try select.step() else { return nil }
        var state = ReplicaState(
            replica: ReplicaID(rawValue: UInt32(truncatingIfNeeded: select.int64(0))), office: select.string(1),
            profile: [:], server: select.string(3), secret: select.bytes(4))
        state.profile = try Profile.decode(select.bytes(2))
        state.epoch = UInt32(truncatingIfNeeded: select.int64(5))
        state.cursor = select.bytes(6)
        state.number = select.int64(7)
        state.chain = UInt64(bitPattern: select.int64(8))
        state.acknowledged = select.int64(9)
        state.acknowledgedChain = UInt64(bitPattern: select.int64(10))
        state.clock = HybridLogicalClock(last: HybridTimestamp(rawValue: UInt64(bitPattern: select.int64(11))))
        state.seen = HybridTimestamp(rawValue: UInt64(bitPattern: select.int64(12)))
        state.clockOffset = select.int64(13)
        state.digest = UInt64(bitPattern: select.int64(14))
        state.isAgreed = select.int64(15) != 0
        state.isResync = select.int64(16) & 1 != 0
        state.isFirstSync = select.int64(16) & 2 != 0
        state.isDoubtful = select.int64(16) & 4 != 0
        state.lastSync = select.int64(17)
        state.lastAction = select.int64(18)
        state.lacksIndexes = select.int64(19) != 0
        return state
    }

    /// Loads the row, which is there once the database is enrolled.
    static func require(_ connection: Connection) throws -> ReplicaState {
        guard let state = try load(connection), state.replica != .none else { throw ClientError.notEnrolled }
        return state
    }

    /// Where a replica stands with the server: whoever finds it elsewhere than it was has been overtaken.
    struct Place: Equatable {
        var replica: ReplicaID
        var epoch: UInt32
        var cursor: [UInt8]
        var after: Int64
        var chain: UInt64
    }

    /// Where it stands.
    var place: Place {
        Place(replica: replica, epoch: epoch, cursor: cursor, after: acknowledged, chain: acknowledgedChain)
    }

    /// Whether this is still where the replica stood when it made a request.
    func isAt(_ request: SyncRequest) -> Bool {
        place
            == Place(
                replica: request.replica, epoch: request.epoch, cursor: request.cursor, after: request.after,
                chain: request.chain)
    }

    /// Whether this is still where the replica stood when it asked for a number.
    func isAt(_ request: RenumberRequest) -> Bool {
        replica == request.replica && acknowledged == request.after && acknowledgedChain == request.chain
    }

    func save(_ connection: Connection) throws {
        let places = Self.columns.indices.map { "?\($0 + 1)" }.joined(separator: ", ")
        let statement = try connection.statement(
            "INSERT OR REPLACE INTO _replica (one, \(Self.columns.joined(separator: ", "))) VALUES (1, \(places))")
        try statement.bind(1, Int64(replica.rawValue))
        try statement.bind(2, text: office)
        try statement.bind(3, blob: Profile.encode(profile)[...])
        try statement.bind(4, text: server)
        try statement.bind(5, blob: secret[...])
        try statement.bind(6, Int64(epoch))
        try statement.bind(7, blob: cursor[...])
        try statement.bind(8, number)
        try statement.bind(9, Int64(bitPattern: chain))
        try statement.bind(10, acknowledged)
        try statement.bind(11, Int64(bitPattern: acknowledgedChain))
        try statement.bind(12, Int64(bitPattern: clock.last.rawValue))
        try statement.bind(13, Int64(bitPattern: seen.rawValue))
        try statement.bind(14, clockOffset)
        try statement.bind(15, Int64(bitPattern: digest))
        try statement.bind(16, isAgreed ? 1 : Int64(0))
        try statement.bind(17, (isResync ? 1 : Int64(0)) | (isFirstSync ? 2 : 0) | (isDoubtful ? 4 : 0))
        try statement.bind(18, lastSync)
        try statement.bind(19, lastAction)
        try statement.bind(20, lacksIndexes ? 1 : Int64(0))
        try statement.run()
    }
}
