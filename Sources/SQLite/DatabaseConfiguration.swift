extension Database {
    /// How a database file is opened.
    public struct Configuration: Sendable {
        /// Marks the files of one program (`application_id`); 0 marks nothing.
        public var applicationID: Int32
        /// The steps that bring a file to the format of this program.
        public var migrations: [Migration]
        /// Further files that every connection has attached.
        public var attached: [AttachedFile] = []
        /// The longest wait for another writer, in this program or another, and for a free reader.
        public var lockWaitMilliseconds: Int = 10_000
        /// The longest wait for a lock of SQLite itself, which programs of other kinds may hold.
        public var busyTimeoutMilliseconds: Int32 = 5000
        /// How many reads run at once.
        public var readerCount: Int = 4
        /// The page cache of each reading connection.
        public var cacheKibibytes: Int = 8192
        /// The page cache of the writing connection.
        public var writerCacheKibibytes: Int = 8192
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

        /// All files that are opened together: the attached ones, then the main one, as they are migrated.
        func files(main path: String) -> [AttachedFile] {
            attached + [AttachedFile(name: "main", path: path, applicationID: applicationID, migrations: migrations)]
        }

        private static var ownName: String {
            CommandLine.arguments.first?.split(separator: "/").last.map(String.init) ?? "unknown"
        }
    }

    /// A file that the connections of a database have attached (`ATTACH`), written and read beside the main one.
    ///
    /// It is opened, checked and made durable as the main file is, and written under the main file's lock: it belongs to
    /// one main file. **A transaction that writes both is atomic in each file alone**: a crash between the two commits
    /// keeps the main file's part and loses the other's. Whoever writes both must be right in that case too.
    public struct AttachedFile: Sendable {
        /// The name before the dot in its tables' names.
        public var name: String
        /// Its path.
        public var path: String
        /// Its `application_id`.
        public var applicationID: Int32
        /// Its steps, which name its tables with ``name``; they run before the main file's.
        public var migrations: [Migration]

        /// A file to attach.
        public init(name: String, path: String, applicationID: Int32, migrations: [Migration]) {
            self.name = name
            self.path = path
            self.applicationID = applicationID
            self.migrations = migrations
        }

        var lastVersion: Int { migrations.last?.version ?? 0 }
    }
}
