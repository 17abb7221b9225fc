/*
 * The floor: the same typed rows as Sambung's, in the same table with the same indexes and the same durability (WAL,
 * synchronous=FULL, transactions of 1,000), written by libsqlite3 alone, without any sync. Nothing that keeps records
 * in such a table can be cheaper.
 *
 *   floor ROWS SCHEMA DATABASE    ROWS as workload.py describes it; SCHEMA the statements of the table `cases`
 *   floor --edits COUNT BATCH DATABASE
 *                                 alters one field of so many rows of a server's database, here and there, with its
 *                                 place in the order and its packed versions, so many in each transaction
 *   floor --disk FILE             the time of one durable write of 4 KiB
 *
 * Prints one line of JSON: seconds of CPU (user and system) and of wall time.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 1000, MOST_FIELDS = 64, DISK_WRITES = 200, SYNC_BYTES = 28, EDITED_SYNC_BYTES = 60 };

static void fail(const char *what, const char *why) {
    fprintf(stderr, "floor: %s: %s\n", what, why);
    exit(1);
}

static double seconds(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static char *contents(const char *path, size_t *length) {
    FILE *file = fopen(path, "rb");
    if (!file) fail(path, "it can't be read");
    fseek(file, 0, SEEK_END);
    *length = (size_t)ftell(file);
    rewind(file);
    char *bytes = malloc(*length + 1);
    if (!bytes || fread(bytes, 1, *length, file) != *length) fail(path, "it can't be read");
    bytes[*length] = 0;
    fclose(file);
    return bytes;
}

/* Ten million rows need not all be in memory. */
static const char *mapped(const char *path, size_t *length) {
    int file = open(path, O_RDONLY);
    struct stat found;
    if (file < 0 || fstat(file, &found) != 0) fail(path, "it can't be read");
    *length = (size_t)found.st_size;
    void *bytes = mmap(NULL, *length, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
    if (bytes == MAP_FAILED) fail(path, "it can't be read");
    close(file);
    return bytes;
}

static void check(sqlite3 *database, int code) {
    if (code != SQLITE_OK && code != SQLITE_DONE && code != SQLITE_ROW) fail("sqlite", sqlite3_errmsg(database));
}

static uint32_t word(const char *at) {
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static sqlite3_int64 number(const char *at) {
    sqlite3_int64 value;
    memcpy(&value, at, sizeof value);
    return value;
}

/* Reads the names of the fields and makes the statement that inserts a row with all of them. */
static const char *prepare(sqlite3 *database, const char *at, sqlite3_stmt **insert, int *fields) {
    char sql[4096] = "INSERT INTO cases (seq, id, _sync";
    *fields = (int)word(at + 4);
    if (*fields > MOST_FIELDS) fail("rows", "too many fields");
    at += 8;
    for (int field = 0; field < *fields; field++) {
        size_t length = (unsigned char)*at;
        snprintf(sql + strlen(sql), sizeof sql - strlen(sql), ", \"%.*s\"", (int)length, at + 1);
        at += 1 + length;
    }
    strcat(sql, ") VALUES (?, ?, ?");
    for (int field = 0; field < *fields; field++) strcat(sql, ", ?");
    strcat(sql, ")");
    check(database, sqlite3_prepare_v3(database, sql, -1, SQLITE_PREPARE_PERSISTENT, insert, NULL));
    return at;
}

static const char *bind(sqlite3_stmt *insert, const char *at) {
    const char *end = at + 4 + word(at);
    sqlite3_clear_bindings(insert);
    sqlite3_bind_blob(insert, 2, at + 4, 16, SQLITE_STATIC);
    for (at += 4 + 16 + 4; at < end;) {
        int column = 4 + (unsigned char)at[0], tag = at[1];
        at += 2;
        if (tag == 1) {
            sqlite3_bind_int64(insert, column, number(at));
            at += 8;
        } else if (tag == 2) {
            sqlite3_bind_text(insert, column, at + 4, (int)word(at), SQLITE_STATIC);
            at += 4 + word(at);
        }
    }
    return end;
}

static void insertAll(const char *rows, const char *schema, const char *path) {
    size_t length;
    sqlite3 *database;
    sqlite3_stmt *insert;
    int fields;
    const char sync[SYNC_BYTES] = {0};
    const char *at = mapped(rows, &length);
    if (length < 12 || memcmp(at, "SBR1", 4) != 0) fail(rows, "it is no file of rows");
    check(NULL, sqlite3_open(path, &database));
    check(database, sqlite3_exec(database,
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-65536", NULL, NULL, NULL));
    check(database, sqlite3_exec(database, contents(schema, &length), NULL, NULL, NULL));
    at = prepare(database, at, &insert, &fields);
    uint32_t count = word(at);
    at += 4;

    double wall = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    for (uint32_t row = 0; row < count; row++) {
        if (row % BATCH == 0) check(database, sqlite3_exec(database, "BEGIN IMMEDIATE", NULL, NULL, NULL));
        at = bind(insert, at);
        sqlite3_bind_int64(insert, 1, row + 1);
        sqlite3_bind_blob(insert, 3, sync, SYNC_BYTES, SQLITE_STATIC);
        check(database, sqlite3_step(insert));
        sqlite3_reset(insert);
        if (row % BATCH == BATCH - 1 || row == count - 1)
            check(database, sqlite3_exec(database, "COMMIT", NULL, NULL, NULL));
    }
    wall = seconds(CLOCK_MONOTONIC) - wall;
    cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;

    sqlite3_stmt *pages;
    check(database, sqlite3_prepare_v2(database,
        "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size", -1, &pages, NULL));
    check(database, sqlite3_step(pages));
    printf("{\"count\": %u, \"cpu\": %.6f, \"wall\": %.6f, \"bytes\": %lld}\n", count, cpu, wall,
        (long long)sqlite3_column_int64(pages, 0));
    sqlite3_finalize(pages);
    sqlite3_finalize(insert);
    sqlite3_close(database);
}

/* Takes the ids of all rows in an order that jumps about but is the same each time. */
static unsigned char (*scattered(sqlite3 *database, size_t *count, sqlite3_int64 *last))[16] {
    sqlite3_stmt *select;
    check(database, sqlite3_prepare_v2(database, "SELECT count(*), max(seq) FROM cases", -1, &select, NULL));
    check(database, sqlite3_step(select));
    *count = (size_t)sqlite3_column_int64(select, 0);
    *last = sqlite3_column_int64(select, 1);
    sqlite3_finalize(select);
    unsigned char (*ids)[16] = calloc(*count + 1, 16);
    if (!ids) fail("edits", "out of memory");
    check(database, sqlite3_prepare_v2(database, "SELECT id FROM cases", -1, &select, NULL));
    for (size_t row = 0; row < *count && sqlite3_step(select) == SQLITE_ROW; row++)
        memcpy(ids[row], sqlite3_column_blob(select, 0), 16);
    sqlite3_finalize(select);
    uint64_t state = 1;
    for (size_t row = *count; row > 1; row--) {
        unsigned char kept[16];
        state = state * 6364136223846793005u + 1442695040888963407u;
        size_t other = (size_t)(state >> 33) % row;
        memcpy(kept, ids[row - 1], 16);
        memcpy(ids[row - 1], ids[other], 16);
        memcpy(ids[other], kept, 16);
    }
    return ids;
}

static void editSome(size_t edits, size_t batch, const char *path) {
    sqlite3 *database;
    sqlite3_stmt *update;
    size_t count;
    sqlite3_int64 last;
    const char sync[EDITED_SYNC_BYTES] = {0};
    check(NULL, sqlite3_open(path, &database));
    check(database, sqlite3_exec(database,
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-65536; PRAGMA wal_autocheckpoint=4000",
        NULL, NULL, NULL));
    unsigned char (*ids)[16] = scattered(database, &count, &last);
    if (edits > count || batch == 0) fail("edits", "there are fewer rows");
    check(database, sqlite3_prepare_v3(database, "UPDATE cases SET seq = ?, _sync = ?, urgency = 'urgent' WHERE id = ?",
        -1, SQLITE_PREPARE_PERSISTENT, &update, NULL));

    double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    for (size_t row = 0; row < edits; row++) {
        if (row % batch == 0) check(database, sqlite3_exec(database, "BEGIN IMMEDIATE", NULL, NULL, NULL));
        sqlite3_bind_int64(update, 1, last + 1 + (sqlite3_int64)row);
        sqlite3_bind_blob(update, 2, sync, EDITED_SYNC_BYTES, SQLITE_STATIC);
        sqlite3_bind_blob(update, 3, ids[row], 16, SQLITE_STATIC);
        check(database, sqlite3_step(update));
        sqlite3_reset(update);
        if (row % batch == batch - 1 || row == edits - 1)
            check(database, sqlite3_exec(database, "COMMIT", NULL, NULL, NULL));
    }
    sqlite3_finalize(update);
    sqlite3_close(database);
    printf("{\"count\": %zu, \"cpu\": %.6f}\n", edits, seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu);
    free(ids);
}

static int ascending(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static void writeDurably(const char *path) {
    static char page[4096];
    double times[DISK_WRITES];
    int file = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
    if (file < 0) fail(path, "it can't be made");
    for (int round = 0; round < DISK_WRITES; round++) {
        double start = seconds(CLOCK_MONOTONIC);
        if (write(file, page, sizeof page) != sizeof page || fdatasync(file) != 0) fail(path, "it can't be written");
        times[round] = seconds(CLOCK_MONOTONIC) - start;
    }
    close(file);
    unlink(path);
    qsort(times, DISK_WRITES, sizeof *times, ascending);
    printf("{\"sync_ms\": %.4f}\n", times[DISK_WRITES / 2] * 1000);
}

int main(int count, char **words) {
    if (count == 3 && strcmp(words[1], "--disk") == 0) writeDurably(words[2]);
    else if (count == 4) insertAll(words[1], words[2], words[3]);
    else if (count == 5 && strcmp(words[1], "--edits") == 0)
        editSome(strtoul(words[2], NULL, 10), strtoul(words[3], NULL, 10), words[4]);
    else fail("usage", "floor ROWS SCHEMA DATABASE | floor --edits COUNT BATCH DATABASE | floor --disk FILE");
    return 0;
}
