/// A day on which the offices rest although it is no weekend.
public struct Holiday: Hashable, Sendable {
    /// Why they rest.
    public enum Kind: String, NamedKey {
        /// A national holiday or an election.
        case `public`
        /// *Cuti bersama*, set each autumn by a decree of three ministers.
        case jointLeave = "joint_leave"
        /// A day that the centre added.
        case added

        /// Its name as people read it.
        public func name(in language: Language) -> String {
            switch (self, language) {
            case (.public, .indonesian): "hari libur nasional"
            case (.public, .english): "public holiday"
            case (.jointLeave, .indonesian): "cuti bersama"
            case (.jointLeave, .english): "joint leave"
            case (.added, .indonesian): "hari libur tambahan"
            case (.added, .english): "added holiday"
            }
        }
    }

    /// The day.
    public let day: Day
    /// Why.
    public let kind: Kind
    /// Its Indonesian name.
    public let name: String
    /// Its English name.
    public let nameEnglish: String

    /// Makes a holiday.
    public init(day: Day, kind: Kind, name: String, nameEnglish: String) {
        self.day = day
        self.kind = kind
        self.name = name
        self.nameEnglish = nameEnglish
    }

    /// What this version ships for 2021 to 2027; 2027 is partly an estimate that a later decree replaces.
    public static let shipped: [Holiday] = HolidayTable.text.split(separator: "\n").compactMap { line in
        let columns = line.split(separator: "|")
        guard columns.count == 4, let day = Day(String(columns[0])), let kind = Kind(rawValue: String(columns[1]))
        else {
            return nil
        }
        return Holiday(day: day, kind: kind, name: String(columns[2]), nameEnglish: String(columns[3]))
    }
}
