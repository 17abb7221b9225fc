import SQLite
import SyncProtocol
import SyncStore

/// What backup and restore need of the storage; the files' form is the program's own affair.
extension SQLiteStorage {
    /// How far the replica numbers of restored accounts jump: more than were given out since any backup.
    static let replicaJump: Int64 = 1_000_000
    /// The setting that counts the enrolment codes of each office that restored accounts may have forgotten.
    static let forgottenCodes = "forgotten_codes"
    /// How many codes of an office a restore of the accounts takes for forgotten.
    static let codeJump: Int64 = 50

    /// Copies both files, as of one moment, into a folder, under the names of a data folder's.
    ///
    /// The accounts may be a commit ahead of the records, which does no harm: see ``AccountTables``.
    public func copy(to folder: String, recordsFile: String) throws {
        try database.copy(to: [
            (name: "main", path: folder + "/" + recordsFile),
            (name: AccountTables.name, path: folder + "/" + Self.accountsFile),
        ])
    }

    /// Rewrites the records' file without what was erased from it.
    public func scrub() throws { try database.scrub() }

    /// Begins a new life of records that come from a backup; places in the order go on.
    ///
    /// - Parameters:
    ///   - epoch: a random number.
    ///   - hasOldAccounts: whether the accounts come from the backup too: replica numbers and tickets' prefixes that
    ///     were given out since are then not known, and the next ones jump over them.
    /// - Returns: the state.
    public func beginAfterRestore(epoch: UInt32, hasOldAccounts: Bool) throws -> CentralState {
        // The accounts first: jumping twice, after a crash, does no harm.
        if hasOldAccounts {
            try write { transaction in
                try transaction.skipReplicaNumbers(Self.replicaJump)
                let forgotten = try transaction.setting(Self.forgottenCodes) ?? 0
                try transaction.set(Self.forgottenCodes, to: forgotten + Self.codeJump)
            }
        }
        let last = try read { try $0.state() }
        #if PlantedBugs
            if PlantedBug.epochKept.isActive { return last }
        #endif
        let epoch = max(epoch, 1) == last.epoch ? last.epoch ^ 1 | 2 : max(epoch, 1)
        try write { try $0.note(epoch: epoch, from: last.sequence) }
        return try write { transaction in
            var state = try transaction.state()
            state.epoch = epoch
            state.restoredFrom = state.sequence
            try transaction.save(state)
            return state
        }
    }
}
