/// A date, with or without a time, as an operator typed it.
///
/// Times are WIB unless an offset is given.
public struct DateInput: Sendable, Hashable {
    /// The day in WIB.
    public let day: Day
    /// The moment; the first one of the day where no time was given.
    public let milliseconds: Int64
    /// Whether a time was given.
    public let hasTime: Bool

    /// Reads `27/06/2022`, `27/06/2022 14.05`, `27 Juni 2022`, ISO 8601, and `hari ini`, `kemarin`, `besok`, `sekarang`
    /// or their English words, with or without a time.
    ///
    /// - Parameters:
    ///   - text: what was typed.
    ///   - now: the present, in milliseconds since 1970.
    public init(_ text: String, now: Int64) throws(DateInputError) {
        var words = Self.words(text)
        guard !words.isEmpty else { throw .empty }
        if words == ["sekarang"] || words == ["now"] {
            self.init(day: WIB.day(of: now), milliseconds: now, hasTime: true)
            return
        }
        let day = try Self.takeDay(from: &words, typed: text, today: WIB.day(of: now))
        let rest = words.joined()
        guard !rest.isEmpty else {
            self.init(day: day, milliseconds: WIB.start(of: day), hasTime: false)
            return
        }
        guard let time = Self.time(rest) else { throw .noSuchTime(text) }
        let moment = WIB.start(of: day) + time
        self.init(day: WIB.day(of: moment), milliseconds: moment, hasTime: true)
    }

    private init(day: Day, milliseconds: Int64, hasTime: Bool) {
        self.day = day
        self.milliseconds = milliseconds
        self.hasTime = hasTime
    }

    private static let silent: Set<String> = Set(
        (CalendarNames(.indonesian).weekdays + CalendarNames(.english).weekdays).map { $0.lowercased() }
            + ["wib", "pukul", "jam", "at"])

    /// The words in lower case, without those that say nothing; the `T` of ISO 8601 parts two words.
    private static func words(_ text: String) -> [String] {
        text.lowercased().split { $0.isWhitespace || $0 == "," }.map(String.init)
            .filter { !silent.contains($0) }
            .flatMap { word -> [String] in
                guard word.first?.isNumber == true, word.contains("-"), let mark = word.firstIndex(of: "t") else {
                    return [word]
                }
                return [String(word[..<mark]), String(word[word.index(after: mark)...])]
            }
    }

    private static func takeDay(from words: inout [String], typed: String, today: Day) throws(DateInputError) -> Day {
        let relative = ["kemarin": -1, "yesterday": -1, "today": 0, "besok": 1, "tomorrow": 1]
        if words.starts(with: ["hari", "ini"]) {
            words.removeFirst(2)
            return today
        }
        if let days = relative[words[0]] {
            words.removeFirst()
            return today.adding(days)
        }
        if words.count >= 3, let month = month(words[1]) {
            guard let day = Digits.number(words[0]), let year = year(words[2]) else { throw .unknownForm(typed) }
            words.removeFirst(3)
            return try date(year: year, month: month, day: day, typed: typed)
        }
        let parts = words[0].split(omittingEmptySubsequences: false) { "/-.".contains($0) }
        let numbers = parts.compactMap(Digits.number)
        guard parts.count == 3, numbers.count == 3 else { throw .unknownForm(typed) }
        words.removeFirst()
        if parts[0].utf8.count == 4 {
            return try date(year: numbers[0], month: numbers[1], day: numbers[2], typed: typed)
        }
        guard let year = year(parts[2]) else { throw .unknownForm(typed) }
        return try date(year: year, month: numbers[1], day: numbers[0], typed: typed)
    }

    private static func date(year: Int, month: Int, day: Int, typed: String) throws(DateInputError) -> Day {
        // Before 1900 it is a slip of the finger, and the farthest due date must stay within the calendar.
        guard (1900...9000).contains(year), let day = Day(year: year, month: month, day: day) else {
            throw .noSuchDay(typed)
        }
        return day
    }

    /// Four digits, or two for a year of this century.
    private static func year(_ text: some StringProtocol) -> Int? {
        switch text.utf8.count {
        case 4: Digits.number(text)
        case 2: Digits.number(text).map { 2000 + $0 }
        default: nil
        }
    }

    /// A month by its name or by three letters or more of it.
    private static func month(_ text: String) -> Int? {
        guard text.count >= 3 else { return nil }
        for language in Language.allCases {
            let months = CalendarNames(language).months
            if let index = months.firstIndex(where: { $0.lowercased().hasPrefix(text) }) { return index + 1 }
        }
        return nil
    }

    /// Milliseconds since midnight in WIB of `14.05`, `14:05:30`, `14:05:30.250`, with `z` or `+07:00` behind it or not.
    private static func time(_ text: String) -> Int64? {
        var clock = text[...]
        var shift: Int64 = 0
        if clock.hasSuffix("z") {
            clock = clock.dropLast()
            shift = 7 * 60
        } else if let mark = clock.lastIndex(where: { $0 == "+" || $0 == "-" }) {
            let digits = clock[mark...].dropFirst().filter { $0 != ":" }
            guard digits.utf8.count == 2 || digits.utf8.count == 4, let number = Digits.number(digits) else {
                return nil
            }
            let minutes = Int64(digits.utf8.count == 2 ? number * 60 : number / 100 * 60 + number % 100)
            shift = 7 * 60 - (clock[mark] == "+" ? minutes : -minutes)
            clock = clock[..<mark]
        }
        let parts = clock.split(omittingEmptySubsequences: false) { $0 == "." || $0 == ":" }
        var numbers = parts.compactMap(Digits.number)
        guard (2...4).contains(parts.count), numbers.count == parts.count else { return nil }
        numbers += Array(repeating: 0, count: 4 - numbers.count)
        guard numbers[0] < 24, numbers[1] < 60, numbers[2] < 60 else { return nil }
        let seconds = Int64((numbers[0] * 60 + numbers[1]) * 60 + numbers[2])
        let fraction = parts.count == 4 ? Digits.number((parts[3] + "000").prefix(3)) ?? 0 : 0
        return seconds * 1000 + Int64(fraction) + shift * 60_000
    }
}

/// A date that can't be read.
public enum DateInputError: ExplainedError, Hashable {
    /// Nothing was given.
    case empty
    /// It is in no form that is known.
    case unknownForm(String)
    /// It names a day that no calendar has.
    case noSuchDay(String)
    /// What follows the date is no time.
    case noSuchTime(String)

    /// What to say to the operator.
    public func explanation(in language: Language) -> String {
        switch (self, language) {
        case (.empty, .indonesian): "Tanggal kosong. \(Self.forms(language))"
        case (.empty, .english): "The date is empty. \(Self.forms(language))"
        case (.unknownForm(let text), .indonesian): "Tanggal \"\(text)\" tidak dikenali. \(Self.forms(language))"
        case (.unknownForm(let text), .english): "The date \"\(text)\" can't be read. \(Self.forms(language))"
        case (.noSuchDay(let text), .indonesian):
            "Tidak ada hari seperti \"\(text)\" (urutannya hari/bulan/tahun). \(Self.forms(language))"
        case (.noSuchDay(let text), .english):
            "There is no such day as \"\(text)\" (the order is day/month/year). \(Self.forms(language))"
        case (.noSuchTime(let text), .indonesian): "Jam dalam \"\(text)\" tidak dikenali. \(Self.forms(language))"
        case (.noSuchTime(let text), .english): "The time in \"\(text)\" can't be read. \(Self.forms(language))"
        }
    }

    private static func forms(_ language: Language) -> String {
        switch language {
        case .indonesian: "Tulis misalnya 27/06/2022, \"27/06/2022 14.05\", kemarin, atau 2022-06-27."
        case .english: "Write for example 27/06/2022, \"27/06/2022 14.05\", yesterday, or 2022-06-27."
        }
    }
}
