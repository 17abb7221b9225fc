"""What offices feel: a thousand of them at once, a day's work over a bad line, the commands on a full database."""
import re
import statistics

import workload
from link import Link
from programs import CACHE, Trouble, at_once, query, run, world
from workload import Workload

BITS_PER_SECOND, ROUND_TRIP = 64_000, 0.6


def crowd(bench):
    """Each of many offices syncs ten edits of a case of its own at a random moment."""
    many, seconds = bench.crowd, bench.crowd_seconds
    work = Workload(bench.cache, many, 2, seed=3)
    bench.say(f"{many} offices: enrolling")
    with world(bench, "crowd") as place:
        place.enrol("centre-desk")
        place.drive("make", "centre-desk", work.creates, "all")
        place.office("centre-desk", "sync")
        codes = place.folder / "codes"
        codes.write_text("\n".join(at_once([lambda n=n: place.code(n) for n in range(many)], 4)))
        members = place.folder / "members"
        members.mkdir()
        run(bench.programs.driver, "enrol-crowd", members, place.server.url, codes)
        place.server.restart()
        bench.say(f"{many} offices: {seconds} s")
        done, server = place.watched(lambda: run(
            bench.programs.driver, "crowd", members, place.server.url, work.creates, many, 10, seconds).json)
        answers, whole = sorted(done["times"]["answers"]), done["times"]["sync"]
        return {"p50": [statistics.median(answers)], "p99": [answers[int(len(answers) * 0.99)]],
                "whole": [statistics.median(whole)],
                "memory": [place.server.peak / 1024], "failures": [done["failures"]], "offices": many,
                "server cpu": [server * 1e3 / many], "client cpu": [done["cpu"] * 1e3 / many],
                "pulled": done["pulled"] / many}


def day(bench):
    """Fifteen new cases, sixty edits and forty changes from others, from cold, with TLS, over a slow line."""
    work = Workload(bench.cache, 4000, 2, seed=4)
    new = Workload(bench.cache, 100, 2, seed=5)
    creates, edits = new.create_lines(), work.plain_edits()
    found = {"seconds": [], "bytes": [], "ideal": [], "ratio": []}
    with world(bench, "day", tls=certificate(bench)) as place:
        line = Link(place.server.port)
        place.enrol("near")
        place.drive("make", "near", work.creates, "all")
        place.office("near", "sync")
        place.enrol("far", url=f"https://127.0.0.1:{line.port}")
        place.office("far", "sync")
        for number in range(bench.runs):
            bench.say(f"a day's work over a slow line, run {number + 1}")

            def part(lines, codes=None):
                path = place.folder / "part.rows"
                workload.pack(lines, path, codes)
                return path
            start = number * 100
            place.drive("make", "far", part(creates[number * 15:][:15], work.codes), "all")
            place.drive("edit", "far", part(edits[start:start + 60]), "all")
            place.drive("edit", "near", part(edits[start + 60:start + 100]), "all")
            place.office("near", "sync")
            line.bytes = 0
            line.shape(BITS_PER_SECOND, ROUND_TRIP)
            done = place.office("far", "sync", "--json")
            line.shape(None, None)
            if done.json["pushed"] != 75 or done.json["pulled"] < 40 or not done.json["synced"]:
                raise Trouble(f"the day did not arrive: {done.output}")
            ideal = line.bytes * 8 / BITS_PER_SECOND + 4 * ROUND_TRIP
            for name, value in (("seconds", done.wall), ("bytes", line.bytes), ("ideal", ideal),
                                ("ratio", done.wall / ideal)):
                found[name].append(value)
            found["round trips"] = done.json["round_trips"]
            place.office("near", "sync")
        line.close()
    return found


def certificate(bench):
    chain, key = bench.folder / "chain.pem", bench.folder / "key.pem"
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
        "-subj", "/CN=benchmark", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", chain)
    return chain, key


def commands(bench, place):
    """The operators' program on a database with all cases; wall milliseconds of each command, twenty times."""
    # The workloads of two devices number their cases for themselves: some tickets are there twice.
    ticket, = query(place.database("c"), "SELECT max(ticket) FROM cases GROUP BY ticket HAVING count(*) = 1 LIMIT 1")[0]
    found = {}
    for name, words in (("start", ["--version"]), ("list", ["list"]), ("search", ["search", "wereng"]),
                        ("show", ["show", ticket])):
        more = [] if name == "start" else ["--database", place.database("c")]
        found[name] = [run(bench.programs.sambung, *words, *more).wall * 1e3 for _ in range(20)]
    new = ["new", "--title", "Jalan rusak", "--category", "infrastructure"]
    disk = run(CACHE / "floor", "--disk", place.folder / "disk").json["sync_ms"]
    trace = place.folder / "trace"
    run("strace", "-f", "-qq", "-e", "trace=fsync,fdatasync", "-o", trace, bench.programs.sambung, *new,
        "--database", place.database("c"), "--operator", "bench")
    syncs = len(re.findall(r"(?:fsync|fdatasync)\(", trace.read_text()))
    found["new"] = [max(0, place.office("c", *new).wall * 1e3 - syncs * disk) for _ in range(20)]
    found["syncs"], found["disk"] = syncs, disk
    return found
