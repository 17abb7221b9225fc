#ifndef SAMBUNG_CSQLITE_SHIM_H
#define SAMBUNG_CSQLITE_SHIM_H

#include <sqlite3.h>

// Swift can neither call a variadic C function nor see SQLITE_TRANSIENT, a cast of -1 to a function pointer.

static inline int csqlite_db_config(sqlite3 *db, int option, int on, int *now) {
    return sqlite3_db_config(db, option, on, now);
}

/// Whether SQLite counts its memory, behind one lock for all threads; nothing happens once it is in use.
static inline int csqlite_count_memory(int on) { return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, on); }

static inline int csqlite_bind_text(sqlite3_stmt *statement, int index, const void *bytes, sqlite3_uint64 count) {
    // A null pointer would bind NULL, and an empty text is not NULL.
    return sqlite3_bind_text64(statement, index, bytes ? (const char *)bytes : "", count, SQLITE_TRANSIENT, SQLITE_UTF8);
}

static inline int csqlite_bind_blob(sqlite3_stmt *statement, int index, const void *bytes, sqlite3_uint64 count) {
    return count ? sqlite3_bind_blob64(statement, index, bytes, count, SQLITE_TRANSIENT)
                 : sqlite3_bind_zeroblob(statement, index, 0);
}

static inline int csqlite_bind_borrowed_text(
    sqlite3_stmt *statement, int index, const void *bytes, sqlite3_uint64 count) {
    return sqlite3_bind_text64(statement, index, bytes ? (const char *)bytes : "", count, SQLITE_STATIC, SQLITE_UTF8);
}

static inline int csqlite_bind_borrowed_blob(
    sqlite3_stmt *statement, int index, const void *bytes, sqlite3_uint64 count) {
    return count ? sqlite3_bind_blob64(statement, index, bytes, count, SQLITE_STATIC)
                 : sqlite3_bind_zeroblob(statement, index, 0);
}

/// The bytes of a text (as UTF-8, whatever the file's encoding) or of a blob. The order of the calls matters:
/// asking for the length first could convert the value twice.
static inline const void *csqlite_column_bytes(sqlite3_stmt *statement, int index, int *count) {
    const void *bytes = sqlite3_column_type(statement, index) == SQLITE_BLOB
        ? sqlite3_column_blob(statement, index) : (const void *)sqlite3_column_text(statement, index);
    *count = sqlite3_column_bytes(statement, index);
    return bytes;
}

#endif
