import CSQLite

/// What holds for SQLite in a whole process.
public enum ProcessSettings {
    /// Lets SQLite not count its memory: the count is kept behind one lock, which every allocation of every thread takes.
    ///
    /// For the first lines of a program: once SQLite is in use, nothing happens. No limit on memory works after it.
    public static func countNoMemory() { _ = csqlite_count_memory(0) }
}
