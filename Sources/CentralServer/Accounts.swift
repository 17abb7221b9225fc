import SyncProtocol

/// Offices, devices and their enrolment.
extension CentralServer {
    /// How long an enrolment code works: 24 hours.
    public static let codeLifetime: Int64 = 24 * 60 * 60 * 1000

    /// Adds an office, or names a known one anew.
    ///
    /// - Parameter actor: who does it, for the audit log; here as below.
    public func save(_ office: OfficeEntry, by actor: String = "centre") throws {
        try storage.write { transaction in
            guard try !transaction.offices().contains(office) else { return }
            try transaction.save(office)
            try note(.officeSaved, "office \(office.code)", by: actor, in: transaction)
        }
    }

    /// Makes a code that enrols one device of an office, once, within ``codeLifetime``.
    ///
    /// - Parameters:
    ///   - office: the code of a known office.
    ///   - name: a name for the device, for people.
    ///   - profile: what the device's application is told.
    /// - Returns: the code, 80 random bits as four groups of four letters and digits. Only its hash is kept.
    /// - Throws: ``AccountError/unknownOffice(_:)``.
    public func makeCode(
        office: String, name: String, profile: [String: String], by actor: String = "centre"
    ) throws -> String {
        try makeCode(office: office, name: name, by: actor) { _ in profile }
    }

    /// Makes a code that enrols one device of an office, once, within ``codeLifetime``.
    ///
    /// - Parameter profile: makes what the device's application is told of how many profiles the office has had, this
    ///   one counted: nobody else is given the same number.
    /// - Throws: ``AccountError/unknownOffice(_:)``, and what `profile` throws.
    public func makeCode(
        office: String, name: String, by actor: String = "centre", profile: (Int) throws -> [String: String]
    ) throws -> String {
        // Crockford's base 32: no I, L, O or U, so that a code can be read out over the telephone.
        let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
        var code = ""
        for group in 0..<4 {
            var bits = environment.random()
            if group > 0 { code.append("-") }
            for _ in 0..<4 {
                code.append(alphabet[Int(bits & 31)])
                bits >>= 5
            }
        }
        try storage.write { transaction in
            guard try transaction.offices().contains(where: { $0.code == office }) else {
                throw AccountError.unknownOffice(office)
            }
            try transaction.save(
                CodeEntry(
                    hash: Self.hash(ofCode: code), office: office, name: name,
                    profile: try profile(transaction.codesMade(office: office) + 1),
                    expiresAt: environment.wallMilliseconds() + Self.codeLifetime, usedBy: nil))
            try note(.codeMade, "office \(office)", by: actor, in: transaction)
        }
        return code
    }

    /// Revokes a device: its next request is refused.
    ///
    /// - Throws: ``AccountError/unknownDevice(_:)``.
    public func revoke(device id: Int64, by actor: String = "centre") throws {
        try storage.write { transaction in
            guard var device = try transaction.device(id) else { throw AccountError.unknownDevice(id) }
            guard device.revokedAt == nil else { return }
            device.revokedAt = environment.wallMilliseconds()
            try transaction.save(device)
            try note(.deviceRevoked, "device \(id)", by: actor, in: transaction)
        }
    }

    /// Lets a revoked device sync again, with the credential that it has.
    ///
    /// - Throws: ``AccountError/unknownDevice(_:)``.
    public func reinstate(device id: Int64, by actor: String = "centre") throws {
        try storage.write { transaction in
            guard var device = try transaction.device(id) else { throw AccountError.unknownDevice(id) }
            guard device.revokedAt != nil else { return }
            device.revokedAt = nil
            try transaction.save(device)
            try note(.deviceReinstated, "device \(id)", by: actor, in: transaction)
        }
    }

    /// Exchanges a code for a replica number.
    ///
    /// The same device may ask again with the same code; nobody else may.
    ///
    /// - Parameter caller: the address that the request comes from; wrong codes are counted by it.
    public func enrol(_ body: [UInt8], caller: String = "") -> Message {
        let answer = reply {
            try refuseTooMany(from: caller)
            guard case .enrolRequest(let request) = try Message(decoding: body) else {
                throw ProtocolError(.invalid, at: 0, "an enrolment was expected")
            }
            guard request.schemaName == schema.name else {
                throw failure(.otherSchema, "this server keeps \(schema.name), not \(request.schemaName)")
            }
            return try storage.write { try enrol(request, $0) }
        }
        if case .failure(let failure) = answer, [.unknownCode, .usedCode, .expiredCode].contains(failure.code) {
            attempts.failed(caller, now: environment.monotonicMilliseconds())
            auditOnceAnHour(.enrolmentRefused, "enrolment", "\(failure.code)")
        }
        return answer
    }

    private func enrol(_ request: EnrolRequest, _ transaction: any CentralTransaction) throws -> Message {
        let wall = environment.wallMilliseconds()
        guard var code = try transaction.code(hash: Self.hash(ofCode: request.code)) else {
            throw failure(.unknownCode, "no such enrolment code")
        }
        let state = try transaction.state()
        func answer(_ replica: ReplicaID, _ device: DeviceEntry) -> Message {
            .enrolAnswer(
                EnrolAnswer(
                    epoch: state.epoch, time: wall, replica: replica, office: device.office, profile: device.profile))
        }
        if let usedBy = code.usedBy {
            guard let device = try transaction.device(usedBy),
                isEqualInConstantTime(device.credentialHash, request.credentialHash),
                device.revokedAt == nil, let replica = try transaction.replicas().last(where: { $0.device == usedBy })
            else { throw failure(.usedCode, "the enrolment code was used by another device") }
            return answer(replica.number, device)
        }
        guard wall < code.expiresAt else { throw failure(.expiredCode, "the enrolment code has expired") }
        guard try transaction.device(credentialHash: request.credentialHash) == nil else {
            throw failure(.usedCode, "the device is enrolled already")
        }
        var device = DeviceEntry(
            id: 0, office: code.office, name: code.name.isEmpty ? request.deviceName : code.name,
            profile: code.profile, credentialHash: request.credentialHash, enrolledAt: wall)
        device.id = try transaction.add(device)
        let replica = try transaction.takeReplicaNumber(for: device.id)
        code.usedBy = device.id
        try transaction.save(code)
        try noteScope(of: device.office, in: transaction)
        try note(
            .enrolled, "device \(device.id)", by: "device \(device.id)",
            "office \(device.office), replica \(replica.rawValue)", in: transaction)
        return answer(replica, device)
    }

    /// Gives a device whose database was restored or copied a new replica number.
    func renumber(_ request: RenumberRequest, of device: DeviceEntry) throws -> Message {
        // Two transactions, for they write two files: a number that was taken and not told to anyone does no harm.
        let (number, profile) = try storage.write { transaction in
            guard try transaction.replica(request.replica)?.device == device.id else {
                throw failure(.notEnrolled, "replica \(request.replica) is not this device's")
            }
            let number = try transaction.takeReplicaNumber(for: device.id)
            try note(
                .renumbered, "device \(device.id)", by: "device \(device.id)",
                "replica \(request.replica.rawValue) to \(number.rawValue)", in: transaction)
            return (number, renumberedProfile(device, try transaction.codesMade(office: device.office)))
        }
        return try storage.write { transaction in
            if !request.escrowed.isEmpty {
                let application = try PushApplication(
                    transaction, schema: schema, wall: environment.wallMilliseconds(), catalogue)
                for change in request.escrowed { _ = try application.claim(change, for: device) }
            }
            try transaction.save(
                ReplicaEntry(
                    number: number, device: device.id, lastChange: request.after, chain: request.chain, lastPush: 0))
            return .enrolAnswer(
                EnrolAnswer(
                    epoch: try transaction.state().epoch, time: environment.wallMilliseconds(), replica: number,
                    office: device.office, profile: profile))
        }
    }

    private static func hash(ofCode code: String) -> [UInt8] {
        SHA256.hash(Array(code.uppercased().filter { $0 != "-" && $0 != " " }.utf8))
    }
}

/// Why an account was not changed.
public enum AccountError: Error, Sendable, Equatable, CustomStringConvertible {
    /// No office has that code.
    case unknownOffice(String)
    /// No device has that number.
    case unknownDevice(Int64)

    /// What happened.
    public var description: String {
        switch self {
        case .unknownOffice(let code): "no office has the code \(code)"
        case .unknownDevice(let id): "no device has the number \(id)"
        }
    }
}
