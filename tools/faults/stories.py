"""E2E: what goes wrong in the years after the first sync, once each, with the real programs as their users run them."""
import json
import pwd
import shutil
import sqlite3

from world import Broken, Scratch, new_host, refused
from world import run as command

NAME, ROW = "stories", "E2E"
SECRET = "0812-3344-5566-RAHASIA"


class Template:
    """Nothing is made before: each story begins with an empty centre."""

    def __init__(self, programs):
        self.programs = programs

    def close(self):
        pass


def prepare(programs, options):
    return Template(programs)


def cases(template, options):
    return range(1, len(STORIES) + 1)


def gate(template, options):
    return cases(template, options)


def run(template, case, options):
    name, story = STORIES[case - 1]
    with Scratch(template.programs) as world:
        world.serve()
        try:
            return story(world)
        except Broken as error:
            raise Broken(f"{name}: {error}") from None


def expect(what, found, expected=True):
    if found != expected:
        raise Broken(f"{what}: {found!r}, not {expected!r}")


def sync(world, name):
    return world.ask(name, "sync")


def settle(world, *names):
    for name in names:
        expect(f"{name} and the centre agree", sync(world, name)["synced"])


def titles(world, name):
    return sorted(row[0] for row in world.rows(name, "SELECT title FROM cases"))


def ticket(world, name, title):
    return world.rows(name, "SELECT ticket FROM cases WHERE title = ?", title)[0][0]


def copy(world, name, other):
    """Copies an office's whole folder, as a person does with a stick."""
    shutil.copytree(world.folder / name, world.folder / other)


def restored_client(world):
    """A branch database comes back from yesterday's backup, with work in it that was not sent then."""
    world.enrol("liwa")
    world.office("liwa", "new", "--title", "before")
    settle(world, "liwa")
    world.office("liwa", "new", "--title", "waiting at the backup")
    copy(world, "liwa", "backup")
    world.office("liwa", "new", "--title", "after the backup")
    settle(world, "liwa")
    shutil.rmtree(world.folder / "liwa")
    (world.folder / "backup").rename(world.folder / "liwa")
    world.office("liwa", "new", "--title", "today")
    done = sync(world, "liwa")
    expect("it takes a number of its own and says so", done["new_replica"] is not None and done["synced"])
    expect("nothing is lost", titles(world, "centre"), ["after the backup", "before", "today", "waiting at the backup"])
    expect("the office has all of it", titles(world, "liwa"), titles(world, "centre"))


def copied_client(world):
    """A database is copied to a second laptop, and both work on for days."""
    world.enrol("liwa")
    world.office("liwa", "new", "--title", "before")
    settle(world, "liwa")
    copy(world, "liwa", "laptop")
    expected, renumbered = ["before"], []
    for day in range(3):
        for name in ("liwa", "laptop"):
            world.office(name, "new", "--title", f"{name} {day}")
            expected.append(f"{name} {day}")
            done = sync(world, name)
            expect("they agree", done["agreed"])
            renumbered += [name] if done["new_replica"] else []
    expect("the second one to come takes another number, once", renumbered, ["laptop"])
    settle(world, "liwa", "laptop")
    for name in ("centre", "liwa", "laptop"):
        expect(f"what {name} holds", titles(world, name), sorted(expected))
    numbers = [row[0] for row in world.rows("centre", "SELECT ticket FROM cases")]
    # Only what both made before either had synced can have one number.
    expect("tickets that were given out after that are all different",
           len({number for number in numbers}) >= len(numbers) - 1)


def restored_server(world):
    """The centre's disk is lost; an old backup is restored beside the accounts of now."""
    world.enrol("liwa", "kalianda")
    world.office("liwa", "new", "--title", "before")
    settle(world, "liwa", "kalianda")
    world.centre("backup", world.folder / "old.backup")
    world.office("liwa", "new", "--title", "after the backup")
    settle(world, "liwa")
    world.office("kalianda", "edit", ticket(world, "kalianda", "before"), "place=Kalianda")
    settle(world, "kalianda")
    world.enrol("krui")  # a device that the backup does not know
    settle(world, "krui")
    world.office("krui", "new", "--title", "of the new device")
    settle(world, "krui")
    revoked = world.code()
    world.office("lost", "enrol", revoked, world.url, "--allow-plaintext")
    devices = json.loads(world.centre("device", "list", "--json").stdout)["devices"]
    world.centre("device", "revoke", str(devices[-1]["device"]), "--yes")
    world.office("liwa", "new", "--title", "not sent yet")
    world.stop()
    for path in (world.folder / "centre").glob("central.db*"):
        path.unlink()
    world.centre("restore", world.folder / "old.backup", "--yes")
    world.serve()
    expect("the restored server lost it", titles(world, "centre"), ["before"])
    told = {name: sync(world, name) for name in ("kalianda", "liwa", "krui", "kalianda", "liwa")}
    expect("all agree", [done["agreed"] for done in told.values()], [True] * 3)
    expect("nothing is lost", titles(world, "centre"), ["after the backup", "before", "not sent yet", "of the new device"])
    expect("nor an edit", world.rows("centre", "SELECT place FROM cases WHERE title = 'before'"), [("Kalianda",)])
    back = json.loads(world.centre("returned", "--json").stdout)
    expect("the centre is told what came back", back["records"] >= 3 and len(back["givers"]) >= 2)
    expect("nobody that still works is waited for", back["waiting"], [])
    done = world.office("lost", "sync", check=False)
    expect("who was revoked stays revoked", refused(done)["kind"], "revoked")
    return {"records_back": back["records"]}


def reassigned(world):
    """A case goes to another agency while the office that had it edits it offline."""
    world.centre("office", "add", "DKS", "Dinas Kesehatan", "--role", "agency", "--agency", "DINKES")
    world.centre("office", "add", "DSS", "Dinas Sosial", "--role", "agency", "--agency", "DINSOS")
    world.enrol("liwa")
    for name, office in (("health", "DKS"), ("social", "DSS")):
        world.office(name, "enrol", world.code(office), world.url, "--allow-plaintext")
    world.centre("scope", "set", "--usual")
    world.office("liwa", "new", "--title", "a case")
    number = ticket(world, "liwa", "a case")
    world.office("liwa", "assign", number, "DINKES")
    settle(world, "liwa", "health", "social")
    expect("the agency has it", titles(world, "health"), ["a case"])
    expect("the other one has not", titles(world, "social"), [])
    world.office("health", "answer", number, "--text", "we see to it", check=False)
    world.office("health", "note", number, "written offline by health")
    world.office("liwa", "assign", number, "DINSOS")
    settle(world, "liwa", "social")
    expect("it moved whole", titles(world, "social"), ["a case"])
    done = sync(world, "health")
    expect("the old agency is told that it left, and what became of its edits", done["left"] > 0 and done["escrowed"] > 0)
    expect("and has it no more", titles(world, "health"), [])
    kept = json.loads(world.centre("escrow", "list", "--json").stdout)["escrow"]
    expect("the centre keeps the edits", len(kept) > 0)
    for change in kept:
        world.centre("escrow", "apply", change["id"])
    settle(world, "liwa", "social")
    notes = [row[0] for row in world.rows("social", "SELECT text FROM note")]
    expect("applied, they reach the new agency", "written offline by health" in notes)
    sync(world, "health")
    expect("and the writer is rid of them", world.ask("health", "status")["refused"], 0)


def revoked_device(world):
    """A laptop is stolen with unsent work in it, is found again, and its work is accepted."""
    world.enrol("liwa")
    settle(world, "liwa")
    world.office("liwa", "new", "--title", "unsent")
    world.centre("device", "revoke", "1", "--yes")
    done = world.office("liwa", "sync", check=False)
    expect("it is refused on its next request", refused(done)["kind"], "revoked")
    locked = world.office("liwa", "list", check=False)
    expect("its database is locked", locked.returncode != 0)
    expect("and not erased", titles(world, "liwa"), ["unsent"])
    expect("the centre takes nothing by itself", titles(world, "centre"), [])
    world.centre("quarantine", "accept", "1", "--yes")
    expect("what it sent is accepted", titles(world, "centre"), ["unsent"])
    world.centre("device", "reinstate", "1")
    settle(world, "liwa")
    expect("it works on", titles(world, "liwa"), ["unsent"])


def redact(world):
    """A citizen has the right to be forgotten; an office that was off the network comes back with the data."""
    world.enrol("liwa", "kalianda")
    world.office("liwa", "new", "--title", "a case", "--narrative", f"call me at {SECRET}")
    settle(world, "liwa", "kalianda")
    number = ticket(world, "liwa", "a case")
    world.office("liwa", "edit", number, f"narrative={SECRET} by liwa")
    world.office("kalianda", "edit", number, f"narrative={SECRET} by kalianda")
    settle(world, "liwa")
    sync(world, "kalianda")
    copy(world, "kalianda", "old")
    asked = json.loads(by(world, "daemon", "redact", "ask", number, "--personal", "--why", "article 43", "--json").stdout)
    request = str(asked["redaction"])
    done = by(world, "daemon", "redact", "confirm", request, "--yes", "--json", check=False)
    expect("who asked can't confirm", refused(done)["kind"], "redaction")
    by(world, "bin", "redact", "confirm", request, "--yes")
    for name in ("liwa", "kalianda", "old", "kalianda", "liwa"):
        expect("they agree", sync(world, name)["agreed"])
    for name in ("centre", "liwa", "kalianda", "old"):
        expect(f"what {name} holds", world.rows(name, "SELECT narrative FROM cases"), [(None,)])
    # Nothing of it is left in any file, whatever it is part of.
    world.stop()
    left = [str(path.relative_to(world.folder)) for path in sorted(world.folder.rglob("*"))
            if path.is_file() and SECRET.encode() in path.read_bytes()]
    expect("files that hold it still", left, [])
    listed = json.loads(world.centre("redact", "list", "--json").stdout)["redactions"]
    expect("who, when and why stay", {(line["asked_by"], line["confirmed_by"], line["why"]) for line in listed},
           {("daemon", "bin", "article 43")})


def by(world, account, *words, check=True):
    """A command at the centre of one of the accounts that every system has, as sudo tells of its caller."""
    return command(world.programs / "sambung-server", *words, "--data", world.folder / "centre", check=check,
                   env={"SUDO_UID": str(pwd.getpwnam(account).pw_uid)})


def moved_centre(world):
    """The centre gets another address while an office has work that was not sent."""
    world.enrol("liwa")
    settle(world, "liwa")
    world.office("liwa", "new", "--title", "waiting")
    world.kill()
    world.host = new_host()
    world.serve()
    gone = refused(world.office("liwa", "sync", check=False))
    expect("it says how to follow", "--server" in gone["advice"])
    elsewhere = refused(world.office("liwa", "sync", "--server", "127.0.0.1:1", check=False))
    expect("an address where nobody answers", elsewhere["kind"], "unreachable")
    world.office("liwa", "sync", "--server", world.url, "--allow-plaintext")
    expect("the work has arrived", titles(world, "centre"), ["waiting"])
    world.office("liwa", "new", "--title", "later")
    expect("the address is kept", sync(world, "liwa")["synced"])


def damaged(world):
    """One bit turns at the office, another one at the centre."""
    world.enrol("liwa")
    for number in range(30):
        world.office("liwa", "new", "--title", f"case {number}", "--narrative", "abcdefgh")
    settle(world, "liwa")
    with sqlite3.connect(world.database("liwa")) as base:
        base.execute("UPDATE cases SET narrative = 'abcdefgi' WHERE title = 'case 7'")
    base.close()
    done = world.office("liwa", "verify", check=False)
    expect("the office finds it", (done.returncode, len(json.loads(done.stdout)["damaged"])), (65, 1))
    done = sync(world, "liwa")
    expect("it is put right once, and named", (done["synced"], len(done["repaired_records"])), (True, 1))
    expect("with few bytes", done["bytes_sent"] + done["bytes_received"] < 20_000)
    expect("as it was", world.rows("liwa", "SELECT narrative FROM cases WHERE title = 'case 7'"), [("abcdefgh",)])
    with sqlite3.connect(world.folder / "centre" / "central.db") as base:
        base.execute("UPDATE cases SET narrative = 'abcdefgi' WHERE title = 'case 9'")
    base.close()
    done = world.centre("verify", "--json", check=False)
    expect("the centre finds it", (done.returncode, json.loads(done.stdout)["asked_for"]), (65, 1))
    settle(world, "liwa")
    expect("an office gives it back", json.loads(world.centre("verify", "--json").stdout)["sound"])
    expect("as it was there", world.rows("centre", "SELECT narrative FROM cases WHERE title = 'case 9'"), [("abcdefgh",)])


STORIES = [
    ("a restored client", restored_client), ("a copied client", copied_client), ("a restored server", restored_server),
    ("a reassigned case with pending edits", reassigned), ("a revoked device", revoked_device), ("redact", redact),
    ("a turned bit", damaged), ("a centre that moved", moved_centre)]
