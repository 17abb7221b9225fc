"""Prints the table, keeps figures, and writes the page and its plot from them: nobody types a figure in."""
import html
import json
import pathlib

PARTS = pathlib.Path(__file__).resolve().parent
FIGURES, PAGE, PLOT = PARTS / "figures.json", PARTS / "BENCHMARKS.md", PARTS / "cost.svg"
SERIES = [("push, server", ["push server cpu"], "#1f6f8b"), ("push, client", ["push client cpu"], "#99a8b2"),
          ("pull, both", ["pull server cpu", "pull client cpu"], "#c8553d"),
          ("first sync, both", ["first server cpu", "first client cpu"], "#588157"), ("floor", ["floor cpu"], "#222222")]


def shown(value):
    if value == int(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 100 else f"{value:.1f}"


def verdict(line):
    return {None: "", True: "met", False: "NOT MET"}[line["met"]]


def print_row(title, lines):
    print(f"\n{title}")
    for line in lines:
        spread = f"({shown(line['min'])} – {shown(line['max'])})" if line["runs"] > 1 else ""
        print(f"  {line['what']:<52} {shown(line['median']):>9} {line['unit']:<10} {spread:<20} "
              f"{line['goal']:<10} {verdict(line)}".rstrip())


def keep(document):
    """Adds what was measured to the figures that are kept; rows that were not measured stay, with their own date."""
    kept = json.loads(FIGURES.read_text()) if FIGURES.exists() else {"rows": {}, "sizes": {}}
    origin = {name: document[name] for name in ("date", "commit", "machine")}
    for name, row in document["rows"].items():
        kept["rows"][name] = row | origin
    for size, medians in document["sizes"].items():
        kept["sizes"][size] = medians | origin
    FIGURES.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")
    return kept


def write(document, order):
    kept = keep(document)
    PLOT.write_text(plot(kept["sizes"]))
    out = ["# Benchmarks", "",
           "Written by `tools/bench --write`; every figure is as measured, none is typed in. Release builds, real",
           "programs, HTTP on loopback, WAL and synchronous=FULL on both ends. Each figure is the median of its runs,",
           "with the least and the greatest (a row that is run once has none); *× floor* compares with a C program on",
           "libsqlite3 alone that writes the same typed rows under the same indexes and durability in the same run. CPU",
           "is user and system; wall time on a shared machine is only shown beside it. Goals are held against the",
           "median.", "",
           "`tools/bench --list` names the rows, `tools/bench --rows push,merge` measures some of them again.", ""]
    for name in order:
        if name not in kept["rows"]:
            continue
        row = kept["rows"][name]
        out += [f"## {row['title']}", "", f"{row['date']}, commit {row['commit']}, {row['machine']}", "",
                "| | median | min – max | | goal | |", "|---|---:|---:|---|---|---|"]
        for line in row["lines"]:
            spread = f"{shown(line['min'])} – {shown(line['max'])}" if line["runs"] > 1 else ""
            what = verdict(line).replace("NOT MET", "**not met**")
            out.append(f"| {line['what']} | {shown(line['median'])} | {spread} | {line['unit']} | {line['goal']} | {what} |")
        out.append("")
    out += ["## Cost against size", "", "![CPU per record against the number of records](cost.svg)", ""]
    sizes = sorted(kept["sizes"], key=int)
    others = ["one edit, µs", "list, ms", "report, ms"]
    out += ["| records | " + " | ".join([name for name, _, _ in SERIES] + others) + " | measured |",
            "|---:|" + "---:|" * len(SERIES + others) + "---|"]
    for size in sizes:
        figures = kept["sizes"][size]
        costs = [f"{sum(figures[part] for part in parts):.1f}" for _, parts, _ in SERIES]
        costs += [f"{figures[name]:,.0f}" for name in ("edit cpu", "list cpu", "report cpu")]
        out.append(f"| {int(size):,} | {' | '.join(costs)} | {figures['date']}, {figures['commit']} |")
    out += ["", "CPU, medians; µs per record where no unit is said.", ""]
    PAGE.write_text("\n".join(out))


def plot(sizes):
    """CPU per record (linear) against the number of records (by decades)."""
    import math
    width, height, left, top, right, bottom = 720, 400, 60, 24, 150, 50
    points = sorted((int(size), figures) for size, figures in sizes.items())
    if not points:
        return '<svg xmlns="http://www.w3.org/2000/svg"/>\n'
    most = max(sum(figures[part] for part in parts) for _, figures in points for _, parts, _ in SERIES)
    step = 10 ** math.floor(math.log10(most))
    step = next(part for part in (step / 5, step / 2, step, step * 2) if most / part <= 6)
    top_value = math.ceil(most / step) * step
    low, high = math.log10(points[0][0]), math.log10(points[-1][0])

    def x(size):
        return left + (width - left - right) * ((math.log10(size) - low) / (high - low) if high > low else 0.5)

    def y(value):
        return top + (height - top - bottom) * (1 - value / top_value)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
             f'font-size="12">', f'<rect width="{width}" height="{height}" fill="white"/>']
    value = 0
    while value <= top_value + step / 2:
        parts.append(f'<line x1="{left}" y1="{y(value):.1f}" x2="{width - right}" y2="{y(value):.1f}" stroke="#ddd"/>'
                     f'<text x="{left - 6}" y="{y(value) + 4:.1f}" text-anchor="end">{value:g}</text>')
        value += step
    for size, _ in points:
        parts.append(f'<text x="{x(size):.1f}" y="{height - bottom + 18}" text-anchor="middle">{size:,}</text>')
    parts.append(f'<text x="{(left + width - right) / 2}" y="{height - 10}" text-anchor="middle">records</text>')
    parts.append(f'<text x="{left}" y="14">CPU µs per record</text>')
    labels = []
    for name, names, colour in SERIES:
        spots = [(x(size), y(sum(figures[one] for one in names))) for size, figures in points]
        path = " ".join(f"{one:.1f},{other:.1f}" for one, other in spots)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{one:.1f}" cy="{other:.1f}" r="3" fill="{colour}"/>' for one, other in spots]
        labels.append((spots[-1][1], name, colour))
    last = -99.0
    for place, name, colour in sorted(labels):
        # Names that would lie on each other move down.
        last = max(place, last + 15)
        parts.append(f'<text x="{width - right + 10}" y="{last + 4:.1f}" fill="{colour}">{html.escape(name)}</text>')
    return "\n".join(parts + ["</svg>"]) + "\n"
