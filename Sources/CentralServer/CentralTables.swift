import SQLite

/// The server's own tables, beside those of the schema.
enum CentralTables {
    /// `SBS` and a format number, in SQLite's application id: a database of something else is refused.
    static let applicationID: Int32 = 0x5342_5331

    static let migrations = [
        Migration(
            version: 1,
            sql: """
                -- The state of the whole database. One row.
                CREATE TABLE _central (
                  one INTEGER PRIMARY KEY CHECK (one = 1),
                  epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, clock INTEGER NOT NULL, digest INTEGER NOT NULL,
                  next_replica INTEGER NOT NULL) STRICT;
                CREATE TABLE _office (code TEXT PRIMARY KEY, name TEXT NOT NULL) STRICT;
                -- A device has a credential, of which only the hash is kept, and writes as a replica.
                CREATE TABLE _device (
                  id INTEGER PRIMARY KEY, office TEXT NOT NULL REFERENCES _office (code), name TEXT NOT NULL,
                  profile BLOB NOT NULL, credential_hash BLOB NOT NULL UNIQUE,
                  enrolled_at INTEGER NOT NULL, revoked_at INTEGER) STRICT;
                CREATE TABLE _replica (
                  number INTEGER PRIMARY KEY, device INTEGER NOT NULL REFERENCES _device (id),
                  last_change INTEGER NOT NULL, chain INTEGER NOT NULL, last_push INTEGER NOT NULL) STRICT;
                -- What was refused. An answer can get lost or a device be restored, and the push comes again.
                CREATE TABLE _refusal (
                  replica INTEGER NOT NULL REFERENCES _replica (number), number INTEGER NOT NULL,
                  reason INTEGER NOT NULL, field INTEGER NOT NULL, PRIMARY KEY (replica, number)
                ) STRICT, WITHOUT ROWID;
                -- Enrolment codes, of which only the hash is kept.
                CREATE TABLE _code (
                  hash BLOB PRIMARY KEY, office TEXT NOT NULL REFERENCES _office (code), name TEXT NOT NULL,
                  profile BLOB NOT NULL, expires_at INTEGER NOT NULL, used_by INTEGER REFERENCES _device (id)
                ) STRICT, WITHOUT ROWID;
                """),
        Migration(
            version: 2,
            sql: """
                -- Offices, devices and codes stand in accounts.db, which was brought up to date before.
                DROP TABLE main._code;
                CREATE TABLE _refused AS SELECT * FROM _refusal;
                DROP TABLE main._refusal;
                CREATE TABLE _known AS SELECT number, last_change, chain, last_push FROM main._replica;
                DROP TABLE main._replica;
                DROP TABLE main._device;
                DROP TABLE main._office;
                ALTER TABLE _central DROP COLUMN next_replica;
                -- How far each replica has come. Which device writes as it stands with the accounts.
                CREATE TABLE _replica (
                  number INTEGER PRIMARY KEY, last_change INTEGER NOT NULL, chain INTEGER NOT NULL,
                  last_push INTEGER NOT NULL, last_sync INTEGER NOT NULL, clock_offset INTEGER NOT NULL,
                  schema_version INTEGER NOT NULL, pulled INTEGER NOT NULL) STRICT;
                INSERT INTO _replica
                  SELECT number, last_change, chain, last_push, last_push, 0, 0, 0 FROM _known;
                DROP TABLE main._known;
                -- What was refused. An answer can get lost or a device be restored, and the push comes again.
                CREATE TABLE _refusal (
                  replica INTEGER NOT NULL, number INTEGER NOT NULL, reason INTEGER NOT NULL, field INTEGER NOT NULL,
                  PRIMARY KEY (replica, number)) STRICT, WITHOUT ROWID;
                INSERT INTO _refusal SELECT replica, number, reason, field FROM _refused;
                DROP TABLE main._refused;
                -- Records that scope rules treat alike form a class, whose digest is kept.
                CREATE TABLE _class (number INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, digest INTEGER NOT NULL) STRICT;
                -- Which record left which class, at which place in the order.
                CREATE TABLE _moved (
                  sequence INTEGER PRIMARY KEY, collection INTEGER NOT NULL, record BLOB NOT NULL,
                  class INTEGER NOT NULL) STRICT;
                ALTER TABLE _central ADD COLUMN classed_by INTEGER NOT NULL DEFAULT 0;
                -- Changes to records that had left the scope of their writer, for the centre to decide.
                CREATE TABLE _escrow (
                  replica INTEGER NOT NULL, number INTEGER NOT NULL, device INTEGER NOT NULL, office TEXT NOT NULL,
                  arrived_at INTEGER NOT NULL, change BLOB NOT NULL, decision INTEGER, decided_by TEXT NOT NULL,
                  decided_at INTEGER NOT NULL, sequence INTEGER NOT NULL,
                  PRIMARY KEY (replica, number)) STRICT;
                CREATE INDEX _escrow_decided ON _escrow (device, sequence);
                """),
        Migration(
            version: 3,
            sql: """
                -- What revoked devices pushed, for a person to decide. A repeated push adds nothing.
                CREATE TABLE _quarantine (
                  id INTEGER PRIMARY KEY, device INTEGER NOT NULL, replica INTEGER NOT NULL, number INTEGER NOT NULL,
                  office TEXT NOT NULL, arrived_at INTEGER NOT NULL, change BLOB NOT NULL,
                  UNIQUE (replica, number, change)) STRICT;
                CREATE INDEX _quarantine_by_device ON _quarantine (device);
                -- Records that were deleted everywhere and forgotten: what comes later for them is refused.
                CREATE TABLE _collected (
                  collection INTEGER NOT NULL, id BLOB NOT NULL, PRIMARY KEY (collection, id)) STRICT, WITHOUT ROWID;
                -- Up to which place in the order deleted records were collected, and when. One row.
                CREATE TABLE _collection (
                  one INTEGER PRIMARY KEY CHECK (one = 1), through INTEGER NOT NULL, ran_at INTEGER NOT NULL) STRICT;
                -- The server's own clock: its time at the last push, how often a person has confirmed it, and by how
                -- much it was found to have jumped. One row.
                CREATE TABLE _clock (
                  one INTEGER PRIMARY KEY CHECK (one = 1), wall INTEGER NOT NULL, confirmations INTEGER NOT NULL,
                  jump INTEGER NOT NULL) STRICT;
                """),
        Migration(
            version: 4,
            sql: """
                -- Where the order stood when the database was restored from a backup; -1 for never.
                ALTER TABLE _central ADD COLUMN restored_from INTEGER NOT NULL DEFAULT -1;
                -- The epoch in which a replica has given back what a restore lost.
                ALTER TABLE _replica ADD COLUMN given_back INTEGER NOT NULL DEFAULT 0;
                -- Writes that a restore had lost and a replica gave back.
                CREATE TABLE _given (
                  epoch INTEGER NOT NULL, collection INTEGER NOT NULL, record BLOB NOT NULL, time INTEGER NOT NULL,
                  writer INTEGER NOT NULL, giver INTEGER NOT NULL, at INTEGER NOT NULL,
                  PRIMARY KEY (epoch, collection, record, time, writer)) STRICT, WITHOUT ROWID;
                -- Which redactions these records went through, at which places in the order.
                CREATE TABLE _redacted (id INTEGER PRIMARY KEY, sequence INTEGER NOT NULL) STRICT;
                -- Records whose rows were found damaged, with what is known of the row as it was stored.
                CREATE TABLE _damaged (
                  collection INTEGER NOT NULL, record BLOB NOT NULL, sequence INTEGER NOT NULL,
                  class INTEGER NOT NULL, digest INTEGER NOT NULL, PRIMARY KEY (collection, record)
                ) STRICT, WITHOUT ROWID;
                """),
        Migration(
            version: 5,
            sql: """
                -- What each replica told of itself when it last synced.
                ALTER TABLE _replica ADD COLUMN written INTEGER NOT NULL DEFAULT 0;
                ALTER TABLE _replica ADD COLUMN refused INTEGER NOT NULL DEFAULT 0;
                ALTER TABLE _replica ADD COLUMN program TEXT NOT NULL DEFAULT '';
                """),
        Migration(
            version: 6,
            sql: """
                -- Changes in escrow whose database enrolled again as another device, which is told what is decided too.
                CREATE TABLE _escrow_claim (
                  device INTEGER NOT NULL, replica INTEGER NOT NULL, number INTEGER NOT NULL,
                  PRIMARY KEY (device, replica, number)) STRICT, WITHOUT ROWID;
                """),
    ]
}
