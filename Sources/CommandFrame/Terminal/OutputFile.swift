import Foundation
import Glibc

/// A file that appears whole or not at all: written under another name beside it, synced, and renamed.
///
/// Only its owner may read it: what is written is about people.
public final class OutputFile {
    private let path: String
    private let temporary: String
    private let overwrites: Bool
    private let advice: Words
    /// What to do where a file may not be replaced, unless told.
    public static let otherName = Words(id: "Pilih nama lain.", en: "Name another file.")

    private var descriptor: Int32
    private var isFinished = false

    /// Begins a file.
    ///
    /// - Parameters:
    ///   - overwrites: whether a file of that name may be replaced.
    ///   - keeping: files that this program works on, and that may not be replaced in any case, by whatever name.
    ///   - advice: what to do where it may not.
    public init(
        path: String, overwrites: Bool, keeping: [String] = [], advice: Words = OutputFile.otherName
    ) throws {
        self.path = path
        self.advice = advice
        self.overwrites = overwrites
        temporary = "\(path).\(getpid())-\(UInt32.random(in: .min ... .max)).part"
        var state = stat()
        if lstat(path, &state) == 0 {
            if !overwrites { throw Self.exists(path, advice) }
            // What a device, a folder or a link stands for is not what is meant to be replaced.
            guard state.st_mode & S_IFMT == S_IFREG else { throw Self.isNoPlainFile(path) }
            for kept in keeping {
                var other = stat()
                if stat(kept, &other) == 0, other.st_dev == state.st_dev, other.st_ino == state.st_ino {
                    throw Self.isInUse(path)
                }
            }
        }
        descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        if descriptor < 0 { throw Self.failed(path, errno, .cannotCreate) }
    }

    deinit { if !isFinished { discard() } }

    /// Appends bytes.
    public func write(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { whole in
            var rest = whole[...]
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count >= 0 { rest = rest.dropFirst(count) } else if errno != EINTR { throw Self.failed(path, errno) }
            }
        }
    }

    /// Makes the file durable and gives it its name.
    public func finish() throws {
        guard fsync(descriptor) == 0 else { throw Self.failed(path, errno) }
        let code = close(descriptor)
        descriptor = -1
        guard code == 0 else { throw Self.failed(path, errno) }
        try giveName()
        isFinished = true
        syncDirectory()
    }

    private func giveName() throws {
        if !overwrites {
            // A link fails where the name is taken, also by somebody who was quicker.
            if link(temporary, path) == 0 {
                unlink(temporary)
                return
            }
            if errno == EEXIST { throw Self.exists(path, advice) }
            // The file systems of USB sticks know no links: look, then rename.
            var state = stat()
            if lstat(path, &state) == 0 { throw Self.exists(path, advice) }
        }
        guard rename(temporary, path) == 0 else { throw Self.failed(path, errno) }
    }

    private func syncDirectory() {
        let folder = open(URL(filePath: path).deletingLastPathComponent().path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { return }
        fsync(folder)
        close(folder)
    }

    private func discard() {
        if descriptor >= 0 { close(descriptor) }
        unlink(temporary)
    }

    private static func exists(_ path: String, _ advice: Words) -> CommandError {
        CommandError(
            .cannotCreate, "file-exists", id: "\(path) sudah ada; tidak ditimpa.",
            en: "\(path) exists; it was not overwritten.",
            advice: advice)
    }

    private static func isNoPlainFile(_ path: String) -> CommandError {
        CommandError(
            .cannotCreate, "no-plain-file", id: "\(path) bukan berkas biasa; tidak ditimpa.",
            en: "\(path) is no plain file; it was not overwritten.", advice: otherName)
    }

    private static func isInUse(_ path: String) -> CommandError {
        CommandError(
            .cannotCreate, "file-in-use", id: "\(path) sedang dipakai program ini; tidak ditimpa.",
            en: "\(path) is in use by this program; it was not overwritten.", advice: otherName)
    }

    private static func failed(_ path: String, _ code: Int32, _ status: ExitStatus = .inputOutput) -> CommandError {
        let reason = String(cString: strerror(code))
        return CommandError(
            status, "cannot-write", id: "\(path) tidak dapat ditulis: \(reason). Tidak ada berkas yang dibuat.",
            en: "\(path) can't be written: \(reason). No file was made.",
            advice: Words(
                id: "Yang sudah tercatat tetap tersimpan di komputer ini. Periksa direktori dan sisa ruang disk.",
                en: "Your work is safe. Check the directory and the disk space."))
    }
}
