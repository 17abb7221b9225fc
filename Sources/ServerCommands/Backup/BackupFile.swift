import CentralServer
import CommandFrame
import ContentCoding
import Foundation
import Glibc
import SyncProtocol

/// What a backup says of itself, on the second line of its file.
struct BackupHeader: Codable, Equatable {
    struct Part: Codable, Equatable {
        var name: String
        var bytes: Int
    }

    /// The form of the file.
    var format = 1
    /// The schema of the records, and its version.
    var schema: String
    var schemaVersion: Int
    var epoch: UInt32
    var sequence: Int64
    /// The digest of the records, 16 hexadecimal digits.
    var digest: String
    /// When it was taken, in milliseconds since 1970.
    var time: Int64
    /// The files inside, one after the other.
    var parts: [Part]
    /// SHA-256, in hexadecimal, over the SHA-256 of each mebibyte of the content.
    var sha256: String
}

/// The file of a backup: two lines of text, the second of them JSON, then the content as one zstd frame.
enum BackupFile {
    static let firstLine = "Sambung backup\n"
    static let recordsName = "central.db"
    static let names = [recordsName, SQLiteStorage.accountsFile]
    private static let pieceBytes = 1 << 20
    private static let headerBytes = 16_384

    /// Writes the files of a folder into a backup.
    ///
    /// - Returns: the header, with parts and hash filled in, and the size of the backup.
    static func write(_ wanted: BackupHeader, from folder: String, to path: String) throws -> (BackupHeader, Int) {
        var header = wanted
        var hash = PiecewiseHash()
        header.parts = try names.map { name in
            var bytes = 0
            try pieces(of: folder + "/" + name) { piece in
                hash.add(piece)
                bytes += piece.count
            }
            return BackupHeader.Part(name: name, bytes: bytes)
        }
        header.sha256 = hash.text
        let file = try OutputFile(path: path, overwrites: false)
        let start = try beginning(with: header)
        try file.write(start)
        var size = start.count
        let packer = try ZstdPacker()
        func append(_ piece: [UInt8], isLast: Bool) throws {
            let packed = try packer.pack(piece, isLast: isLast)
            size += packed.count
            try file.write(packed)
        }
        for name in names { try pieces(of: folder + "/" + name) { try append($0, isLast: false) } }
        try append([], isLast: true)
        try file.finish()
        return (header, size)
    }

    /// Unpacks a backup into a folder, and throws where anything of it is not as its header says.
    static func unpack(_ path: String, into folder: String) throws -> BackupHeader {
        guard let file = FileHandle(forReadingAtPath: path) else {
            throw CommandError(
                .noInput, "no-backup", id: "Cadangan \(path) tidak ada atau tidak dapat dibaca.",
                en: "There is no backup \(path), or it can't be read.")
        }
        defer { try? file.close() }
        let beginning = try file.read(upToCount: headerBytes) ?? Data()
        let (header, length) = try Self.header(of: beginning, path)
        try file.seek(toOffset: UInt64(length))
        var target = UnpackTarget(folder: folder, parts: header.parts)
        let unpacker = try ZstdUnpacker()
        do {
            while let piece = try file.read(upToCount: pieceBytes), !piece.isEmpty {
                try unpacker.unpack(Array(piece)) { try target.write($0) }
            }
        } catch let error as ContentCodingError {
            throw damaged(path, error.description)
        }
        guard unpacker.isAtEnd else { throw damaged(path, "it ends too early") }
        guard try target.finish() == header.sha256 else { throw damaged(path, "its content does not match its hash") }
        return header
    }

    /// The two lines before the content.
    static func beginning(with header: BackupHeader) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(firstLine.utf8) + Array(try encoder.encode(header)) + [0x0A]
    }

    /// What a file says of itself, and where its content begins.
    static func header(of beginning: Data, _ path: String) throws -> (BackupHeader, Int) {
        let first = Data(firstLine.utf8)
        guard beginning.starts(with: first), let end = beginning.dropFirst(first.count).firstIndex(of: 0x0A) else {
            throw CommandError(
                .badData, "no-backup-file", id: "\(path) bukan cadangan Sambung.", en: "\(path) is no Sambung backup.")
        }
        struct Format: Decodable { var format: Int }
        let line = beginning[first.count..<end]
        guard let format = try? JSONDecoder().decode(Format.self, from: line) else {
            throw damaged(path, "its header can't be read")
        }
        guard format.format == 1 else {
            throw CommandError(
                .protocolMismatch, "newer-backup",
                id: "\(path) dibuat oleh versi program yang lebih baru.",
                en: "\(path) was made by a newer version of the program.",
                advice: Words(id: "Perbarui program ini.", en: "Upgrade this program."))
        }
        guard let header = try? JSONDecoder().decode(BackupHeader.self, from: line),
            header.parts.map(\.name) == names, header.parts.allSatisfy({ $0.bytes > 0 })
        else { throw damaged(path, "its header can't be read") }
        return (header, end + 1)
    }

    static func damaged(_ path: String, _ reason: String) -> CommandError {
        CommandError(
            .badData, "damaged-backup", id: "Cadangan \(path) rusak (\(reason)); tidak ada yang diubah.",
            en: "The backup \(path) is damaged (\(reason)); nothing was changed.",
            advice: Words(id: "Pakai cadangan lain.", en: "Use another backup."))
    }

    fileprivate static func pieces(of path: String, _ body: ([UInt8]) throws -> Void) throws {
        let file = try FileHandle(forReadingFrom: URL(filePath: path))
        defer { try? file.close() }
        while let piece = try file.read(upToCount: pieceBytes), !piece.isEmpty { try body(Array(piece)) }
    }
}

/// A hash that memory need not hold the whole content for: SHA-256 over the SHA-256 of each mebibyte of each part.
private struct PiecewiseHash {
    private var hashes: [UInt8] = []

    mutating func add(_ piece: [UInt8]) { hashes += SHA256.hash(piece) }

    var text: String { SHA256.hash(hashes).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined() }
}

/// Spreads unpacked bytes over the files that the header announces, and writes no byte more.
private struct UnpackTarget {
    let folder: String
    let parts: [BackupHeader.Part]
    private var index = 0
    private var written = 0
    private var file: FileHandle?

    init(folder: String, parts: [BackupHeader.Part]) {
        self.folder = folder
        self.parts = parts
    }

    mutating func write(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            guard index < parts.count else { throw ContentCodingError.trailingBytes(.zstd) }
            let count = min(rest.count, parts[index].bytes - written)
            if count > 0 { try open().write(contentsOf: Data(rest.prefix(count))) }
            written += count
            rest = rest.dropFirst(count)
            if written == parts[index].bytes { try close() }
        }
    }

    private mutating func open() throws -> FileHandle {
        if let file { return file }
        let path = folder + "/" + parts[index].name
        let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw CommandError(
                .cannotCreate, "cannot-unpack", id: "\(path) tidak dapat dibuat.", en: "\(path) can't be made.")
        }
        let new = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        file = new
        return new
    }

    private mutating func close() throws {
        try file?.synchronize()
        try file?.close()
        file = nil
        index += 1
        written = 0
    }

    /// Ends the last file, and gives the hash of all, read back from the disk.
    mutating func finish() throws -> String {
        guard index == parts.count else { return "" }
        var hash = PiecewiseHash()
        for part in parts { try BackupFile.pieces(of: folder + "/" + part.name) { hash.add($0) } }
        return hash.text
    }
}

/// A folder for its user alone that goes with its last reference.
final class PrivateFolder {
    let path: String

    init(in parent: String, name: String) throws {
        path = "\(parent)/.\(name)-\(getpid())-\(UInt32.random(in: .min ... .max))"
        guard mkdir(path, 0o700) == 0 else {
            let reason = String(cString: strerror(errno))
            throw CommandError(
                .cannotCreate, "cannot-make-folder", id: "Direktori \(path) tidak dapat dibuat: \(reason).",
                en: "The directory \(path) can't be made: \(reason).")
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
