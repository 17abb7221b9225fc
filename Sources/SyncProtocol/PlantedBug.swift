#if PlantedBugs
    /// A mistake that real systems made, planted to see that the simulator's checks find it.
    ///
    /// Compiled only with the trait `PlantedBugs`, which no program that is run for people has. One at a time is active.
    package enum PlantedBug: String, CaseIterable, Sendable {
        // Merge
        case arrivalWins = "the write that arrives last wins, whatever its version"
        case tiesByArrival = "of two writes of the same time the one that arrives last wins"
        case recordWins = "the latest write of a record wins over all its fields"
        case secondCreationIgnored = "a second creation of a record is taken for a retry and dropped"
        // Conflicts
        case baseIgnored = "conflicts are looked for without the base: every overwriting is one"
        case baseOfRecord = "one base for the whole record instead of one per field"
        case onlyLosersLogged = "a conflict is noted only where the incoming change loses"
        case sameValueConflicts = "two writes of the same value are noted as a conflict"
        case groupsTorn = "conflicts are noted per field where fields go together"
        case bookkeepingConflicts = "bookkeeping fields make conflicts"
        case deleteSilent = "an edit of a record that was deleted meanwhile is not noted"
        case editUnderDeleteSilent = "a delete of a record that was edited meanwhile is not noted"
        case softForgotten = "edits of other fields of the same record are not noted for information"
        case sidesSwapped = "the conflict log keeps the winning values instead of the losing ones"
        case creationUnchecked = "creations are not looked at for conflicts"
        // The server takes a push
        case retryAppliedTwice = "a request that comes again is applied again"
        case chainUnchecked = "the chain of a device's changes is not compared"
        case clockUnbounded = "changes from the future are taken"
        case refusalsForgotten = "the answer to a retry does not repeat the refusals"
        case acknowledgedUnapplied = "what the server broke off before is acknowledged too"
        case acknowledgedBeforeCommit = "a push is acknowledged, and its transaction is rolled back"
        case unknownFieldsDropped = "fields that the server's schema does not know are dropped"
        case epochIgnored = "the server takes what was numbered for another epoch"
        case referencesUnchecked = "a reference to a record that is not there is taken"
        case sequenceKept = "an edited record keeps its place in the server's order"
        case collectedEarly = "a deleted record is collected at once"
        // The server tells a page
        case cursorTooFar = "the cursor of a cut page lies one record too far"
        case pageWithoutCursor = "the cursor of a cut page is that of the end"
        case ownRecordsSkipped = "a device is not told of others' edits of records that it made"
        case undeleteInPart = "of an undelete only the written fields are told"
        case deletesUntold = "a first sync in progress skips what was deleted since it began"
        // The client takes an answer
        case clockUnobserved = "the client's clock does not move on to what it was told"
        case clockGoesBack = "the client's clock follows the wall clock backwards"
        case refusedDropped = "a refused change is thrown away"
        case pendingOverwritten = "what is told overwrites what is pending"
        case shadowForgotten = "the server's state of an edited record is not kept"
        case answerMisplaced = "an answer is taken though the database has moved on"
        case agreedOnEveryPage = "every page counts as agreed, not only the last"
        case digestOfDeletes = "a delete that is told does not leave the digest"
        case discardLeavesValue = "a discarded change stays in the record"
        case restampInOneInstant = "changes stamped anew all get the same time"
        // Scopes
        case scopeOfOldValue = "who sees a record is decided by what it held before it moved"
        case removalUntold = "a device is not told of what leaves its scope"
        case enteredInPart = "of what enters a scope only the new writes are told"
        case followersStay = "what follows a record does not move with it"
        case outOfScopeApplied = "a change to a record that has left its writer's scope is applied"
        case escrowLost = "a change is refused as kept in escrow, and not kept"
        case decisionUntold = "the writer is not told what the centre decided about its change"
        case letInUntold = "the writer is not told of its own change that the centre let in"
        // A restored server
        case epochKept = "a server that was restored from a backup goes on in the same epoch"
        case deletedKeptBack = "a deletion that the server lost is not given back"
        case entriesKeptBack = "entries of the conflict log are not given back"
        case othersKeptBack = "a device gives back only the records that it made"
        case givenForgotten = "of a record that the restored server has, nothing is taken back"
        case givenConflictsSilent = "what comes back is merged without looking for conflicts"
        case givenDeletionsSilent = "a deletion that comes back is merged without looking at the edits since"
        case numbersForgotten = "the server does not take over how far a device that gave back had come"
        // Collection
        case leasesIgnored = "deleted records are collected whoever has not heard of them"
        case collectedMadeAgain = "a record that was collected can be made again"
        case rebuildSkipped = "a device that stayed away too long goes on from its cursor"
        // Revocation
        case revokedServed = "what a revoked device pushes is applied"
        case quarantineLost = "what a revoked device pushes is thrown away"
        case lockForgotten = "a revoked device does not lock its database"
        case oldNumbersKept = "a device that enrolled again begins under the new number without asking for its place"
        // Redaction
        case logNotErased = "the conflict log keeps what was erased"
        case erasedPushedAgain = "an erased value that is pushed late is taken"
        case refusedNotErased = "a device keeps the erased value in its refused changes"
        case filesNotOverwritten = "the erased value is left in the free pages of a device's file"
        // The client takes an answer, its own number and clock
        case answerTorn = "an answer is taken in two transactions: what it acknowledges, then what it tells"
        case writeTorn = "a change and its number are kept in two transactions"
        case copyUnnoticed = "a device renumbered as a copy leaves its pending changes under the old number"

        /// The bug that is active in this thread of a run, or nil.
        @TaskLocal package static var active: PlantedBug?

        /// Whether this bug is the one that is active.
        package var isActive: Bool { Self.active == self }

        /// The name of the bug, as the log and the page have it.
        package var name: String { "\(self)" }
    }

    extension Conflict {
        /// The conflict as if the other side had lost.
        package var swapped: Conflict {
            Conflict(
                kind: kind, collection: collection, record: record, field: field,
                losing: Side(
                    version: losing.version, base: losing.base, operator: losing.operator, values: winning.values),
                winning: Side(
                    version: winning.version, base: winning.base, operator: winning.operator, values: losing.values))
        }
    }
#endif
