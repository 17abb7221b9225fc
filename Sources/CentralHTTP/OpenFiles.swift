import Foundation

/// How many files, and so connections, the system lets this process have open.
enum OpenFiles {
    /// What the store and all else need beside connections.
    private static let reserved = 200

    /// Raises the limit as far as the process may by itself, and says how many connections fit under it.
    static func roomForConnections() -> Int {
        var limit = rlimit()
        #if canImport(Glibc)
            let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
            let files = RLIMIT_NOFILE
        #endif
        guard getrlimit(files, &limit) == 0 else { return .max }
        if limit.rlim_cur < limit.rlim_max {
            var raised = limit
            raised.rlim_cur = limit.rlim_max
            if setrlimit(files, &raised) == 0 { limit = raised }
        }
        // With less than the reserve, some connections are still better than none.
        return max(16, Int(clamping: limit.rlim_cur) - reserved)
    }
}
