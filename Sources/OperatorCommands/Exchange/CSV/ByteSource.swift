import CommandFrame
import Glibc

/// A file, or standard input, read block by block.
final class ByteSource {
    /// What to call it: the path, or `-`.
    let name: String
    /// How many bytes it has; nil where that is not known.
    let size: Int?
    /// How many bytes were read so far.
    private(set) var consumed = 0
    private let descriptor: Int32
    private let ownsDescriptor: Bool
    private var waiting: [UInt8] = []
    private var hasEnded = false
    private static let blockSize = 1 << 16

    /// Opens a file; `-` is standard input.
    init(path: String) throws {
        name = path
        ownsDescriptor = path != "-"
        descriptor = ownsDescriptor ? open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO
        guard descriptor >= 0 else { throw Self.unreadable(path, errno) }
        var state = stat()
        let isRegular = fstat(descriptor, &state) == 0 && state.st_mode & S_IFMT == S_IFREG
        size = isRegular ? Int(state.st_size) : nil
    }

    /// Gives out bytes that are in memory.
    init(_ bytes: [UInt8]) {
        name = "-"
        descriptor = -1
        ownsDescriptor = false
        size = bytes.count
        waiting = bytes
        hasEnded = true
    }

    deinit { if ownsDescriptor { close(descriptor) } }

    /// The next block; empty at the end.
    func read() throws -> [UInt8] {
        if waiting.isEmpty { try fill() }
        defer { waiting = [] }
        consumed += waiting.count
        return waiting
    }

    /// The first bytes, which ``read()`` still gives afterwards; fewer at the end of the file.
    func peek(_ count: Int) throws -> ArraySlice<UInt8> {
        while waiting.count < count, !hasEnded { try fill() }
        return waiting.prefix(count)
    }

    private func fill() throws {
        guard !hasEnded else { return }
        var block = [UInt8](repeating: 0, count: Self.blockSize)
        var count = Glibc.read(descriptor, &block, block.count)
        while count < 0, errno == EINTR { count = Glibc.read(descriptor, &block, block.count) }
        guard count >= 0 else { throw Self.unreadable(name, errno) }
        hasEnded = count == 0
        waiting += block.prefix(count)
    }

    private static func unreadable(_ path: String, _ code: Int32) -> CommandError {
        let reason = String(cString: strerror(code))
        return CommandError(
            code == EIO ? .inputOutput : .noInput, "unreadable-file", id: "\(path) tidak dapat dibaca: \(reason).",
            en: "\(path) can't be read: \(reason).",
            advice: Words(
                id: "Tidak ada yang ditulis. Periksa nama berkasnya.", en: "Nothing was written. Check the name."))
    }
}
