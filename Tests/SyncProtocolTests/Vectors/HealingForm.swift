import SyncProtocol

/// The messages of a healing.
extension MessageForm {
    func compareRequest() throws -> CompareRequest {
        var request = CompareRequest()
        request.epoch = try told(epoch)
        request.time = time.value
        request.replica = ReplicaID(rawValue: try told(replica))
        request.into = try told(into)
        request.cursor = try told(cursor).bytes
        request.bits = try told(bits)
        request.first = try told(first)
        let packed = try told(digests).bytes
        request.digests = stride(from: 0, to: packed.count, by: 8).map { start in
            packed[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) }
        }
        request.healing = healing?.bytes ?? []
        return request
    }

    func compareAnswer() throws -> CompareAnswer {
        var answer = CompareAnswer()
        answer.epoch = try told(epoch)
        answer.time = time.value
        answer.cursor = try told(cursor).bytes
        answer.next = next
        answer.buckets = try told(buckets).map { form in
            CompareAnswer.Bucket(
                number: form.number,
                records: try form.records.map { entry in
                    guard let state = CompareAnswer.Entry.State(rawValue: entry.state) else {
                        throw VectorError(reason: "no state")
                    }
                    return CompareAnswer.Entry(
                        key: RecordKey(collection: entry.collection, record: try RecordID.of(entry.record)),
                        digest: entry.digest.value, state: state)
                })
        }
        return answer
    }

    func repairRequest() throws -> RepairRequest {
        var request = RepairRequest()
        request.epoch = try told(epoch)
        request.time = time.value
        request.replica = ReplicaID(rawValue: try told(replica))
        request.into = try told(into)
        request.after = try told(after).value
        request.chain = try told(chain).value
        request.given = try told(updates).map { try $0.update() }
        request.wanted = try wanted?.map { try $0.key() } ?? []
        request.escrowed = try told(escrowed).map(\.escrowed)
        request.isLast = try told(isLast)
        request.healing = healing?.bytes ?? []
        return request
    }

    func repairAnswer() throws -> RepairAnswer {
        var answer = RepairAnswer()
        answer.epoch = try told(epoch)
        answer.time = time.value
        answer.updates = try told(updates).map { try $0.update() }
        answer.removals = try told(removals).map { try $0.key() }
        answer.served = try told(served)
        answer.redactions = try erased()
        return answer
    }

    func erased() throws -> [Redaction] {
        try redactions?.map { form in
            Redaction(
                key: RecordKey(collection: form.collection, record: try RecordID.of(form.record)), fields: form.fields,
                time: HybridTimestamp(rawValue: form.time.value))
        } ?? []
    }
}
