/// Finds what somebody may have meant.
public enum NearestName {
    /// The candidate with the fewest slips of the finger between it and what was typed; nil where none is near.
    public static func of(_ typed: String, among candidates: some Sequence<String>) -> String? {
        let limit = max(1, min(3, typed.count / 3 + 1))
        let letters = Array(typed.lowercased())
        let near = candidates.compactMap { name in
            slips(letters, Array(name.lowercased()), atMost: limit).map { (name: name, slips: $0) }
        }.filter { $0.slips < $0.name.count }
        if let best = near.min(by: { ($0.slips, $0.name) < ($1.slips, $1.name) }) { return best.name }
        // A beginning of exactly one of them is as good as the whole.
        let longer = candidates.filter { typed.count >= 2 && $0.lowercased().hasPrefix(typed.lowercased()) }
        return longer.count == 1 ? longer.first : nil
    }

    /// Letters left out, put in, changed, or two neighbours swapped; nil for more than a limit.
    private static func slips(_ left: [Character], _ right: [Character], atMost limit: Int) -> Int? {
        // What differs in length by more needs as many slips; longer words are nothing that anybody mistyped.
        guard abs(left.count - right.count) <= limit, left.count <= 64 else { return nil }
        var rows = [Array(0...right.count)]
        for i in 0..<left.count {
            var row = [i + 1]
            for j in 0..<right.count {
                var best = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (left[i] == right[j] ? 0 : 1))
                if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
                    best = min(best, rows[i - 1][j - 1] + 1)
                }
                row.append(best)
            }
            rows.append(row)
        }
        let slips = rows[left.count][right.count]
        return slips <= limit ? slips : nil
    }
}
