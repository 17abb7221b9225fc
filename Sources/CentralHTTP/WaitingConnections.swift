import NIOCore
import Synchronization

/// The connections that have no request under way, of which only so many are kept.
///
/// Each takes some 50 KiB, and thousands of them all that there is. When there are too many, the address that has the
/// most loses the one that has waited longest: who opens thousands takes the room from itself. A peer that finds its
/// connection closed between two requests opens another.
final class WaitingConnections: Sendable {
    /// What stands for a connection that waits, until it does so no more.
    struct Place {
        fileprivate let address: String
        fileprivate let number: Int
    }

    private struct State {
        var next = 0
        var count = 0
        /// By address, and by number: the least has waited longest.
        var channels: [String: [Int: any Channel]] = [:]

        mutating func takeOldestOfMost() -> (any Channel)? {
            guard let (address, waiting) = channels.max(by: { $0.value.count < $1.value.count }),
                let oldest = waiting.keys.min()
            else { return nil }
            return take(oldest, of: address)
        }

        mutating func take(_ number: Int, of address: String) -> (any Channel)? {
            guard let channel = channels[address]?.removeValue(forKey: number) else { return nil }
            if channels[address]?.isEmpty == true { channels[address] = nil }
            count -= 1
            return channel
        }
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) { self.limit = limit }

    /// Counts a connection that begins to wait, and closes another one if that is one too many.
    func enter(_ channel: any Channel) -> Place {
        let address = channel.remoteAddress?.ipAddress ?? ""
        let (place, closed) = state.withLock { state in
            let place = Place(address: address, number: state.next)
            state.next += 1
            state.count += 1
            state.channels[address, default: [:]][place.number] = channel
            return (place, state.count > limit ? state.takeOldestOfMost() : nil)
        }
        closed?.close(promise: nil)
        return place
    }

    /// A connection waits no more: a request came, or it is closed.
    func leave(_ place: Place) { state.withLock { _ = $0.take(place.number, of: place.address) } }
}
