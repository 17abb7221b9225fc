"""Twenty offices that were apart: their pushes in turn and at once, and the merge of their edits."""
import shutil

from programs import Trouble, at_once, query, run, world
from workload import Workload


def enrol_all(place, work):
    for office in range(work.offices):
        name = f"office-{office}"
        place.enrol(name, office)
        place.office(name, "sync")
        place.drive("make", name, work.creates, office)


def push_all(place, offices, together):
    def push(office):
        return place.drive("push", f"office-{office}", place.server.url)
    bodies = [lambda office=office: push(office) for office in range(offices)]
    return place.watched(lambda: at_once(bodies, offices if together else 1))


def offices(bench):
    """Pushes in turn and at once; one figure a run. The last world goes on to the merge."""
    work = Workload(bench.cache, bench.records, bench.offices)
    found = {}
    for number in range(bench.runs):
        for way in ("at once", "in turn"):
            bench.say(f"{work.offices} offices {way}, run {number + 1}")
            with world(bench, f"offices-{number}-{way[-4:]}") as place:
                enrol_all(place, work)
                done, server = push_all(place, work.offices, way == "at once")
                pushed = sum(one["count"] for one in done)
                if pushed != work.records:
                    raise Trouble(f"{pushed} of {work.records} records were pushed")
                found.setdefault(f"{way} server cpu", []).append(server * 1e6 / pushed)
                found.setdefault(f"{way} client cpu", []).append(sum(one["cpu"] for one in done) * 1e6 / pushed)
                if way == "in turn" and number == bench.runs - 1:
                    bench.after_offices(place, work)
    return found


def merge_alone(bench):
    work = Workload(bench.cache, bench.records, bench.offices)
    with world(bench, "merge") as place:
        enrol_all(place, work)
        push_all(place, work.offices, together=False)
        return merge(bench, place, work)


def merge(bench, place, work):
    """The edits of all offices, which know every case and not of each other's edits, meet at the centre."""
    names = [f"office-{office}" for office in range(work.offices)]
    found = {"rate": [], "floor": [], "missing": [], "unexpected": [], "conflicts": len(work.expected_conflicts())}
    bench.say(f"merge: {work.offices} offices get all cases")
    at_once([lambda name=name: place.drive("sync", name, place.server.url) for name in names], 2)
    for office, name in enumerate(names):
        place.drive("edit", name, work.edits, office)
    place.server.stop()
    before = place.folder / "before"
    shutil.copytree(place.server.data, before)
    for name in names:
        shutil.copyfile(place.database(name), before / f"{name}.db.before")
    for number in range(bench.runs):
        bench.say(f"merge, run {number + 1}")
        if number > 0:
            restore(place, before, names)
        place.server.start()
        done, server = push_all(place, work.offices, together=False)
        found["edits"] = sum(one["count"] for one in done)
        found["rate"].append(found["edits"] / server)
        missing, unexpected = check(place, work)
        found["floor"].append(edit_floor(bench, before, found["edits"], work.offices))
        found["missing"].append(missing)
        found["unexpected"].append(unexpected)
        if number == 0:
            at_once([lambda name=name: place.drive("sync", name, place.server.url) for name in names[:2]], 2)
            place.check_agreement(*names[:2])
        place.server.stop()
    return found


def edit_floor(bench, before, edits, offices):
    """As many edits of as many transactions by SQLite alone, of one row each, without merge, log or network."""
    base = before / "floor.db"
    shutil.copyfile(before / "central.db", base)
    done = run(bench.programs.floor, "--edits", edits, -(-edits // offices), base).json
    for end in ("", "-wal", "-shm"):
        base.with_name(f"floor.db{end}").unlink(missing_ok=True)
    return done["count"] / done["cpu"]


def restore(place, before, names):
    shutil.rmtree(place.server.data)
    shutil.copytree(before, place.server.data, ignore=shutil.ignore_patterns("*.before"))
    for name in names:
        for end in ("-wal", "-shm"):
            place.database(name).with_name(f"{name}.db{end}").unlink(missing_ok=True)
        shutil.copyfile(before / f"{name}.db.before", place.database(name))


def check(place, work):
    """Compares the log with the conflicts that the workload holds, and the cases with the edits that nobody crossed."""
    centre = place.server.data / "central.db"
    logged = sorted((uuid(record), kind) for record, kind in query(centre, "SELECT record, kind FROM conflict"))
    expected = work.expected_conflicts()
    missing, unexpected = list(expected), []
    for entry in logged:
        if entry in missing:
            missing.remove(entry)
        else:
            unexpected.append(entry)
    for edit in work.plain_edits():
        columns = list(edit["fields"])
        record = bytes.fromhex(edit["id"].replace("-", ""))
        row = query(centre, f"SELECT {', '.join(columns)} FROM cases WHERE id = ?", record)
        if row != [tuple(edit["fields"].values())]:
            raise Trouble(f"the edit of {edit['id']} is not at the centre: {row}")
    return len(missing), len(unexpected)


def uuid(blob):
    text = blob.hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
