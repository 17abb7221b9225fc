"""R18: offices in network namespaces work while their links are cut one way, the other, both, or slowed to 64 kbit/s.

The matrix of a public test of a peer: 5 or 10 offices, 10 to 40 changes a second together, 100 to 300 s, a cut of
another kind every 0 to 10 s. Then the links are healed: everyone agrees within 2 × offices + 3 syncs, nothing is
pending, and each change is at the centre exactly once. Slow links in every second cell.
"""
import itertools
import random
import threading
import time

import load
from namespaces import CENTRE, Network
from verify import Ledger, check_healed
from world import Scratch

NAME, ROW = "partitions", "R18"
JOBS = 1  # a cell takes the whole machine
CELLS = list(itertools.product((5, 10), (10, 20, 30, 40), (100, 200, 300)))
GATE_SECONDS = 50


class Programs:
    def __init__(self, programs):
        Network([]).close()
        self.programs, self.tier = programs, None

    def close(self):
        pass


def prepare(programs, options):
    return Programs(programs)


def cases(ready, options):
    return range(1, len(CELLS) + 1)


def gate(ready, options):
    ready.tier = "gate"
    return [1]


class Writer(load.Office):
    """Writes at a rate, and tells the syncing half of its office nothing."""

    pause = 1.0

    def step(self):
        start = time.monotonic()
        self.write()
        self.stopping.wait(max(0, self.pause - (time.monotonic() - start)))


class Syncer(load.Office):
    came_through = lost = 0

    def step(self):
        if self.sync():
            self.came_through += 1
        else:
            self.lost += 1
        self.stopping.wait(0.5)


class Cutter(threading.Thread):
    """Cuts and heals the links, each to its own dice."""

    def __init__(self, network, name, seed, stopping):
        super().__init__(daemon=True)
        self.network, self.office, self.stopping = network, name, stopping
        self.random, self.cuts, self.error = random.Random(f"{seed} cut {name}"), 0, None

    def run(self):
        try:
            while not self.stopping.is_set():
                how = self.random.choice(("none", "in", "out", "both"))
                self.network.cut(self.office, how)
                self.cuts += how != "none"
                self.stopping.wait(self.random.uniform(0, 10))
                self.network.heal(self.office)
                self.stopping.wait(self.random.uniform(0, 10))
        except Exception as error:
            self.error = error


def run(ready, case, options):
    count, rate, seconds = CELLS[case - 1]
    seconds = GATE_SECONDS if ready.tier == "gate" else seconds
    names = [f"o{index}" for index in range(count)]
    network = Network(names)
    try:
        with Scratch(ready.programs) as world:
            world.host = CENTRE
            world.through = {name: network.prefix(name) for name in ["centre", *names]}
            world.serve()
            world.enrol(*names)
            shared = world.ask(names[0], "new", "--title", f"{names[0]} shared")["ticket"]
            for name in names:
                world.office(name, "sync")
            return cell(world, network, names, shared, case, rate, seconds)
    finally:
        network.close()


def cell(world, network, names, shared, seed, rate, seconds):
    ledger, stopping = Ledger(), threading.Event()
    ledger.wrote(f"{names[0]} shared")
    is_slow = seed % 2 == 0
    writers = [Writer(world, name, seed, ledger, shared, stopping) for name in names]
    syncers = [Syncer(world, name, seed, ledger, shared, stopping) for name in names]
    cutters = [Cutter(network, name, seed, stopping) for name in names]
    for name in names if is_slow else ():
        network.slow(name, 64)
    for writer in writers:
        writer.pause = len(names) / rate
    for thread in [*writers, *syncers, *cutters]:
        thread.start()
    stopping.wait(seconds)
    load.join([*writers, *syncers, *cutters], stopping)
    for name in names:
        network.heal(name)
    with ledger.lock:
        acknowledged = set(ledger.acknowledged)
    ledger.check_acknowledged(world, acknowledged)
    syncs = check_healed(world, names)
    ledger.check_all(world)
    written = sum(writer.count for writer in writers)
    return {"seconds": seconds, "changes": written, "changes_a_second": round(written / seconds, 1),
            "cuts": sum(cutter.cuts for cutter in cutters), "syncs": sum(one.came_through for one in syncers),
            "syncs_cut": sum(one.lost for one in syncers), "syncs_to_heal": syncs, "slow_links": int(is_slow)}
