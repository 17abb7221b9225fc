/// The number of one database that writes: a branch device, or the centre.
///
/// The server gives numbers out, each once; a device that was restored from a backup or copied gets a new one.
public struct ReplicaID: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The number, 1 to 2³² − 1; 0 names nobody.
    public let rawValue: UInt32

    /// Makes a replica number from its integer.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// No replica.
    public static let none = ReplicaID(rawValue: 0)

    /// The centre, which writes reference data and conflict entries.
    public static let centre = ReplicaID(rawValue: 1)

    /// By number.
    public static func < (left: ReplicaID, right: ReplicaID) -> Bool { left.rawValue < right.rawValue }

    /// The number in decimal.
    public var description: String { String(rawValue) }
}
