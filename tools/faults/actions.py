"""The actions that faults strike: what each runs, and how to see whether it is done, on the device and at the centre.

A template holds one office for each kind of action. An action is done whole or not at all on either end: what `look`
finds there must be what the template had, or what the action leaves without faults, and nothing between.
"""
import dataclasses
import sqlite3

import traced
from verify import check_healed
from world import Broken, Scratch

IMPORTED = 25


@dataclasses.dataclass(frozen=True)
class Action:
    name: str
    office: str
    words: tuple
    look: tuple  # the queries that show whether it is done
    has_server: bool = False
    creates: bool = False  # whether the office's database is not there before


# What an operator does to one case: the case itself with its children and what is still to be sent.
ONE_CASE = (
    "SELECT ticket, title, status, agency, closing_reason, closed_at IS NULL FROM cases ORDER BY ticket",
    "SELECT (SELECT count(*) FROM note), (SELECT count(*) FROM disposition), (SELECT count(*) FROM status_change)",
    "SELECT state, count(*) FROM conflict GROUP BY state ORDER BY state",
    "SELECT count(*) FROM _pending")
# What a sync moves: only whole pages of it, each with its cursor and its numbers.
PAGES = ("SELECT count(*) FROM cases", "SELECT count(*) FROM _pending", "SELECT acknowledged, replica FROM _replica",
         "SELECT count(*) FROM agency")
CENTRE = (
    ("centre", "SELECT title FROM cases ORDER BY title"), ("centre", "SELECT count(*) FROM conflict"),
    ("centre", "SELECT last_change FROM _replica ORDER BY number"),
    ("accounts", "SELECT (SELECT count(*) FROM _device), (SELECT count(used_by) FROM _code)"))

ACTIONS = [
    Action("new", "desk", ("new", "--title", "desk fault", "--category", "health"), ONE_CASE),
    Action("edit", "desk", ("edit", "{plain}", "title=desk edited", "urgency=urgent"), ONE_CASE),
    Action("note", "desk", ("note", "{plain}", "desk noted"), ONE_CASE),
    Action("assign", "desk", ("assign", "{plain}", "{agency}", "--note", "desk please"), ONE_CASE),
    Action("close", "desk", ("close", "{plain}", "--reason", "withdrawn"), ONE_CASE),
    Action("delete", "desk", ("delete", "{plain}"), ONE_CASE),
    Action("undo", "desk", ("undo",), ONE_CASE),
    Action("restore", "desk", ("conflicts", "restore", "1"), ONE_CASE),
    Action("import", "desk", ("import", "{csv}"), ONE_CASE),
    Action("push", "pusher", ("sync",), PAGES, has_server=True),
    Action("pull", "fresh", ("sync",), PAGES, has_server=True),
    Action("enrol", "late", ("enrol", "{code}", "{url}"), ("SELECT replica FROM _replica",), True, creates=True),
]


def named(name):
    return next(action for action in ACTIONS if action.name == name)


class Template:
    """A centre and four offices: a desk with work that is not sent, a conflict and a plain case; a pusher with work
    to send and to fetch; a fresh one that has never synced; and a code that nobody has used."""

    def __init__(self, programs):
        self.scratch = Scratch(programs)
        self.world = world = self.scratch.__enter__()
        world.serve()
        world.enrol("base", "desk", "pusher")
        shared = world.ask("base", "new", "--title", "base shared")["ticket"]
        plain = world.ask("base", "new", "--title", "base plain")["ticket"]
        for name in ("base", "desk", "pusher"):
            world.office(name, "sync")
        world.office("desk", "edit", shared, "title=by desk")
        world.office("base", "edit", shared, "title=by base")
        world.office("pusher", "edit", shared, "title=by pusher")
        for name in ("desk", "base", "desk"):
            world.office(name, "sync")
        for index in range(3):
            world.ask("pusher", "new", "--title", f"pusher {index}")
        world.office("desk", "new", "--title", "desk 0")
        world.enrol("fresh")
        agency = world.rows("desk", "SELECT code FROM agency ORDER BY code LIMIT 1")[0][0]
        csv = world.folder / "cases.csv"
        rows = "".join(f"desk row {row},health,complaint,phone\n" for row in range(IMPORTED))
        csv.write_text("title,category,class,channel\n" + rows)
        self.values = {"plain": plain, "agency": agency, "csv": "cases.csv", "code": world.code()}
        world.stop()
        self.before, self.after, self.centre_before, self.centre_after = {}, {}, {}, {}
        for action in ACTIONS:
            self.try_without_faults(action)

    def try_without_faults(self, action):
        with self.copy() as world:
            if action.has_server:
                world.serve()
            self.before[action.name] = None if action.creates else look(world, action)
            self.centre_before[action.name] = look_at_centre(world)
            world.office(action.office, *self.words(action, world))
            self.after[action.name] = look(world, action)
            self.centre_after[action.name] = look_at_centre(world)
            if self.before[action.name] == self.after[action.name]:
                raise SystemExit(f"{action.name} changes nothing: the check proves nothing")

    def copy(self):
        return Scratch(self.world.programs, self.world)

    def words(self, action, world):
        values = self.values | {"csv": world.folder / "cases.csv", "url": world.url}
        return [word.format_map(values) for word in action.words]

    def count(self, action, side, calls, on_files=False):
        """By kind, how many such calls the action makes on one end."""
        with self.copy() as world:
            log = world.folder / "trace"
            world.database(action.office).parent.mkdir(exist_ok=True)
            prefix = traced.tracing(calls, files(world, action, side) if on_files else (), log)
            if action.has_server:
                world.serve(prefix=prefix if side == "centre" else ())
            world.office(action.office, *self.words(action, world), prefix=prefix if side == "device" else ())
            world.stop()
            return traced.counts(log)

    def check_whole(self, world, action):
        """After a fault, nothing is there by half, on either end."""
        found = look(world, action)
        if not action.creates and found not in (self.before[action.name], self.after[action.name]) \
                and not self.is_between_pages(action, found):
            raise Broken(f"it is done by half on the device: {found}")
        centre = look_at_centre(world)
        if centre not in (self.centre_before[action.name], self.centre_after[action.name]):
            raise Broken(f"it is done by half at the centre: {centre}")

    def is_between_pages(self, action, found):
        """A sync may stop between pages; each of them is whole."""
        return action.has_server and all(row in both for row, *both in zip(
            found, self.before[action.name], self.after[action.name]))

    def recover(self, world, action, words):
        """Without faults the same command does what is left, and everyone agrees."""
        if not world.server:
            world.serve()
        if action.has_server or look(world, action) != self.after[action.name]:
            done = world.office(action.office, *words, check=False)
            if done.returncode != 0 and not (action.creates and "already-enrolled" in done.stderr):
                raise Broken(f"typed again without faults it ends with {done.returncode}: {done.stderr}")
        if look(world, action) != self.after[action.name]:
            raise Broken(f"typed again without faults it is not done: {look(world, action)}")
        check_healed(world, [action.office])

    def close(self):
        self.scratch.__exit__()


def look(world, action):
    """What is there of an action on the device; None where there is no database with tables yet."""
    if not world.database(action.office).exists():
        return None
    try:
        return [world.rows(action.office, query) for query in action.look]
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):
            return None
        raise


def look_at_centre(world):
    return [world.rows(name, query) for name, query in CENTRE]


def files(world, action, side):
    """Every file that an end of an action may write, and the folders that hold them."""
    if side == "device":
        return traced.beside(world.database(action.office))
    return [file for name in ("central.db", "accounts.db") for file in traced.beside(world.folder / "centre" / name)]
