"""doltlite, the strongest peer that PyPI has, on the same workload beside Sambung."""
import json
import statistics
import sys

from programs import CACHE, PARTS, Trouble, run
from workload import Workload

WANTED = "doltlite==0.51.3"


def measure(bench, records):
    """Lists of one figure a run."""
    python = CACHE / "peers" / "bin" / "python"
    try:
        if not python.exists():
            bench.say(f"installing {WANTED}")
            run(sys.executable, "-m", "venv", CACHE / "peers")
            run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", WANTED)
        run(python, "-c", "import doltlite")
    except Trouble as trouble:
        raise Trouble(f"doltlite can't be installed from PyPI, so --peers can't be measured here:\n{trouble}") from None
    work = Workload(bench.cache, records, bench.offices)
    found = {}
    for number in range(bench.runs):
        bench.say(f"doltlite, run {number + 1}")
        folder = bench.folder / f"doltlite-{number}"
        done = run(python, PARTS / "peer_doltlite.py", work.creates, folder).json
        for name in ("push", "push wall", "clone", "clone wall"):
            found.setdefault(name, []).append(done[name] * 1e6 / records)
        for name in ("edit ms", "pull ms"):
            found.setdefault(name, []).append(statistics.median(done[name]))
    return found
