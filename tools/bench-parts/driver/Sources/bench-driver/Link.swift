import CBenchZstd
import CallCenter
import Foundation
import HTTPTransport
import OfflineClient
import SyncProtocol

/// What is wrong with the driver's arguments or with what it met.
struct DriverError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Opens a database as the operators' program does.
func open(_ path: String) throws -> OfflineClient {
    try OfflineClient(path: path, schema: CallCenterSchema.schema, environment: .system)
}

/// The way to the server, packed as the operators' program packs it.
func link(to server: String) throws -> LibcurlTransport {
    guard let url = URL(string: server) else { throw DriverError("\(server) is no address") }
    return try LibcurlTransport(
        server: url,
        coding: RequestCoding(name: "zstd") { bytes in
            var written = 0
            let packed = [UInt8](unsafeUninitializedCapacity: ZSTD_compressBound(bytes.count)) { output, count in
                written = ZSTD_compress(output.baseAddress, output.count, bytes, bytes.count, 5)
                count = ZSTD_isError(written) == 0 ? written : 0
            }
            guard ZSTD_isError(written) == 0 else { throw DriverError("zstd does not pack") }
            return packed
        })
}

/// Pushes alone: the last request of a push asks for no page, like those before it.
struct PushingTransport: Transport {
    let inner: any Transport

    func enrol(_ message: [UInt8]) async throws -> [UInt8] { try await inner.enrol(message) }

    func sync(_ message: [UInt8], credential: [UInt8]) async throws -> [UInt8] {
        // A larger one has more behind it and asks for no page of itself.
        guard message.count < Limits.pageBytes, case .syncRequest(var request) = try Message(decoding: message) else {
            return try await inner.sync(message, credential: credential)
        }
        request.pageBytes = 0
        let bytes = try await inner.sync(request.encoded, credential: credential)
        guard case .syncAnswer(var answer) = try Message(decoding: bytes, answering: request.place) else {
            return bytes
        }
        answer.hasMore = false
        return answer.encoded
    }
}
