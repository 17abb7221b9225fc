import SyncProtocol

/// The meaning of a message, as the vectors write it: all keys of all kinds, each where its kind has it.
struct MessageForm: Decodable {
    let epoch: UInt32?
    let time: Number<Int64>
    let replica: UInt32?
    let after: Number<Int64>?
    let chain: Number<UInt64>?
    let changes: [Hex]?
    let cursor: Hex?
    let schemaVersion: Int?
    let pageBytes: Int?
    let acknowledged: Number<Int64>?
    let refusals: [RefusalForm]?
    let updates: [UpdateForm]?
    let hasMore: Bool?
    let digest: Number<UInt64>?
    let code: Code?
    let credentialHash: Hex?
    let deviceName: String?
    let schemaName: String?
    let office: String?
    let profile: [String: String]?
    let detail: String?
    let removals: [RemovalForm]?
    let wait: Int?
    let auditHead: Hex?
    let auditDiffers: Bool?
    let auditMark: Hex?
    let written: Number<Int64>?
    let refused: Int?
    let program: String?
    let events: [EventForm]?
    let wanted: [RemovalForm]?
    let redactions: [RedactionForm]?
    let into: UInt32?
    let bits: Int?
    let first: Int?
    let digests: Hex?
    let healing: Hex?
    let next: Int?
    let buckets: [BucketForm]?
    let escrowed: [EscrowedForm]?
    let isLast: Bool?
    let served: Int?

    struct EventForm: Decodable {
        let number: Number<Int64>
        let time: Number<Int64>
        let texts: [String]
    }

    struct RedactionForm: Decodable {
        let collection: Int
        let record: Hex
        let fields: [Int]
        let time: Number<UInt64>
    }

    struct BucketForm: Decodable {
        let number: Int
        let records: [EntryForm]

        struct EntryForm: Decodable {
            let collection: Int
            let record: Hex
            let digest: Number<UInt64>
            let state: Int
        }
    }

    struct EscrowedForm: Decodable {
        let number: Number<Int64>
        let change: Hex

        var escrowed: RepairRequest.Escrowed {
            RepairRequest.Escrowed(number: number.value, bytes: change.bytes[...])
        }
    }

    struct RefusalForm: Decodable {
        let number: Number<Int64>
        let reason: Int
        let field: Int
    }

    struct RemovalForm: Decodable {
        let collection: Int
        let record: Hex

        func key() throws -> RecordKey { RecordKey(collection: collection, record: try RecordID.of(record)) }
    }

    /// An enrolment's code is text, a failure's a number.
    enum Code: Decodable {
        case text(String)
        case number(Int)

        init(from decoder: any Decoder) throws {
            let single = try decoder.singleValueContainer()
            if let number = try? single.decode(Int.self) {
                self = .number(number)
            } else {
                self = .text(try single.decode(String.self))
            }
        }
    }

    func message(_ kind: String) throws -> Message {
        switch kind {
        case "syncRequest": .syncRequest(try syncRequest())
        case "syncAnswer": .syncAnswer(try syncAnswer())
        case "enrolRequest": .enrolRequest(try enrolRequest())
        case "enrolAnswer":
            .enrolAnswer(
                EnrolAnswer(
                    epoch: try told(epoch), time: time.value, replica: ReplicaID(rawValue: try told(replica)),
                    office: try told(office), profile: profile ?? [:]))
        case "failure": .failure(try failure())
        case "renumberRequest":
            .renumberRequest(
                RenumberRequest(
                    time: time.value, replica: ReplicaID(rawValue: try told(replica)), after: try told(after).value,
                    chain: try told(chain).value, escrowed: escrowed?.map(\.escrowed) ?? []))
        case "compareRequest": .compareRequest(try compareRequest())
        case "compareAnswer": .compareAnswer(try compareAnswer())
        case "repairRequest": .repairRequest(try repairRequest())
        case "repairAnswer": .repairAnswer(try repairAnswer())
        default: throw VectorError(reason: "no kind \(kind)")
        }
    }

    func told<Content>(_ content: Content?) throws -> Content {
        guard let content else { throw VectorError(reason: "a key is missing") }
        return content
    }

    private func syncRequest() throws -> SyncRequest {
        var request = SyncRequest()
        request.epoch = try told(epoch)
        request.time = time.value
        request.replica = ReplicaID(rawValue: try told(replica))
        request.after = try told(after).value
        request.chain = try told(chain).value
        request.changes = try told(changes).map { $0.bytes[...] }
        request.cursor = try told(cursor).bytes
        request.schemaVersion = try told(schemaVersion)
        request.pageBytes = try told(pageBytes)
        request.written = written?.value ?? 0
        request.refused = refused ?? 0
        request.program = program ?? ""
        request.events =
            try events?.map { form in
                guard form.texts.count == 4 else { throw VectorError(reason: "an event has four texts") }
                return DeviceEvent(
                    number: form.number.value, time: form.time.value, name: form.texts[0], subject: form.texts[1],
                    operator: form.texts[2], detail: form.texts[3])
            } ?? []
        request.auditHead = try auditHead.map { try AuditHead($0.bytes[...]) }
        request.auditMark = auditMark.map { $0.bytes.reduce(0) { $0 << 8 | UInt32($1) } }
        return request
    }

    private func syncAnswer() throws -> SyncAnswer {
        var answer = SyncAnswer()
        answer.epoch = try told(epoch)
        answer.time = time.value
        answer.acknowledged = try told(acknowledged).value
        answer.refusals = try told(refusals).map { form in
            guard let reason = Refusal.Reason(rawValue: form.reason) else { throw VectorError(reason: "no reason") }
            return Refusal(number: form.number.value, reason: reason, field: form.field)
        }
        answer.updates = try told(updates).map { try $0.update() }
        answer.cursor = try told(cursor).bytes
        answer.hasMore = try told(hasMore)
        answer.digest = digest?.value
        answer.schemaVersion = try told(schemaVersion)
        answer.removals = try told(removals).map { try $0.key() }
        answer.wanted = try wanted?.map { try $0.key() } ?? []
        answer.redactions = try erased()
        answer.auditHead = try auditHead.map { try AuditHead($0.bytes[...]) }
        answer.auditDiffers = auditDiffers ?? false
        return answer
    }

    private func enrolRequest() throws -> EnrolRequest {
        guard case .text(let code) = try told(code) else { throw VectorError(reason: "no code") }
        return EnrolRequest(
            time: time.value, code: code, credentialHash: try told(credentialHash).bytes,
            deviceName: try told(deviceName), schemaName: try told(schemaName))
    }

    private func failure() throws -> Failure {
        guard case .number(let number) = try told(code), let code = Failure.Code(rawValue: number) else {
            throw VectorError(reason: "no code")
        }
        var failure = Failure(code: code, time: time.value, detail: try told(detail))
        failure.wait = wait ?? 0
        return failure
    }
}
