"""R24: four programs and one that syncs without end work on one client database, under a storm of checkpoints.

Each of the four takes cases in, adds notes and edits as fast as it can; a fifth syncs. Every program copies the log into
the file when it ends, many times a second, while a sixth connection of another kind of program holds old snapshots of
it, so that the log can't be emptied. Every command ends well or says in words whom it waited for;
nobody waits longer than 15 s; no write is lost and none is done twice. A case is a seed; --minutes is its length.
"""
import json
import random
import sqlite3
import threading
import time

from verify import Ledger, check_healed, check_sound
from world import Broken, Scratch, refused

NAME, ROW = "two-processes", "R24"
JOBS = 1
WRITERS, GATE_SECONDS, SECONDS, LONGEST = 4, 15, 1800, 15.0


class Ready:
    def __init__(self, programs, seconds):
        self.programs, self.seconds = programs, seconds

    def close(self):
        pass


def prepare(programs, options):
    return Ready(programs, options.minutes * 60 if options.minutes else SECONDS)


def cases(ready, options):
    return range(1, 2)


def gate(ready, options):
    ready.seconds = GATE_SECONDS
    return [1]


class Worker(threading.Thread):
    """Does one thing again and again until it is told to stop."""

    def __init__(self, stopping, act):
        super().__init__(daemon=True)
        self.stopping, self.act, self.error, self.count, self.slowest = stopping, act, None, 0, 0.0

    def run(self):
        try:
            while not self.stopping.is_set():
                start = time.monotonic()
                self.act()
                self.count += 1
                self.slowest = max(self.slowest, time.monotonic() - start)
        except Exception as error:
            self.error = error
            self.stopping.set()


def run(ready, case, options):
    with Scratch(ready.programs) as world:
        world.serve()
        world.enrol("desk", "other")
        ledger, stopping = Ledger(), threading.Event()
        shared = world.ask("desk", "new", "--title", "desk shared")["ticket"]
        ledger.wrote("desk shared")
        workers = [Worker(stopping, writer(world, ledger, shared, f"desk {number}", random.Random(f"{case} {number}")))
                   for number in range(WRITERS)]
        workers.append(Worker(stopping, lambda: sync(world)))
        storm = Worker(stopping, lambda: read(world))
        for worker in [*workers, storm]:
            worker.start()
        stopping.wait(ready.seconds)
        stopping.set()
        for worker in [*workers, storm]:
            worker.join()
            if worker.error:
                raise worker.error
        slowest = max(worker.slowest for worker in workers)
        if slowest > LONGEST:
            raise Broken(f"a command took {slowest:.1f} s beside the others")
        check_sound(world, "desk")
        held = ledger.found(world, "desk")
        lost = sorted(text for text in ledger.written if held[text] != 1)
        if lost:
            raise Broken(f"written, and not there exactly once: {[(text, held[text]) for text in lost[:5]]}")
        check_healed(world, ["desk", "other"])
        ledger.check_all(world)
        return {"commands": sum(worker.count for worker in workers), "syncs": workers[-1].count,
                "snapshots": storm.count, "changes": len(ledger.written), "slowest_command_seconds": round(slowest, 2)}


def writer(world, ledger, shared, name, dice):
    """What one program does: it may be told that the database is busy, and then nothing was done."""
    state = {"count": 0, "own": []}

    def act():
        state["count"] += 1
        text, kind = f"{name} {state['count']}", dice.random()
        if kind < 0.4 or not state["own"]:
            words = ("new", "--title", text)
        elif kind < 0.8:
            words = ("note", shared, text)
        else:
            words = ("edit", dice.choice(state["own"]), "place=" + text)
        done = world.office("desk", *words, check=False)
        if done.returncode != 0:
            if refused(done)["kind"] not in ("locked-database",):
                raise Broken(f"{words[0]} beside others ended with {done.returncode}: {done.stderr}")
        elif words[0] == "edit":
            ledger.edited(words[1], text)
        else:
            ledger.wrote(text)
            if words[0] == "new":
                state["own"].append(json.loads(done.stdout)["ticket"])

    return act


def sync(world):
    done = world.office("desk", "sync", check=False)
    if done.returncode != 0:
        raise Broken(f"a sync beside others ended with {done.returncode}: {done.stderr}")
    said = json.loads(done.stdout)
    if said["new_replica"] is not None:
        raise Broken(f"it takes itself for a copy: {said}")


def read(world):
    """Reads while the others copy the log. It writes nothing: SQLite of Debian 12 can corrupt a log that two connections
    copy at once, which is why the programs do so behind a lock of their own."""
    base = sqlite3.connect(f"file:{world.database('desk')}?mode=ro", uri=True, timeout=20)
    try:
        base.execute("BEGIN")
        first = base.execute("SELECT count(*) FROM cases").fetchone()
        time.sleep(0.02)
        if base.execute("SELECT count(*) FROM cases").fetchone() != first:
            raise Broken("a snapshot changed under its reader")
    finally:
        base.close()
