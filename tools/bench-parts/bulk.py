"""The life of one office's records at one size: made, pushed, pulled by a device that has others, pulled by a new one,
edited one by one; each beside the floor, which is measured in the same run."""
import statistics

from link import Link
from programs import query, run, run_watched, stored_bytes, world
from workload import Workload

ROUNDS, IDLE = 60, 200


def bulk(bench, records):
    """Measures one size; lists of one figure a run, by name."""
    work = Workload(bench.cache, records, bench.offices)
    others = Workload(bench.cache, max(records // 10, 100), 2, seed=2)
    found = {}

    def add(name, value):
        found.setdefault(name, []).append(value)

    for number in range(bench.runs_of(records)):
        bench.say(f"{records:,} records, run {number + 1}")
        with world(bench, f"bulk-{records}-{number}") as place:
            floor(bench, place, work, add)
            push(place, work, add)
            pull(place, others, add)
            first_sync(place, others, records, add)
            one_edit(place, others, add)
            idle(place, add)
            place.check_agreement("a", "b", "c")
            commands(place, add)
            if number == 0:
                bench.after_bulk(place, records)
    found["records"] = records
    return found


def floor(bench, place, work, add):
    schema = place.folder / "floor.sql"
    statements = query(place.server.data / "central.db",
                       "SELECT sql FROM sqlite_schema WHERE tbl_name = 'cases' AND sql IS NOT NULL ORDER BY type DESC")
    schema.write_text(";\n".join(sql for (sql,) in statements))
    base = place.folder / "floor.db"
    done = run(bench.programs.floor, work.creates, schema, base).json
    for file in base, place.folder / "floor.db-wal", place.folder / "floor.db-shm":
        file.unlink(missing_ok=True)
    add("floor cpu", done["cpu"] * 1e6 / done["count"])
    add("floor wall", done["wall"] * 1e6 / done["count"])
    add("floor bytes", done["bytes"] / done["count"])


def push(place, work, add):
    for name in ("a", "b"):
        place.enrol(name)
        place.office(name, "sync")
    made = place.drive("make", "a", work.creates, "all")
    add("save cpu", made["cpu"] * 1e6 / work.records)
    add("save wall", made["wall"] * 1e6 / work.records)
    done, server = place.watched(lambda: place.office("a", "sync", "--json"))
    if done.json["pushed"] != work.records or not done.json["synced"]:
        raise AssertionError(f"the push did not end: {done.output}")
    add("push server cpu", server * 1e6 / work.records)
    add("push client cpu", done.cpu * 1e6 / work.records)
    add("push wall", done.wall * 1e6 / work.records)


def pull(place, others, add):
    """A device that has cases of its own pushes them over a link that counts, then pulls all of the first one's."""
    place.drive("make", "b", others.creates, "all")
    counting = Link(place.server.port, counts_bodies=True)
    place.drive("push", "b", f"http://127.0.0.1:{counting.port}")
    add("create bytes", sum(counting.exchanges()) / others.records)
    counting.close()
    done, server = place.watched(lambda: place.office("b", "sync", "--json"))
    add("pull server cpu", server * 1e6 / done.json["pulled"])
    add("pull client cpu", done.cpu * 1e6 / done.json["pulled"])
    add("pull wall", done.wall * 1e6 / done.json["pulled"])


def first_sync(place, others, records, add):
    # A server that has just started: its memory is this sync's alone.
    place.server.restart()
    place.enrol("c")
    (done, peak), server = place.watched(lambda: run_watched(*place.command("c", "sync", "--json")))
    pulled = done.json["pulled"]
    if pulled < records + others.records or not done.json["synced"]:
        raise AssertionError(f"the first sync did not end: {done.output}")
    add("first server cpu", server * 1e6 / pulled)
    add("first client cpu", done.cpu * 1e6 / pulled)
    add("first wall", done.wall * 1e6 / pulled)
    add("first client memory", peak / 1024)
    add("first server memory", place.server.peak / 1024)
    for name, path in (("centre", place.server.data / "central.db"), ("device", place.database("c"))):
        add(f"{name} bytes", stored_bytes(path) / pulled)


def one_edit(place, others, add):
    place.office("a", "sync")
    place.office("b", "sync")
    done, server = place.watched(
        lambda: place.drive("rounds", "b", place.database("c"), place.server.url, others.creates, ROUNDS))
    add("edit push ms", statistics.median(done["times"]["save and push"]))
    add("edit pull ms", statistics.median(done["times"]["pull"]))
    add("edit save ms", statistics.median(done["times"]["save"]))
    add("edit cpu", (done["cpu"] + server) * 1e6 / ROUNDS)
    counting = Link(place.server.port, counts_bodies=True)
    place.drive("rounds", "b", place.database("c"), f"http://127.0.0.1:{counting.port}", others.creates, 10)
    # Both devices sync once with nothing to do before they begin.
    pairs = counting.exchanges()[2:]
    counting.close()
    add("edit push bytes", statistics.median(pairs[0::2]))
    add("edit pull bytes", statistics.median(pairs[1::2]))


def idle(place, add):
    place.office("a", "sync")
    place.drive("idle", "a", place.server.url, 5)
    done, server = place.watched(lambda: place.drive("idle", "a", place.server.url, IDLE))
    if done["pulled"]:
        raise AssertionError("there was something to do")
    add("idle server cpu", server * 1e6 / IDLE)
    add("idle client cpu", done["cpu"] * 1e6 / IDLE)
    add("idle ms", statistics.median(done["times"]["sync"]))
    add("idle round trips", done["roundTrips"])
    counting = Link(place.server.port, counts_bodies=True)
    place.drive("idle", "a", f"http://127.0.0.1:{counting.port}", 5)
    add("idle bytes", statistics.median(counting.exchanges()))
    counting.close()


def commands(place, add):
    add("list cpu", statistics.median(place.office("c", "list").cpu * 1e3 for _ in range(5)))
    add("report cpu", statistics.median(place.office("c", "report", "--year", "2021").cpu * 1e3 for _ in range(3)))
