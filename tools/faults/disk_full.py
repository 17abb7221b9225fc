"""R8: the disk is full, on a tmpfs of each of twenty sizes, and freed again; on both ends.

Writes are refused with a clear error, and nothing of them is there; reads go on; after room was made everything works
again without a restart of the server, and what was acknowledged is at the centre exactly once. A case is an end and a
size; a full server answers 507 and goes on answering those who only fetch.
"""
import os
import subprocess

from verify import Ledger, check_healed
from world import Broken, NotHere, Scratch, refused

NAME, ROW = "disk-full", "R8"
JOBS = 1  # what is mounted is told apart by its folder, but room in memory is shared
SIZES = [256 + 96 * step for step in range(20)]  # KiB
ROOM = "64m"
MOST_WRITES = 400
STORY = "x" * 50_000  # fills a disk sooner


class Template:
    """A centre and two offices, enrolled and synced, on an ordinary disk."""

    def __init__(self, programs):
        check_mounts()
        self.scratch = Scratch(programs)
        self.world = self.scratch.__enter__()
        self.world.serve()
        self.world.enrol("full", "other")
        for name in ("full", "other"):
            self.world.office(name, "sync")
        self.world.stop()

    def close(self):
        self.scratch.__exit__()


def check_mounts():
    with Scratch(".") as world:
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", world.folder], capture_output=True,
                              text=True)
        if done.returncode != 0:
            raise NotHere("no right to mount a tmpfs here: " + done.stderr.strip().splitlines()[0])
        subprocess.run(["umount", world.folder], check=True)


def prepare(programs, options):
    return Template(programs)


def cases(template, options):
    return range(1, 2 * len(SIZES) + 1)


def gate(template, options):
    return [case for case in cases(template, options) if (case - 1) // 2 % 4 == 0]


def run(template, case, options):
    size = SIZES[(case - 1) // 2]
    with Scratch(template.world.programs, template.world) as world:
        folder = world.folder / ("full" if case % 2 else "centre")
        kept = world.folder / "kept"
        os.rename(folder, kept)
        folder.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}k,mode=700", "none", folder], check=True)
        try:
            has_fitted = fill(folder, kept)
            act = full_office if case % 2 else full_centre
            return act(world, folder, kept, has_fitted)
        except Broken as error:
            raise Broken(f"{folder.name} on {size} KiB: {error}") from None
        finally:
            world.kill()
            subprocess.run(["umount", "-l", folder], check=True)


def fill(folder, kept):
    """Copies the data onto the small disk; whether it fits."""
    try:
        for path in kept.iterdir():
            (folder / path.name).write_bytes(path.read_bytes())
        return True
    except OSError:
        # Less than the data itself: the program begins on a disk that is full from the first byte.
        for path in folder.iterdir():
            path.unlink()
        return False


def make_room(folder, kept, has_fitted):
    subprocess.run(["mount", "-o", f"remount,size={ROOM}", folder], check=True)
    if not has_fitted:
        for path in folder.iterdir():
            path.unlink()
        for path in kept.iterdir():
            (folder / path.name).write_bytes(path.read_bytes())


def full_office(world, folder, kept, has_fitted):
    ledger, written = Ledger(), 0
    world.serve()
    error = None
    while written < MOST_WRITES and error is None:
        text = f"full {written}"
        done = world.office("full", "new", "--title", text, "--narrative", STORY, check=False)
        if done.returncode == 0:
            ledger.wrote(text)
            written += 1
        elif has_fitted:
            error = refused(done, "office.db")
        else:
            error = refused(done)
    if error is None:
        raise Broken(f"{MOST_WRITES} cases fit, so the check proves nothing")
    if has_fitted and error["kind"] != "disk-full":
        raise Broken(f"the disk is full, and the operator is told: {error}")
    if has_fitted:
        check_reads(world, written)
    make_room(folder, kept, has_fitted)
    world.office("full", "new", "--title", "full after")
    ledger.wrote("full after")
    check_healed(world, ["full", "other"])
    ledger.check_all(world)
    return {"writes_before_full": written}


def check_reads(world, written):
    """What was acknowledged can be read on a full disk."""
    for words in (("status",), ("list",)):
        done = world.office("full", *words, check=False)
        if done.returncode != 0:
            raise Broken(f"on a full disk '{words[0]}' ends with {done.returncode}: {done.stderr}")
    found = world.ask("full", "list")["total"]
    if found != written:
        raise Broken(f"on a full disk the list has {found} cases of {written}")


def full_centre(world, folder, kept, has_fitted):
    ledger, written, error = Ledger(), 0, None
    if not world.serve():
        # Not even a start is possible; it is refused in words, and works once there is room.
        if world.server.returncode not in (73, 74, 75) or "disk" not in world.log and "full" not in world.log:
            raise Broken(f"the server ended with {world.server.returncode}: {world.log}")
        world.kill()
        make_room(folder, kept, has_fitted)
        world.serve()
        check_healed(world, ["full", "other"])
        return {"starts_refused": 1}
    if not has_fitted:
        raise Broken("the server started anew where its data did not fit")
    while written < MOST_WRITES and error is None:
        text = f"full {written}"
        world.office("full", "new", "--title", text, "--narrative", STORY)
        ledger.wrote(text)
        written += 1
        done = world.office("full", "sync", check=False)
        if done.returncode != 0:
            error = refused(done)
            if error["kind"] != "server-full":
                raise Broken(f"the server's disk is full, and the office is told: {error}; {world.log[-500:]}")
    if error is None:
        raise Broken(f"{MOST_WRITES} pushes fit, so the check proves nothing")
    seen = world.folder / "seen"
    world.office("full", "sync", check=False,
                 prefix=["strace", "-f", "-qq", "-o", seen, "-s", "16", "-e", "trace=recvfrom,read,recvmsg"])
    if "HTTP/1.1 507" not in seen.read_text():
        raise Broken("a full server does not answer 507")
    # Who only fetches is served still, and work on the full office goes on.
    done = world.office("other", "sync", check=False)
    if done.returncode != 0:
        raise Broken(f"nothing can be fetched from a full server: {done.stderr}; {world.log[-500:]}")
    world.office("full", "new", "--title", "full meanwhile")
    ledger.wrote("full meanwhile")
    process = world.server.pid
    make_room(folder, kept, has_fitted)
    check_healed(world, ["full", "other"])
    ledger.check_all(world)
    if world.server.pid != process or world.ended() is not None:
        raise Broken("the server did not live through it: " + world.log)
    return {"writes_before_full": written, "refused_with_507": 1}
