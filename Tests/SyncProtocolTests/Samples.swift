import SyncProtocol

/// Things of the protocol, made from a seed.
extension SplitMix {
    mutating func value() -> Value {
        switch below(8) {
        case 0: .null
        case 1: .bool(below(2) == 0)
        case 2: .integer(Int64(truncatingIfNeeded: next() >> UInt64(below(64))))
        case 3: .integer(-Int64(truncatingIfNeeded: next() >> UInt64(1 + below(63))))
        case 4: .double(Double(Int64(truncatingIfNeeded: next())) / 1024)
        case 5: .text(String(String.UnicodeScalarView((0..<below(40)).map { _ in scalar() })))
        case 6: .bytes(bytes(below(300)))
        default: .dateTime(Int64(truncatingIfNeeded: next() >> 20))
        }
    }

    private mutating func scalar() -> Unicode.Scalar {
        pick(["a", "Z", "0", " ", "\n", "\0", "é", "\u{301}", "中", "📞", "\u{200B}", "\u{10FFFF}"])
    }

    mutating func fields(_ numbers: [FieldNumber]) throws -> FieldMap {
        FieldMap(try numbers.filter { _ in below(2) == 0 }.map { FieldValue($0, try EncodedValue(value())) })
    }

    mutating func version() -> Version {
        Version(
            time: HybridTimestamp(rawValue: 1 | next() >> UInt64(1 + below(63))),
            replica: ReplicaID(rawValue: UInt32(truncatingIfNeeded: next() >> UInt64(below(64)))))
    }

    mutating func recordID() -> RecordID { RecordID(milliseconds: Int64(next() >> 20), random: (next(), next())) }

    mutating func change() throws -> Change {
        var seen = [Base.Seen(version: version(), fields: [])]
        for _ in 0..<below(4) { seen.append(Base.Seen(version: version(), fields: [below(9), 10 + below(900)])) }
        return Change(
            collection: 1 + below(300), record: recordID(), time: version().time,
            operator: String(repeating: "é", count: below(30)), base: below(3) == 0 ? .empty : Base(seen: seen),
            fields: [FieldValue(1, .null)] + Array(try fields([2, 3, 23, 24, 255, 256, 70_000])))
    }

    mutating func update() throws -> RecordUpdate {
        RecordUpdate(
            collection: 1 + below(300), record: recordID(), isWhole: below(2) == 0,
            writes: try (0...below(4)).map { _ in
                RecordUpdate.Write(
                    version: version(), operator: "op\(below(99))", fields: try fields([0, 1, 2, 30, 400]))
            })
    }

    mutating func message() throws -> Message {
        let time = Int64(next() >> 18)
        let replica = ReplicaID(rawValue: 1 + UInt32(below(1 << 31)))
        switch below(10) {
        case 0:
            var request = SyncRequest()
            request.epoch = UInt32(truncatingIfNeeded: next())
            request.time = time
            request.replica = replica
            request.after = Int64(next() >> 11)
            request.chain = next()
            request.changes = try (0..<below(4)).map { _ in try change().encoded[...] }
            request.cursor = bytes(below(65))
            request.schemaVersion = below(9)
            request.pageBytes = pick([0, 1, Limits.pageBytes, Limits.messageBytes])
            request.auditMark = below(2) == 0 ? UInt32(truncatingIfNeeded: next()) : nil
            return .syncRequest(request)
        case 1:
            var answer = SyncAnswer()
            answer.epoch = UInt32(truncatingIfNeeded: next())
            answer.time = time
            answer.acknowledged = Int64(next() >> 11)
            answer.removals = (0..<below(3)).map {
                RecordKey(collection: 1 + $0, record: RecordID(high: 1, low: UInt64($0)))
            }
            answer.refusals = (0..<below(3)).map {
                Refusal(number: Int64($0), reason: pick(Refusal.Reason.allCases), field: below(500))
            }
            answer.updates = try (0..<below(4)).map { _ in try update() }
            answer.cursor = bytes(below(65))
            answer.hasMore = below(2) == 0
            answer.digest = below(2) == 0 ? next() : nil
            answer.schemaVersion = below(9)
            return .syncAnswer(answer)
        case 2:
            return .enrolRequest(
                EnrolRequest(
                    time: time, code: "ABCD-\(below(999))", credentialHash: bytes(32), deviceName: "meja",
                    schemaName: "callcenter"))
        case 3:
            return .enrolAnswer(
                EnrolAnswer(
                    epoch: UInt32(truncatingIfNeeded: next()), time: time, replica: replica, office: "DINSOS",
                    profile: ["a": "1", "prefix": "\(below(99))", "zz": ""]))
        case 4:
            return .renumberRequest(
                RenumberRequest(
                    time: time, replica: replica, after: Int64(next() >> 11), chain: next(),
                    escrowed: (0..<below(3)).map { number in
                        // Any item passes for a change until it is looked at.
                        RepairRequest.Escrowed(number: Int64(number), bytes: [UInt8(below(24))][...])
                    }))
        case 5:
            var request = CompareRequest()
            (request.epoch, request.into) = (UInt32(below(99)), UInt32(below(99)))
            (request.time, request.replica, request.cursor) = (time, replica, bytes(below(65)))
            request.bits = below(4)
            request.first = below(1 << request.bits)
            request.digests = (request.first..<1 << request.bits).map { _ in next() }
            request.healing = bytes(below(65))
            return .compareRequest(request)
        case 6:
            var answer = CompareAnswer()
            (answer.epoch, answer.time, answer.cursor) = (UInt32(below(99)), time, bytes(below(65)))
            answer.next = below(2) == 0 ? nil : below(4096)
            answer.buckets = (0..<below(4)).map { number in
                CompareAnswer.Bucket(
                    number: number,
                    records: (0..<below(4)).map { _ in
                        CompareAnswer.Entry(
                            key: RecordKey(collection: 1 + below(300), record: recordID()), digest: next(),
                            state: pick(CompareAnswer.Entry.State.allCases))
                    })
            }
            return .compareAnswer(answer)
        case 7:
            var request = RepairRequest()
            (request.epoch, request.into) = (UInt32(below(99)), UInt32(below(99)))
            (request.time, request.replica, request.after, request.chain) = (time, replica, Int64(next() >> 11), next())
            request.given = try (0..<below(3)).map { _ in
                var update = try update()
                update.isWhole = true
                return update
            }
            request.wanted = (0..<below(3)).map { _ in RecordKey(collection: 1 + below(300), record: recordID()) }
            request.escrowed = try (0..<below(3)).map { _ in
                RepairRequest.Escrowed(number: Int64(below(99)), bytes: try change().encoded[...])
            }
            request.isLast = below(2) == 0
            request.healing = bytes(below(65))
            return .repairRequest(request)
        case 8:
            var answer = RepairAnswer()
            (answer.epoch, answer.time, answer.served) = (UInt32(below(99)), time, below(10_001))
            answer.updates = try (0..<below(3)).map { _ in try update() }
            answer.removals = (0..<below(3)).map { _ in RecordKey(collection: 1 + below(300), record: recordID()) }
            answer.redactions = (0..<below(3)).map { _ in
                Redaction(
                    key: RecordKey(collection: 1 + below(300), record: recordID()),
                    fields: [1 + below(9), 20 + below(9)],
                    time: HybridTimestamp(rawValue: next() >> 1))
            }
            return .repairAnswer(answer)
        default:
            return .failure(Failure(code: pick(Failure.Code.allCases), time: time, detail: "n\(below(999))"))
        }
    }
}
