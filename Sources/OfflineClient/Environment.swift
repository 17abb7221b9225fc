/// What the client takes from the outside world: the time and random numbers.
public struct Environment: Sendable {
    /// The device's wall clock, in milliseconds since 1970, right or wrong.
    public let wallMilliseconds: @Sendable () -> Int64
    /// A random word, from a cryptographic source in a program, from a seed in a simulation.
    public let random: @Sendable () -> UInt64

    /// Makes an environment.
    public init(wallMilliseconds: @escaping @Sendable () -> Int64, random: @escaping @Sendable () -> UInt64) {
        self.wallMilliseconds = wallMilliseconds
        self.random = random
    }
}
