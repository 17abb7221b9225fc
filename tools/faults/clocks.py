"""R16: wrong clocks on the real programs, by libfaketime: nine clocks of a device by three of the server.

A device with a wrong clock takes a case in and edits it three times; another, whose clock is right, edits it after both
have synced. No stored version may lie beyond the server's own time and the tolerance, the order of the edits stays, the
later edit of the other device wins, and the operator is told by how much the clock is off. A server whose clock jumps
back takes nothing until a person confirms it.
"""
import glob
import json
import subprocess
import sys
import time

from verify import Ledger, check_healed
from world import Broken, NotHere, Scratch, environment, refused

NAME, ROW = "clocks", "R16"
HOUR, DAY, YEAR = 3600, 86_400, 365 * 86_400
TOLERANCE = 6 * 60  # the protocol's five minutes, and one for the programs to run
DEVICES = {"20 years behind": -20 * YEAR, "a day behind": -DAY, "an hour behind": -HOUR, "right": 0,
           "an hour ahead": HOUR, "a day ahead": DAY, "20 years ahead": 20 * YEAR,
           "in January 2038": "@2038-01-19 03:14:00", "at 1970": "@1970-01-01 00:00:10"}
KEEPER = "import os, sys; print(os.environ['FAKETIME_SHARED'], flush=True); sys.stdin.read()"
SERVERS = ("right", "an hour ahead", "jumps back an hour")


class Template:
    """Two enrolled offices."""

    def __init__(self, programs):
        found = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1") + glob.glob("/usr/lib/faketime/libfaketimeMT.so.1")
        if not found:
            raise NotHere("libfaketime is missing: run tools/setup")
        self.library = found[0]
        # libfaketime adds a name of shared memory to the environment of each program that has none there; and that
        # hides a Swift program's own arguments from it. So one program holds that memory for all, and gives its name.
        self.keeper = subprocess.Popen(
            [sys.executable, "-c", KEEPER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env=environment({"LD_PRELOAD": self.library, "FAKETIME": "+0s"}))
        self.shared = self.keeper.stdout.readline().strip()
        self.began = time.time()
        self.scratch = Scratch(programs)
        self.world = self.scratch.__enter__()
        self.world.serve()
        self.world.enrol("wrong", "sound")
        self.world.office("sound", "sync")
        self.world.office("wrong", "sync")
        self.world.stop()

    def clock(self, offset):
        """The environment of a program whose clock is off by seconds, or began at a moment."""
        if offset == 0:
            return {}
        moment = offset if isinstance(offset, str) else f"{offset:+d}s"
        return {"LD_PRELOAD": self.library, "FAKETIME": moment, "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                "FAKETIME_SHARED": self.shared}

    def seconds(self, offset):
        """By how much such a clock is off."""
        if isinstance(offset, str):
            return time.mktime(time.strptime(offset[1:], "%Y-%m-%d %H:%M:%S")) - self.began
        return offset

    def close(self):
        self.keeper.communicate("")
        self.scratch.__exit__()


def prepare(programs, options):
    return Template(programs)


def cases(template, options):
    return range(1, len(DEVICES) * len(SERVERS) + 1)


def gate(template, options):
    """Six clocks of a device with a right server, and five with the others."""
    return [1, 3, 5, 7, 8, 9, 10, 15, 22, 24, 26]


def run(template, case, options):
    device, server = list(DEVICES)[(case - 1) % len(DEVICES)], SERVERS[(case - 1) // len(DEVICES)]
    with Scratch(template.world.programs, template.world) as world:
        try:
            return play(template, world, DEVICES[device], server)
        except Broken as error:
            raise Broken(f"a device {device}, a server that is {server}: {error}") from None


def play(template, world, offset, server):
    env, ahead = template.clock(offset), 0 if server == "right" else HOUR
    world.serve(env=template.clock(ahead))
    ledger = Ledger()
    done = world.office("wrong", "new", "--title", "wrong case", check=False, env=env)
    if done.returncode != 0:
        # Before the tickets' first year no number can be made; that is said, and the rest goes on.
        if refused(done)["kind"] != "clock":
            raise Broken(f"told wrongly: {done.stderr}")
        world.office("wrong", "new", "--title", "wrong case")
    ledger.wrote("wrong case")
    ticket = world.rows("wrong", "SELECT ticket FROM cases")[0][0]
    for place in ("first", "second", "third"):
        world.office("wrong", "edit", ticket, "place=" + place, env=env)
    sync(world, "wrong", env)
    check_versions(world, ahead)
    if server == "jumps back an hour":
        world.stop()
        world.serve()
        confirm(world, ledger)
    sync(world, "wrong", env)
    check_place(world, ticket, "third", "the order of the edits of one device")
    world.office("sound", "sync")
    world.office("sound", "edit", ticket, "place=fourth")
    world.office("sound", "sync")
    sync(world, "wrong", env)
    check_place(world, ticket, "fourth", "the later edit of the other device")
    check_told(world, template.seconds(offset), env, 0 if server.startswith("jumps") else ahead)
    # The clock is set right, and work goes on.
    world.office("wrong", "edit", ticket, "place=fifth")
    world.office("wrong", "sync")
    check_place(world, ticket, "fifth", "the edit after the clock was set right")
    syncs = check_healed(world, ["wrong", "sound"])
    ledger.check_all(world)
    conflicts = world.rows("centre", "SELECT count(*) FROM conflict WHERE kind <> 'soft'")[0][0]
    if conflicts:
        raise Broken(f"{conflicts} conflict(s), and each edit had seen the one before")
    return {"syncs_to_heal": syncs}


def confirm(world, ledger):
    """A server whose clock jumped takes nothing and says so, until a person confirms its clock."""
    world.office("sound", "new", "--title", "kept back")
    ledger.wrote("kept back")
    done = world.office("sound", "sync", check=False)
    if done.returncode == 0 or refused(done)["kind"] != "server-clock":
        raise Broken(f"a jump of the server's clock is not refused: {done.returncode} {done.stderr}")
    world.centre("clock", "accept", "--yes")
    world.office("sound", "sync")


def sync(world, name, env):
    done = world.office(name, "sync", check=False, env=env)
    if done.returncode != 0:
        raise Broken(f"a sync ended with {done.returncode}: {done.stderr}")


def check_place(world, ticket, expected, what):
    found = world.rows("centre", "SELECT place FROM cases WHERE ticket = ?", ticket)
    if found != [(expected,)]:
        raise Broken(f"{what} is lost: the centre has {found}, not {expected}")


def check_versions(world, ahead):
    """The centre's clock, which is at least every version that it took, is not in the future."""
    clock = world.rows("centre", "SELECT clock FROM _central")[0][0] >> 16
    limit = (time.time() + ahead + TOLERANCE) * 1000
    if clock > limit:
        raise Broken(f"the centre took a version {(clock - limit) / 1000:.0f} s beyond its own time and the tolerance")


def check_told(world, offset, env, ahead):
    told = json.loads(world.office("wrong", "status", env=env).stdout)["clock_offset_ms"] / 1000
    if abs(told - (ahead - offset)) > 60:
        raise Broken(f"the clock is off by {ahead - offset:.0f} s and the operator is told {told:.0f} s")
