import Synchronization

/// The memory that all bodies together may take.
final class BodyMemory: Sendable {
    private let limit: Int
    private let taken = Atomic<Int>(0)

    init(limit: Int) {
        self.limit = limit
    }

    /// Takes so many bytes, or none and says `false` when they aren't left.
    func take(_ count: Int) -> Bool {
        guard count > 0 else { return true }
        let (_, sum) = taken.add(count, ordering: .relaxed)
        if sum <= limit { return true }
        giveBack(count)
        return false
    }

    /// Gives back what was taken.
    func giveBack(_ count: Int) {
        if count > 0 { taken.subtract(count, ordering: .relaxed) }
    }
}
