"""R6: every call on a database's files fails once, and from there on, with EIO, ENOSPC or EMFILE; on both ends.

The command must end with a typed error that names the file and a way out, or be done; after a failed sync of a file the
process ends as for a temporary failure. Then, without faults, the same command is typed again, everyone agrees, and
nothing is there by half or twice.
"""
import actions
import traced
from actions import ACTIONS
from world import Broken, refused

NAME, ROW = "io-errors", "R6"
READS = "openat,pread64"
ERRORS = {
    "EIO": f"{READS},pwrite64,fdatasync,fsync,ftruncate,unlink,rename,fallocate",
    "ENOSPC": "openat,pwrite64,fdatasync,fsync,ftruncate,fallocate,mkdir",
    "EMFILE": "openat",
}
TEMPORARY = 75
# The last syncs of a command: its connection copies the logs into the files as it closes. What was done is durable in the
# log by then, and stays there when that fails.
CLOSING = {"device": 2, "console": 4, "centre": 0}
GATED = ("new", "push")


class Plan:
    """Every (action, end, error, once or onward, kind of call, n)."""

    def __init__(self, programs):
        self.template = actions.Template(programs)
        self.world, self.all = self.template.world, []
        for action in ACTIONS:
            for side in action.sides:
                counts = self.template.count(action, side, ",".join(ERRORS.values()), on_files=True)
                self.all += [(action, side, error, onward, call, n)
                             for error, calls in ERRORS.items() for call in calls.split(",")
                             for onward in (False, True) for n in range(1, counts.get(call, 0) + 1)]

    def case(self, number):
        """The fault that a number stands for, or a cell's name."""
        if isinstance(number, str):
            name, side, error, how, call, n = number.split("/")
            return actions.named(name), side, error, how == "from", call, int(n)
        return self.all[number - 1]

    def close(self):
        self.template.close()


def prepare(programs, options):
    return Plan(programs)


def cases(plan, options):
    return range(1, len(plan.all) + 1)


def name(plan, case):
    """What fails where. A case's number moves when the product makes other calls; its name stays."""
    action, side, error, onward, call, n = plan.case(case)
    return f"{action.name}/{side}/{error}/{'from' if onward else 'at'}/{call}/{n}"


def gate(plan, options):
    """Every kind of fault on two actions of both ends: each sync, and of the other calls some of each kind."""
    return [index + 1 for index, (action, _, _, onward, call, n) in enumerate(plan.all)
            if action.name in GATED and (call in traced.SYNCS or n == 1 or n % 20 == 0)]


def run(plan, case, options):
    action, side, error, onward, call, n = plan.case(case)
    with plan.template.copy(action) as world:
        log = world.folder / "trace"
        world.database(action.office).parent.mkdir(exist_ok=True)
        words = plan.template.words(action, world)
        files = actions.files(world, action, side)
        total = max(m for other, end, _, _, kind, m in plan.all if (other, end, kind) == (action, side, call))
        is_closing = call in traced.SYNCS and n > total - CLOSING[side]
        strike = {"device": strike_device, "centre": strike_centre, "console": strike_console}[side]
        try:
            strike(world, action, words, traced.fail_at(call, n, error, onward, files, log), log, is_closing)
            plan.template.check_whole(world, action)
            plan.template.recover(world, action, words)
        except Broken as failure:
            raise Broken(f"{action.name}, {side}, {error} {'from' if onward else 'at'} {call} {n}: {failure}") from None
        return {"faults": min(1, len(traced.injected(log)))}


def strike_device(world, action, words, prefix, log, is_closing):
    if action.has_server:
        world.serve()
    done = world.office(action.office, *words, check=False, prefix=prefix)
    hit = traced.injected(log)
    check_noticed(log, done.returncode, is_closing)
    if done.returncode != 0:
        base = world.database(action.office)
        # A folder that can't be made is named itself, not what was to lie in it.
        told = refused(done, base.parent if hit[:1] == ["mkdir"] else base.name)
        if hit and hit[0] in traced.SYNCS and told["exit"] != TEMPORARY:
            raise Broken(f"a sync of a file failed and the command ended with {told['exit']}, not {TEMPORARY}: {told}")


def strike_console(world, action, words, prefix, log, is_closing):
    """A command of the centre's own program."""
    done = actions.Template.do(action, world, words, prefix=prefix)
    check_noticed(log, done.returncode, is_closing)
    if done.returncode != 0:
        told, hit = refused(done), traced.injected(log)
        if str(world.folder) not in told["message"]:
            raise Broken(f"the message names no file: {told}")
        if hit and hit[0] in traced.SYNCS and told["exit"] != TEMPORARY:
            raise Broken(f"a sync of a file failed and the command ended with {told['exit']}, not {TEMPORARY}: {told}")


def strike_centre(world, action, words, prefix, log, is_closing):
    if world.serve(prefix=prefix):
        done = world.office(action.office, *words, check=False)
        if done.returncode != 0 and refused(done)["exit"] not in (69, 75):
            raise Broken(f"the office is told what is not its affair: {done.stderr}")
    status = world.ended()
    check_noticed(log, status, is_closing)
    if status is not None:
        check_end(world, status)
    elif "the disk failed" in world.log:
        raise Broken("a sync of a file failed and the server goes on: " + world.log[-600:])
    world.stop()


def check_noticed(log, status, is_closing):
    """After a sync of a database or its log failed, nobody knows what the disk holds: the process does not go on."""
    failed = traced.failed_syncs(log)
    if failed and not is_closing and status != TEMPORARY:
        raise Broken(f"a sync of {failed[0]} failed, and the program ended with {status}, not {TEMPORARY}")


def check_end(world, status):
    """How a server may end by itself: with a status that says what kind of failure it was, and in words."""
    if status < 0 or status > 128 or status in (0, 1, 70):
        raise Broken(f"the server ended with {status}: {world.log[-800:]}")
    if "central.db" not in world.log and str(world.folder / "centre") not in world.log:
        raise Broken(f"the server ended with {status} and does not name its file: {world.log[-800:]}")
    if "the disk failed" in world.log and status != TEMPORARY:
        raise Broken(f"a sync of a file failed and the server ended with {status}, not {TEMPORARY}")
