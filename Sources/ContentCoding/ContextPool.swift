import Synchronization

/// A few libzstd contexts kept for the next body: making one takes longer than packing a small body.
final class ContextPool: Sendable {
    /// More bodies at once than this get contexts of their own, since an idle one can hold some 8 MiB.
    private static let kept = 4

    private let idle = Mutex<[ZstdContext]>([])
    private let make: @Sendable () -> ZstdContext?

    init(_ make: @escaping @Sendable () -> ZstdContext?) {
        self.make = make
    }

    /// A context for the caller alone, until it gives it back; `nil` when there is no memory for one.
    func take() -> ZstdContext? {
        idle.withLock { $0.popLast() } ?? make()
    }

    /// Keeps a context for the next caller, or frees it.
    func giveBack(_ context: ZstdContext) {
        idle.withLock { if $0.count < Self.kept { $0.append(context) } }
    }
}

/// A libzstd context, freed with its last reference.
///
/// Unchecked, since a context is not for two threads at once: ``ContextPool`` hands it to one caller at a
/// time, under its mutex.
final class ZstdContext: @unchecked Sendable {
    let pointer: OpaquePointer
    private let free: (OpaquePointer) -> Void

    init?(_ pointer: OpaquePointer?, free: @escaping (OpaquePointer) -> Void) {
        guard let pointer else { return nil }
        self.pointer = pointer
        self.free = free
    }

    deinit { free(pointer) }
}
