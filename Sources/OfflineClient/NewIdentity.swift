import SQLite
import SyncProtocol
import SyncStore

extension OfflineClient {
    /// The request for a replica number of its own, after the server knew other changes under this one's numbers.
    func renumberRequest() throws -> RenumberRequest {
        try database.read { connection in
            let replica = try ReplicaState.require(connection)
            var request = RenumberRequest(
                time: environment.wallMilliseconds(), replica: replica.replica, after: replica.acknowledged,
                chain: replica.acknowledgedChain)
            // To the server it is another device now, which has nothing in escrow.
            if try Standing.load(connection).mustRenumber {
                request.escrowed = try PendingChanges(connection: connection).escrowed()
            }
            return request
        }
    }

    /// Goes on under a new replica number.
    ///
    /// Pending changes keep their numbers and bytes; the rows get the new number's versions. What the old number wrote
    /// since the backup or the copy is not known here, so everything is pulled anew.
    ///
    /// - Returns: whether it did; not where another process of this database has gone on meanwhile.
    func renumbered(_ answer: EnrolAnswer, after request: RenumberRequest) throws -> Bool {
        try database.write { connection in
            var application = try AnswerApplication(connection, layout: layout)
            // Another process may have gone on meanwhile: the new number begins where it was asked for, and nowhere else.
            guard application.replica.isAt(request), answer.replica != request.replica else { return false }
            application.replica.replica = answer.replica
            application.replica.profile = answer.profile
            #if PlantedBugs
                if PlantedBug.copyUnnoticed.isActive {
                    try application.startResync()
                    try application.replica.save(connection)
                    return true
                }
            #endif
            try application.view.restampAll(by: answer.replica)
            try application.startResync()
            try application.replica.save(connection)
            var standing = try Standing.load(connection)
            if standing.mustRenumber {
                standing.mustRenumber = false
                try standing.save(connection)
            }
            return true
        }
    }
}

extension ServerView {
    /// Makes the rows of all records with changes on top anew, with these changes written by a replica.
    func restampAll(by replica: ReplicaID) throws {
        let select = try pending.connection.statement("SELECT DISTINCT collection, record FROM _pending")
        var records: [(CollectionNumber, RecordID)] = []
        while try select.step() {
            if let id = RecordID(bytes: select.bytes(1)) { records.append((Int(select.int64(0)), id)) }
        }
        select.reset()
        for (collection, record) in records {
            let server = try load(collection, record, local: nil)
            try set(server, collection, record, replica: replica)
        }
    }
}
