/// Shares that add up.
public enum Shares {
    /// Splits a whole by counts after the largest remainder: the parts add up to the whole, and none is off by 1 or more.
    ///
    /// Of equal remainders the greater count, then the earlier one takes what is left over. Counts below 0 are taken
    /// as 0; without any count all parts are 0.
    ///
    /// - Parameters:
    ///   - counts: the counts.
    ///   - whole: 100 for percents, 1000 for tenths of a percent.
    public static func split(_ counts: [Int], whole: Int = 100) -> [Int] {
        let counts = counts.map { max($0, 0) }
        let total = counts.reduce(0, +)
        guard total > 0 else { return counts.map { _ in 0 } }
        var parts = counts.map { Int($0.multipliedFullWidth(by: whole).low / UInt(total)) }
        let remainders = counts.map { Int($0.multipliedFullWidth(by: whole).low % UInt(total)) }
        let order = counts.indices.sorted { left, right in
            (remainders[right], counts[right], left) < (remainders[left], counts[left], right)
        }
        for index in order.prefix(whole - parts.reduce(0, +)) { parts[index] += 1 }
        return parts
    }
}
