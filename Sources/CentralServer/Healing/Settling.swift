import SyncProtocol
import SyncStore

extension CentralServer {
    /// Does to restored records what was done for ever since their backup: it removes what was deleted everywhere and
    /// collected, and applies the redactions, whose traces it overwrites.
    ///
    /// To be called after a restore and whenever the server starts, before any replica is served.
    public func settleAfterRestore() throws {
        let state = try storage.read { try $0.state() }
        // Once something was written since the restore, this has been done.
        if state.sequence == state.restoredFrom {
            try storage.write { transaction in
                var writer = try catalogue.writer(transaction)
                for key in try transaction.gone() {
                    if let held = try transaction.record(key.collection, key.record) { try writer.collect(held) }
                }
                try writer.finish()
            }
        }
        try applyRedactions()
        try overwriteErased()
    }
}
