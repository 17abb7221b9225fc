/// A reading of a hybrid logical clock: 48 bits of milliseconds since 1970 and, below them, 16 bits of counter.
///
/// Source: Kulkarni, Demirbas et al., "Logical Physical Clocks", 2014. A full counter runs over into the milliseconds,
/// which keeps the order.
public struct HybridTimestamp: RawRepresentable, Hashable, Comparable, Sendable {
    /// Milliseconds × 65,536 + counter, less than 2⁶³, so that SQLite can hold it.
    public let rawValue: UInt64

    /// Makes a reading from its 64 bits.
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// The first reading within a millisecond.
    ///
    /// Milliseconds outside 0 ..< 2⁴⁷ are moved to the nearest end.
    public init(milliseconds: Int64) {
        rawValue = UInt64(min(max(milliseconds, 0), 1 << 47 - 1)) << 16
    }

    /// The milliseconds since 1970.
    public var milliseconds: Int64 { Int64(rawValue >> 16) }

    /// By time, then by counter.
    public static func < (left: HybridTimestamp, right: HybridTimestamp) -> Bool { left.rawValue < right.rawValue }
}
