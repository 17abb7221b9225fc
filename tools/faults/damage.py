"""R9: bits of the files at rest are flipped, or files cut short: databases, their logs, cursor, key; on both ends.

Every command must give the answers that it gave before, or a named error; never a trap, never a hang. What an office
shows after a sync that ended well is what the centre holds, or `verify` finds it; what a damaged centre holds is what it
held, or `verify` finds it, and the office's next sync mends it. Then an office enrols a new database, which holds what
the centre holds; a centre is restored from its backup, and the office's work arrives. SQLite keeps no checksum of a page
at rest, so a flip inside a value can pass unseen by the other commands: such cases are counted as `answers_changed`.

The logs hold commits that their databases do not: of the office's work, sent and not sent, and of the centre's.
"""
import contextlib
import json
import queue
import random
import shutil
import sqlite3

from verify import check_healed, check_same, contents
from world import Broken, Scratch, refused, run as run_program

NAME, ROW = "damage", "R9"
TARGETS = ["office database", "office log", "office lock", "cursor", "key", "authority", "centre database",
           "centre log", "accounts database", "accounts log"]
LOGGED = ("desk/office.db", "centre/central.db", "centre/accounts.db")
GATED = 40


class Template:
    """An office and a centre with work, each with a write-ahead log that holds commits which the database has not."""

    def __init__(self, programs):
        self.scratch = Scratch(programs)
        self.world = world = self.scratch.__enter__()
        world.serve()
        world.enrol("desk", "spare")
        for index in range(12):
            world.office("desk", "new", "--title", f"desk {index}", "--narrative", "n" * 500)
        for name in ("desk", "spare"):
            world.office(name, "sync")
        # While somebody reads what was, the log keeps what is.
        with contextlib.ExitStack() as readers:
            for file in LOGGED:
                base = readers.enter_context(contextlib.closing(sqlite3.connect(world.folder / file)))
                base.execute("BEGIN")
                base.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            for index in range(4):
                world.office("desk", "new", "--title", f"desk logged {index}")
            world.office("desk", "sync")
            self.code = world.code()
            world.office("desk", "new", "--title", "desk pending")
            self.kept = {file + end: (world.folder / (file + end)).read_bytes() for file in LOGGED for end in ("", "-wal")}
            world.centre("backup", world.folder / "good.backup")
        self.held = contents(world, "centre")
        world.kill()
        for file in LOGGED:
            if self.rows(file, with_log=True) == self.rows(file, with_log=False):
                raise SystemExit(f"the log of {file} holds nothing: damaging it proves nothing")

    def rows(self, file, with_log):
        with Scratch(self.world.programs) as place:
            for end in ("", "-wal") if with_log else ("",):
                (place.folder / ("copy.db" + end)).write_bytes(self.kept[file + end])
            with contextlib.closing(sqlite3.connect(place.folder / "copy.db")) as base:
                return list(base.iterdump())

    @contextlib.contextmanager
    def copy(self):
        with Scratch(self.world.programs, self.world, ("spare",)) as world:
            # The address of the centre stands in the office's log, so all copies have the same.
            world.host = self.world.host
            world.point("spare")
            yield world

    def lay(self, world):
        """Brings a copied world's databases to the moment at which their logs were full."""
        for file in LOGGED:
            path = world.folder / file
            path.with_name(path.name + "-shm").unlink(missing_ok=True)
            for end in ("", "-wal"):
                path.with_name(path.name + end).write_bytes(self.kept[file + end])

    def close(self):
        self.scratch.__exit__()


class Templates:
    """One for each case that runs at the same time, for each has an address of its own."""

    def __init__(self, programs, jobs):
        self.all = [Template(programs) for _ in range(jobs)]
        self.free = queue.SimpleQueue()
        for template in self.all:
            self.free.put(template)

    @contextlib.contextmanager
    def one(self):
        template = self.free.get()
        try:
            yield template
        finally:
            self.free.put(template)

    def close(self):
        for template in self.all:
            template.close()


def prepare(programs, options):
    return Templates(programs, options.jobs)


def cases(templates, options):
    return range(1, 1_000_000)


def gate(templates, options):
    return range(1, GATED + 1)


def run(templates, case, options):
    dice = random.Random(case)
    target = TARGETS[case % len(TARGETS)]
    with templates.one() as template, template.copy() as world:
        template.lay(world)
        before = look(world)
        template.lay(world)
        how = harm(world, target, dice)
        try:
            return watch(template, world, target, before)
        except Broken as error:
            raise Broken(f"{target}, {how}: {error}") from None


def look(world):
    """What an operator and the centre see."""
    seen = []
    for words in (("list",), ("show", "1"), ("status",)):
        done = world.office("desk", *words, check=False)
        seen.append(done.stdout if done.returncode == 0 else refused(done)["kind"])
    done = world.centre("status", "--json", check=False)
    seen.append(done.stdout if done.returncode == 0 else refused(done)["kind"])
    return seen


def harm(world, target, dice):
    """Damages a file or a value; in words, how."""
    if target in ("cursor", "key"):
        column = {"cursor": "cursor", "key": "secret"}[target]
        base = sqlite3.connect(world.database("desk"))
        value = bytes(base.execute(f"SELECT {column} FROM _replica").fetchone()[0])
        damaged, how = damage(value, dice)
        base.execute(f"UPDATE _replica SET {column} = ?", (damaged,))
        base.commit()
        base.close()
        return how
    path = world.folder / {
        "office database": "desk/office.db", "office log": "desk/office.db-wal", "office lock": "desk/office.db.lock",
        "authority": "desk/office.db.ca.pem", "centre database": "centre/central.db",
        "centre log": "centre/central.db-wal", "accounts database": "centre/accounts.db",
        "accounts log": "centre/accounts.db-wal"}[target]
    content = path.read_bytes() if path.exists() else b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    damaged, how = damage(content, dice)
    path.write_bytes(damaged)
    return how


def damage(content, dice):
    if dice.random() < 0.25 or not content:
        length = dice.randrange(len(content) + 1)
        return content[:length], f"cut to {length} of {len(content)} bytes"
    damaged, places = bytearray(content), []
    for _ in range(dice.randint(1, 8)):
        # The first page holds the header and the schema: a quarter of the flips go there.
        place = dice.randrange(min(4096, len(content)) if dice.random() < 0.25 else len(content))
        damaged[place] ^= 1 << dice.randrange(8)
        places.append(place)
    return bytes(damaged), f"bits flipped at {places}"


def watch(template, world, target, before):
    is_centres = target.startswith(("centre", "accounts"))
    if is_centres:
        check_centre(template, world, target)
    after = look(world)
    is_named = any(not text.startswith("{") for text in after)
    is_other = not is_named and after != before
    done = world.office("desk", "new", "--title", "desk on damage", check=False)
    is_made = done.returncode == 0
    if not is_made:
        refused(done)
    if world.serve():
        synced = world.office("desk", "sync", check=False)
        if synced.returncode != 0:
            refused(synced)
            is_named = True
        status = world.ended()
        if status is not None and (status < 0 or status > 128 or status == 70):
            raise Broken(f"the server ended with {status}: {world.log[-600:]}")
        is_found = not is_centres and check_office(world, synced)
        world.kill()
    else:
        is_named, is_found = True, False
        status = world.server.returncode
        if status < 0 or status > 128 or status in (0, 1, 70):
            raise Broken(f"the server ended with {status}: {world.log[-600:]}")
    if is_centres:
        repair_centre(world, target, is_made)
    else:
        repair_office(template, world)
    return {"named": int(is_named), "answers_changed": int(is_other), "unharmed": int(not is_named and not is_other),
            "found_by_verify": int(is_found)}


def verified(world, centre=False):
    """What `verify` of an end found wrong: "nothing", "rows", or "file" where it ended with an error in words."""
    done = world.centre("verify", "--json", check=False) if centre else world.office("desk", "verify", check=False)
    if done.returncode == 0:
        return "nothing"
    # It tells what it found as its answer, and why it could not look as an error.
    if done.stdout.startswith("{"):
        return "rows"
    refused(done)
    return "file"


def check_centre(template, world, target):
    """What a damaged centre holds is what it held, or less by what its log lost, or `verify` finds it."""
    try:
        found = contents(world, "centre")
    except sqlite3.DatabaseError:
        return  # which SQLite itself tells to everyone
    for table, held in template.held.items():
        different = found.get(table, set()) - held
        if target == "centre database":
            different |= held - found.get(table, set())
        if different and verified(world, centre=True) == "nothing":
            raise Broken(f"verify of the centre finds nothing, and {table} has {sorted(different, key=str)[:2]}")


def check_office(world, synced):
    """After a sync that says it agrees, the office shows what the centre holds, or `verify` finds it; rows that `verify`
    names are mended by the next sync, and a file that it can't read is not. Whether it was found."""
    if synced.returncode != 0 or not json.loads(synced.stdout)["synced"]:
        return False
    try:
        check_same(world, "desk")
        return False
    except (Broken, sqlite3.DatabaseError) as error:
        found = verified(world)
        if found == "nothing":
            raise Broken(f"verify finds nothing, and {error}") from None
        if found == "rows" and isinstance(error, Broken):
            mended = world.office("desk", "sync", check=False)
            if mended.returncode != 0:
                refused(mended)
            elif json.loads(mended.stdout)["synced"]:
                check_same(world, "desk")
    return True


def repair_office(template, world):
    """A new database holds all that the centre holds, and of the centre nothing is lost."""
    if not world.serve():
        raise Broken("the server does not start, and nobody harmed it: " + world.log)
    done = world.office("anew", "enrol", template.code, world.url, check=False)
    if done.returncode != 0:
        raise Broken(f"a new database can't be enrolled: {done.stderr}")
    check_healed(world, ["anew", "spare"])
    check_titles(world, {f"desk {index}" for index in range(12)} | {f"desk logged {index}" for index in range(4)})


def repair_centre(world, target, is_made):
    """The backup's records, and the accounts as they are or as the backup has them; then the office's work arrives."""
    place, anew = world.folder / "centre", world.folder / "anew"
    anew.mkdir()
    if not target.startswith("accounts"):
        for file in place.glob("accounts.db*"):
            shutil.copy(file, anew)
    done = run_program(world.programs / "sambung-server", "restore", world.folder / "good.backup", "--yes", "--data", anew,
                       check=False)
    if done.returncode != 0:
        raise Broken(f"the backup can't be restored: {done.stderr}")
    shutil.rmtree(place)
    anew.rename(place)
    world.serve()
    check_healed(world, ["desk", "spare"])
    made = {"desk on damage"} if is_made else set()
    check_titles(world, {"desk pending"} | made | {f"desk {index}" for index in range(12)}
                 | {f"desk logged {index}" for index in range(4)})


def check_titles(world, expected):
    titles = {row[0] for row in world.rows("centre", "SELECT title FROM cases")}
    if expected - titles:
        raise Broken(f"after the repair {sorted(expected - titles)} are gone")
