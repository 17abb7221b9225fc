import SQLite

/// The tables of the file `accounts.db`, attached as `accounts`.
///
/// A backup of the records may be restored years later; what stands here must not go back in time with it: a revoked
/// device stays revoked, no replica number or ticket range is given out twice, and no entry of the audit log vanishes.
///
/// A transaction that writes both files is atomic in each alone, and a crash between the two commits keeps the records'
/// part only. Therefore no transaction writes both: what belongs together is written in two, the accounts first, such
/// that the first without the second does no harm (a replica number that nobody uses, an entry of the audit log for
/// what then did not happen).
enum AccountTables {
    /// The schema's name in SQL.
    static let name = "accounts"
    /// `SBA` and a format number.
    static let applicationID: Int32 = 0x5342_4131

    static let migrations = [
        Migration(version: 1) { connection in
            try connection.execute(tables)
            // Older formats kept the accounts beside the records; the records' file drops them in its next step.
            if try connection.scalar("SELECT 1 FROM main.sqlite_schema WHERE name = '_device'") != nil {
                try connection.execute(moveHere)
            }
        },
        Migration(
            version: 2,
            sql: """
                -- What was erased from the records, or waits for a second person's word; no value is in it.
                CREATE TABLE accounts._redaction (
                  id INTEGER PRIMARY KEY, request INTEGER NOT NULL, collection INTEGER NOT NULL, record BLOB NOT NULL,
                  fields BLOB NOT NULL, why TEXT NOT NULL, asked_by TEXT NOT NULL, asked_at INTEGER NOT NULL,
                  confirmed_by TEXT NOT NULL, confirmed_at INTEGER NOT NULL, time INTEGER NOT NULL) STRICT;
                """),
        Migration(
            version: 3,
            sql: """
                -- Records that were deleted everywhere and forgotten: a restored backup must not bring them back.
                CREATE TABLE accounts._gone (
                  collection INTEGER NOT NULL, id BLOB NOT NULL, PRIMARY KEY (collection, id)) STRICT, WITHOUT ROWID;
                -- The last event of a replica that stands in the audit log.
                ALTER TABLE accounts._identity ADD COLUMN last_event INTEGER NOT NULL DEFAULT 0;
                """),
        Migration(
            version: 4,
            sql: """
                -- The epochs that began with a restore, the last one last, with the place where the order stood then.
                CREATE TABLE accounts._epoch (
                  number INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, began_at INTEGER NOT NULL) STRICT;
                """),
        Migration(
            version: 5,
            sql: """
                -- What rules of scope had looked at in a forgotten record, and in those that it followed; empty for unknown.
                ALTER TABLE accounts._gone ADD COLUMN class BLOB NOT NULL DEFAULT x'';
                """),
        Migration(
            version: 6,
            sql: """
                -- The scopes that each office has had, by their numbers: others in a cursor of its devices are passed over.
                CREATE TABLE accounts._had (
                  office TEXT NOT NULL, scope INTEGER NOT NULL, PRIMARY KEY (office, scope)) STRICT, WITHOUT ROWID;
                -- Which of those before were whose was not kept.
                INSERT INTO accounts._had
                  SELECT code, 0 FROM accounts._office UNION SELECT code, number FROM accounts._office, accounts._scope;
                """),
    ]

    private static let tables = """
        -- One row.
        CREATE TABLE accounts._account (
          one INTEGER PRIMARY KEY CHECK (one = 1), next_replica INTEGER NOT NULL) STRICT;
        -- The attributes, a CBOR map of texts, are what scope rules look at.
        CREATE TABLE accounts._office (
          code TEXT PRIMARY KEY, name TEXT NOT NULL, attributes BLOB NOT NULL DEFAULT x'a0') STRICT;
        -- A device has a credential, of which only the hash is kept, and writes as a replica.
        CREATE TABLE accounts._device (
          id INTEGER PRIMARY KEY, office TEXT NOT NULL REFERENCES _office (code), name TEXT NOT NULL,
          profile BLOB NOT NULL, credential_hash BLOB NOT NULL UNIQUE,
          enrolled_at INTEGER NOT NULL, revoked_at INTEGER) STRICT;
        -- Which device a replica number was given to.
        CREATE TABLE accounts._identity (
          number INTEGER PRIMARY KEY, device INTEGER NOT NULL REFERENCES _device (id)) STRICT;
        CREATE INDEX accounts._identity_by_device ON _identity (device);
        -- Enrolment codes, of which only the hash is kept.
        CREATE TABLE accounts._code (
          hash BLOB PRIMARY KEY, office TEXT NOT NULL REFERENCES _office (code), name TEXT NOT NULL,
          profile BLOB NOT NULL, expires_at INTEGER NOT NULL, used_by INTEGER REFERENCES _device (id)
        ) STRICT, WITHOUT ROWID;
        -- Who sees and writes what: the rules, and each scope that they gave to an office, under a number for cursors.
        CREATE TABLE accounts._rules (
          one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL, json BLOB NOT NULL) STRICT;
        CREATE TABLE accounts._scope (number INTEGER PRIMARY KEY, grants BLOB NOT NULL UNIQUE) STRICT;
        -- What the centre decided about its server: the lease of a replica, and the like.
        CREATE TABLE accounts._setting (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        -- The audit log: each entry holds the hash over itself and the hash before it.
        CREATE TABLE accounts._audit (
          number INTEGER PRIMARY KEY, time INTEGER NOT NULL, event TEXT NOT NULL, subject TEXT NOT NULL,
          actor TEXT NOT NULL, detail TEXT NOT NULL, hash BLOB NOT NULL) STRICT;
        """

    private static let moveHere = """
        INSERT INTO accounts._account SELECT 1, next_replica FROM main._central;
        INSERT INTO accounts._office (code, name) SELECT code, name FROM main._office;
        INSERT INTO accounts._device
          SELECT id, office, name, profile, credential_hash, enrolled_at, revoked_at FROM main._device;
        INSERT INTO accounts._identity SELECT number, device FROM main._replica;
        INSERT INTO accounts._code
          SELECT hash, office, name, profile, expires_at, used_by FROM main._code;
        """
}
