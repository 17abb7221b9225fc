/// Who wrote a value, and when: the total order by which the last writer wins.
public struct Version: Hashable, Comparable, Sendable {
    /// The writer's clock.
    public let time: HybridTimestamp
    /// The writer.
    public let replica: ReplicaID

    /// Makes a version.
    public init(time: HybridTimestamp, replica: ReplicaID) {
        self.time = time
        self.replica = replica
    }

    /// The version of what was never written; less than every other one.
    public static let none = Version(time: HybridTimestamp(rawValue: 0), replica: .none)

    /// By time, then by replica number.
    public static func < (left: Version, right: Version) -> Bool {
        left.time == right.time ? left.replica < right.replica : left.time < right.time
    }
}
