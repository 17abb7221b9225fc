"""The standard workload, made by tools/make-workload, in the form that the floor and the driver read.

A file of rows: `SBR1`; the number of names and each name after a byte of length; the number of rows; then each row:
its length without this number, 16 bytes of id, the office's number, and its fields: the byte of the name, a byte of
kind (0 null, 1 integer of 8 bytes, 2 text after its length). Numbers have 4 bytes unless said, little-endian.
"""
import hashlib
import importlib.machinery
import importlib.util
import json
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile

TOOLS = pathlib.Path(__file__).resolve().parent.parent
# 1,063 pairs of edits that do not know of each other, of 100,000 cases, and 10,000 plain edits: 12,126.
CONFLICTS = 0.01063
# Up to this many records the lines themselves are kept, to take a part of them.
KEPT = 10_000

# What belongs together in a case: such fields win or lose as one.
UNITS = {
    "status": "status", "status_at": "status", "status_by": "status", "closing_reason": "status", "closed_at": "status",
    "agency": "assignment", "forwarded_at": "assignment",
    "answer": "answer", "answered_at": "answer", "answered_by": "answer",
}


def office_codes():
    loader = importlib.machinery.SourceFileLoader("make_workload", str(TOOLS / "make-workload"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("make_workload", loader))
    loader.exec_module(module)
    return module.OFFICES


class Workload:
    """The files of one size; made once and kept in the cache."""

    def __init__(self, cache, records, offices, seed=1):
        self.records, self.offices = records, offices
        self.codes = office_codes()
        # What another generator made is not this workload.
        makers = (TOOLS / "make-workload").read_bytes() + pathlib.Path(__file__).read_bytes()
        mark = hashlib.sha256(makers).hexdigest()[:8]
        self.folder = cache / f"workload-{records}-{offices}-{seed}-{mark}"
        self.creates, self.edits = self.folder / "creates.rows", self.folder / "edits.rows"
        if self.edits.exists():
            return
        half = cache / (self.folder.name + ".new")
        shutil.rmtree(half, ignore_errors=True)
        subprocess.run([sys.executable, TOOLS / "make-workload", half, "--records", str(records), "--offices",
                        str(offices), "--seed", str(seed), "--conflicts", str(CONFLICTS)], check=True)
        with (half / "creates.ndjson").open(encoding="utf-8") as lines:
            pack(map(json.loads, lines), half / "creates.rows", self.codes)
        pack(read(half / "edits.ndjson"), half / "edits.rows")
        if records > KEPT:
            (half / "creates.ndjson").unlink()
        shutil.rmtree(self.folder, ignore_errors=True)
        half.rename(self.folder)

    def code(self, office):
        return self.codes[office % len(self.codes)]

    def edit_lines(self):
        return read(self.folder / "edits.ndjson")

    def create_lines(self):
        return read(self.folder / "creates.ndjson")

    def expected_conflicts(self):
        """(id, kind) of each entry that merging the edits must log, told from the edits alone, and nothing else.

        Two offices that edited a case unaware of each other conflict in each unit that both wrote with values that
        differ; where there is none, once for information.
        """
        by_case = {}
        for edit in self.edit_lines():
            by_case.setdefault(edit["id"], []).append(edit)
        expected = []
        for case, edits in by_case.items():
            if len({edit["office"] for edit in edits}) < 2:
                continue
            one, other = (units(edit["fields"]) for edit in edits)
            hard = [unit for unit in one if unit in other and one[unit] != other[unit]]
            expected += [(case, "hard")] * len(hard) or [(case, "soft")]
        return sorted(expected)

    def plain_edits(self):
        """The edits that no other office can have met."""
        by_case = {}
        for edit in self.edit_lines():
            by_case.setdefault(edit["id"], []).append(edit)
        return [edits[0] for edits in by_case.values() if len(edits) == 1]


def units(fields):
    grouped = {}
    for name, value in fields.items():
        grouped.setdefault(UNITS.get(name, name), {})[name] = value
    return grouped


def read(path):
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def pack(rows, target, office_codes=None):
    """Writes a file of rows; with the codes of the offices, which a new case names as a field."""
    names, numbers, count = [], {}, 0
    # Ten million rows have no room in memory, and their head is known after them.
    with tempfile.TemporaryFile(dir=target.parent) as body:
        for row in rows:
            if office_codes:
                row["fields"]["office"] = office_codes[row["office"] % len(office_codes)]
            packed = bytearray(bytes.fromhex(row["id"].replace("-", "")) + struct.pack("<I", row["office"]))
            for name, value in row["fields"].items():
                if name not in numbers:
                    numbers[name] = len(names)
                    names.append(name)
                packed.append(numbers[name])
                packed += packed_value(value)
            body.write(struct.pack("<I", len(packed)) + packed)
            count += 1
        body.seek(0)
        with target.open("wb") as file:
            file.write(b"SBR1" + struct.pack("<I", len(names)))
            for name in names:
                file.write(struct.pack("<B", len(name.encode())) + name.encode())
            file.write(struct.pack("<I", count))
            shutil.copyfileobj(body, file)


def packed_value(value):
    if value is None:
        return b"\0"
    if isinstance(value, int):
        return struct.pack("<Bq", 1, value)
    text = value.encode()
    return struct.pack("<BI", 2, len(text)) + text
