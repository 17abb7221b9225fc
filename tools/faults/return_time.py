"""R4: a server with 100,000 records is killed with SIGKILL in the middle of a push, and is ready again within a second.

The time is that of the machine as it is: run it with the release programs (--bin) and nothing else. It has no gate.
"""
import random
import subprocess
import time

from verify import Ledger, check_healed
from world import Broken, Scratch, environment

NAME, ROW = "return-time", "R4"
JOBS = 1
RECORDS, BATCH, BAR_SECONDS, PUSHED = 100_000, 20_000, 1.0, 20_000


class Template:
    """A centre to which one office has pushed all those records; it stands for every office."""

    def __init__(self, programs):
        self.scratch = Scratch(programs)
        self.world = world = self.scratch.__enter__()
        world.serve()
        world.enrol("desk")
        self.ledger = Ledger()
        for first in range(0, RECORDS, BATCH):
            texts = [f"desk {number}" for number in range(first, first + BATCH)]
            csv = world.folder / "cases.csv"
            csv.write_text("title,class,channel\n" + "".join(f"{text},complaint,phone\n" for text in texts))
            for words in (("import", csv), ("sync",)):
                subprocess.run([str(word) for word in world.command("desk", *words)], check=True, env=environment(),
                               capture_output=True, timeout=3600)
            self.ledger.written |= set(texts)
        world.stop()

    def close(self):
        self.scratch.__exit__()


def prepare(programs, options):
    return Template(programs)


def cases(template, options):
    return range(1, 1_000_000)


def run(template, case, options):
    dice = random.Random(case)
    with Scratch(template.world.programs, template.world) as world:
        ledger = Ledger()
        ledger.written = set(template.ledger.written)
        world.serve()
        csv = world.folder / "more.csv"
        texts = [f"desk more {index}" for index in range(PUSHED)]
        csv.write_text("title,class,channel\n" + "".join(f"{text},complaint,phone\n" for text in texts))
        world.office("desk", "import", csv)
        ledger.written |= set(texts)
        push = subprocess.Popen([str(word) for word in world.command("desk", "sync")], env=environment(),
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(dice.uniform(0.05, 0.6))
        world.kill()
        is_hit = push.wait(60) != 0
        start = time.monotonic()
        world.serve()
        answer = world.readyz()
        seconds = time.monotonic() - start
        if not answer or answer[0] != 200 or seconds > BAR_SECONDS:
            raise Broken(f"after a kill with {RECORDS} records /readyz says {answer}, {seconds:.2f} s after the start")
        check_healed(world, ["desk"])
        ledger.check_all(world)
        return {"kills": 1, "kills_within_the_push": int(is_hit), "slowest_return_seconds": round(seconds, 2)}
