import Foundation
import NIOCore
import Synchronization

/// The connections that have no request under way, of which only so many are kept.
///
/// Each takes some 40 KiB, and thousands of them all that there is. When there are too many, the peer that has the most
/// loses the one that has waited longest: who opens thousands takes the room from itself. Behind a proxy all are one
/// peer's. Whoever finds its connection closed between two requests opens another.
final class WaitingConnections: Sendable {
    /// What stands for a connection that waits, until it does so no more.
    struct Place {
        fileprivate let peer: [UInt8]
        fileprivate let number: Int
    }

    private struct State {
        var next = 0
        var count = 0
        /// What closes each, by peer and by number: the least has waited longest.
        var waiting: [[UInt8]: [Int: @Sendable () -> Void]] = [:]

        mutating func takeOldestOfMost() -> (@Sendable () -> Void)? {
            let most = waiting.values.map(\.count).max() ?? 0
            let oldest = waiting.filter { $0.value.count == most }.compactMap { peer, lines in
                lines.keys.min().map { (number: $0, peer: peer) }
            }.min { $0.number < $1.number }
            return oldest.flatMap { take($0.number, of: $0.peer) }
        }

        mutating func take(_ number: Int, of peer: [UInt8]) -> (@Sendable () -> Void)? {
            guard let close = waiting[peer]?.removeValue(forKey: number) else { return nil }
            if waiting[peer]?.isEmpty == true { waiting[peer] = nil }
            count -= 1
            return close
        }
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) { self.limit = limit }

    /// Counts a connection that begins to wait, and lets another one close if that is one too many.
    func enter(from address: SocketAddress?, close: @escaping @Sendable () -> Void) -> Place {
        let peer = Self.peer(address)
        let (place, oldest) = state.withLock { state in
            let place = Place(peer: peer, number: state.next)
            state.next += 1
            state.count += 1
            state.waiting[peer, default: [:]][place.number] = close
            return (place, state.count > limit ? state.takeOldestOfMost() : nil)
        }
        oldest?()
        return place
    }

    /// A connection waits no more: a request came, or it is closed.
    func leave(_ place: Place) { state.withLock { _ = $0.take(place.number, of: place.peer) } }

    /// Whose connection it is: an IPv4 address, or the part of an IPv6 one that names the network, of which one peer may
    /// have every address.
    private static func peer(_ address: SocketAddress?) -> [UInt8] {
        switch address {
        case .v4(let address): withUnsafeBytes(of: address.address.sin_addr) { Array($0) }
        case .v6(let address): withUnsafeBytes(of: address.address.sin6_addr) { Array($0.prefix(8)) }
        case .unixDomainSocket, nil: []
        }
    }
}
