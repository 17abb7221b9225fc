import CSQLite

/// What a `Database` watches on its writing connection.
final class WriterHooks {
    /// Only the commit that `Database.write` makes is let through.
    ///
    /// When SQLite rolls a transaction back by itself and the caller goes on, each further statement would otherwise
    /// commit alone: half a transaction.
    var mayCommit = false
    /// The sizes of the write-ahead logs after the last commit in each file.
    private var pages: [String: Int] = [:]

    /// The size of the longest write-ahead log.
    var pagesInLog: Int { pages.values.max() ?? 0 }

    /// Installs the hooks; the connection must keep the object.
    ///
    /// The log hook takes the place of SQLite's own automatic checkpoint, which hides a failed sync.
    func install(on handle: Handle) {
        let context = Unmanaged.passUnretained(self).toOpaque()
        _ = sqlite3_commit_hook(
            handle.pointer,
            { context in
                guard let context else { return 1 }
                return Unmanaged<WriterHooks>.fromOpaque(context).takeUnretainedValue().mayCommit ? 0 : 1
            }, context)
        _ = sqlite3_wal_hook(
            handle.pointer,
            { context, _, name, pages in
                if let context, let name {
                    let hooks = Unmanaged<WriterHooks>.fromOpaque(context).takeUnretainedValue()
                    hooks.pages[String(cString: name)] = Int(pages)
                }
                return SQLITE_OK
            }, context)
    }
}
