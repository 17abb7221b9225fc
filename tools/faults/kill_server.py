"""R4: the server is killed with SIGKILL while eight offices push, again and again.

After each kill, before any office may send anything anew, everything that the centre had acknowledged is looked for
in its database. At the end everyone syncs, and each change is there exactly once. A case is a seed: ten kills.
"""
import random
import threading
import time

import load
from verify import Ledger, check_healed, check_sound
from world import Broken, Scratch

NAME, ROW = "kill-server", "R4"
OFFICES = [f"o{index}" for index in range(8)]
KILLS = 10


class Template:
    """Eight enrolled offices and one case that all of them know."""

    def __init__(self, programs):
        self.scratch = Scratch(programs)
        self.world = self.scratch.__enter__()
        self.world.serve()
        self.world.enrol(*OFFICES)
        self.shared = self.world.ask(OFFICES[0], "new", "--title", f"{OFFICES[0]} shared")["ticket"]
        for name in OFFICES:
            self.world.office(name, "sync")
        self.world.stop()

    def close(self):
        self.scratch.__exit__()


def prepare(programs, options):
    return Template(programs)


def cases(template, options):
    return range(1, 1_000_000)


def gate(template, options):
    return range(1, 4)


def run(template, case, options):
    dice = random.Random(case)
    with Scratch(template.world.programs, template.world, OFFICES) as world:
        ledger, stopping, slowest = Ledger(), threading.Event(), 0.0
        ledger.wrote(f"{OFFICES[0]} shared")
        offices = [load.Office(world, name, case, ledger, template.shared, stopping) for name in OFFICES]
        world.serve()
        for office in offices:
            office.start()
        try:
            for _ in range(KILLS):
                time.sleep(dice.uniform(0.005, 0.5))
                with ledger.lock:
                    acknowledged = set(ledger.acknowledged)
                world.kill()
                ledger.check_acknowledged(world, acknowledged)
                check_sound(world, "centre", "accounts")
                start = time.monotonic()
                if not world.serve() or not world.readyz():
                    raise Broken("the server does not come back: " + world.log)
                slowest = max(slowest, time.monotonic() - start)
        finally:
            load.join(offices, stopping)
        syncs = check_healed(world, OFFICES)
        ledger.check_all(world)
        conflicts = world.rows("centre", "SELECT count(*) FROM conflict WHERE kind <> 'soft'")[0][0]
        if conflicts:
            raise Broken(f"{conflicts} conflict(s), and nobody edited another's case")
        return {"kills": KILLS, "changes": len(ledger.written), "acknowledged_while_killed": len(ledger.acknowledged),
                "slowest_return_seconds": round(slowest, 2), "syncs_to_heal": syncs}
