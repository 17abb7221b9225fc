import SyncProtocol

/// What the client takes from the outside world: the time and random numbers.
public struct Environment: Sendable {
    /// The device's wall clock, in milliseconds since 1970, right or wrong.
    public let wallMilliseconds: @Sendable () -> Int64
    /// A random word, from a cryptographic source in a program, from a seed in a simulation.
    public let random: @Sendable () -> UInt64
    /// The program and its version, such as `sambung 0.1.0`, which the centre's people are told.
    public let program: String

    /// Makes an environment.
    public init(
        wallMilliseconds: @escaping @Sendable () -> Int64, random: @escaping @Sendable () -> UInt64,
        program: String = ""
    ) {
        self.program = Text.cut(program, toBytes: Limits.programBytes)
        self.wallMilliseconds = wallMilliseconds
        self.random = random
    }
}
