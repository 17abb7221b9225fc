/// A message of the protocol: an array of its kind and a map with integer keys.
///
/// Unknown keys are ignored.
public enum Message: Hashable, Sendable {
    /// A replica pushes and asks for a page.
    case syncRequest(SyncRequest)
    /// The server acknowledges, refuses and tells.
    case syncAnswer(SyncAnswer)
    /// A new device shows its code.
    case enrolRequest(EnrolRequest)
    /// The server gives it a replica number.
    case enrolAnswer(EnrolAnswer)
    /// A replica that was restored or copied asks for a number of its own; answered as an enrolment is.
    case renumberRequest(RenumberRequest)
    /// Which records differ?
    case compareRequest(CompareRequest)
    /// Those in which the two sides may differ.
    case compareAnswer(CompareAnswer)
    /// Records that the server lacks, and those that the replica lacks.
    case repairRequest(RepairRequest)
    /// The records that were asked for.
    case repairAnswer(RepairAnswer)
    /// The server could not do what it was asked; nothing of the request was applied.
    case failure(Failure)

    /// The major version of the protocol: what a message is of that names none.
    ///
    /// Another one is refused.
    public static let version = 1

    enum Kind: Int {
        case syncRequest = 1
        case syncAnswer = 2
        case enrolRequest = 3
        case enrolAnswer = 4
        case failure = 5
        case renumberRequest = 6
        case compareRequest = 7
        case compareAnswer = 8
        case repairRequest = 9
        case repairAnswer = 10
    }

    /// The message on the wire.
    public var encoded: [UInt8] {
        switch self {
        case .syncRequest(let message): message.encoded
        case .syncAnswer(let message): message.encoded
        case .enrolRequest(let message): message.encoded
        case .enrolAnswer(let message): message.encoded
        case .failure(let message): message.encoded
        case .renumberRequest(let message): message.encoded
        case .compareRequest(let message): message.encoded
        case .compareAnswer(let message): message.encoded
        case .repairRequest(let message): message.encoded
        case .repairAnswer(let message): message.encoded
        }
    }

    /// Reads a message, which must fill the bytes.
    ///
    /// - Parameter request: what the message answers, if it is a sync answer.
    /// - Throws: ``ProtocolError``; it is `missing` also where a sync answer leaves out what its request said, and there
    ///   is none.
    public init(decoding bytes: [UInt8], answering request: SyncRequest.Place? = nil) throws(ProtocolError) {
        guard bytes.count <= Limits.messageBytes else {
            throw ProtocolError(.overLimit, at: 0, "a message has at most \(Limits.messageBytes) bytes")
        }
        var reader = CBORReader(bytes)
        guard try reader.readArray(limit: 2) == 2 else {
            throw ProtocolError(.invalid, at: 0, "a message is an array of its kind and a map")
        }
        let start = reader.position
        guard let kind = Kind(rawValue: try reader.readInt()) else {
            // A message of another major version may be of a kind that this side never heard of: the version says so.
            try reader.readMessage { (_, _) throws(ProtocolError) in false }
            throw ProtocolError(.invalid, at: start, "no such kind of message")
        }
        switch kind {
        case .syncRequest: self = .syncRequest(try SyncRequest(from: &reader))
        case .syncAnswer: self = .syncAnswer(try SyncAnswer(from: &reader, to: request))
        case .enrolRequest: self = .enrolRequest(try EnrolRequest(from: &reader))
        case .enrolAnswer: self = .enrolAnswer(try EnrolAnswer(from: &reader))
        case .failure: self = .failure(try Failure(from: &reader))
        case .renumberRequest: self = .renumberRequest(try RenumberRequest(from: &reader))
        case .compareRequest: self = .compareRequest(try CompareRequest(from: &reader))
        case .compareAnswer: self = .compareAnswer(try CompareAnswer(from: &reader))
        case .repairRequest: self = .repairRequest(try RepairRequest(from: &reader))
        case .repairAnswer: self = .repairAnswer(try RepairAnswer(from: &reader))
        }
        try reader.finish()
    }
}

/// Keys that stand in more than one message.
enum CommonKey {
    static let version = 0
    static let epoch = 1
    static let time = 2
}

extension CBORWriter {
    /// Starts a message of that many keys.
    mutating func startMessage(_ kind: Message.Kind, keys: Int) {
        writeArray(2)
        write(kind.rawValue)
        writeMap(keys)
    }
}

extension CBORReader {
    /// Reads a wall clock's time, small enough to reckon with.
    ///
    /// - Parameter origin: from where it is counted, a wall clock's time itself.
    mutating func readWallTime(after origin: Int64 = 0) throws(ProtocolError) -> Int64 {
        let start = position
        let (time, isTooFar) = origin.addingReportingOverflow(try readInt64())
        guard !isTooFar, time >= -(1 << 47), time < 1 << 47 else {
            throw ProtocolError(.overLimit, at: start, "a wall clock's time has at most 47 bits")
        }
        return time
    }

    /// Reads the map of a message: the version, where it is named, and each other key by `body`, which returns false for
    /// an unknown one.
    mutating func readMessage(
        _ body: (Int, inout CBORReader) throws(ProtocolError) -> Bool
    ) throws(ProtocolError) {
        let count = try readMap(limit: 64)
        var last = -1
        for _ in 0..<count {
            let start = position
            let key = try readInt()
            guard key > last else { throw ProtocolError(.keyOrder, at: start, "keys ascend, each once") }
            last = key
            // The version has the lowest key and so comes first: what follows can be read by its rules.
            if key == CommonKey.version {
                let version = try readInt()
                guard version == Message.version else {
                    throw ProtocolError(
                        .unsupportedVersion, at: start,
                        "protocol version \(version), this side speaks \(Message.version)")
                }
            } else if !(try body(key, &self)) {
                try skip()
            }
        }
    }
}
