"""What the tool itself knows was done, and the comparison of the databases with it."""
import collections
import json
import threading

from world import Broken


class Ledger:
    """Which cases and notes were written, and which of them the centre has acknowledged.

    A command that ended well was acknowledged to its operator; whatever was acknowledged so before a sync that ended
    well began, the centre has acknowledged too. A command that was killed may have been done or not.
    """

    def __init__(self):
        self.lock = threading.Lock()
        self.written, self.perhaps, self.acknowledged = set(), set(), set()
        self.values = {}  # by ticket: the values that its field `place` may have, the last acknowledged one first
        self.counts = collections.Counter()

    def wrote(self, text, surely=True):
        with self.lock:
            (self.written if surely else self.perhaps).add(text)

    def edited(self, ticket, value, surely=True):
        with self.lock:
            self.values[ticket] = [value] if surely else self.values.get(ticket, [None]) + [value]

    def known(self, office):
        """What this office has written so far."""
        with self.lock:
            return {text for text in self.written if text.startswith(office + " ")}

    def synced(self, texts):
        with self.lock:
            self.acknowledged |= texts

    # Against the databases

    @staticmethod
    def found(world, name):
        return collections.Counter(
            row[0] for row in world.rows(name, "SELECT title FROM cases UNION ALL SELECT text FROM note"))

    def check_acknowledged(self, world, acknowledged):
        """Everything that the centre has acknowledged is there, and nothing is there twice."""
        found = self.found(world, "centre")
        lost = sorted(acknowledged - set(found))
        if lost:
            raise Broken(f"the centre lost {len(lost)} acknowledged change(s), such as {lost[:3]}")
        twice = [text for text, times in found.items() if times > 1]
        if twice:
            raise Broken(f"the centre holds {len(twice)} change(s) twice, such as {twice[:3]}")

    def check_all(self, world, ignoring=frozenset()):
        """After healing: what was written is at the centre exactly once, and nothing that nobody wrote."""
        found = self.found(world, "centre")
        for text in ignoring:
            found.pop(text, None)
        wrong = {text: found[text] for text in self.written if found[text] != 1}
        known = self.written | self.perhaps
        wrong |= {text: times for text, times in found.items() if times > 1 or text not in known}
        if wrong:
            raise Broken(f"the centre does not hold each change exactly once: {dict(list(wrong.items())[:5])}")
        for ticket, allowed in self.values.items():
            value = world.rows("centre", "SELECT place FROM cases WHERE ticket = ?", ticket)
            if len(value) != 1 or value[0][0] not in allowed:
                raise Broken(f"{ticket} has {value} at the centre, not one of {allowed}")


def check_sound(world, *names):
    for name in names:
        verdict = world.rows(name, "PRAGMA integrity_check")
        if verdict != [("ok",)]:
            raise Broken(f"the database of {name} is damaged: {verdict[:3]}")


def contents(world, name):
    """By collection, the values of all records that one end holds; what it keeps beside them is its own affair."""
    tables = [row[0] for row in world.rows(
        name, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB '[a-z]*' AND name NOT GLOB 'sqlite_*'")]
    held = {}
    for table in tables:
        columns = [row[0] for row in world.rows(name, f"SELECT name FROM pragma_table_info('{table}') ORDER BY name")]
        chosen = ", ".join(f'"{column}"' for column in columns if column != "seq" and not column.startswith("_"))
        held[table] = set(world.rows(name, f'SELECT {chosen} FROM "{table}"'))
    return held


def check_same(world, name):
    """An office shows the very values that the centre holds."""
    office, centre = contents(world, name), contents(world, "centre")
    for table in sorted(office.keys() | centre.keys()):
        there, here = centre.get(table, set()), office.get(table, set())
        if there != here:
            raise Broken(f"{name} and the centre hold different {table}: here {sorted(here - there, key=str)[:2]}, there "
                         f"{sorted(there - here, key=str)[:2]}")


def settle(world, names):
    """Everyone syncs, without faults, until all agree: within 2 × offices + 3 syncs. How many it took."""
    taken = 0
    while taken + len(names) <= 2 * len(names) + 3:
        for name in names:
            world.office(name, "sync")
            taken += 1
        states = [world.ask(name, "status") for name in names]
        digest = digest_of_centre(world)
        if all(state["digest"] == digest and state["pending"] == 0 and state["synced"] for state in states):
            return taken
    raise Broken(f"after {taken} syncs without faults: centre {digest}, " + ", ".join(
        f"{name} {state['digest']} pending {state['pending']} synced {state['synced']}"
        for name, state in zip(names, states)))


def digest_of_centre(world):
    return json.loads(world.centre("status", "--json").stdout)["digest"]


def check_healed(world, names):
    """All agree, by what they say and by what lies in their tables, and the files are sound."""
    taken = settle(world, names)
    check_sound(world, "centre", "accounts", *names)
    for name in names:
        check_same(world, name)
    return taken
