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
    /// - Throws: ``ClientError/alreadyEnrolled(office:)``.
    public func enrolRequest(code: String, deviceName: String, server: String) throws -> [UInt8] {
        let secret = try database.write { connection in
            if var state = try ReplicaState.load(connection) {
                guard state.replica == .none else { throw ClientError.alreadyEnrolled(office: state.office) }
                state.server = server
                try state.save(connection)
                return state.secret
            }
            let secret = (0..<4).flatMap { _ in withUnsafeBytes(of: environment.random().bigEndian, Array.init) }
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
            guard state.replica == .none else { throw ClientError.alreadyEnrolled(office: state.office) }
            state.replica = answer.replica
            state.office = answer.office
            state.profile = answer.profile
            state.clockOffset = answer.time - environment.wallMilliseconds()
            try state.save(connection)
        }
    }

    /// The credential that goes with each sync: the device's secret.
    ///
    /// - Throws: ``ClientError/notEnrolled``.
    public func credential() throws -> [UInt8] { try database.read { try ReplicaState.require($0).secret } }
}
