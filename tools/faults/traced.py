"""Programs under strace: how many calls they make on their files, and one of those calls made to fail or to kill."""
import collections
import pathlib
import re

# Whatever may change what a disk holds.
WRITES = "pwrite64,write,writev,fdatasync,fsync,ftruncate,unlink,rename"
SYNCS = ("fdatasync", "fsync")


def kill_at(call, n):
    """A prefix that puts SIGKILL in the place of the n-th such call of a thread.

    strace counts each kind of call by itself, so one kind is named, never a list: of a list only those points would be
    struck at which some kind is the first to reach n.
    """
    return ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}",
            "-e", f"inject={call}:signal=KILL:when={n}"]


def fail_at(call, n, error, onward, files, log):
    """A prefix that makes the n-th such call on one of these files fail, and perhaps all after it."""
    return ["strace", "-f", "-qq", "-y", "-o", log, *on(files), "-e", f"trace={call}",
            "-e", f"inject={call}:error={error}:when={n}{'+' if onward else ''}"]


def tracing(calls, files, log):
    """A prefix that only writes such calls down."""
    return ["strace", "-f", "-qq", "-o", log, *on(files), "-e", f"trace={calls}"]


def counts(log):
    """By kind of call, the greatest number of them that one thread made."""
    made = collections.Counter()
    for line in pathlib.Path(log).read_text(errors="replace").splitlines():
        found = re.match(r"(\S+)\s+(\w+)\(", line)
        if found:
            made[found.groups()] += 1
    most = {}
    for (_, call), number in made.items():
        most[call] = max(most.get(call, 0), number)
    return most


def injected(log):
    """The names of the calls that were made to fail."""
    path = pathlib.Path(log)
    text = path.read_text(errors="replace") if path.exists() else ""
    return re.findall(r"^\S+\s+(\w+)\(.*\(INJECTED\)", text, re.MULTILINE)


def failed_syncs(log):
    """The files, not the folders, of which a sync was made to fail."""
    path = pathlib.Path(log)
    text = path.read_text(errors="replace") if path.exists() else ""
    return re.findall(r"^\S+\s+f(?:data)?sync\(\d+<(.*?\.db(?:-wal)?)>.*\(INJECTED\)", text, re.MULTILINE)


def on(files):
    return [word for file in files for word in ("-P", str(file))]


def beside(database):
    """A database's file and all that SQLite and the product put beside it."""
    return [f"{database}{end}" for end in ("", "-wal", "-shm", "-journal", ".lock", ".ca.pem")] + [
        pathlib.Path(database).parent]
