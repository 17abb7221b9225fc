import Synchronization

/// What an observer was told.
final class Seen: Sendable {
    private let told = Mutex<[Set<String>]>([])

    var names: [Set<String>] { told.withLock { $0 } }

    func add(_ names: Set<String>) { told.withLock { $0.append(names) } }
}
