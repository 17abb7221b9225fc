"""The programs under measurement: built in release mode, started, watched, ended."""
import concurrent.futures
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import threading
import time

PARTS = pathlib.Path(__file__).resolve().parent
TOP = PARTS.parent.parent
CACHE = TOP / ".build-bench"


class Trouble(Exception):
    """What is missing or went wrong, and the way out."""


class Done:
    """A program that ended: what it printed, its wall and CPU seconds (user and system)."""

    def __init__(self, output, wall, usage):
        self.output, self.wall = output, wall
        self.cpu = usage.ru_utime + usage.ru_stime

    @property
    def json(self):
        return json.loads(self.output)


def run(*words, env=None):
    return finish(start(*words, env=env))


def run_watched(*words):
    """Runs a program, and tells its greatest memory in KiB too, as it stood at most 20 ms before the end.

    What the system tells of a child that ended holds this program's own memory as well.
    """
    started = start(*words)
    child, peak = started[0], 0

    def watch():
        nonlocal peak
        while (found := memory(child.pid)) is not None:
            peak = found
            time.sleep(0.02)
    watcher = threading.Thread(target=watch)
    watcher.start()
    done = finish(started)
    watcher.join()
    return done, peak


def memory(pid):
    """The greatest memory of a process since its start in KiB, or None once it ended."""
    try:
        found = re.search(r"VmHWM:\s*(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return None
    return int(found[1]) if found else None


def start(*words, env=None):
    words = [str(word) for word in words]
    output, errors = tempfile.TemporaryFile(), tempfile.TemporaryFile()
    began = time.perf_counter()
    child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=output, stderr=errors, env=env)
    return child, words, output, errors, began


def finish(started):
    child, words, output, errors, began = started
    # wait4 tells the CPU of this child alone.
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - began
    child.returncode = os.waitstatus_to_exitcode(status)

    def text(file):
        file.seek(0)
        with file:
            return file.read().decode(errors="replace")
    printed, complaint = text(output), text(errors)
    if child.returncode != 0:
        raise Trouble(f"{' '.join(words)}\nended with {child.returncode}: {(printed + complaint)[-2000:]}")
    return Done(printed, wall, usage)


class Programs:
    """Sambung's programs, the driver and the floor."""

    def __init__(self, build=True):
        for program, package in (("swift", "the Swift toolchain"), ("cc", "gcc"), ("strace", "strace"),
                                 ("openssl", "openssl")):
            if not shutil.which(program):
                raise Trouble(f"{package} is missing: run tools/setup (and install a C compiler), then this again")
        release, driver = TOP / ".build-release", CACHE / "driver"
        if build:
            CACHE.mkdir(exist_ok=True)
            for product in ("sambung-server", "sambung"):
                self.build("--package-path", TOP, "--scratch-path", release, "--product", product)
            self.build("--package-path", PARTS / "driver", "--scratch-path", driver)
            run("cc", "-O2", "-Wall", "-o", CACHE / "floor", PARTS / "floor.c", "-lsqlite3")
        self.sambung, self.server = release / "release" / "sambung", release / "release" / "sambung-server"
        self.driver, self.floor = driver / "release" / "bench-driver", CACHE / "floor"
        for program in (self.sambung, self.server, self.driver, self.floor):
            if not program.exists():
                raise Trouble(f"{program} is missing: run without --no-build")

    def build(self, *words):
        # Packages that were fetched once are enough; a first build needs the network.
        run("swift", "build", "-c", "release", *words)


class Server:
    """One running sambung-server over its data directory."""

    def __init__(self, programs, data, tls=None):
        self.programs, self.data, self.tls, self.child, self.port = programs, data, tls, None, 0
        self.start()

    def start(self):
        log = self.data.with_suffix(".log")
        words = [self.programs.server, "serve", "--data", self.data, "--listen", f"127.0.0.1:{self.port}"]
        if self.tls:
            words += ["--certificate", self.tls[0], "--key", self.tls[1]]
        with log.open("w") as file:
            self.child = subprocess.Popen([str(word) for word in words], stdout=file, stderr=file)
        for _ in range(600):
            ready = re.search(r"ready url=(https?://127\.0\.0\.1:(\d+))", log.read_text())
            if ready:
                self.url, self.port = ready[1], int(ready[2])
                return
            if self.child.poll() is not None:
                break
            time.sleep(0.02)
        raise Trouble(f"the server does not get ready:\n{log.read_text()[-2000:]}")

    @property
    def cpu(self):
        """User and system seconds of the process, with threads that ended, to the nanosecond."""
        return time.clock_gettime(~self.child.pid << 3 | 2)

    @property
    def peak(self):
        """The greatest memory since the start, in KiB."""
        return memory(self.child.pid)

    def stop(self):
        if self.child and self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
            try:
                self.child.wait(30)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
        self.child = None

    def restart(self):
        self.stop()
        self.start()


class World:
    """A server and devices, in a folder that goes away with them."""

    def __init__(self, programs, folder, codes, tls=None):
        self.programs, self.folder, self.codes = programs, folder, codes
        folder.mkdir(parents=True)
        self.tls = tls
        self.server = Server(programs, folder / "centre", tls)

    def close(self, keep=False):
        self.server.stop()
        if not keep:
            shutil.rmtree(self.folder, ignore_errors=True)

    def database(self, name):
        return self.folder / f"{name}.db"

    def centre(self, *words):
        return run(self.programs.server, *words, "--data", self.server.data)

    def office(self, name, *words):
        return run(*self.command(name, *words))

    def command(self, name, *words):
        return (self.programs.sambung, *words, "--database", self.database(name), "--operator", "bench")

    def drive(self, command, name, *words):
        return run(self.programs.driver, command, self.database(name), *words).json

    def code(self, office):
        return self.centre("device", "add", "--office", self.codes[office % len(self.codes)], "--json").json["code"]

    def enrol(self, name, office=0, url=None):
        more = ["--ca", self.tls[0]] if self.tls else []
        self.office(name, "enrol", self.code(office), url or self.server.url, *more)

    def watched(self, body):
        """Runs a body; returns what it gives, and the server's CPU seconds meanwhile."""
        before = self.server.cpu
        result = body()
        return result, self.server.cpu - before

    def check_agreement(self, *names):
        """A benchmark of what does not arrive is worth nothing: all hold what the centre holds."""
        digests = {self.centre("status", "--json").json["digest"]}
        for name in names:
            status = self.office(name, "status", "--json").json
            digests.add(status["digest"])
            if status["pending"] or not status["synced"]:
                raise Trouble(f"{name} is not synced: {status}")
        if len(digests) != 1:
            raise Trouble(f"the digests differ: {digests}")


@contextlib.contextmanager
def world(bench, name, tls=None):
    made = World(bench.programs, bench.folder / name, bench.codes, tls)
    try:
        yield made
    finally:
        made.close()


def query(path, sql, *values):
    # Read-only: this connection never checkpoints beside the program's own.
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return connection.execute(sql, values).fetchall()


def stored_bytes(path):
    return query(path, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")[0][0]


def at_once(bodies, width):
    with concurrent.futures.ThreadPoolExecutor(width) as pool:
        return [future.result() for future in [pool.submit(body) for body in bodies]]
