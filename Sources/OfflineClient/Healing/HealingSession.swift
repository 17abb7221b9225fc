import SQLite
import SyncProtocol
import SyncStore

/// The part of a sync that finds differences and puts them right.
extension SyncSession {
    /// The next request of the repair under way; nil where there is none, or no more.
    mutating func heal() throws -> Action? {
        guard var current = healing else { return nil }
        let (layout, time) = (client.layout, client.environment.wallMilliseconds())
        let step = try client.database.read { connection -> Healing.Step? in
            let application = try AnswerApplication(connection, layout: layout)
            return application.replica.place == current.place ? try current.step(application, time: time) : nil
        }
        healing = current
        switch step {
        case .compare(let request):
            state = .comparing(request)
            return sending(request.encoded)
        case .repair(let request):
            state = .repairing(request)
            return sending(request.encoded)
        case .finish:
            healing = nil
            _ = try apply(current) { application in try application.finish(current) }
            return nil
        case nil:
            healing = nil
            return nil
        }
    }

    mutating func take(_ answer: CompareAnswer, to request: CompareRequest) throws {
        guard var current = healing, answer.epoch == request.into else { return healing = nil }
        try current.take(answer)
        healing = current
    }

    mutating func take(_ answer: RepairAnswer, to request: RepairRequest) throws {
        guard var current = healing, answer.epoch == request.into else { return healing = nil }
        try current.take(answer, to: request)
        let before = current
        guard try apply(current, { application in try application.repair(answer, of: before) }) else {
            return healing = nil
        }
        summary.givenBack += request.given.count
        healing = current
    }

    /// Changes the database in one transaction; false where it no longer stands where the repair began.
    private mutating func apply(
        _ healing: Healing, _ body: (inout AnswerApplication) throws -> Void
    ) throws -> Bool {
        let layout = client.layout
        let outcome = try client.database.write { connection -> AnswerApplication.Outcome? in
            var application = try AnswerApplication(connection, layout: layout)
            guard application.replica.place == healing.place else { return nil }
            try body(&application)
            try application.replica.save(connection)
            return application.outcome
        }
        guard let outcome else { return false }
        took(outcome)
        return true
    }

    /// Tells of what a transaction did.
    mutating func took(_ outcome: AnswerApplication.Outcome) {
        summary.add(outcome)
        client.notify(outcome.touched)
        // The erasure is durable; that its traces are overwritten too can fail without harm to the sync: the next one
        // does it then.
        if outcome.mustScrub { try? client.overwriteErased() }
    }

    func isInPlace() throws -> Bool {
        try client.database.read { try ReplicaState.require($0).place == healing?.place }
    }

    /// The request that gives the server what it found damaged; nil where it asks for nothing that is here.
    mutating func mend() throws -> Action? {
        guard let wanted = toMend, !wanted.isEmpty else { return nil }
        toMend = nil
        let request = try client.database.read { connection in
            try Healing.mending(wanted, AnswerApplication(connection, layout: client.layout))
        }
        guard var request else { return nil }
        request.time = client.environment.wallMilliseconds()
        state = .repairing(request)
        return sending(request.encoded)
    }
}
