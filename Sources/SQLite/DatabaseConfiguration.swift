extension Database {
    /// How a database file is opened.
    public struct Configuration: Sendable {
        /// Marks the files of one program (`application_id`); 0 marks nothing.
        public var applicationID: Int32
        /// The steps that bring a file to the format of this program.
        public var migrations: [Migration]
        /// The longest wait for another writer, in this program or another, and for a free reader.
        public var lockWaitMilliseconds: Int = 10_000
        /// The longest wait for a lock of SQLite itself, which programs of other kinds may hold.
        public var busyTimeoutMilliseconds: Int32 = 5000
        /// How many reads run at once.
        public var readerCount: Int = 4
        /// The page cache of each connection.
        public var cacheKibibytes: Int = 8192
        /// The write-ahead log is copied into the file after a commit that leaves it this long or longer.
        public var checkpointPages: Int = 1000
        /// The name that others read when they wait for this program.
        public var programName: String = Configuration.ownName
        /// The name of a registered SQLite VFS; nil means the system's.
        public var vfs: String?

        /// A configuration with the defaults.
        public init(applicationID: Int32 = 0, migrations: [Migration] = []) {
            self.applicationID = applicationID
            self.migrations = migrations
        }

        var lastVersion: Int { migrations.last?.version ?? 0 }

        private static var ownName: String {
            CommandLine.arguments.first?.split(separator: "/").last.map(String.init) ?? "unknown"
        }
    }
}
