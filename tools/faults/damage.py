"""R9: bits of the files at rest are flipped, or files cut short: databases, their logs, cursor, key; on both ends.

Every command must give the answers that it gave before, or a named error; never a trap, never a hang. A damaged office
enrols a new database, which then holds what the centre holds; a damaged centre goes back to the copy that was made
while it was stopped, and the office's work arrives. SQLite keeps no checksum of a page at rest, so a flip inside a
value can pass unseen: such cases are counted as `answers_changed`, not hidden.
"""
import random
import sqlite3

from verify import check_healed
from world import Broken, Scratch, refused

NAME, ROW = "damage", "R9"
TARGETS = ["office database", "office log", "office lock", "cursor", "key", "authority", "centre database",
           "centre log", "accounts database", "accounts log"]
GATED = 40


class Template:
    """An office and a centre with work, each with a write-ahead log that still holds commits."""

    def __init__(self, programs):
        self.scratch = Scratch(programs)
        self.world = world = self.scratch.__enter__()
        world.serve()
        world.enrol("desk", "spare")
        for index in range(12):
            world.office("desk", "new", "--title", f"desk {index}", "--narrative", "n" * 500)
        for name in ("desk", "spare"):
            world.office(name, "sync")
        self.code = world.code()
        # While somebody reads, the log stays; and what a killed server leaves behind is copied with its log.
        base = sqlite3.connect(world.database("desk"))
        base.execute("SELECT count(*) FROM cases").fetchone()
        world.office("desk", "new", "--title", "desk pending")
        self.logs = {name: (world.folder / name).read_bytes()
                     for name in ("desk/office.db-wal", "centre/central.db-wal", "centre/accounts.db-wal")}
        self.files = {name.replace("-wal", ""): (world.folder / name.replace("-wal", "")).read_bytes()
                      for name in self.logs}
        base.close()
        world.kill()

    def copy(self):
        return Scratch(self.world.programs, self.world, ("spare",))

    def lay(self, world):
        """Brings a copied world's office and centre to the moment at which their logs were full."""
        for name, content in (self.files | self.logs).items():
            path = world.folder / name
            path.with_name(path.name + "-shm").unlink(missing_ok=True)
            path.write_bytes(content)
        # The address stands in the database, which keeps its log only where nobody closes it.
        path = world.database("desk")
        base = sqlite3.connect(path)
        base.execute("UPDATE _replica SET server = ?", (world.url,))
        base.commit()
        kept = {name: (path.parent / name).read_bytes() for name in ("office.db", "office.db-wal")}
        base.close()
        for name, content in kept.items():
            (path.parent / name).write_bytes(content)

    def close(self):
        self.scratch.__exit__()


def prepare(programs, options):
    return Template(programs)


def cases(template, options):
    return range(1, 1_000_000)


def gate(template, options):
    return range(1, GATED + 1)


def run(template, case, options):
    dice = random.Random(case)
    target = TARGETS[case % len(TARGETS)]
    with template.copy() as world:
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
    after = look(world)
    is_named = any(not text.startswith("{") for text in after)
    is_other = not is_named and after != before
    done = world.office("desk", "new", "--title", "desk on damage", check=False)
    if done.returncode != 0:
        refused(done)
    if world.serve():
        synced = world.office("desk", "sync", check=False)
        if synced.returncode != 0:
            refused(synced)
            is_named = True
        status = world.ended()
        if status is not None and (status < 0 or status > 128 or status == 70):
            raise Broken(f"the server ended with {status}: {world.log[-600:]}")
        world.kill()
    else:
        is_named = True
        status = world.server.returncode
        if status < 0 or status > 128 or status in (0, 1, 70):
            raise Broken(f"the server ended with {status}: {world.log[-600:]}")
    repair(template, world, target)
    return {"named": int(is_named), "answers_changed": int(is_other), "unharmed": int(not is_named and not is_other)}


def repair(template, world, target):
    """From the other side: a new database for the office, or the copy of the centre; then all is equal again."""
    if target.startswith(("centre", "accounts")):
        template.lay(world)
        world.serve()
        check_healed(world, ["desk"])
        return
    if not world.serve():
        raise Broken("the server does not start, and nobody harmed it: " + world.log)
    done = world.office("anew", "enrol", template.code, world.url, check=False)
    if done.returncode != 0:
        raise Broken(f"a new database can't be enrolled: {done.stderr}")
    check_healed(world, ["anew", "spare"])
    titles = {row[0] for row in world.rows("anew", "SELECT title FROM cases")}
    missing = {f"desk {index}" for index in range(12)} - titles
    if missing:
        raise Broken(f"after the repair {sorted(missing)} are gone")
