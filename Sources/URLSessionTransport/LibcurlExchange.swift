import CCurl
import Foundation
import Glibc
import OfflineClient
import Synchronization

/// Requests over the libcurl that FoundationNetworking stands on, for a server with a private certificate authority.
///
/// On Linux a `URLSession` trusts libcurl's compiled-in list and nothing else: it never asks its delegate about a
/// server's trust, and reads no setting or environment variable (`URLSessionCertificateAuthorityInfoFile` is for
/// Android). libcurl itself can be told, per handle.
final class LibcurlExchange: Exchange {
    private let curl: Libcurl
    private let certificateAuthority: [UInt8]
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

    init(certificateAuthority: [UInt8], timeouts: Timeouts) throws(ServerAddressError) {
        guard String(decoding: certificateAuthority, as: UTF8.self).contains("-----BEGIN CERTIFICATE-----") else {
            throw .badCertificateAuthority
        }
        guard let curl = Libcurl.shared else { throw .noCertificateAuthority(reason: "libcurl.so.4 is missing") }
        guard let pointer = curl.make() else { throw .noCertificateAuthority(reason: "libcurl does not start") }
        self.curl = curl
        self.certificateAuthority = certificateAuthority
        self.timeouts = timeouts
        handle = Handle(curl, pointer)
    }

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
        guard code == 0 else { throw error(code, transfer, String(cString: message)) }
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
        try set(SambungCurlCAPath, nil)
        try certificateAuthority.withUnsafeBytes { bytes in
            // Flag 1: libcurl keeps a copy.
            var blob = SambungCurlBlob(data: bytes.baseAddress, length: bytes.count, flags: 1)
            try set(SambungCurlCAInfoBlob, &blob)
        }
        try set(SambungCurlNoSignal, 1)
        try set(SambungCurlConnectTimeoutMs, Int(timeouts.connectSeconds * 1000))
        try set(SambungCurlTimeoutMs, Int(timeouts.totalSeconds * 1000))
        try set(SambungCurlLowSpeedLimit, 1)
        try set(SambungCurlLowSpeedTime, max(1, Int(timeouts.idleSeconds)))
        let context = Unmanaged.passUnretained(transfer).toOpaque()
        try set(SambungCurlWriteData, context)
        try check(sambung_curl_set_write(curl.setopt, handle.pointer, Transfer.receive))
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

    private func check(_ code: Int32) throws {
        if code != 0 { throw TransportError.unreachable("libcurl does not take a setting (\(code))") }
    }

    private func error(_ code: Int32, _ transfer: Transfer, _ message: String) -> any Error {
        let text = message.isEmpty ? "libcurl error \(code)" : message
        switch code {
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
/// The guard of this unchecked Sendable: the body is used on the exchange's queue alone; the flag is atomic.
private final class Transfer: @unchecked Sendable {
    let isCancelled = Atomic(false)
    let limit: Int
    var body: [UInt8] = []

    init(limit: Int) { self.limit = limit }

    static let receive: SambungCurlWrite = { bytes, size, count, context in
        guard let bytes, let context else { return 0 }
        let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
        guard transfer.body.count + size * count <= transfer.limit else { return 0 }
        transfer.body.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: size * count))
        return size * count
    }

    /// libcurl asks about once a second, and whenever something arrives.
    static let isToStop: SambungCurlProgress = { context, _, _, _, _ in
        guard let context else { return 1 }
        return Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue().isCancelled.load(ordering: .relaxed)
            ? 1 : 0
    }
}

/// libcurl's functions.
///
/// The guard of this unchecked Sendable: they are looked up once, and libcurl lets any thread call them.
private struct Libcurl: @unchecked Sendable {
    typealias Pointer = UnsafeMutableRawPointer
    let make: @convention(c) () -> Pointer?
    let reset: @convention(c) (Pointer) -> Void
    let perform: @convention(c) (Pointer) -> Int32
    let cleanup: @convention(c) (Pointer) -> Void
    let append: @convention(c) (Pointer?, UnsafePointer<CChar>) -> Pointer?
    let freeList: @convention(c) (Pointer?) -> Void
    let setopt: Pointer
    let getinfo: Pointer

    /// Nil where the system has no libcurl; then FoundationNetworking would not have loaded either.
    static let shared = Libcurl()

    private init?() {
        guard let library = dlopen("libcurl.so.4", RTLD_NOW) else { return nil }
        func find<T>(_ name: String, _ type: T.Type) -> T? { dlsym(library, name).map { unsafeBitCast($0, to: type) } }
        guard let start = find("curl_global_init", (@convention(c) (Int) -> Int32).self), start(3) == 0,
            let make = find("curl_easy_init", (@convention(c) () -> Pointer?).self),
            let reset = find("curl_easy_reset", (@convention(c) (Pointer) -> Void).self),
            let perform = find("curl_easy_perform", (@convention(c) (Pointer) -> Int32).self),
            let cleanup = find("curl_easy_cleanup", (@convention(c) (Pointer) -> Void).self),
            let append = find(
                "curl_slist_append", (@convention(c) (Pointer?, UnsafePointer<CChar>) -> Pointer?).self),
            let freeList = find("curl_slist_free_all", (@convention(c) (Pointer?) -> Void).self),
            let setopt = dlsym(library, "curl_easy_setopt"), let getinfo = dlsym(library, "curl_easy_getinfo")
        else { return nil }
        self.make = make
        self.reset = reset
        self.perform = perform
        self.cleanup = cleanup
        self.append = append
        self.freeList = freeList
        self.setopt = setopt
        self.getinfo = getinfo
    }
}
