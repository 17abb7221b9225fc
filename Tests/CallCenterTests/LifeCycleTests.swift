import Testing

@testable import CallCenter

@Suite("The life cycle")
struct LifeCycleTests {
    @Test func theUsualWayIsOpen() throws {
        let way: [CaseStatus] = [.received, .verifying, .forwarded, .inProcess, .answered]
        for (from, to) in zip(way, way.dropFirst()) { try LifeCycle.check(from: from, to: to, hasAnswer: true) }
        try LifeCycle.check(from: .answered, to: .closed, reason: .answered, hasAnswer: true)
        try LifeCycle.check(from: .closed, to: .reopened, hasAnswer: true)
        try LifeCycle.check(from: .reopened, to: .inProcess, hasAnswer: true)
    }

    @Test func aClosedCaseIsOnlyReopened() {
        for next in CaseStatus.allCases where next != .reopened && next != .closed {
            #expect(throws: MoveError.notAllowed(from: .closed, to: next)) {
                try LifeCycle.check(from: .closed, to: next, hasAnswer: true)
            }
        }
    }

    @Test func onlyAClosedCaseIsReopened() {
        for status in CaseStatus.allCases { #expect(status.next.contains(.reopened) == (status == .closed)) }
    }

    @Test func everyOpenCaseCanBeClosedAndNoneGoesBackToReceived() {
        for status in CaseStatus.allCases {
            #expect(status.next.contains(.closed) == (status != .closed))
            #expect(!status.next.contains(.received))
            #expect(!status.next.contains(status))
        }
    }

    @Test func closingNeedsAReasonAndAnAnswerWhereItClaimsOne() throws {
        func close(_ reason: ClosingReason?, hasAnswer: Bool) throws {
            try LifeCycle.check(from: .verifying, to: .closed, reason: reason, hasAnswer: hasAnswer)
        }
        #expect(throws: MoveError.reasonMissing) { try close(nil, hasAnswer: true) }
        #expect(throws: MoveError.answerMissing) { try close(.answered, hasAnswer: false) }
        try close(.outOfAuthority, hasAnswer: false)
        try close(.answered, hasAnswer: true)
    }

    @Test func otherWrongMovesSayWhy() {
        #expect(throws: MoveError.alreadyThere(.onHold)) {
            try LifeCycle.check(from: .onHold, to: .onHold, hasAnswer: false)
        }
        #expect(throws: MoveError.answerMissing) {
            try LifeCycle.check(from: .inProcess, to: .answered, hasAnswer: false)
        }
        #expect(throws: MoveError.reasonWithoutClosing(.forwarded)) {
            try LifeCycle.check(from: .received, to: .forwarded, reason: .duplicate, hasAnswer: false)
        }
        let error = MoveError.notAllowed(from: .closed, to: .forwarded)
        #expect(
            error.explanation(in: .indonesian)
                == "Kasus berstatus selesai tidak dapat menjadi diteruskan; yang mungkin: dibuka kembali.")
        #expect("\(error)" == "A case that is closed can't become forwarded; possible: reopened.")
    }

    @Test func keysAndNamesCanBeTyped() {
        #expect(CaseStatus(typed: "in_process") == .inProcess)
        #expect(CaseStatus(typed: "Dibuka Kembali") == .reopened)
        #expect(Channel(typed: "tatap-muka") == .walkIn)
        #expect(Channel(typed: "whatsapp") == .whatsapp)
        #expect(ClosingReason(typed: "bukan wewenang") == .outOfAuthority)
        #expect(CaseClass(typed: "permohonan_informasi") == .information)
        #expect(Urgency(typed: "sekali") == nil)
        #expect(Seed.category(typed: "Kesehatan")?.key == "health")
        #expect(Seed.category(typed: "lain") == nil)
    }

    @Test func namesOfOneListDiffer() {
        func check<Key: NamedKey>(_: Key.Type) {
            for language in Language.allCases {
                #expect(Set(Key.allCases.map { $0.name(in: language) }).count == Key.keys.count)
            }
        }
        check(CaseStatus.self)
        check(ClosingReason.self)
        check(CaseClass.self)
        check(Channel.self)
        check(Urgency.self)
        check(DispositionKind.self)
        check(NoteKind.self)
        check(DeadlineStage.self)
        check(DeadlineStart.self)
        check(DeadlineUnit.self)
        check(Deadlines.Standing.self)
        check(Holiday.Kind.self)
        check(YearReport.Group.self)
    }
}
