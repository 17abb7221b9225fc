/// The moments of a case that deadlines look at.
public struct CaseClock: Sendable, Hashable {
    /// The class of the case.
    public var caseClass: CaseClass
    /// When it was received.
    public var receivedAt: Int64
    /// When it was verified.
    public var verifiedAt: Int64?
    /// When it was passed on to the agency in charge.
    public var forwardedAt: Int64?
    /// When its file was complete.
    public var completeAt: Int64?
    /// When the agency first followed up: the first such note.
    public var followedUpAt: Int64?
    /// When it was answered.
    public var answeredAt: Int64?
    /// When it was closed.
    public var closedAt: Int64?
    /// When the patient was admitted.
    public var admittedAt: Int64?
    /// When the patient's cover was proved.
    public var proofAt: Int64?
    /// Whether the deadline was extended, with written reasons.
    public var isExtended: Bool

    /// Makes a clock; what has not happened is nil.
    public init(
        caseClass: CaseClass, receivedAt: Int64, verifiedAt: Int64? = nil, forwardedAt: Int64? = nil,
        completeAt: Int64? = nil, followedUpAt: Int64? = nil, answeredAt: Int64? = nil, closedAt: Int64? = nil,
        admittedAt: Int64? = nil, proofAt: Int64? = nil, isExtended: Bool = false
    ) {
        self.caseClass = caseClass
        self.receivedAt = receivedAt
        self.verifiedAt = verifiedAt
        self.forwardedAt = forwardedAt
        self.completeAt = completeAt
        self.followedUpAt = followedUpAt
        self.answeredAt = answeredAt
        self.closedAt = closedAt
        self.admittedAt = admittedAt
        self.proofAt = proofAt
        self.isExtended = isExtended
    }

    /// When the matter was settled: by the answer (silence until the case is closed doesn't count), else by closing.
    public var resolvedAt: Int64? { answeredAt ?? closedAt }

    /// When a stage was done, or nil while it is not.
    public func done(_ stage: DeadlineStage) -> Int64? {
        switch stage {
        case .verify: verifiedAt ?? forwardedAt ?? resolvedAt
        case .firstResponse: followedUpAt ?? resolvedAt
        case .resolve: resolvedAt
        case .proof: proofAt ?? closedAt
        case .close: closedAt
        }
    }

    /// When a deadline began to run, or nil while it does not.
    ///
    /// A case that was settled without being passed on to anybody is measured from its receipt.
    public func started(_ start: DeadlineStart) -> Int64? {
        switch start {
        case .received: receivedAt
        case .forwarded: forwardedAt ?? (resolvedAt == nil ? nil : receivedAt)
        case .complete: completeAt
        case .admitted: admittedAt
        case .answered: answeredAt
        }
    }
}

/// Due dates from rules and holidays.
///
/// They are computed wherever they are shown, never stored: an amended holiday or rule moves them at once, everywhere.
public struct Deadlines: Sendable {
    /// A due date.
    public struct Due: Sendable, Hashable {
        /// The rule that sets it.
        public let rule: DeadlineRule
        /// The last moment in time.
        public let moment: Int64
        /// The day of that moment.
        public let day: Day
        /// Whether the holidays up to it are known; otherwise it may still move.
        public let isCertain: Bool
    }

    /// How a case stands against a due date.
    public enum Standing: String, NamedKey {
        /// Done in time.
        case onTime = "on_time"
        /// Done too late.
        case late
        /// Not done, there is time.
        case running
        /// Not done, the time is over.
        case overdue

        /// Its name as people read it.
        public func name(in language: Language) -> String {
            switch (self, language) {
            case (.onTime, .indonesian): "tepat waktu"
            case (.onTime, .english): "on time"
            case (.late, .indonesian): "terlambat"
            case (.late, .english): "late"
            case (.running, .indonesian): "berjalan"
            case (.running, .english): "running"
            case (.overdue, .indonesian): "lewat jatuh tempo"
            case (.overdue, .english): "overdue"
            }
        }
    }

    /// The rules.
    public let rules: [DeadlineRule]
    /// The working days.
    public let workingDays: WorkingDays

    /// Takes the rules and the working days in force.
    public init(rules: [DeadlineRule], workingDays: WorkingDays) {
        self.rules = rules
        self.workingDays = workingDays
    }

    /// What this version ships.
    public static let shipped = Deadlines(rules: Seed.deadlineRules, workingDays: .shipped)

    /// The rule for a stage of a case: its class's own before the general one, then the one that came into force last.
    public func rule(for stage: DeadlineStage, of clock: CaseClock) -> DeadlineRule? {
        rules.filter { rule in
            rule.stage == stage && (rule.caseClass == nil || rule.caseClass == clock.caseClass)
                && rule.isInForce(on: WIB.day(of: clock.started(rule.start) ?? clock.receivedAt))
        }.max { left, right in
            if (left.caseClass == nil) != (right.caseClass == nil) { return left.caseClass == nil }
            if left.validFrom != right.validFrom {
                return (left.validFrom?.number ?? .min) < (right.validFrom?.number ?? .min)
            }
            return left.key < right.key
        }
    }

    /// When a stage is due, or nil where no rule applies or the clock has not started.
    public func due(_ stage: DeadlineStage, of clock: CaseClock) -> Due? {
        guard let rule = rule(for: stage, of: clock), let start = clock.started(rule.start) else { return nil }
        let amount = rule.amount + (clock.isExtended ? rule.extension : 0)
        let moment =
            switch rule.unit {
            case .workingDays: WIB.end(of: workingDays.day(amount, after: WIB.day(of: start)))
            case .workingHours: workingDays.moment(hours: amount, after: start)
            }
        let day = WIB.day(of: moment)
        let isCertain = workingDays.knows(day) && workingDays.knows(WIB.day(of: start))
        return Due(rule: rule, moment: moment, day: day, isCertain: isCertain)
    }

    /// How a case stands at a stage, or nil where nothing is due.
    public func standing(_ stage: DeadlineStage, of clock: CaseClock, now: Int64) -> Standing? {
        guard let due = due(stage, of: clock) else { return nil }
        guard let done = clock.done(stage) else { return now <= due.moment ? .running : .overdue }
        return done <= due.moment ? .onTime : .late
    }
}
