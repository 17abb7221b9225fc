"""R12: some thirty attacks over HTTP and TLS, while an honest office syncs and the server's health is asked for.

It is tools/hostile-http/run, which also runs alone and one attack at a time. Case 1 is its short form, case 2 the long
one with 10,000 idle lines.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

from world import Broken

NAME, ROW = "hostile-http", "R12"
JOBS = 1
TOOL = pathlib.Path(__file__).resolve().parent.parent / "hostile-http" / "run"
# What is promised holds for release programs on an idle machine; the gate's debug programs on a busy one get this.
LENIENT = ["--memory", "768", "--health", "10", "--patience", "90"]
LONGEST = 3600


class Programs:
    def __init__(self, programs):
        self.programs, self.more = programs, []

    def close(self):
        pass


def prepare(programs, options):
    return Programs(programs)


def cases(ready, options):
    return [1, 2]


def gate(ready, options):
    ready.more = LENIENT
    return [1]


def run(ready, case, options):
    with tempfile.TemporaryDirectory(prefix="sambung-fault.") as folder:
        log = pathlib.Path(folder) / "log"
        done = subprocess.run(
            [sys.executable, TOOL, "--bin", ready.programs, "--log", log, *ready.more,
             *(["--campaign"] if case == 2 else [])],
            capture_output=True, text=True, timeout=LONGEST)
        attacks = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    if done.returncode != 0:
        bad = [f"{attack['attack']}: {'; '.join(attack['problems'])} (tools/hostile-http/run --cases {attack['case']})"
               for attack in attacks if attack["problems"]]
        raise Broken("; ".join(bad) or done.stdout[-600:] + done.stderr[-600:])
    return {"attacks": len(attacks), "pushes": sum(attack["pushes"] for attack in attacks),
            "most_memory_mib": max(attack["peak-mib"] for attack in attacks),
            "slowest_health_ms": max(attack["slowest-health-ms"] for attack in attacks)}
