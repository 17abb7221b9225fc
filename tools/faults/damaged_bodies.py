"""R11: the bodies of real requests and answers are cut at every length, broken off on the way, or have one bit flipped.

What was sent is taken down between the real programs: enrolment, push, first sync, comparison and repair, most of them
packed with zstd. The centre must refuse what is damaged with a status that says so and keep nothing of it, and take
the request as it was afterwards; a device must end with a named error or heal. A flipped bit may make another whole
message of one that is not packed (over HTTPS it never arrives): that is counted as `taken`, and then the store must be
sound and hold all of it or nothing. A case at the centre is a hundred damages, one at a device is one.
"""
import random
import sqlite3

from tap import Tap, send
from verify import check_healed, check_sound
from world import Broken, Scratch, refused

NAME, ROW = "damaged-bodies", "R11"
BATCH, BREAKS = 100, 25
CASES = 30


class Message:
    """One request with the world as it was before it, and its place in its story."""

    def __init__(self, story, number, scratch, exchange):
        self.story, self.number, self.scratch, self.exchange = story, number, scratch, exchange
        self.world = scratch.world


class Template:
    """A centre and four offices: one with work to send, a fresh one, one in whose database a value has turned, and a code
    that nobody has used; and of each of their syncs every request."""

    def __init__(self, programs):
        self.scratch = Scratch(programs)
        self.world = world = self.scratch.__enter__()
        world.serve()
        world.enrol("base", "pusher", "fresh", "turned")
        world.office("base", "new", "--title", "base plain", "--narrative", "of the base " * 40)
        for name in ("base", "pusher", "turned"):
            world.office(name, "sync")
        for index in range(CASES):
            world.office("pusher", "new", "--title", f"pusher {index}", "--narrative", f"story {index} " * 8)
        with sqlite3.connect(world.database("turned")) as base:
            base.execute("UPDATE cases SET title = 'turned' WHERE title = 'base plain'")
        base.close()
        world.office("turned", "verify", check=False)
        self.code = world.code()
        world.stop()
        self.stories = {"enrol": "late", "push": "pusher", "first sync": "fresh", "repair": "turned"}
        self.messages = [message for story in self.stories for message in self.record(story)]
        # First every length at which each request can be cut, then what the dice say.
        self.cuts = [(message, first) for message in self.messages
                     for first in range(0, len(message.exchange.body), BATCH)]

    def copy(self, world=None):
        return Scratch(self.world.programs, world or self.world, ())

    def start(self, story, world, url):
        """The command that begins a story, through a proxy."""
        name = self.stories[story]
        if story == "enrol":
            world.database(name).parent.mkdir(exist_ok=True)
            return world.office(name, "enrol", self.code, url, check=False)
        with sqlite3.connect(world.database(name)) as base:
            base.execute("UPDATE _replica SET server = ?", (url,))
        base.close()
        return world.office(name, "sync", check=False)

    def record(self, story):
        """The requests of a story, each with the world just before it."""
        with self.copy() as world:
            world.serve()
            with Tap(world) as tap:
                done = self.start(story, world, tap.url)
            if done.returncode != 0:
                raise SystemExit(f"{story} fails without damage: {done.stderr}")
        messages = []
        for number, _ in enumerate(tap.seen):
            scratch = self.copy()
            world = scratch.__enter__()
            world.serve()
            with Tap(world, hold=number) as held:
                self.start(story, world, held.url)
            world.stop()
            messages.append(Message(story, number, scratch, held.seen[number]))
        return messages

    def close(self):
        for message in self.messages:
            message.scratch.__exit__()
        self.scratch.__exit__()


def prepare(programs, options):
    return Template(programs)


def cases(template, options):
    return range(1, 1_000_000)


def gate(template, options):
    """Two thousand damages: some lengths and bits of each request at the centre, and a dozen at a device."""
    count = len(template.cuts)
    cuts = list(range(1, count + 1, max(1, count // 12)))[:12]
    # Of what is not packed, most flipped bits make another message, and each of those needs a centre of its own: only
    # one such request has its bits flipped here.
    flips = [count + 2 * (kind + len(template.messages) * turn) + 1 for kind, turn in
             [(1, turn) for turn in range(9)] + [(2, 0)]]
    return cuts + flips + [count + 2 * number for number in range(1, 13)]


def run(template, case, options):
    dice = random.Random(case)
    if case <= len(template.cuts):
        message, first = template.cuts[case - 1]
        length = len(message.exchange.body)
        damages = [("cut", size) for size in range(first, min(first + BATCH, length))]
        damages += [("broken off", dice.randrange(length)) for _ in range(BREAKS // 5)]
        return at_centre(message, damages)
    rest = case - len(template.cuts)
    message = template.messages[rest // 2 % len(template.messages)]
    if rest % 2:
        size = 8 * len(message.exchange.body)
        return at_centre(message, [("flipped", dice.randrange(size)) for _ in range(BATCH)])
    return at_device(template, message, dice)


def harmed(body, how, place):
    if how != "flipped":
        return body[:place]
    changed = bytearray(body)
    changed[place // 8] ^= 1 << place % 8
    return bytes(changed)


# At the centre

def holdings(world):
    """Everything in the centre's two databases."""
    found = []
    for name in ("centre", "accounts"):
        for table, in world.rows(name, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name"):
            rows = world.rows(name, f'SELECT * FROM "{table}"')
            # That somebody was refused is noted, as it should be.
            rows = [row for row in rows if table != "_audit" or not str(row[2]).endswith("-refused")]
            found.append((name, table, sorted(map(repr, rows))))
    return found


def at_centre(message, damages):
    left, taken, refusals = list(damages), 0, 0
    while left:
        with Scratch(message.world.programs, message.world, ()) as world:
            world.serve()
            before = holdings(world)
            was_taken = False
            while left and not was_taken:
                how, place = left.pop()
                until = place if how == "broken off" else None
                body = None if until is not None else harmed(message.exchange.body, how, place)
                try:
                    status = send(world, message.exchange, body, until)
                except OSError as error:
                    raise Broken(f"{message.story} {message.number}, {how} at {place}: no answer ({error}); "
                                 + world.log[-600:]) from None
                was_taken = status == 200
                refusals += status is not None and not was_taken
                # A turned bit in the cursor of a healing can make one of another scope: the device is told to begin anew
                # later, as when the scope has really changed.
                is_of_other_scope = status == 503 and b"the scope changed" in message.exchange.answer
                if status is not None and not was_taken and not 400 <= status < 500 and not is_of_other_scope:
                    raise Broken(f"{message.story} {message.number}, {how} at {place}: refused with {status}")
            try:
                judge(world, message, before, was_taken)
            except Broken as error:
                raise Broken(f"{message.story} {message.number}, last {how} at {place}: {error}") from None
            taken += was_taken
    return {"damages": len(damages), "refused": refusals, "taken": taken}


def judge(world, message, before, was_taken):
    """Nothing of it is there, or, of what nobody can tell from another message, all of it."""
    after = holdings(world)
    if was_taken and is_packed(message):
        # Not every bit of a packed body means something; then it unpacks to what was sent.
        held = dict(world.rows("centre", "SELECT title, narrative FROM cases WHERE title LIKE 'pusher %'"))
        if {title: text.strip() for title, text in held.items()} != {
                f"pusher {index}": (f"story {index} " * 8).strip() for index in range(CASES)}:
            raise Broken("a damaged body that was packed is taken for another")
    if was_taken or after != before:
        told = world.centre("verify", "--json", check=False)
        if told.returncode != 0:
            raise Broken("the centre took a damaged message and is not sound: " + told.stdout + told.stderr)
        known = {row[0] for row in message.world.rows("centre", "SELECT last_change FROM _replica")} | {0, CASES}
        found = {row[0] for row in world.rows("centre", "SELECT last_change FROM _replica")}
        if not found <= known:
            raise Broken(f"a part of a push was taken: {found}")
    if after == before and send(world, message.exchange) != 200:
        raise Broken(f"the request as it was is answered with {message.exchange.status}")
    if world.ended() is not None:
        raise Broken("the server ended: " + world.log[-600:])


def is_packed(message):
    return any(name.lower() == "content-encoding" for name in message.exchange.headers)


# At a device

def at_device(template, message, dice):
    done_to = []

    def damage(number, answer):
        if number != message.number or done_to:
            return answer, False
        how = dice.choice(("cut", "broken off", "flipped", "flipped"))
        place = dice.randrange(8 * len(answer) if how == "flipped" else len(answer))
        done_to.append(f"{how} at {place} of {len(answer)}")
        return harmed(answer, how, place), how == "broken off"

    name = template.stories[message.story]
    with template.copy() as world:
        world.serve()
        try:
            with Tap(world, damage=damage) as tap:
                done = template.start(message.story, world, tap.url)
            if not done_to:
                raise Broken("the answer did not pass")
            if done.returncode != 0:
                refused(done)
            check_sound(world, name)
            if message.story == "enrol":
                again = world.office(name, "enrol", template.code, world.url, check=False)
                if again.returncode != 0 and "already-enrolled" not in again.stderr:
                    raise Broken(f"it can't be enrolled afterwards: {again.stderr}")
            world.point(name)
            check_healed(world, [name])
            compare(world, name)
        except Broken as error:
            raise Broken(f"answer {message.number} of {message.story}, {''.join(done_to)}: {error}") from None
    return {"damages": 1, "device_errors": int(done.returncode != 0)}


def compare(world, name):
    """The office and the centre hold the same cases, and what the office took in is as it was typed."""
    query = "SELECT ticket, title, narrative, status FROM cases ORDER BY ticket"
    here, there = world.rows(name, query), world.rows("centre", query)
    if here != there:
        raise Broken(f"they say that they agree and do not: {set(here) ^ set(there)}")
    expected = {("base plain", "of the base " * 40)}
    if name == "pusher":
        expected |= {(f"pusher {index}", f"story {index} " * 8) for index in range(CASES)}
    found = {(title, text) for _, title, text, _ in here}
    missing = [(title, text) for title, text in expected if (title, text.strip()) not in
               {(title, (text or "").strip()) for title, text in found}]
    if missing:
        raise Broken(f"{missing[:2]} is gone or another")
