"""The page that is made of the summary; no figure on it is typed in."""
import summary as summaries

# What each row is, what was aimed at, and how far the log says it came: a key of its totals, else its cases.
ROWS = [
    ("R1", "histories", "small histories of the merge rule, a sample of all, against a naive model", "histories",
     "histories", "10^6 histories"),
    ("R2", "simulate", "simulated histories of faults, each ending twice", "seeds", None, "200,000 seeds"),
    ("R4", "kill-server", "SIGKILL on the server under eight pushing offices", "kills", "kills", "500 kills"),
    ("R4", "return-time", "the same with 100,000 records, ready again within a second", "kills", None, "20 kills"),
    ("R5", "kill-writes", "SIGKILL at every write call of every action, on both ends; kills of the recovery are few",
     "points", None, "every write call of ten actions"),
    ("R6", "io-errors", "each call on a database's files fails once, and from there on", "faults", None,
     "every call of ten actions"),
    ("R7", "power-cut", "the power fails at every sync of a file; four disks that this may leave", "disks opened",
     "images", "10,000 cuts × 4"),
    ("R8", "disk-full", "twenty sizes of a full disk, and room made", "sizes and ends", None, "40"),
    ("R9", "damage", "bits flipped and files cut at rest", "damaged files", None, "20,000"),
    ("R11", "damaged-bodies", "bodies cut at every length and with turned bits, between the real programs", "damages",
     "damages", "75,000"),
    ("R12", "hostile-http", "some thirty attacks over HTTP and TLS", "attacks", "attacks", "short and long form"),
    ("R13", "hostile-values", "hostile texts through every field, file and command", "texts × ways", "values", "500 × 4"),
    ("R15", "replays", "recorded requests sent again in any order, after restart and revocation", "requests", "requests",
     "1,000"),
    ("R16", "clocks", "nine clocks of a device by three of the server", "cells", None, "27 cells × 3"),
    ("R18", "partitions", "offices behind links that are cut and slow: 24 cells", "cells", None, "24 cells"),
    ("R19", "soak", "fifty offices, cuts, kills and restores for hours", "seconds", "seconds", "2 hours"),
    ("R22", "versions", "databases and messages of earlier programs; migrations whose power fails", "kills", "kills",
     "all"),
    ("R23", "sanitizers", "the whole suite under the thread and address sanitizers", "tests", "tests", "both, whole"),
    ("R24", "two-processes", "four programs and a syncing one on one database", "commands", "commands", "30 minutes"),
    ("E2E", "stories", "what goes wrong in the years after the first sync", "stories", None, "8"),
]

# Rows that the ordinary tests hold whole, so that no campaign adds to them.
GATED = ("hostile-values", "versions")

INTRO = """# What was run to break Sambung, and what came of it

`tools/reliability/run` makes this page of `reliability.json`, into which it adds what the tools left in their logs; nobody
types a figure in. The campaigns are `tools/faults/run`, `tools/simulate`, `tools/power-cut`, `tools/fuzz/run` and
`tools/sanitize`; every ordinary test run (`tools/test`) has a short form of each row besides, which is not counted here.
What a failed case turned out to be stands in `reliability-finds.json`, by hand.
"""

NOT_TESTED = """## What was not tested

- Bundles, attachments and PostgreSQL, which do not exist yet (rows R17 as far as bundles, R20, R21).
- After a restore of the server: whether the writer of an edit that stands on another office's edit knew of a third one
  that the restore lost, and that comes back later, nobody can tell. It is taken to have known, so the lost edit may give
  way without an entry in the conflict log. Nor does a deletion say which edits of other fields its writer knew: one of
  these that comes back after it gets an entry too many.
- A device that lies inside its scope: whoever may write a case may write nonsense into it.
- Bugs of the kernel, of the file system and of memory; a disk that says that it has synced and has not: the power cuts
  take a disk at its word, and the tests show that such a lie is noticed.
- SQLite keeps no checksum over a page: a bit that turns inside a value at rest is found by `verify` and by the digests,
  not when it is read.
- A bit that turns in a body that is not packed and not under TLS can make another message.
- Real radio links, reordered packets, IPv6, Windows and macOS: links are cut and slowed between network namespaces of
  one Linux machine.
- More than a thousand offices at once, and years of real time.
"""


def number(value):
    return f"{value:,.0f}" if isinstance(value, (int, float)) else value


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def made(summary, finds):
    left, met = summaries.open_failures(summary, finds)
    parts = [INTRO, machines(summary), figures(summary), coverage(summary), fuzzing(summary), planted(summary),
             failures(left, met, finds), NOT_TESTED]
    return "\n".join(part for part in parts if part)


def machines(summary):
    found = sorted({machine for kept in summary["rows"].values() for machine in kept["machines"]})
    times = [kept[end] for group in ("rows", "fuzz") for kept in summary[group].values() for end in ("first", "last")]
    if not times:
        return ""
    return f"Between {min(times)} and {max(times)} UTC, on: {'; '.join(found) or 'a machine of 2 cores'}.\n"


def figures(summary):
    rows = []
    for row, name, what, unit, key, aim in ROWS:
        kept = summary["rows"].get(f"{row} {name}")
        if not kept:
            rows.append([row, what, aim, "in every test run only" if name in GATED else "not run", "", "", ""])
            continue
        done = kept["totals"].get(key, 0) if key else kept["cases"]
        rows.append([row, what, aim, f"{number(done)} {unit}", number(kept["failed"]), kept["last"][:10],
                     commits(kept)])
    executions = sum(kept["executions"] for kept in summary["fuzz"].values())
    if executions:
        broken = sum(kept["broken"] for kept in summary["fuzz"].values())
        rows.insert(9, ["R10", "decoders of bytes from outside, by libFuzzer with the address sanitizer",
                        "10^7 executions each", f"{number(executions)} executions", number(broken),
                        max(kept["last"] for kept in summary["fuzz"].values())[:10],
                        commits({"commits": sorted({c for k in summary["fuzz"].values() for c in k["commits"]})})])
    return "## Figures\n\n" + table(
        ["row", "what is done", "aim", "done", "cases failed, then mended or explained below", "last", "commits"], rows)


def commits(kept):
    listed = [commit.replace("-dirty", "+") for commit in kept["commits"] if commit]
    return ", ".join(listed[-3:]) + (f" and {len(listed) - 3} before" if len(listed) > 3 else "")


def coverage(summary):
    lines = []
    for key, kept in sorted(summary["rows"].items()):
        if not key.startswith(("R5", "R6", "R18", "R8", "R16")) or not kept["cells"]:
            continue
        if any("/" in cell for cell in kept["cells"]):
            text = ", ".join(f"{cell.replace('/', ' at the ')} {number(count)}"
                             for cell, count in sorted(kept["cells"].items()))
            lines.append(f"- {key}: {text}.")
        else:
            lines.append(f"- {key}: {len(kept['cells'])} cells, in {number(kept['cases'])} runs.")
    totals = []
    for key, kept in sorted(summary["rows"].items()):
        told = {name: value for name, value in kept["totals"].items() if name not in ("seconds", "ok")}
        if told:
            totals.append(f"- {key}: " + ", ".join(
                f"{name.replace('_', ' ')} {number(value) if value == int(value) else value}"
                for name, value in sorted(told.items())) + ".")
    text = "## Where the faults struck\n\n" + "\n".join(lines) + "\n" if lines else ""
    return text + ("\n## What happened meanwhile\n\n" + "\n".join(totals) + "\n" if totals else "")


def fuzzing(summary):
    if not summary["fuzz"]:
        return ""
    rows = [[target, number(kept["executions"]), number(kept["edges"]), number(kept["inputs"]),
             f"{number(kept['peak_mib'])} MiB", number(kept["broken"]), kept["last"][:10]]
            for target, kept in sorted(summary["fuzz"].items())]
    return "## Fuzzing\n\n" + table(["decoder", "executions", "edges", "inputs", "memory", "broken", "last"], rows)


def planted(summary):
    if not summary["planted"]:
        return ""
    bugs = sorted(summary["planted"].items(), key=lambda item: (item[1]["seeds"], item[0]))
    rows = [[name, kept["mistake"].replace("|", "\\|"), kept["invariant"] if kept["caught"] else "**not found**",
             number(kept["seeds"]), kept["commit"]] for name, kept in bugs]
    caught = sum(kept["caught"] for _, kept in bugs)
    return (f"## Planted bugs\n\n{caught} of {len(bugs)} mistakes that real systems made, planted into the simulator's build "
            "one at a time, are found.\n\n" + table(["bug", "the mistake", "found by", "after seeds", "commit"], rows))


def failures(left, met, finds):
    text = "## What was found\n\n"
    for is_open, title in ((False, ""), (True, "Open:\n\n")):
        rows = [[find["row"], find["what"], find["mended"], number(met[find["what"]])]
                for find in finds if find.get("open", False) == is_open]
        if rows:
            text += title + table(["row", "what it was", "mended", "failed cases"], rows) + "\n"
    if not left:
        return text + "No failed case is without an explanation.\n"
    return text + "Failed cases that are not explained yet:\n\n" + "\n".join(
        f"- {failure['row']} {failure['name']} {failure['cell']} ({failure['at']}, {failure['commit']}): "
        f"{failure['said']}" for failure in left) + "\n"
