/// Finds what somebody may have meant.
public enum NearestName {
    /// The candidate with the fewest slips of the finger between it and what was typed; nil where none is near.
    public static func of(_ typed: String, among candidates: some Sequence<String>) -> String? {
        let limit = max(1, min(3, typed.count / 3 + 1))
        let folded = typed.lowercased()
        let letters = Array(folded)
        let near = candidates.compactMap { name -> (name: String, slips: Int)? in
            // What differs in length by more needs as many slips; longer words are nothing that anybody mistyped.
            guard letters.count <= 64, abs(name.count - letters.count) <= limit else { return nil }
            let slips = slips(letters, Array(name.lowercased()))
            return slips <= limit && slips < name.count ? (name, slips) : nil
        }
        if let best = near.min(by: { ($0.slips, $0.name) < ($1.slips, $1.name) }) { return best.name }
        // A beginning of exactly one of them is as good as the whole.
        guard letters.count >= 2 else { return nil }
        let longer = candidates.filter { $0.lowercased().hasPrefix(folded) }
        return longer.count == 1 ? longer.first : nil
    }

    /// Letters left out, put in, changed, or two neighbours swapped.
    private static func slips(_ left: [Character], _ right: [Character]) -> Int {
        // The slips between the first i letters of the one and the first j of the other, row by row.
        let width = right.count + 1
        var slips = Array(repeating: 0, count: (left.count + 1) * width)
        for j in 0..<width { slips[j] = j }
        for i in stride(from: 1, through: left.count, by: 1) {
            slips[i * width] = i
            for j in stride(from: 1, to: width, by: 1) {
                let isSame = left[i - 1] == right[j - 1]
                var best = min(
                    slips[(i - 1) * width + j] + 1, slips[i * width + j - 1] + 1,
                    slips[(i - 1) * width + j - 1] + (isSame ? 0 : 1))
                if i > 1, j > 1, left[i - 1] == right[j - 2], left[i - 2] == right[j - 1] {
                    best = min(best, slips[(i - 2) * width + j - 2] + 1)
                }
                slips[i * width + j] = best
            }
        }
        return slips[slips.count - 1]
    }
}
