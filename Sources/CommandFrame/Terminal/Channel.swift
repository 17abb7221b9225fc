import Glibc
import Synchronization

/// One way out of the program: standard output, standard error, or a test's memory.
public final class Channel: Sendable {
    /// Whether a person reads along.
    public let isTerminal: Bool
    private let descriptor: Int32
    private let take: (@Sendable (String) -> Void)?
    private let failure = Atomic<Int32>(0)

    /// Writes to an open file.
    init(descriptor: Int32) {
        self.descriptor = descriptor
        isTerminal = isatty(descriptor) != 0
        take = nil
    }

    /// Hands the text to somebody.
    public init(isTerminal: Bool = false, _ take: @escaping @Sendable (String) -> Void) {
        self.isTerminal = isTerminal
        self.take = take
        descriptor = -1
    }

    /// The error of the system that broke the channel off, 0 where it is whole.
    ///
    /// A reader that went away breaks nothing.
    var error: Int32 {
        let error = failure.load(ordering: .relaxed)
        return error == EPIPE ? 0 : error
    }

    /// The width of the terminal, or nil.
    var columns: Int? {
        var size = winsize()
        guard descriptor >= 0, ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }

    /// Writes a text as it is.
    public func write(_ text: String) {
        if let take {
            take(text)
            return
        }
        var text = text
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty, failure.load(ordering: .relaxed) == 0 {
                let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
                if count >= 0 {
                    rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
                } else if errno != EINTR && errno != EAGAIN {
                    failure.store(errno, ordering: .relaxed)
                }
            }
        }
    }
}
