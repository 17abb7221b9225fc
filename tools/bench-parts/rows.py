"""The rows of the table: which figures each is made of, and its goals."""
import dataclasses
import statistics

import bulk
import field
import offices


@dataclasses.dataclass
class Line:
    """One figure of a row: its value in each run, and the goal that its median is held to."""

    what: str
    values: list
    unit: str = ""
    most: float = None
    least: float = None

    @property
    def median(self):
        return statistics.median(self.values)

    @property
    def goal(self):
        if self.most is not None:
            return f"≤ {self.most:,g}"
        return "" if self.least is None else f"≥ {self.least:,g}"

    @property
    def is_met(self):
        """None where the line has no goal."""
        if self.most is not None:
            return self.median <= self.most
        return None if self.least is None else self.median >= self.least

    def as_json(self):
        return {"what": self.what, "unit": self.unit, "min": min(self.values), "median": self.median,
                "max": max(self.values), "runs": len(self.values), "goal": self.goal, "met": self.is_met}


@dataclasses.dataclass
class Row:
    title: str
    measure: object
    is_long: bool = False


def pairwise(combine, *lists):
    return [combine(*values) for values in zip(*lists)]


def ratio(parts, floor):
    """The sum of some figures over the floor of the same run."""
    return pairwise(lambda *values: sum(values[:-1]) / values[-1], *parts, floor)


def per_second(microseconds):
    return [1e6 / value for value in microseconds]


def push(bench):
    of = bench.bulk(bench.records)
    server, client, floor = of["push server cpu"], of["push client cpu"], of["floor cpu"]
    lines = [
        Line("server CPU ÷ floor", ratio([server], floor), "×", most=1.5),
        Line("client + server CPU ÷ floor", ratio([server, client], floor), "×", most=2.5),
        Line("rate ÷ floor's rate, wall", ratio([of["floor wall"]], of["push wall"]), "×", least=0.5),
        Line("floor CPU", floor, "µs/record"), Line("server CPU", server, "µs/record"),
        Line("client CPU", client, "µs/record"), Line("pushed, wall", per_second(of["push wall"]), "records/s"),
        Line("floor, wall", per_second(of["floor wall"]), "records/s"),
        Line("saving before, client CPU", of["save cpu"], "µs/record"),
    ]
    peer = bench.peer
    if peer:
        lines += [Line("doltlite, insert + commit + push of batches, CPU", peer["push"], "µs/record"),
                  Line("Sambung, saving + push, CPU",
                       pairwise(lambda *all: sum(all), server, client, of["save cpu"]), "µs/record")]
    return lines


def twenty(bench):
    of, one = bench.offices_pushed(), bench.bulk(bench.records)
    alone = statistics.median(pairwise(lambda a, b: a + b, one["push server cpu"], one["push client cpu"]))
    lines = []
    for way in ("in turn", "at once"):
        both = pairwise(lambda a, b: (a + b) / alone, of[f"{way} server cpu"], of[f"{way} client cpu"])
        lines += [Line(f"{way}: client + server CPU ÷ one office's", both, "×", most=1.2),
                  Line(f"{way}: server CPU", of[f"{way} server cpu"], "µs/record"),
                  Line(f"{way}: client CPU", of[f"{way} client cpu"], "µs/record")]
    return lines


def merged(bench):
    of = bench.edits_merged()
    return [Line(f"{of['edits']:,} edits merged per second of server CPU", of["rate"], "edits/s", least=100_000),
            Line("rows edited by SQLite alone per second of CPU", of["floor"], "edits/s"),
            Line("rate ÷ SQLite's", pairwise(lambda rate, floor: rate / floor, of["rate"], of["floor"]), "×"),
            Line(f"of {of['conflicts']:,} expected conflicts missing", of["missing"], "", most=0),
            Line("conflicts that nobody expected", of["unexpected"], "", most=0)]


def first(bench):
    of = bench.bulk(bench.records)
    lines = [Line("server CPU", of["first server cpu"], "µs/record", most=2),
             Line("client CPU", of["first client cpu"], "µs/record"),
             Line("wall", per_second(of["first wall"]), "records/s"),
             Line("client's greatest memory", of["first client memory"], "MiB"),
             Line("server's greatest memory", of["first server memory"], "MiB")]
    if bench.peer:
        theirs = statistics.median(bench.peer["clone wall"])
        lines += [Line("rate ÷ doltlite's clone, wall", [theirs / value for value in of["first wall"]], "×", least=1),
                  Line("doltlite's clone, CPU", bench.peer["clone"], "µs/record"),
                  Line("doltlite's clone, wall", per_second(bench.peer["clone wall"]), "records/s")]
    return lines


def pull(bench):
    of = bench.bulk(bench.records)
    return [Line("client + server CPU ÷ floor",
                 ratio([of["pull server cpu"], of["pull client cpu"]], of["floor cpu"]), "×", most=2),
            Line("server CPU", of["pull server cpu"], "µs/record"),
            Line("client CPU", of["pull client cpu"], "µs/record"),
            Line("wall", per_second(of["pull wall"]), "records/s")]


def edit(bench):
    of = bench.bulk(bench.records)
    lines = [Line("save and push, p50", of["edit push ms"], "ms", most=2),
             Line("another device's pull, p50", of["edit pull ms"], "ms", most=1.5),
             Line("bodies of push and pull, both directions",
                  pairwise(lambda a, b: a + b, of["edit push bytes"], of["edit pull bytes"]), "B", most=250),
             Line("of it the push", of["edit push bytes"], "B"), Line("the save alone, p50", of["edit save ms"], "ms")]
    if bench.peer:
        lines += [Line("doltlite, edit + commit + push, p50", bench.peer["edit ms"], "ms"),
                  Line("doltlite, pull, p50", bench.peer["pull ms"], "ms")]
    return lines


def idle(bench):
    of = bench.bulk(bench.records)
    return [Line("bodies, both directions", of["idle bytes"], "B", most=100),
            Line("round trips", of["idle round trips"], "", most=1),
            Line("server CPU", of["idle server cpu"], "µs", most=100),
            Line("client CPU", of["idle client cpu"], "µs"), Line("wall, p50", of["idle ms"], "ms")]


def wire(bench):
    return [Line("body of a batched create, packed", bench.bulk(bench.records)["create bytes"], "B/record", most=70)]


def disk(bench):
    of = bench.bulk(bench.records)
    return [Line("at the centre", of["centre bytes"], "B/record", most=700),
            Line("at a device", of["device bytes"], "B/record", most=700),
            Line("floor", of["floor bytes"], "B/record")]


def crowd(bench):
    of = field.crowd(bench)
    return [Line(f"{of['offices']:,} offices, ten edits: answered, p99", of["p99"], "ms", most=250),
            Line("answered, p50", of["p50"], "ms"), Line("the office's whole sync, p50", of["whole"], "ms"),
            Line("server's greatest memory", of["memory"], "MiB", most=200),
            Line("refused or failed", of["failures"], "", most=0),
            Line("server CPU of a sync", of["server cpu"], "ms"), Line("client CPU of a sync", of["client cpu"], "ms"),
            Line("records that each received as well, mean", [of["pulled"]], "")]


def growth(bench):
    sizes = [bench.records // 10, bench.records] + bench.large_sizes
    small, *larger = [bench.bulk(size) for size in sizes]

    def cost(of, names, divisor=1):
        return [sum(values) / divisor for values in zip(*(of[name] for name in names))]
    lines = []
    for large in larger[1:] or larger:
        for what, names, is_per_record in (
                ("push", ["push server cpu", "push client cpu"], False),
                ("pull", ["pull server cpu", "pull client cpu"], False),
                ("first sync", ["first server cpu", "first client cpu"], False),
                ("one edit, pushed and pulled", ["edit cpu"], False), ("list", ["list cpu"], False),
                ("report", ["report cpu"], True), ("floor", ["floor cpu"], False)):
            base = statistics.median(cost(small, names, small["records"] if is_per_record else 1))
            values = cost(large, names, large["records"] if is_per_record else 1)
            # Ten million are measured to be known; the floor has no goal either.
            has_goal = what != "floor" and large["records"] <= 1_000_000
            lines.append(Line(f"{what}: CPU at {large['records']:,} ÷ at {small['records']:,}",
                              [value / base for value in values], "×", most=1.3 if has_goal else None))
    return lines


def day(bench):
    of = field.day(bench)
    return [Line("wall ÷ (bytes ÷ bandwidth + 4 round trips)", of["ratio"], "×", most=1.2),
            Line("wall", of["seconds"], "s"), Line("bytes, TLS included", of["bytes"], "B"),
            Line("round trips of the protocol", [of["round trips"]], "")]


def memory(bench):
    of = bench.bulk(bench.memory_size)
    return [Line(f"client, {of['records']:,} records", of["first client memory"], "MiB", most=60),
            Line("server", of["first server memory"], "MiB", most=150)]


def commands(bench):
    of = bench.commands()
    return [Line("start", of["start"], "ms", most=20), Line("list", of["list"], "ms", most=50),
            Line("search", of["search"], "ms", most=50), Line("show", of["show"], "ms", most=50),
            Line(f"new, less {of['syncs']} fsyncs of {of['disk']:.2f} ms", of["new"], "ms", most=30)]


ROWS = {
    "push": Row("push of all creates, one office", push),
    "offices": Row("the same from many offices that were apart", twenty),
    "merge": Row("merge of the edits, with bases and conflict log", merged),
    "first": Row("first sync of a new device", first),
    "pull": Row("pull of all into a database that has others", pull),
    "edit": Row("one field edited", edit),
    "idle": Row("a sync with nothing to do", idle),
    "wire": Row("bytes on the wire per create", wire),
    "disk": Row("bytes on disk per record, all fields as columns", disk),
    "crowd": Row("many offices within 30 s", crowd),
    "growth": Row("growth: cost per record", growth),
    "day": Row("a day's work over 64 kbit/s and 600 ms", day),
    "cli": Row("the commands on a full database", commands),
    "memory": Row("memory of a first sync of 1,000,000 records", memory, is_long=True),
}
