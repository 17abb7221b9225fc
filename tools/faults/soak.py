"""R19: a soak of fifty offices with cut links and killed syncs, and a backup that is restored every five minutes.

The server lives through all of it: its memory, descriptors and log must stay where they were. It begins with more cases
than its page caches hold, and every office has taken them: an empty database would go into the caches as it grows, and
such growth ends, where that of a leak does not. A drill takes a backup while the server works, restores it for a second
server, and enrols a new office there, which must hold the same in the end. --minutes says how long (120 unless told);
there is no gate.
"""
import concurrent.futures
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time

import load
from namespaces import CENTRE, Network
from partitions import Cutter
from verify import Ledger, check_healed, settle
from world import Broken, World, Scratch

NAME, ROW = "soak", "R19"
JOBS = 1
OFFICES, MINUTES, DRILL_SECONDS = 50, 120, 300
# What the server's caches hold at most, in bytes: 64 MiB of the writer and 8 of each of four readers.
CACHES = (64 + 4 * 8) << 20
STOCK = 240_000  # cases that are there before it begins
GROWTH_A_HOUR = 1 << 20  # bytes of resident memory
MOST_LOG = 64 << 20  # bytes of write-ahead log


class Ready:
    def __init__(self, programs, minutes):
        Network([]).close()
        self.programs, self.minutes = programs, minutes

    def close(self):
        pass


def prepare(programs, options):
    return Ready(programs, options.minutes or MINUTES)


def cases(ready, options):
    return [1]


class Worker(load.Office):
    """Writes and syncs now and then; one sync in ten is killed in the middle."""

    kills = 0

    def step(self):
        self.write()
        self.stopping.wait(self.random.uniform(2, 18))
        if self.random.random() < 0.1:
            patience = f"{self.random.uniform(0.01, 0.3):.3f}"
            self.world.office(self.office, "sync", check=False, prefix=["timeout", "-s", "KILL", patience])
            self.kills += 1
        else:
            self.sync()


class Gauge(threading.Thread):
    """Reads every ten seconds what the server takes."""

    def __init__(self, world, stopping):
        super().__init__(daemon=True)
        self.world, self.stopping, self.samples, self.error = world, stopping, [], None

    def run(self):
        try:
            process, log = self.world.server.pid, self.world.folder / "centre" / "central.db-wal"
            while not self.stopping.wait(10):
                pages = int(pathlib.Path(f"/proc/{process}/statm").read_text().split()[1])
                self.samples.append((time.monotonic(), pages * os.sysconf("SC_PAGESIZE"),
                                     len(os.listdir(f"/proc/{process}/fd")), log.stat().st_size))
        except Exception as error:
            self.error = error

    def growth(self):
        """Bytes of memory an hour, by least squares over the second half, when caches are warm."""
        half = self.samples[len(self.samples) // 2:]
        if len(half) < 3:
            return 0.0
        mean_x = sum(at for at, *_ in half) / len(half)
        mean_y = sum(size for _, size, *_ in half) / len(half)
        return 3600 * sum((at - mean_x) * (size - mean_y) for at, size, *_ in half) / sum(
            (at - mean_x) ** 2 for at, *_ in half)


def drill(world):
    """A backup of the running server, restored: a new office of the copy agrees with it, and the file is sound."""
    with tempfile.TemporaryDirectory(prefix="sambung-fault.") as folder:
        copy = World(folder, world.programs)
        backup = copy.folder / "drill.backup"
        world.centre("backup", backup)
        copy.centre("restore", backup, "--yes")
        backup.unlink()
        try:
            if not copy.serve():
                raise Broken("the server does not start on a restored backup: " + copy.log)
            copy.enrol("drill")
            settle(copy, ["drill"])
        finally:
            copy.kill()
            shutil.rmtree(copy.folder / "centre", ignore_errors=True)


def run(ready, case, options):
    names = [f"o{index}" for index in range(OFFICES)]
    network = Network(names)
    try:
        with Scratch(ready.programs) as world:
            world.host = CENTRE
            world.through = {name: network.prefix(name) for name in ["centre", *names]}
            world.serve()
            world.enrol(*names)
            ledger = Ledger()
            stock(world, names, ledger)
            shared = world.ask(names[0], "new", "--title", f"{names[0]} shared")["ticket"]
            ledger.wrote(f"{names[0]} shared")
            for name in names:
                world.office(name, "sync")
            return soak(world, network, names, shared, ledger, ready.minutes * 60)
    finally:
        network.close()


def stock(world, names, ledger):
    """Gives the centre its first cases and each office a copy, several at once, so that every reader has read them."""
    folder = world.folder / "stock"
    maker = pathlib.Path(__file__).resolve().parent.parent / "make-workload"
    subprocess.run([sys.executable, maker, folder, "--records", str(STOCK), "--offices", "20", "--seed", "1"], check=True)
    texts = set()
    with open(folder / "creates.ndjson", encoding="utf-8") as made, open(folder / "stock.ndjson", "w") as file:
        for number, line in enumerate(made):
            case = json.loads(line)
            case["fields"]["title"] = f"stock {number}"
            texts.add(case["fields"]["title"])
            file.write(json.dumps(case) + "\n")
    ledger.perhaps |= texts  # known, and nowhere twice; that none is lost is seen by what is acknowledged
    world.office(names[0], "import", folder / "stock.ndjson")
    shutil.rmtree(folder)
    world.office(names[0], "sync")
    ledger.synced(texts)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: world.office(name, "sync"), names[1:]))
    size = (world.folder / "centre" / "central.db").stat().st_size
    if size < CACHES:
        raise Broken(f"the centre has {size >> 20} MiB of records, which its caches of {CACHES >> 20} MiB hold")


def soak(world, network, names, shared, ledger, seconds):
    stopping, start, drills = threading.Event(), time.monotonic(), 0
    workers = [Worker(world, name, 1, ledger, shared, stopping) for name in names]
    cutters = [Cutter(network, name, 1, stopping) for name in names[::2]]
    gauge = Gauge(world, stopping)
    threads = [*workers, *cutters, gauge]
    for thread in threads:
        thread.start()
    try:
        while time.monotonic() - start < seconds:
            time.sleep(min(DRILL_SECONDS, max(1, seconds - (time.monotonic() - start))))
            drill(world)
            drills += 1
            if world.ended() is not None:
                raise Broken("the server ended: " + world.log[-800:])
    finally:
        load.join(threads, stopping)
    for name in names:
        network.heal(name)
    ledger.check_acknowledged(world, set(ledger.acknowledged))
    syncs = check_healed(world, names)
    ledger.check_all(world)
    return judged(gauge, seconds) | {
        "changes": sum(worker.count for worker in workers), "killed_syncs": sum(worker.kills for worker in workers),
        "cuts": sum(cutter.cuts for cutter in cutters), "drills": drills, "syncs_to_heal": syncs}


def judged(gauge, seconds):
    growth, files = gauge.growth(), [sample[2] for sample in gauge.samples]
    most_log = max((sample[3] for sample in gauge.samples), default=0)
    if seconds >= 3600 and growth > GROWTH_A_HOUR:
        raise Broken(f"the server's memory grows by {growth / 2**20:.1f} MiB an hour")
    if most_log > MOST_LOG:
        raise Broken(f"the write-ahead log grew to {most_log >> 20} MiB")
    half = len(files) // 2
    if half and max(files[half:]) > max(files[:half]) + OFFICES:
        raise Broken(f"the descriptors grow: {max(files[:half])}, then {max(files[half:])}")
    return {"seconds": round(seconds), "growth_mib_an_hour": round(growth / 2**20, 2),
            "memory_mib": [sample[1] >> 20 for sample in gauge.samples[::max(1, len(gauge.samples) // 12)]],
            "most_memory_mib": max((sample[1] for sample in gauge.samples), default=0) >> 20,
            "most_descriptors": max(files, default=0), "most_log_kib": most_log >> 10}
