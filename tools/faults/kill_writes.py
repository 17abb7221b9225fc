"""R5: the programs are killed at every write call of every action, on both ends, and again while they recover.

For each kind of call and each n, SIGKILL takes the place of the n-th such call of one thread: in the command, or in the
server that serves it. Then nothing may be there by half; the same command is typed again (and the server started anew),
which must do the rest and need no repair command. The cases after the first round kill that recovery too, at each of
its calls.
"""
import actions
import traced
from actions import ACTIONS, look
from world import Broken

NAME, ROW = "kill-writes", "R5"
GATED = ("new", "push", "give-back")


class Plan:
    """Every (action, end, call, n), and then each of them with every (call, n) of the recovery."""

    def __init__(self, programs):
        self.template = actions.Template(programs)
        self.world, self.points = self.template.world, {}
        for action in ACTIONS:
            for side in action.sides:
                counts = self.template.count(action, side, traced.WRITES)
                self.points[action, side] = [(call, n) for call in sorted(counts) for n in range(1, counts[call] + 1)]
        self.singles = [(action, side, point, None)
                        for (action, side), points in self.points.items() for point in points]
        self.doubles = [(action, side, point, len(points))
                        for (action, side), points in self.points.items() for point in points]
        self.count = len(self.singles) + sum(count for *_, count in self.doubles)

    def case(self, number):
        """The kills that a number stands for, the first round alone, then first and second; or a cell's name."""
        if isinstance(number, str):
            name, side, *words = number.split("/")
            points = [(call, int(n)) for call, n in zip(words[::2], words[1::2])]
            return actions.named(name), side, points[0], (points + [None])[1]
        if number <= len(self.singles):
            return self.singles[number - 1]
        rest = number - len(self.singles) - 1
        for action, side, point, count in self.doubles:
            if rest < count:
                return action, side, point, self.points[action, side][rest]
            rest -= count
        raise Broken(f"there is no case {number}")

    def close(self):
        self.template.close()


def prepare(programs, options):
    return Plan(programs)


def cases(plan, options):
    return range(1, plan.count + 1)


def name(plan, case):
    """What is killed where. A case's number moves when the product makes other calls; its name stays."""
    action, side, *points = plan.case(case)
    return "/".join([action.name, side] + [f"{call}/{n}" for call, n in filter(None, points)])


def gate(plan, options):
    """A local action, a push and a giving-back, at every call on both ends, and some second kills of all actions."""
    first = [index + 1 for index, (action, *_) in enumerate(plan.singles) if action.name in GATED]
    step = max(1, (plan.count - len(plan.singles)) // 16)
    return first + list(range(len(plan.singles) + 1, plan.count + 1, step))


def run(plan, case, options):
    action, side, first, second = plan.case(case)
    with plan.template.copy(action) as world:
        words = plan.template.words(action, world)
        world.database(action.office).parent.mkdir(exist_ok=True)
        kills = 0
        try:
            for point in filter(None, (first, second)):
                # What is done is not done again: after it only a command that reads is killed.
                is_done = not action.has_server and look(world, action) == plan.template.after[action.name]
                kills += strike(plan, world, action, side, words, is_done, traced.kill_at(*point))
                plan.template.check_whole(world, action)
            plan.template.recover(world, action, words)
        except Broken as failure:
            raise Broken(f"{action.name}, {side} killed at {first} and {second}: {failure}") from None
        return {"kills": kills}


def strike(plan, world, action, side, words, is_done, prefix):
    """Runs the action with a kill in one end; whether that end died."""
    if is_done:
        words = ["status", "--data", world.folder / "centre"] if action.is_centres else ["status"]
    if side != "centre":
        if action.has_server and not world.server:
            world.serve()
        return plan.template.do(action, world, words, prefix=prefix).returncode in (-9, 137)
    is_ready = world.serve(prefix=prefix)
    if is_ready:
        world.office(action.office, *words, check=False)
    has_died = world.ended() is not None
    world.kill()
    return has_died
