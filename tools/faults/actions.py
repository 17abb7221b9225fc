"""The actions that faults strike: what each runs, and how to see whether it is done, on the device and at the centre.

A template holds one office for each kind of action. An action is done whole or not at all on either end: what `look`
finds there must be what the template had, or what the action leaves without faults, and nothing between.
"""
import contextlib
import dataclasses
import shutil
import sqlite3

import traced
from tap import Tap
from verify import check_healed
from world import Broken, Scratch, run

IMPORTED = 25


@dataclasses.dataclass(frozen=True)
class Action:
    name: str
    office: str
    words: tuple
    look: object  # the queries that show whether it is done, or a function that tells
    has_server: bool = False
    creates: bool = False  # whether the office's database is not there before
    restored: bool = False  # whether the centre was restored from a backup before
    is_centres: bool = False  # whether it is a command of the centre's own program

    @property
    def sides(self):
        return ("console",) if self.is_centres else ("device", "centre") if self.has_server else ("device",)


# What an operator does to one case: the case itself with its children and what is still to be sent.
ONE_CASE = (
    "SELECT ticket, title, status, agency, closing_reason, closed_at IS NULL FROM cases ORDER BY ticket",
    "SELECT (SELECT count(*) FROM note), (SELECT count(*) FROM disposition), (SELECT count(*) FROM status_change)",
    "SELECT state, count(*) FROM conflict GROUP BY state ORDER BY state",
    "SELECT count(*) FROM _pending")
# What a sync moves: only whole pages of it, each with its cursor and its numbers.
PAGES = ("SELECT count(*) FROM cases", "SELECT count(*) FROM _pending", "SELECT acknowledged, replica FROM _replica",
         "SELECT count(*) FROM agency")
HEALED = PAGES + ("SELECT epoch FROM _replica", "SELECT count(*) FROM cases WHERE title = 'turned'")
CENTRE = (
    ("centre", "SELECT title FROM cases ORDER BY title"), ("centre", "SELECT count(*) FROM conflict"),
    ("centre", "SELECT last_change FROM _replica ORDER BY number"),
    ("accounts", "SELECT (SELECT count(*) FROM _device), (SELECT count(used_by) FROM _code)"))
COLLECTED = (("centre", "SELECT (SELECT count(*) FROM _collected), (SELECT count(*) FROM _packed)"),)
CODES = (("accounts", "SELECT count(*) FROM _code"),)



def look_at_backup(world):
    """A backup is there whole or not at all, under the name that was asked for."""
    if not (world.folder / "new.backup").exists():
        return "absent"
    run(world.programs / "sambung-server", "backup", "verify", world.folder / "new.backup")
    return "whole"


def look_at_restored(world):
    """The records get their name last, and then the server is whole."""
    folder = world.folder / "centre.anew"
    if not (folder / "central.db").exists():
        return "absent"
    run(world.programs / "sambung-server", "verify", "--data", folder)
    return "whole"


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
    Action("repair", "turned", ("sync",), HEALED, has_server=True),
    Action("give-back", "ahead", ("sync",), HEALED, has_server=True, restored=True),
    Action("answer", "desk", ("answer", "{plain}", "desk says"), ONE_CASE + ("SELECT answer FROM cases",)),
    Action("undelete", "desk", ("undelete", "{gone}"), ONE_CASE),
    Action("collect", "base", ("collect", "--data", "{centre}"), COLLECTED, is_centres=True),
    Action("backup", "base", ("backup", "{folder}/new.backup", "--data", "{centre}"), look_at_backup, is_centres=True),
    Action("restore-server", "base", ("restore", "{folder}/old.backup", "--yes", "--accounts", "{centre}", "--data",
                                      "{folder}/centre.anew"), look_at_restored, is_centres=True),
    Action("code", "base", ("device", "add", "--office", "LIW", "--data", "{centre}"), CODES, is_centres=True),
    Action("enrol", "late", ("enrol", "{code}", "{url}"), ("SELECT replica FROM _replica",), True, creates=True),
]


def named(name):
    return next(action for action in ACTIONS if action.name == name)


class Template:
    """A centre and six offices: base, that all know; a desk with work that is not sent, a conflict and a plain case; a pusher with work
    to send and to fetch; a fresh one that has never synced; one in whose database a value has turned; one that is ahead
    of what the centre's backup holds; and a code that nobody has used. Beside the centre, what is restored of it."""

    def __init__(self, programs):
        self.scratch = Scratch(programs)
        self.world = world = self.scratch.__enter__()
        world.serve()
        world.enrol("base", "desk", "pusher")
        shared = world.ask("base", "new", "--title", "base shared")["ticket"]
        plain = world.ask("base", "new", "--title", "base plain")["ticket"]
        for name in ("base", "desk", "pusher"):
            world.office(name, "sync")
        # What is deleted, that all know of it, to be collected; and what one office has deleted and may take back.
        world.centre("settings", "set", "deleted-days", "0")
        world.office("base", "delete", world.ask("base", "new", "--title", "base deleted")["ticket"])
        gone = world.ask("desk", "new", "--title", "desk deleted")["ticket"]
        for name in ("base", "desk", "pusher"):
            world.office(name, "sync")
        for name in ("base", "desk", "pusher"):
            self.tell(name, plain)
        world.office("desk", "edit", shared, "title=by desk")
        world.office("base", "edit", shared, "title=by base")
        world.office("pusher", "edit", shared, "title=by pusher")
        for name in ("desk", "base", "desk"):
            world.office(name, "sync")
        for index in range(3):
            world.ask("pusher", "new", "--title", f"pusher {index}")
        world.office("desk", "delete", gone)
        world.office("desk", "new", "--title", "desk 0")
        world.enrol("fresh", "turned", "ahead")
        for name in ("turned", "ahead"):
            world.office(name, "sync")
            self.tell(name, plain)
        with sqlite3.connect(world.database("turned")) as base:
            base.execute("UPDATE cases SET title = 'turned' WHERE title = 'base plain'")
        base.close()
        world.office("turned", "verify", check=False)
        world.centre("backup", world.folder / "old.backup")
        world.office("ahead", "new", "--title", "ahead of the backup")
        world.office("ahead", "sync")
        agency = world.rows("desk", "SELECT code FROM agency ORDER BY code LIMIT 1")[0][0]
        csv = world.folder / "cases.csv"
        rows = "".join(f"desk row {row},health,complaint,phone\n" for row in range(IMPORTED))
        csv.write_text("title,category,class,channel\n" + rows)
        self.values = {"gone": gone, "plain": plain, "agency": agency, "csv": "cases.csv", "code": world.code()}
        world.stop()
        run(world.programs / "sambung-server", "restore", world.folder / "old.backup", "--yes", "--accounts",
            world.folder / "centre", "--data", world.folder / "centre.restored")
        self.before, self.after, self.centre_before, self.centre_after, self.pages = {}, {}, {}, {}, {}
        for action in ACTIONS:
            self.try_without_faults(action)

    def tell(self, name, ticket):
        """Lets an office push something: only with that the centre notes at once how far the office has come."""
        self.world.office(name, "note", ticket, f"{name} is here")
        self.world.office(name, "sync")

    def try_without_faults(self, action):
        with self.copy(action) as world:
            if action.has_server:
                world.serve()
            self.before[action.name] = None if action.creates else look(world, action)
            self.centre_before[action.name] = look_at_centre(world)
            self.do(action, world, self.words(action, world), check=True)
            self.after[action.name] = look(world, action)
            self.centre_after[action.name] = look_at_centre(world)
            if self.before[action.name] == self.after[action.name]:
                raise SystemExit(f"{action.name} changes nothing: the check proves nothing")
        if action.words == ("sync",):
            self.pages[action.name] = self.after_each_answer(action)

    def after_each_answer(self, action, most=40):
        """What is on the device after the first answer to a sync, after the second, and so on to the last."""
        found = []
        for answers in range(1, most):
            with self.copy(action) as world:
                world.serve()
                with Tap(world, hold=answers) as tap:
                    world.office(action.office, "sync", "--server", tap.url, "--allow-plaintext", check=False)
                found.append(look(world, action))
                if len(tap.seen) < answers:
                    return found
        raise SystemExit(f"{action.name} takes more than {most} answers")

    @staticmethod
    def do(action, world, words, check=False, prefix=()):
        """Runs the command of an action, at the office or at the centre."""
        if action.is_centres:
            return run(*prefix, world.programs / "sambung-server", *words, "--json", check=check)
        return world.office(action.office, *words, check=check, prefix=prefix)

    @contextlib.contextmanager
    def copy(self, action):
        with Scratch(self.world.programs, self.world) as world:
            if action.restored:
                shutil.rmtree(world.folder / "centre")
                (world.folder / "centre.restored").rename(world.folder / "centre")
            yield world

    def words(self, action, world):
        values = self.values | {"csv": world.folder / "cases.csv", "url": world.url,
                                "folder": world.folder, "centre": world.folder / "centre"}
        return [word.format_map(values) for word in action.words]

    def count(self, action, side, calls, on_files=False):
        """By kind, how many such calls the action makes on one end."""
        with self.copy(action) as world:
            log = world.folder / "trace"
            world.database(action.office).parent.mkdir(exist_ok=True)
            prefix = traced.tracing(calls, files(world, action, side) if on_files else (), log)
            if action.has_server:
                world.serve(prefix=prefix if side == "centre" else ())
            self.do(action, world, self.words(action, world), prefix=prefix if side != "centre" else ())
            world.stop()
            return traced.counts(log)

    def check_whole(self, world, action):
        """After a fault, nothing is there by half, on either end."""
        found = look(world, action)
        if not action.creates and found not in (self.before[action.name], self.after[action.name]) \
                and not self.is_between_pages(action, found):
            raise Broken(f"it is done by half on the device: {found}")
        centre = look_at_centre(world)
        if action.is_centres:
            return
        if centre not in (self.centre_before[action.name], self.centre_after[action.name]):
            raise Broken(f"it is done by half at the centre: {centre}")

    def is_between_pages(self, action, found):
        """A sync may stop after any answer; what each of them brings is there whole.

        A healing also ends with a transaction of its own, between two answers.
        """
        if found in self.pages.get(action.name, ()):
            return True
        return action.look == HEALED and all(row in both for row, *both in zip(
            found, self.before[action.name], self.after[action.name]))

    def recover(self, world, action, words):
        """Without faults the same command does what is left, and everyone agrees."""
        if not world.server:
            world.serve()
        if action.has_server or look(world, action) != self.after[action.name]:
            done = self.do(action, world, words)
            if done.returncode != 0 and not (action.creates and "already-enrolled" in done.stderr):
                raise Broken(f"typed again without faults it ends with {done.returncode}: {done.stderr}")
        if look(world, action) != self.after[action.name]:
            raise Broken(f"typed again without faults it is not done: {look(world, action)}")
        check_healed(world, [action.office])

    def close(self):
        self.scratch.__exit__()


def look(world, action):
    """What is there of an action on the device; None where there is no database with tables yet."""
    if callable(action.look):
        return action.look(world)
    if action.is_centres:
        return [world.rows(name, query) for name, query in action.look]
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
