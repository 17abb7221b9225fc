import Dispatch
import Foundation

/// A TCP connection to loopback that sends exactly the bytes of the test, however wrong.
final class RawConnection: Sendable {
    struct Failed: Error {
        var call: String
        var number: Int32
    }

    /// The peer neither takes anything nor closes.
    struct Stuck: Error {}

    /// How long a test waits for what must come, however busy the machine is.
    static let patience: Duration = .seconds(900)

    private let handle: Int32
    /// A thread to wait on: the shared ones are few, and others wait on them too.
    private let queue = DispatchQueue(label: "raw connection")

    /// Connects, with a small buffer for what comes in if the test wants to be a slow line.
    init(port: Int, receiveBuffer: Int32? = nil) throws {
        #if canImport(Glibc)
            let stream = Int32(SOCK_STREAM.rawValue)
        #else
            let stream = SOCK_STREAM
        #endif
        handle = socket(AF_INET, stream, 0)
        if var receiveBuffer {
            setsockopt(handle, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, socklen_t(MemoryLayout<Int32>.size))
        }
        var patience = timeval(tv_sec: Int(Self.patience.components.seconds), tv_usec: 0)
        setsockopt(handle, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(handle, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Failed(call: "connect", number: errno) }
    }

    deinit { close(handle) }

    func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    /// Sends all of the bytes, or throws once the peer has closed.
    func send(_ bytes: [UInt8]) async throws {
        try await blocking { [self] in
            var sent = 0
            while sent < bytes.count {
                let count = bytes[sent...].withUnsafeBytes {
                    Foundation.send(handle, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                if count < 0, errno == EAGAIN { throw Stuck() }
                guard count > 0 else { throw Failed(call: "send", number: errno) }
                sent += count
            }
        }
    }

    /// What comes next, at most `limit` bytes; empty when the peer has closed; `nil` when nothing comes in time.
    func receive(_ limit: Int = 65_536, within: Duration = patience) async throws -> [UInt8]? {
        try await blocking { [self] in
            var ready = pollfd(fd: handle, events: Int16(POLLIN), revents: 0)
            guard poll(&ready, 1, Int32(within / .milliseconds(1))) > 0 else { return nil }
            var buffer = [UInt8](repeating: 0, count: limit)
            // A reset is a way to close as well.
            let count = recv(handle, &buffer, limit, 0)
            return Array(buffer.prefix(max(0, count)))
        }
    }

    /// All that comes until the peer closes, as text; `nil` when it doesn't close.
    func receiveToEnd() async throws -> String? {
        var all: [UInt8] = []
        while let bytes = try await receive() {
            if bytes.isEmpty { return String(decoding: all, as: UTF8.self) }
            all += bytes
        }
        return nil
    }

    /// What comes until a text is seen, or the end.
    func receive(until mark: String) async throws -> String {
        var all = ""
        while !all.contains(mark), let bytes = try await receive(), !bytes.isEmpty {
            all += String(decoding: bytes, as: UTF8.self)
        }
        return all
    }

    private func blocking<T: Sendable>(_ work: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result(catching: work)) }
        }
    }
}
