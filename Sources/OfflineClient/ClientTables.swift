import SQLite

/// The client's own tables, beside those of the schema.
enum ClientTables {
    /// `SBC` and a format number, in SQLite's application id: a database of something else is refused.
    static let applicationID: Int32 = 0x5342_4331

    static let migrations = [
        Migration(
            version: 1,
            sql: """
                -- This replica: who it is, how far it has written, pushed and pulled. One row.
                CREATE TABLE _replica (
                  one INTEGER PRIMARY KEY CHECK (one = 1),
                  replica INTEGER NOT NULL, office TEXT NOT NULL, profile BLOB NOT NULL, server TEXT NOT NULL,
                  secret BLOB NOT NULL, epoch INTEGER NOT NULL, cursor BLOB NOT NULL,
                  number INTEGER NOT NULL, chain INTEGER NOT NULL,
                  acknowledged INTEGER NOT NULL, acknowledged_chain INTEGER NOT NULL,
                  clock INTEGER NOT NULL, seen INTEGER NOT NULL, clock_offset INTEGER NOT NULL,
                  digest INTEGER NOT NULL, agreed INTEGER NOT NULL, is_resync INTEGER NOT NULL,
                  last_sync INTEGER NOT NULL, last_action INTEGER NOT NULL) STRICT;
                -- Changes that the server has not acknowledged (reason NULL) or has refused.
                CREATE TABLE _pending (
                  number INTEGER PRIMARY KEY, collection INTEGER NOT NULL, record BLOB NOT NULL,
                  is_creation INTEGER NOT NULL, change BLOB NOT NULL, reason INTEGER, field INTEGER) STRICT;
                CREATE INDEX _pending_by_record ON _pending (record);
                CREATE INDEX _pending_refused ON _pending (number) WHERE reason IS NOT NULL;
                -- What the server holds of a record that has pending changes on top; an empty _sync: nothing.
                CREATE TABLE _shadow (
                  collection INTEGER NOT NULL, record BLOB NOT NULL, fields BLOB NOT NULL, _sync BLOB NOT NULL,
                  PRIMARY KEY (collection, record)) STRICT, WITHOUT ROWID;
                -- What each change wrote over, so that it can be undone; changes of one action share its number.
                CREATE TABLE _undo (
                  number INTEGER PRIMARY KEY, action INTEGER NOT NULL, is_undone INTEGER NOT NULL,
                  collection INTEGER NOT NULL, record BLOB NOT NULL, time INTEGER NOT NULL, before BLOB) STRICT;
                CREATE INDEX _undo_by_action ON _undo (action);
                -- Records that a first sync which is run again has not met yet.
                CREATE TABLE _unconfirmed (
                  collection INTEGER NOT NULL, record BLOB NOT NULL, PRIMARY KEY (collection, record)
                ) STRICT, WITHOUT ROWID;
                """),
        Migration(
            version: 2,
            sql: """
                -- How this device stands with the centre: when it learned that it is revoked; the secret of an enrolment
                -- under way; whether the number that this gave has to be exchanged first; the head of the centre's audit
                -- log, and what was found wrong with it. One row.
                CREATE TABLE _standing (
                  one INTEGER PRIMARY KEY CHECK (one = 1), locked_at INTEGER NOT NULL, new_secret BLOB NOT NULL,
                  must_renumber INTEGER NOT NULL, audit_head BLOB NOT NULL, audit_alarm INTEGER NOT NULL) STRICT;
                """),
        Migration(
            version: 3,
            sql: """
                -- A head of the centre's audit log that the centre is still to be shown.
                ALTER TABLE _standing ADD COLUMN audit_old BLOB NOT NULL DEFAULT x'';
                """),
        Migration(
            version: 4,
            sql: """
                -- What was done with personal data here and the centre was not told; numbers are not used again.
                CREATE TABLE _event (
                  number INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL, name TEXT NOT NULL,
                  subject TEXT NOT NULL, operator TEXT NOT NULL, detail TEXT NOT NULL) STRICT;
                """),
        Migration(
            version: 5,
            sql: """
                -- Whether a first sync is under way, for whose length the indexes of the schema are taken away.
                ALTER TABLE _replica ADD COLUMN lacks_indexes INTEGER NOT NULL DEFAULT 0;
                """),
        Migration(
            version: 6,
            sql: """
                -- How many erasures were told of whose traces in the file are still to be overwritten.
                ALTER TABLE _standing ADD COLUMN to_overwrite INTEGER NOT NULL DEFAULT 0;
                """),
    ]
}
