import Foundation
import Glibc
import Synchronization

/// Something that is no Sambung server: takes one request per connection, answers with the same bytes, and hangs up.
final class CannedServer: Sendable {
    let port: Int
    private let listener: Int32
    private let heads = Mutex<[String]>([])
    private let accepted = Atomic(0)

    /// The heads of the requests that came.
    var requests: [String] { heads.withLock { $0 } }

    /// Waits until somebody has connected.
    func untilSomebodyConnects() async throws {
        while accepted.load(ordering: .relaxed) == 0 { try await Task.sleep(for: .milliseconds(5)) }
    }

    /// Waits until a request has come.
    func untilSomebodyAsks() async throws {
        while requests.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
    }

    /// - Parameter answer: what it says; nil to say nothing and keep the connection open.
    init(_ answer: String?) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 8) == 0 && getsockname(listener, $0, &length) == 0
            }
        }
        guard bound else { throw SystemError(code: errno) }
        self.listener = listener
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread.detachNewThread { [weak self] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else {
                    // Closed here and not in deinit: the number must not become somebody else's while it is used.
                    close(listener)
                    return
                }
                self?.accepted.add(1, ordering: .relaxed)
                let head = Self.readRequest(connection)
                self?.heads.withLock { $0.append(head) }
                guard let answer else { continue }
                Self.write(Array(answer.utf8), to: connection)
                shutdown(connection, Int32(SHUT_WR))
                close(connection)
            }
        }
    }

    deinit { shutdown(listener, Int32(SHUT_RDWR)) }

    struct SystemError: Error { let code: Int32 }

    /// Writes all of the bytes, or as many as the peer takes.
    private static func write(_ bytes: [UInt8], to connection: Int32) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    /// Reads a head and the body that it announces.
    private static func readRequest(_ connection: Int32) -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let text = String(decoding: bytes, as: UTF8.self)
            if let end = text.range(of: "\r\n\r\n") {
                let head = String(text[..<end.lowerBound])
                let lengths = head.lowercased().split(separator: "\r\n").filter { $0.hasPrefix("content-length:") }
                let length = lengths.first.flatMap { Int($0.dropFirst(15).filter(\.isNumber)) } ?? 0
                if bytes.count >= head.utf8.count + 4 + length { return head }
            }
            let count = recv(connection, &buffer, buffer.count, 0)
            if count <= 0 { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(contentsOf: buffer[..<count])
        }
    }
}
