import SQLite
import SyncProtocol
import SyncStore

extension OfflineClient {
    /// Whether the database has a replica number.
    public var isEnrolled: Bool {
        get throws { try database.read { try ReplicaState.load($0).map { $0.replica != .none } ?? false } }
    }

    /// The message that shows an enrolment code to the server.
    ///
    /// The device's secret is made and kept before it is sent, so that a request whose answer was lost can be repeated
    /// with the same code.
    ///
    /// - Parameter again: whether a database that is enrolled takes a new credential and number from the same server, as
    ///   one that was revoked must; what is pending is kept and delivered.
    /// - Throws: ``ClientError/alreadyEnrolled(office:)``.
    public func enrolRequest(code: String, deviceName: String, server: String, again: Bool = false) throws -> [UInt8] {
        let secret = try database.write { connection in
            if var state = try ReplicaState.load(connection) {
                if state.replica != .none { return try secretForNewEnrolment(state, server, again, connection) }
                state.server = server
                try state.save(connection)
                return state.secret
            }
            let secret = newSecret()
            try ReplicaState(replica: .none, office: "", profile: [:], server: server, secret: secret).save(connection)
            return secret
        }
        let request = EnrolRequest(
            time: environment.wallMilliseconds(), code: code, credentialHash: SHA256.hash(secret),
            deviceName: Text.cut(deviceName, toBytes: 128), schemaName: schema.name)
        return request.encoded
    }

    /// Takes the server's answer to an enrolment.
    ///
    /// - Throws: ``Failure`` that the server sent, or ``ProtocolError`` for what is no answer.
    public func enrolled(_ bytes: [UInt8]) throws {
        let answer: EnrolAnswer
        switch try Message(decoding: bytes) {
        case .enrolAnswer(let message): answer = message
        case .failure(let failure): throw failure
        default: throw ProtocolError(.invalid, at: 0, "an enrolment is answered by an enrolment answer or a failure")
        }
        guard answer.replica > .centre else { throw ProtocolError(.invalid, at: 0, "a device's number is above 1") }
        try database.write { connection in
            guard var state = try ReplicaState.load(connection) else { throw ClientError.notEnrolled }
            var standing = try Standing.load(connection)
            if state.replica != .none {
                guard !standing.newSecret.isEmpty else { throw ClientError.alreadyEnrolled(office: state.office) }
                // The server knows nothing of the new number's changes: the first sync exchanges it for one that goes
                // on where the old one stood (`renumbered`).
                state.secret = standing.newSecret
                standing.newSecret = []
                standing.mustRenumber = true
                #if PlantedBugs
                    if PlantedBug.oldNumbersKept.isActive { standing.mustRenumber = false }
                #endif
                standing.lockedAt = 0
                try standing.save(connection)
            }
            state.replica = answer.replica
            state.office = answer.office
            state.profile = answer.profile
            state.clockOffset = answer.time - environment.wallMilliseconds()
            try state.save(connection)
        }
    }

    /// Keeps another address of the server that this database is enrolled with.
    ///
    /// Whoever calls this has seen the server there: a sync over the address came through.
    public func keep(server: String) throws {
        try database.write { connection in
            var state = try ReplicaState.require(connection)
            state.server = server
            try state.save(connection)
        }
    }

    /// The credential that goes with each sync: the device's secret.
    ///
    /// - Throws: ``ClientError/notEnrolled``.
    public func credential() throws -> [UInt8] { try database.read { try ReplicaState.require($0).secret } }

    /// Makes a new secret for the next enrolment, in place of one that a server knows already.
    func forgetSecret() throws {
        try database.write { connection in
            guard var state = try ReplicaState.load(connection) else { return }
            if state.replica == .none {
                state.secret = newSecret()
                return try state.save(connection)
            }
            var standing = try Standing.load(connection)
            standing.newSecret = []
            try standing.save(connection)
        }
    }

    private func newSecret() -> [UInt8] {
        (0..<4).flatMap { _ in withUnsafeBytes(of: environment.random().bigEndian, Array.init) }
    }

    private func secretForNewEnrolment(
        _ state: ReplicaState, _ server: String, _ again: Bool, _ connection: Connection
    ) throws -> [UInt8] {
        var standing = try Standing.load(connection)
        // What this database was told is acknowledged by that server, and by no other.
        guard again, server == state.server else { throw ClientError.alreadyEnrolled(office: state.office) }
        if standing.newSecret.isEmpty {
            standing.newSecret = newSecret()
            try standing.save(connection)
        }
        return standing.newSecret
    }
}
