/// A year's aspirasi in figures: pure arithmetic over the rows that are passed in.
public struct YearReport: Sendable, Hashable {
    /// What the report needs of one case.
    public struct Row: Sendable, Hashable {
        /// The key of its field of complaint, or nil.
        public var category: String?
        /// The agency in charge, or nil.
        public var agency: String?
        /// The region, or nil.
        public var region: String?
        /// The channel.
        public var channel: String?
        /// The state.
        public var status: String?
        /// Why it was closed, or nil.
        public var closingReason: String?
        /// Its moments and its class.
        public var clock: CaseClock

        /// Makes a row.
        public init(
            category: String?, agency: String?, region: String?, channel: String?, status: String?,
            closingReason: String? = nil, clock: CaseClock
        ) {
            self.category = category
            self.agency = agency
            self.region = region
            self.channel = channel
            self.status = status
            self.closingReason = closingReason
            self.clock = clock
        }
    }

    /// One line of a table.
    public struct Line: Sendable, Hashable {
        /// What is counted: a code or a key, nil for "not given".
        public let key: String?
        /// How many; nil where the number is suppressed.
        public let count: Int?
        /// Their share in tenths of a percent; nil where it is suppressed.
        public let tenths: Int?
        /// Their share in percents, of 100 for the whole table; nil where it is suppressed.
        public let percent: Int?
    }

    /// The published grouping: health, social affairs, all other fields together.
    public enum Group: String, NamedKey {
        /// Health.
        case health
        /// Social affairs.
        case social
        /// All other fields.
        case others

        /// Its name as people read it.
        public func name(in language: Language) -> String {
            switch (self, language) {
            case (.health, .indonesian): "kesehatan"
            case (.health, .english): "health"
            case (.social, .indonesian): "sosial"
            case (.social, .english): "social affairs"
            case (.others, .indonesian): "lainnya (gabungan)"
            case (.others, .english): "all others"
            }
        }
    }

    /// The year.
    public let year: Int
    /// How many cases were received in it.
    public let total: Int
    /// Health, social affairs, all others, in this order.
    public let groups: [Line]
    /// By field of complaint.
    public let categories: [Line]
    /// By agency in charge.
    public let agencies: [Line]
    /// By region.
    public let regions: [Line]
    /// By channel.
    public let channels: [Line]
    /// By state, in the order of the life cycle.
    public let states: [Line]
    /// By class, in the order of ``CaseClass``.
    public let classes: [Line]
    /// The closed ones by reason.
    public let closingReasons: [Line]
    /// On time, late, running, overdue (``Deadlines/Standing``), and nil for those without a due date yet.
    public let timeliness: [Line]
    /// The median of the working days from receipt until the matter was settled; nil while none is.
    public let medianWorkingDays: Int?

    /// Counts the cases that were received in that year (in WIB).
    ///
    /// - Parameters:
    ///   - year: the year.
    ///   - rows: cases, of any year; deleted ones are not passed in.
    ///   - deadlines: rules and working days in force.
    ///   - now: the present.
    ///   - suppressBelow: hides the numbers from 1 to one less than this, for publication; 0 hides none.
    public init(year: Int, rows: some Sequence<Row>, deadlines: Deadlines, now: Int64, suppressBelow: Int = 0) {
        let rows = rows.filter { WIB.day(of: $0.clock.receivedAt).year == year }
        func table(_ key: (Row) -> String?) -> [Line] {
            Self.lines(Self.count(rows.lazy.map(key)), suppressBelow: suppressBelow)
        }
        func table(_ order: [String], _ key: (Row) -> String?) -> [Line] {
            let counts = Dictionary(Self.count(rows.lazy.map(key)).map { ($0.key, $0.count) }) { first, _ in first }
            let others = counts.keys.filter { key in !order.contains { $0 == key } }
                .sorted { ($0 ?? "") < ($1 ?? "") }
            let ordered = (order + others).map { ($0, counts[$0] ?? 0) }
            return Self.lines(ordered, suppressBelow: suppressBelow)
        }
        self.year = year
        total = rows.count
        groups = table(Group.keys) { Group.of($0.category).rawValue }
        categories = table(\.category)
        agencies = table(\.agency)
        regions = table(\.region)
        channels = table(\.channel)
        states = table(CaseStatus.keys, \.status)
        classes = table(CaseClass.keys) { $0.clock.caseClass.rawValue }
        closingReasons = Self.lines(
            Self.count(rows.lazy.filter { $0.status == CaseStatus.closed.rawValue }.map(\.closingReason)),
            suppressBelow: suppressBelow)
        timeliness = table(Deadlines.Standing.keys) { row in
            deadlines.standing(.resolve, of: row.clock, now: now)?.rawValue
        }
        let taken = rows.compactMap { row in
            row.clock.resolvedAt.map {
                deadlines.workingDays.count(after: WIB.day(of: row.clock.receivedAt), through: WIB.day(of: $0))
            }
        }.sorted()
        medianWorkingDays = taken.isEmpty ? nil : taken[(taken.count - 1) / 2]
    }

    /// Counts keys: the most frequent first, then by key, "not given" last among equals.
    private static func count(_ keys: some Sequence<String?>) -> [(key: String?, count: Int)] {
        var counts: [String?: Int] = [:]
        for key in keys { counts[key, default: 0] += 1 }
        return counts.map { (key: $0.key, count: $0.value) }.sorted { left, right in
            if left.count != right.count { return left.count > right.count }
            guard let leftKey = left.key, let rightKey = right.key else { return left.key != nil }
            return leftKey < rightKey
        }
    }

    private static func lines(_ counts: [(key: String?, count: Int)], suppressBelow limit: Int) -> [Line] {
        let numbers = counts.map(\.count)
        let tenths = Shares.split(numbers, whole: 1000)
        let percents = Shares.split(numbers)
        let hidden = hidden(numbers, below: limit)
        return counts.indices.map { index in
            let isHidden = hidden.contains(index)
            return Line(
                key: counts[index].key, count: isHidden ? nil : numbers[index],
                tenths: isHidden ? nil : tenths[index], percent: isHidden ? nil : percents[index])
        }
    }

    /// Which numbers to hide: the small ones, and so many of the next smallest that the total less the numbers shown
    /// tells none of them.
    private static func hidden(_ numbers: [Int], below limit: Int) -> Set<Int> {
        let order = numbers.indices.filter { numbers[$0] > 0 }.sorted { (numbers[$0], $0) < (numbers[$1], $1) }
        guard let least = order.first, numbers[least] < limit else { return [] }
        var hidden: Set<Int> = []
        var sum = 0
        for index in order where numbers[index] < limit || hidden.count < 2 || sum < limit {
            hidden.insert(index)
            sum += numbers[index]
        }
        return hidden
    }
}

extension YearReport.Group {
    /// The group of a field of complaint.
    public static func of(_ category: String?) -> YearReport.Group {
        category.flatMap(YearReport.Group.init(rawValue:)) ?? .others
    }
}
