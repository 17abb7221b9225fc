/// How a program ends, after `sysexits.h`.
///
/// Throwing one ends a command with no further word.
public enum ExitStatus: Int32, Error, Sendable, CaseIterable {
    /// Done.
    case done = 0
    /// Done, but something needs a person; only where the caller asked to be told.
    case needsAttention = 1
    /// The command line is wrong.
    case usage = 64
    /// Data that was given or that stands in a file is bad.
    case badData = 65
    /// What was named does not exist.
    case noInput = 66
    /// The server can't be reached.
    case unreachable = 69
    /// A mistake of this program.
    case bug = 70
    /// A file can't be made.
    case cannotCreate = 73
    /// Reading or writing failed, for instance because the disk is full.
    case inputOutput = 74
    /// Something is in the way for now: try again.
    case temporary = 75
    /// The other side, or a file, is of a version that this program does not know.
    case protocolMismatch = 76
    /// It is not allowed, or the device was revoked.
    case notAllowed = 77
    /// Something must be set up first.
    case configuration = 78
}
