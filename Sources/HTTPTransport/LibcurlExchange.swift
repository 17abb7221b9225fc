import CCurl
import Foundation
import Glibc
import OfflineClient
import Synchronization

/// Requests over the system's libcurl, which FoundationNetworking stands on as well.
///
/// A `URLSession` would be the toolchain's own way, but on Linux (Swift 6.3) it ends the process where a connection
/// breaks off within an answer's head, and can't be given a certificate authority: it never asks its delegate about a
/// server's trust, and reads no setting for it.
final class LibcurlExchange: Sendable {
    private let curl: Libcurl
    private let certificateAuthority: [UInt8]?
    private let timeouts: Timeouts
    /// Requests take turns on one handle, which keeps its connection open.
    private let queue = DispatchQueue(label: "sambung.libcurl")
    private let handle: Handle

    /// The guard of this unchecked Sendable: the handle is used on the exchange's serial queue alone.
    private final class Handle: @unchecked Sendable {
        let curl: Libcurl
        let pointer: UnsafeMutableRawPointer

        init(_ curl: Libcurl, _ pointer: UnsafeMutableRawPointer) {
            self.curl = curl
            self.pointer = pointer
        }

        deinit { curl.cleanup(pointer) }
    }

    init(certificateAuthority: [UInt8]?, timeouts: Timeouts) throws(ServerAddressError) {
        if let certificateAuthority {
            guard String(decoding: certificateAuthority, as: UTF8.self).contains("-----BEGIN CERTIFICATE-----") else {
                throw .badCertificateAuthority
            }
        }
        guard let curl = Libcurl.shared else { throw .noLibcurl(reason: "libcurl.so.4 is missing") }
        guard let pointer = curl.make() else { throw .noLibcurl(reason: "it does not start") }
        self.curl = curl
        self.certificateAuthority = certificateAuthority
        self.timeouts = timeouts
        handle = Handle(curl, pointer)
    }

    /// Sends a POST; follows no redirection, and unpacks the answer's content coding.
    ///
    /// - Parameter limit: the greatest size of the answer's body.
    /// - Throws: ``TransportError``, or `CancellationError` where the task was cancelled.
    func post(
        _ url: URL, headers: [(name: String, value: String)], body: [UInt8], limit: Int
    ) async throws -> HTTPAnswer {
        let transfer = Transfer(limit: limit)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                queue.async { [self] in
                    continuation.resume(with: Result { try perform(transfer, url, headers, body) })
                }
            }
        } onCancel: {
            transfer.isCancelled.store(true, ordering: .relaxed)
        }
    }

    private func perform(
        _ transfer: Transfer, _ url: URL, _ headers: [(name: String, value: String)], _ body: [UInt8]
    ) throws -> HTTPAnswer {
        if transfer.isCancelled.load(ordering: .relaxed) { throw CancellationError() }
        // Resetting keeps the connections.
        curl.reset(handle.pointer)
        var list: UnsafeMutableRawPointer?
        defer { curl.freeList(list) }
        // An empty Expect stops libcurl from waiting for leave to send a large body.
        for header in headers + [("expect", "")] {
            list =
                curl.append(list, header.value.isEmpty ? "\(header.name):" : "\(header.name): \(header.value)") ?? list
        }
        let message = UnsafeMutablePointer<CChar>.allocate(capacity: Int(SambungCurlErrorSize))
        message.initialize(repeating: 0, count: Int(SambungCurlErrorSize))
        defer { message.deallocate() }
        let code = try body.withUnsafeBytes { body in
            try configure(transfer, url, list, message)
            try set(SambungCurlPostFields, body.baseAddress)
            try set(SambungCurlPostFieldSize, body.count)
            return curl.perform(handle.pointer)
        }
        guard code == 0 else { throw error(code, String(cString: message)) }
        // To libcurl a head that breaks off is a whole one.
        guard transfer.isHeadComplete else { throw TransportError.unreachable("the answer broke off") }
        var status = 0
        _ = sambung_curl_get(curl.getinfo, handle.pointer, Int32(SambungCurlInfoResponseCode.rawValue), &status)
        var type: UnsafePointer<CChar>?
        _ = sambung_curl_get(curl.getinfo, handle.pointer, Int32(SambungCurlInfoContentType.rawValue), &type)
        return HTTPAnswer(status: status, contentType: type.map { String(cString: $0) }, body: transfer.body)
    }

    private func configure(
        _ transfer: Transfer, _ url: URL, _ headers: UnsafeMutableRawPointer?, _ message: UnsafeMutablePointer<CChar>
    ) throws {
        try url.absoluteString.withCString { try set(SambungCurlURL, $0) }
        try set(SambungCurlPost, 1)
        try set(SambungCurlHTTPHeader, headers)
        // Every coding that libcurl knows.
        try "".withCString { try set(SambungCurlAcceptEncoding, $0) }
        try set(SambungCurlErrorBuffer, message)
        // HTTP and HTTPS.
        try set(SambungCurlProtocols, 3)
        // TLS 1.2 or newer.
        try set(SambungCurlSSLVersion, 6)
        if let certificateAuthority {
            try set(SambungCurlCAPath, nil)
            try certificateAuthority.withUnsafeBytes { bytes in
                // Flag 1: libcurl keeps a copy.
                var blob = SambungCurlBlob(data: bytes.baseAddress, length: bytes.count, flags: 1)
                try set(SambungCurlCAInfoBlob, &blob)
            }
        }
        try set(SambungCurlNoSignal, 1)
        try set(SambungCurlConnectTimeoutMs, Int(timeouts.connectSeconds * 1000))
        try set(SambungCurlTimeoutMs, Int(timeouts.totalSeconds * 1000))
        try set(SambungCurlLowSpeedLimit, 1)
        try set(SambungCurlLowSpeedTime, max(1, Int(timeouts.idleSeconds)))
        let context = Unmanaged.passUnretained(transfer).toOpaque()
        try set(SambungCurlWriteData, context)
        try set(SambungCurlWriteFunction, Transfer.receiveBody)
        try set(SambungCurlHeaderData, context)
        try set(SambungCurlHeaderFunction, Transfer.receiveHeadLine)
        try set(SambungCurlNoProgress, 0)
        try set(SambungCurlProgressData, context)
        try check(sambung_curl_set_progress(curl.setopt, handle.pointer, Transfer.isToStop))
    }

    private func set(_ option: SambungCurlOption, _ value: Int) throws {
        try check(sambung_curl_set_long(curl.setopt, handle.pointer, Int32(option.rawValue), value))
    }

    private func set(_ option: SambungCurlOption, _ value: UnsafeRawPointer?) throws {
        try check(sambung_curl_set_pointer(curl.setopt, handle.pointer, Int32(option.rawValue), value))
    }

    private func set(_ option: SambungCurlOption, _ function: SambungCurlWrite) throws {
        try check(sambung_curl_set_write(curl.setopt, handle.pointer, Int32(option.rawValue), function))
    }

    private func check(_ code: Int32) throws {
        if code != 0 { throw TransportError.unreachable("libcurl does not take a setting (\(code))") }
    }

    private func error(_ code: Int32, _ message: String) -> any Error {
        let text = message.isEmpty ? "libcurl error \(code)" : message
        switch code {
        // No HTTP, or a coding that nobody knows.
        case 1, 8, 61: return TransportError.notSambung(text)
        // An address of the wrong scheme; a handshake that a bad link broke says something else.
        case 35 where text.contains("wrong version number"):
            return TransportError.notSambung("\(text): it speaks no TLS, as an address with http:// says")
        // CURLE_WRITE_ERROR: what was received was not taken.
        case 23: return TransportError.notSambung("its answer is too large")
        // CURLE_ABORTED_BY_CALLBACK
        case 42: return CancellationError()
        // Certificates that are refused, unreadable, revoked or not the pinned ones.
        case 51, 60, 77, 83, 90, 91: return TransportError.untrusted(text)
        default: return TransportError.unreachable(text)
        }
    }
}

/// What one request receives.
///
/// The guard of this unchecked Sendable: its variables are used on the exchange's queue alone; the flag is atomic.
private final class Transfer: @unchecked Sendable {
    let isCancelled = Atomic(false)
    let limit: Int
    var isHeadComplete = false
    var body: [UInt8] = []

    init(limit: Int) { self.limit = limit }

    static let receiveBody: SambungCurlWrite = { bytes, size, count, context in
        guard let bytes, let context else { return 0 }
        let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
        guard transfer.body.count + size * count <= transfer.limit else { return 0 }
        transfer.body.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: size * count))
        return size * count
    }

    /// Takes a line with its end; an empty one ends a head, trailers may follow the body.
    static let receiveHeadLine: SambungCurlWrite = { bytes, size, count, context in
        guard let bytes, let context else { return 0 }
        let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
        let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
        if line.starts(with: Array("HTTP/".utf8)) { transfer.isHeadComplete = false }
        if line.allSatisfy({ $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\n") }) { transfer.isHeadComplete = true }
        return size * count
    }

    /// libcurl asks about once a second, and whenever something arrives.
    static let isToStop: SambungCurlProgress = { context, _, _, _, _ in
        guard let context else { return 1 }
        return Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue().isCancelled.load(ordering: .relaxed)
            ? 1 : 0
    }
}
