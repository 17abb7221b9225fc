"""The committed summary of what was run: counts only, into which the lines of the local logs are added, each once."""
import collections
import json
import pathlib
import re
import secrets
import time

MOST_CELLS = 60  # of a row with at most so many cells it is kept which were run
LONGEST = 300  # characters kept of what a failed case said


def empty():
    return {"logs": {}, "rows": {}, "fuzz": {}, "planted": {}, "failures": []}


def load(path):
    return json.loads(path.read_text()) if path.exists() else empty()


def save(path, summary):
    path.write_text(json.dumps(summary, indent=1, sort_keys=True, ensure_ascii=False) + "\n")


def take(summary, log):
    """Adds the lines of a log that were not counted yet; how many those were.

    Beside each log lies a name for it, under which the summary keeps how many bytes of it were counted. A log is only
    ever appended to; one that is shorter than what was counted is another log under an old name, and is refused.
    """
    log = pathlib.Path(log)
    if not log.exists():
        return 0
    mark = log.with_name(log.name + ".id")
    if not mark.exists():
        mark.write_text(secrets.token_hex(8))
    name, data = mark.read_text().strip(), log.read_bytes()
    counted = summary["logs"].get(name, 0)
    if len(data) < counted:
        raise SystemExit(f"{log} is shorter than what was counted of it: remove {mark} if it was begun anew")
    end = data.rfind(b"\n") + 1
    lines = data[counted:end].decode(errors="replace").splitlines()
    for text in lines:
        try:
            line = json.loads(text)
        except ValueError:
            continue  # torn by whoever was killed while writing it
        add(summary, line)
    summary["logs"][name] = end
    return len(lines)


def add(summary, line):
    if "target" in line:
        add_fuzz(summary, line)
    elif line.get("row") == "R3":
        add_planted(summary, line)
    elif line.get("row") == "R2":
        add_seeds(summary, line)
    elif "row" in line:
        add_case(summary, line)


def entry(summary, row, name, line):
    """What is kept of a row, with the times, the commits and the machines of its lines."""
    kept = summary["rows"].setdefault(f"{row} {name}", {
        "cases": 0, "failed": 0, "seconds": 0, "first": when(line), "last": when(line), "commits": [], "machines": [],
        "totals": {}, "cells": {}})
    kept["first"], kept["last"] = min(kept["first"], when(line)), max(kept["last"], when(line))
    for key, value in (("commits", line.get("commit")), ("machines", line.get("machine"))):
        if value and value not in kept[key]:
            kept[key].append(value)
    kept["seconds"] = round(kept["seconds"] + line.get("seconds", 0), 1)
    return kept


def when(line):
    if "at" in line:
        return line["at"][:16].replace("T", " ")
    return time.strftime("%Y-%m-%d %H:%M", time.gmtime(line.get("time", 0)))


def add_case(summary, line):
    if line.get("tier") == "gate":
        return
    kept = entry(summary, line["row"], line["name"], line)
    kept["cases"] += 1
    cell = str(line.get("cell", ""))
    # A place among the calls of an action is told by the action and its end.
    place = "/".join(cell.split("/")[:2]) if "/" in cell else cell
    if place in kept["cells"] or len(kept["cells"]) < MOST_CELLS:
        kept["cells"][place] = kept["cells"].get(place, 0) + 1
    for key, value in (line.get("detail") or {}).items():
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            if key.endswith("_a_second") or key == "of":
                continue  # a rate adds up to nothing, and neither does how many there are
            is_peak = key.startswith(("slowest", "most", "growth"))
            old = kept["totals"].get(key, 0)
            kept["totals"][key] = round(max(old, value) if is_peak else old + value, 2)
    if not line.get("ok"):
        kept["failed"] += 1
        fail(summary, line["row"], line["name"], cell, line.get("error", ""), line)


def add_seeds(summary, line):
    first, _, last = line["seeds"].partition("..")
    kept = entry(summary, "R2", line.get("name", "simulate"), line)
    kept["cases"] += int(last or first) - int(first) + 1
    kept["failed"] += line["found"]
    kept["totals"]["highest_seed"] = max(kept["totals"].get("highest_seed", 0), int(last or first))
    for found in filter(None, line.get("what", "").split("; ")):
        seed = re.match(r"seed (\d+)", found)
        fail(summary, "R2", "simulate", seed[1] if seed else "", found, line)


def add_planted(summary, line):
    summary["planted"][line["bug"]] = {
        "mistake": line["mistake"], "invariant": line["invariant"], "seeds": line["seeds"], "caught": line["caught"],
        "at": when(line), "commit": line.get("commit", "")}


def add_fuzz(summary, line):
    kept = summary["fuzz"].setdefault(line["target"], {
        "executions": 0, "seconds": 0, "edges": 0, "inputs": 0, "peak_mib": 0, "broken": 0, "first": when(line),
        "last": when(line), "commits": []})
    kept["executions"] += line["executions"]
    kept["seconds"] = round(kept["seconds"] + line["seconds"], 1)
    for key, name in (("edges", "edges"), ("inputs", "inputs"), ("peak_mib", "peak-mib")):
        kept[key] = max(kept[key], line.get(name) or 0)
    kept["first"], kept["last"] = min(kept["first"], when(line)), max(kept["last"], when(line))
    if line.get("commit") and line["commit"] not in kept["commits"]:
        kept["commits"].append(line["commit"])
    if line["broken"]:
        kept["broken"] += 1
        fail(summary, "R10", line["target"], line.get("input") or "", line.get("reason", ""), line)


def fail(summary, row, name, cell, said, line):
    # No path of the machine it ran on.
    said = re.sub(r"/[^\s:,;'\"]*/", "…/", said)[:LONGEST]
    summary["failures"].append({
        "row": row, "name": name, "cell": cell, "said": said, "at": when(line), "commit": line.get("commit") or ""})


def open_failures(summary, finds):
    """The failures that no find explains, and the finds with how often each was met.

    A find explains what had failed when it was written: the same failure later is a new one.
    """
    met, left = collections.Counter(), []
    for failure in summary["failures"]:
        for find in finds:
            is_its_time = find["row"] == failure["row"] and failure["at"] <= find["until"]
            if is_its_time and re.search(find["said"], f"{failure['cell']} {failure['said']}"):
                met[find["what"]] += 1
                break
        else:
            left.append(failure)
    return left, met
