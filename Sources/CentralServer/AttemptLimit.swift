import Synchronization

/// Bounds how often one address may be wrong about codes and credentials.
///
/// Only what was wrong counts, and who shows a good credential is served all the same, so that an office with many
/// devices behind one address does not pay for one of them.
final class AttemptLimit: Sendable {
    /// How many wrong attempts an address has at once.
    static let burst = 60
    /// How long it takes until one more is allowed, in milliseconds.
    static let refill: Int64 = 5_000
    /// More addresses than this at once are not told apart any more: the ones that tried longest ago are forgotten.
    static let addresses = 10_000

    private struct Attempts {
        /// How many attempts are used up, as of `at`.
        var used: Double
        var at: Int64
    }

    private let attempts = Mutex<[String: Attempts]>([:])

    /// How many seconds an address has to wait before its next attempt; 0 for none.
    func wait(_ address: String, now: Int64) -> Int {
        attempts.withLock { attempts in
            guard let found = attempts[address] else { return 0 }
            let over = Self.used(found, now) - Double(Self.burst - 1)
            return over <= 0 ? 0 : Int((over * Double(Self.refill) / 1000).rounded(.up))
        }
    }

    /// Notes that an address was wrong.
    func failed(_ address: String, now: Int64) {
        attempts.withLock { attempts in
            let used = attempts[address].map { Self.used($0, now) } ?? 0
            if attempts.count >= Self.addresses, attempts[address] == nil {
                attempts = attempts.filter { Self.used($0.value, now) > 0 }
                if attempts.count >= Self.addresses, let oldest = attempts.min(by: { $0.value.at < $1.value.at }) {
                    attempts[oldest.key] = nil
                }
            }
            attempts[address] = Attempts(used: used + 1, at: now)
        }
    }

    private static func used(_ attempts: Attempts, _ now: Int64) -> Double {
        max(0, attempts.used - Double(max(0, now - attempts.at)) / Double(refill))
    }
}

/// Whether two secrets, or hashes of secrets, are equal, in a time that does not tell where they differ.
func isEqualInConstantTime(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard left.count == right.count else { return false }
    var difference: UInt8 = 0
    for index in left.indices { difference |= left[index] ^ right[index] }
    return difference == 0
}
