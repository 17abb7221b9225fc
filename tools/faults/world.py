"""A folder with a centre's data and some offices' databases, and the real programs that work on them."""
import itertools
import json
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
import urllib.request

PORT = 8080
CENTRE = {"centre": "central", "accounts": "accounts"}  # the centre's two databases: the records, and who may sync
PATIENCE = 60  # seconds; no command of these programs may take longer, whatever is done to it
_counter = itertools.count()


class Broken(Exception):
    """The product broke a promise."""


class NotHere(Exception):
    """This machine does not let the row run; the text says what it lacks."""


def new_host():
    """A loopback address for one server: many run side by side, and none meets another."""
    return f"127.{1 + next(_counter) % 250}.{os.getpid() >> 8 & 255}.{os.getpid() & 255}"


class World:
    def __init__(self, folder, programs):
        self.folder, self.programs = pathlib.Path(folder), pathlib.Path(programs)
        self.server, self.starts = None, 0
        self.through = {}  # by office, or "centre": the words of the network namespace that it runs in
        self.host = new_host()

    port = PORT

    @property
    def url(self):
        return f"http://{self.host}:{PORT}"

    # The centre

    def serve(self, prefix=(), env=None):
        """Starts the server, perhaps under another program; whether it became ready."""
        self.starts += 1
        log = self.folder / f"log.{self.starts}"
        words = [*self.through.get("centre", ()), *prefix, self.programs / "sambung-server", "serve",
                 "--data", self.folder / "centre", "--listen", f"{self.host}:{PORT}", "--allow-plaintext"]
        with open(log, "w") as file:
            self.server = subprocess.Popen(
                [str(word) for word in words], stdout=file, stderr=file, env=environment(env), start_new_session=True)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if re.search(r"ready url=|not ready ", log.read_text()):
                return True
            if self.server.poll() is not None:
                return False
            time.sleep(0.01)
        raise Broken("the server gets neither ready nor ends: " + log.read_text())

    @property
    def log(self):
        path = self.folder / f"log.{self.starts}"
        return path.read_text() if path.exists() else ""

    def stop(self, how=signal.SIGTERM):
        """Ends the server and what it runs under; the status it ended with."""
        if not self.server:
            return None
        if self.server.poll() is None:
            signal_group(self.server.pid, how)
        try:
            status = self.server.wait(30)
        except subprocess.TimeoutExpired:
            signal_group(self.server.pid, signal.SIGKILL)
            self.server.wait()
            raise Broken("the server does not end within 30 s of being asked to: " + self.log) from None
        finally:
            # Under another program the server itself may outlive it.
            signal_group(self.server.pid, signal.SIGKILL)
        self.server = None
        return status

    def ended(self):
        """The status that the server ended with by itself; None while it runs."""
        try:
            return self.server.wait(0.1)
        except subprocess.TimeoutExpired:
            return None

    def kill(self):
        return self.stop(signal.SIGKILL)

    def centre(self, *words, check=True, prefix=()):
        return run(*prefix, self.programs / "sambung-server", *words, "--data", self.folder / "centre", check=check)

    def code(self, office="LIW"):
        return json.loads(self.centre("device", "add", "--office", office, "--json").stdout)["code"]

    def readyz(self):
        """What /readyz says, and how long that took; None where nobody answers."""
        start = time.monotonic()
        try:
            with urllib.request.urlopen(self.url + "/readyz", timeout=5) as answer:
                return answer.status, time.monotonic() - start
        except urllib.error.HTTPError as error:
            return error.code, time.monotonic() - start
        except OSError:
            return None

    # The offices

    def database(self, name):
        return self.folder / name / "office.db"

    def command(self, name, *words):
        return [self.programs / "sambung", *words, "--database", self.database(name), "--operator", name, "--json"]

    def office(self, name, *words, check=True, prefix=(), env=None):
        self.database(name).parent.mkdir(exist_ok=True)
        return run(*self.through.get(name, ()), *prefix, *self.command(name, *words), check=check, env=env)

    def ask(self, name, *words):
        return json.loads(self.office(name, *words).stdout)

    def enrol(self, *names):
        for name in names:
            self.office(name, "enrol", self.code(), self.url, "--allow-plaintext")

    def point(self, *names):
        """Tells the offices of a copied world where its server is."""
        for name in names:
            with sqlite3.connect(self.database(name)) as base:
                base.execute("UPDATE _replica SET server = ?", (self.url,))
            base.close()

    # Reading the databases apart from the product

    def rows(self, name, sql, *values):
        path = self.folder / "centre" / f"{CENTRE[name]}.db" if name in CENTRE else self.database(name)
        try:
            return query(f"file:{path}?mode=ro", sql, values)
        except sqlite3.OperationalError as error:
            if "readonly" not in str(error):
                raise
        # A log that a killed program left must be recovered first, and that is for the product to do: ask a copy.
        with tempfile.TemporaryDirectory(prefix="sambung-fault.") as folder:
            for file in path.parent.glob(path.name + "*"):
                shutil.copy(file, folder)
            return query(f"file:{folder}/{path.name}", sql, values)


class Scratch:
    """A world in a folder that is removed afterwards: new, or a copy of a template."""

    def __init__(self, programs, template=None, offices=()):
        self.programs, self.template, self.offices = programs, template, offices

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sambung-fault."))
        if self.template:
            shutil.copytree(self.template.folder, self.folder, dirs_exist_ok=True)
        self.world = World(self.folder, self.programs)
        self.world.starts = self.template.starts if self.template else 0
        if self.template:
            self.world.point(*(self.offices or offices_of(self.folder)))
        return self.world

    def __exit__(self, *_):
        try:
            self.world.kill()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)


def offices_of(folder):
    names = []
    for path in sorted(folder.glob("*/office.db")):
        names.append(path.parent.name)
    return names


def query(address, sql, values):
    base = sqlite3.connect(address, uri=True, timeout=20)
    # A damaged text may be no UTF-8, and is another text all the same.
    base.text_factory = lambda text: text.decode(errors="surrogateescape")
    try:
        return base.execute(sql, values).fetchall()
    except UnicodeError as error:
        # What SQLite says about a damaged schema quotes it, and so does a question about a table of such a name.
        raise sqlite3.DatabaseError(str(error)) from None
    finally:
        base.close()


def environment(extra=None):
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH") if name in os.environ}
    # A trap is told by its signal; the backtrace would only take seconds.
    return kept | {"LANG": "C.UTF-8", "SWIFT_BACKTRACE": "enable=no"} | (extra or {})


def run(*words, check=True, env=None, timeout=PATIENCE):
    words = [str(word) for word in words]
    try:
        done = subprocess.run(
            words, capture_output=True, text=True, errors="replace", timeout=timeout, env=environment(env),
            stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        raise Broken(f"{shown(words)}: not done within {timeout} s") from None
    if check and done.returncode != 0:
        raise Broken(f"{shown(words)} ended with {done.returncode}: {done.stdout}{done.stderr}")
    return done


def shown(words):
    return " ".join(words[next((at for at, word in enumerate(words) if "sambung" in word), 0):])


def signal_group(process, which):
    try:
        os.killpg(process, which)
    except ProcessLookupError:
        pass


def refused(done, names=None):
    """The error that a command ended with: typed, with a way out, and naming the file where `names` gives it."""
    if done.returncode < 0 or done.returncode > 128:
        raise Broken(f"{shown(done.args)} died of a signal ({done.returncode}): {done.stderr[-600:]}")
    try:
        error = json.loads(done.stderr.strip().splitlines()[-1])["error"]
    except (ValueError, IndexError, KeyError, TypeError):
        raise Broken(f"{shown(done.args)} ended with {done.returncode} and no error in words: "
                     f"{done.stdout[-300:]}{done.stderr[-600:]}") from None
    if error["exit"] != done.returncode or done.returncode in (0, 1, 70):
        raise Broken(f"{shown(done.args)} ended with {done.returncode}: {error}")
    if not error.get("advice"):
        raise Broken(f"{shown(done.args)}: no way out is named: {error}")
    if names and str(names) not in error["message"]:
        raise Broken(f"{shown(done.args)}: the message does not name {names}: {error}")
    return error
