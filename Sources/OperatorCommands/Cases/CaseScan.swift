import Dispatch
import Foundation
import OfflineClient
import SQLite
import Synchronization

/// A look through the whole table by all cores, each at a stretch of it, on a snapshot of its own.
///
/// What another process stores meanwhile may be seen in one stretch and not in another, as it may be a moment later.
struct CaseScan {
    /// Fewer cases than this are not worth a second connection.
    private static let shortest: Int64 = 5000

    let client: OfflineClient

    /// ``CaseSelection/places(_:_:suffix:look:)``, in no particular order.
    func places<Found: Sendable>(
        of selection: CaseSelection, _ columns: String, look: @escaping @Sendable (Statement) throws -> Found?
    ) throws -> [(place: Int64, found: Found)] {
        let last = try client.query { try $0.scalar("SELECT max(seq) FROM cases") } ?? 0
        let parts = max(1, min(Int64(ProcessInfo.processInfo.activeProcessorCount), last / Self.shortest))
        let length = last / parts + 1
        let found = Mutex<[Result<[(place: Int64, found: Found)], any Error>]>([])
        DispatchQueue.concurrentPerform(iterations: Int(parts)) { part in
            var stretch = selection
            let first = Int64(part) * length
            // An open end: what arrives now has a place behind the last.
            let end = Int64(part) == parts - 1 ? Int64.max : first + length
            stretch.conditions.append(.places(first..<end))
            let result = Result { try client.query { try stretch.places($0, columns, look: look) } }
            found.withLock { $0.append(result) }
        }
        return try found.withLock { try $0.flatMap { try $0.get() } }
    }
}
