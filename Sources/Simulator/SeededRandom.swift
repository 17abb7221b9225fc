/// Random numbers from a seed: SplitMix64, the same sequence everywhere.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0xD134_2543_DE82_EF95 &+ 0x9E37_79B9_7F4A_7C15 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return word ^ word >> 31
    }

    /// A number of a range.
    mutating func pick(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(next() % UInt64(range.upperBound - range.lowerBound + 1))
    }

    /// One of some things, or nil where there are none.
    mutating func pick<C: RandomAccessCollection>(_ choices: C) -> C.Element? {
        if choices.isEmpty { return nil }
        return choices[choices.index(choices.startIndex, offsetBy: pick(0...choices.count - 1))]
    }

    /// True so many times in a hundred.
    mutating func chance(_ percent: Double) -> Bool {
        Double(next() % 1_000_000) < percent * 10_000
    }

    /// One of some things, each as often as its weight says.
    mutating func pick<T>(weighted choices: [(T, Int)]) -> T? {
        let total = choices.reduce(0) { $0 + $1.1 }
        if total == 0 { return nil }
        var place = pick(0...total - 1)
        for (choice, weight) in choices {
            if place < weight { return choice }
            place -= weight
        }
        return nil
    }
}
