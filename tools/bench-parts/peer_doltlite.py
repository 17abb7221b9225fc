"""doltlite as its users run it: batches saved, committed and pushed over its HTTP server; a clone; edits one by one.

  peer_doltlite.py ROWS FOLDER    prints one line of JSON: seconds of CPU (client and server) and of wall time
"""
import ctypes
import json
import os
import pathlib
import shutil
import signal
import socket
import struct
import sys
import time

import doltlite  # takes the place of the system's libsqlite3: before sqlite3
import sqlite3

BATCH, EDITS = 1000, 40


def serve(folder, port):
    library = ctypes.CDLL(doltlite.libdoltlite_path(), mode=ctypes.RTLD_GLOBAL)
    library.doltliteServe.argtypes = [ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p]
    os._exit(library.doltliteServe(str(folder).encode(), port, b"127.0.0.1"))


def rows_of(path):
    """The form of the file is told in workload.py."""
    data = path.read_bytes()
    count, = struct.unpack_from("<I", data, 4)
    at, names = 8, []
    for _ in range(count):
        names.append(data[at + 1:at + 1 + data[at]].decode())
        at += 1 + data[at]
    left, = struct.unpack_from("<I", data, at)
    at += 4
    rows = []
    for _ in range(left):
        length, = struct.unpack_from("<I", data, at)
        end, at = at + 4 + length, at + 4
        row = [data[at:at + 16].hex()] + [None] * len(names)
        at += 20
        while at < end:
            name, kind = data[at], data[at + 1]
            at += 2
            if kind == 1:
                row[1 + name], = struct.unpack_from("<q", data, at)
                at += 8
            elif kind == 2:
                size, = struct.unpack_from("<I", data, at)
                row[1 + name] = data[at + 4:at + 4 + size].decode()
                at += 4 + size
        rows.append(row)
    return names, rows


class Watch:
    """Seconds of wall time, and of CPU of this process and the server."""

    def __init__(self, server):
        self.server = server
        self.began = self.now()

    def now(self):
        return time.perf_counter(), time.process_time() + time.clock_gettime(~self.server << 3 | 2)

    def passed(self):
        return [now - began for now, began in zip(self.now(), self.began)]


def connect(path):
    return sqlite3.connect(path, isolation_level=None)


def call(connection, sql, *values):
    return connection.execute(sql, values).fetchone()[0]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port):
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            return
        except OSError:
            time.sleep(0.05)
    sys.exit("doltlite's server does not get ready")


def measure(folder, port, server, names, rows):
    url, found = f"http://127.0.0.1:{port}/cases.db", {}
    office = connect(folder / "office.db")
    office.execute(f"CREATE TABLE cases (id TEXT PRIMARY KEY, {', '.join(names)})")
    call(office, "SELECT dolt_commit('-A', '-m', 'schema')")
    call(office, "SELECT dolt_remote('add', 'origin', ?)", url)
    call(office, "SELECT dolt_push('origin', 'main')")
    insert = f"INSERT INTO cases VALUES ({', '.join('?' * (len(names) + 1))})"
    watch = Watch(server)
    for start in range(0, len(rows), BATCH):
        office.execute("BEGIN")
        office.executemany(insert, rows[start:start + BATCH])
        office.execute("COMMIT")
        call(office, "SELECT dolt_commit('-A', '-m', 'batch')")
        call(office, "SELECT dolt_push('origin', 'main')")
    found["push wall"], found["push"] = watch.passed()

    other = connect(folder / "other.db")
    watch = Watch(server)
    call(other, "SELECT dolt_clone(?)", url)
    found["clone wall"], found["clone"] = watch.passed()
    if call(other, "SELECT count(*) FROM cases") != len(rows):
        sys.exit("doltlite's clone is not whole")

    found["edit ms"], found["pull ms"] = [], []
    for number in range(EDITS):
        record = rows[number * len(rows) // EDITS][0]
        began = time.perf_counter()
        office.execute("UPDATE cases SET urgency = ? WHERE id = ?", (f"edit {number}", record))
        call(office, "SELECT dolt_commit('-A', '-m', 'edit')")
        call(office, "SELECT dolt_push('origin', 'main')")
        pushed = time.perf_counter()
        call(other, "SELECT dolt_pull('origin', 'main')")
        found["pull ms"].append((time.perf_counter() - pushed) * 1000)
        found["edit ms"].append((pushed - began) * 1000)
        if call(other, "SELECT urgency FROM cases WHERE id = ?", record) != f"edit {number}":
            sys.exit("doltlite's edit did not arrive")
    return found


def main():
    rows, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    names, content = rows_of(rows)
    (folder / "centre").mkdir(parents=True)
    port = free_port()
    server = os.fork()
    if server == 0:
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, 1)
        os.dup2(null, 2)
        serve(folder / "centre", port)
    try:
        wait_for(port)
        print(json.dumps(measure(folder, port, server, names, content)))
    finally:
        os.kill(server, signal.SIGKILL)
        os.waitpid(server, 0)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
