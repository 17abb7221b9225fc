"""Sambung's encodings, hashes, merge rule and conflict detection, written from Protocol/ alone and not from the Swift code.

Slow and short on purpose: tools/make-vectors makes the test vectors with it, and the Swift code has to agree with them.
"""
import hashlib
import struct

MASK = (1 << 64) - 1
PRIMES = (0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5)
NULL, FALSE, TRUE = b"\xf6", b"\xf4", b"\xf5"
NONE = (0, 0)  # the version of what was never written


class Raw(bytes):
    """Bytes that stand in an encoding as they are."""


class DateTime(int):
    """Milliseconds since 1970."""


class Pairs(list):
    """A map as a list of pairs, in that very order, for what a conforming writer would not write."""


def head(major, number):
    if number < 24:
        return bytes([major << 5 | number])
    for low, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if number < 1 << 8 * size:
            return bytes([major << 5 | low]) + number.to_bytes(size, "big")
    raise ValueError(number)


def encode(item):
    """Deterministic CBOR (wire.md)."""
    match item:
        case Raw():
            return bytes(item)
        case None:
            return NULL
        case bool():
            return TRUE if item else FALSE
        case DateTime():
            return b"\xd8\xfa" + encode(int(item))
        case int():
            return head(0, item) if item >= 0 else head(1, -1 - item)
        case float():
            return b"\xfb" + struct.pack(">d", item + 0.0)
        case str():
            return head(3, len(item.encode())) + item.encode()
        case bytes():
            return head(2, len(item)) + item
        case Pairs():
            return head(5, len(item)) + b"".join(encode(key) + encode(value) for key, value in item)
        case dict():
            pairs = sorted((encode(key), encode(value)) for key, value in item.items())
            return head(5, len(pairs)) + b"".join(key + value for key, value in pairs)
        case list() | tuple():
            return head(4, len(item)) + b"".join(map(encode, item))
    raise TypeError(item)


def xxh64(data, seed=0):
    p1, p2, p3, p4, p5 = PRIMES
    rotate = lambda value, count: (value << count | value >> (64 - count)) & MASK
    mix = lambda lane, word: rotate((lane + word * p2) & MASK, 31) * p1 & MASK
    at = 0
    if len(data) < 32:
        result = seed + p5 & MASK
    else:
        lanes = [seed + p1 + p2 & MASK, seed + p2 & MASK, seed, seed - p1 & MASK]
        while at + 32 <= len(data):
            lanes = [mix(lane, word) for lane, word in zip(lanes, struct.unpack_from("<4Q", data, at))]
            at += 32
        result = sum(rotate(lane, count) for lane, count in zip(lanes, (1, 7, 12, 18))) & MASK
        for lane in lanes:
            result = ((result ^ mix(0, lane)) * p1 + p4) & MASK
    result = result + len(data) & MASK
    while at + 8 <= len(data):
        result = (rotate(result ^ mix(0, struct.unpack_from("<Q", data, at)[0]), 27) * p1 + p4) & MASK
        at += 8
    if at + 4 <= len(data):
        result = (rotate(result ^ struct.unpack_from("<I", data, at)[0] * p1 & MASK, 23) * p2 + p3) & MASK
        at += 4
    for byte in data[at:]:
        result = rotate(result ^ byte * p5 & MASK, 11) * p1 & MASK
    result = (result ^ result >> 33) * p2 & MASK
    result = (result ^ result >> 29) * p3 & MASK
    return result ^ result >> 32


class Change:
    """One change with the replica that pushes it. Times stand first in versions: (time, replica)."""

    def __init__(self, replica, time, base, fields, operator="", collection=2, record=bytes(15) + b"\1"):
        self.replica, self.time, self.base, self.operator = replica, time, base, operator
        self.fields = {field: encode(value) for field, value in sorted(fields.items())}
        self.collection, self.record, self.version = collection, record, (time, replica)

    @property
    def makes(self):
        return not self.base

    def seen(self, field):
        """The version that the writer had seen of a field."""
        for version, fields in self.base[1:]:
            if field in fields:
                return version
        return self.base[0][0] if self.base else NONE

    def written(self):
        """What a merge looks at: a creation's nulls and false deletion flag say nothing."""
        plain = lambda field, value: value == NULL or field == 0 and value != TRUE
        return {f: v for f, v in self.fields.items() if not (self.makes and plain(f, v))}

    def encoded(self):
        base = [[*version, *fields] for version, fields in self.base]
        fields = {field: Raw(value) for field, value in self.fields.items()}
        return encode([self.collection, self.record, self.time, self.operator, base, fields])


class Record:
    """A record: for each field that was ever written, the write that holds it."""

    def __init__(self, change):
        self.collection, self.record, self.creation = change.collection, change.record, change.version
        self.writes = {}
        self.merge(change)

    def value(self, field):
        return self.writes[field][1] if field in self.writes else FALSE if field == 0 else NULL

    def version(self, field):
        return self.writes[field][0] if field in self.writes else self.creation

    def wins(self, field, version, value):
        return field not in self.writes or (version, value) > self.writes[field][:2]

    def merge(self, change):
        for field, value in change.written().items():
            if self.wins(field, change.version, value):
                self.writes[field] = (change.version, value, change.seen(field), change.operator)
        if change.makes:
            self.creation = max(self.creation, change.version)

    @property
    def deleted(self):
        return self.value(0) == TRUE

    def digest(self):
        if self.deleted:
            return 0
        seed = xxh64(struct.pack(">Q", self.collection) + self.record)
        total = 0
        for field in {0, *self.writes}:
            time, replica = self.version(field)
            total += xxh64(self.value(field), xxh64(struct.pack(">QII", time, replica, field), seed))
        return total & MASK

    def state(self):
        return self.creation, {field: write[:2] for field, write in self.writes.items()}


class Schema:
    """The groups (lists of fields) and the bookkeeping fields of a collection."""

    def __init__(self, groups=(), bookkeeping=()):
        self.groups, self.bookkeeping = [sorted(group) for group in groups], set(bookkeeping)

    def unit(self, field):
        return next((group for group in self.groups if field in group), [field])

    def units(self, fields):
        """The units of some fields in their order, each once, without bookkeeping."""
        found = [self.unit(field) for field in fields if field not in self.bookkeeping]
        return [unit for index, unit in enumerate(found) if unit not in found[:index]]


def side_of_change(change, unit):
    values = {field: value for field, value in change.fields.items() if field in unit}
    return {"version": change.version, "base": change.seen(min(values)), "operator": change.operator, "values": values}


def side_of_record(record, unit, leading):
    version, _, base, operator = record.writes.get(leading, (record.creation, None, NONE, ""))
    values = {field: record.value(field) for field in unit}
    return {"version": version, "base": base, "operator": operator, "values": values}


def entry(change, kind, unit, losing, winning):
    key = struct.pack(">I16sIQI", change.collection, change.record, unit[0], *losing["version"])
    digest = hashlib.sha256(key + (b"\1" if kind == "soft" else b"")).digest()
    return {"kind": kind, "id": digest[:16], "field": unit[0], "losing": losing, "winning": winning}


def conflicts(record, change, schema):
    """The entries that a change gives rise to, by records-and-merge.md; called before the merge."""
    if change.collection == 1:
        return []
    written = change.written()

    def unseen(field):
        if field not in record.writes:
            return False
        version = record.writes[field][0]
        return version[1] != change.replica and version != change.seen(field)

    def unseen_units(besides):
        """The units with an unseen edit, each with its lowest field that has one, in the order of those."""
        edits = sorted(f for f in record.writes if record.version(f) != record.creation and f not in besides and unseen(f))
        return [(unit, next(f for f in edits if f in unit)) for unit in schema.units(edits)]

    found = {}

    def add(kind, unit, losing, winning):
        made = entry(change, kind, unit, losing, winning)
        found.setdefault(made["id"], made)

    for unit in schema.units(written):
        contested = [f for f in written if f in unit and unseen(f) and record.value(f) != written[f]]
        met = set()
        for field in contested:
            if record.writes[field][0] in met:
                continue
            met.add(record.writes[field][0])
            sides = [side_of_record(record, unit, field), side_of_change(change, unit)]
            if not record.wins(field, change.version, written[field]):
                sides.reverse()
            add("hard", unit, *sides)
    if 0 not in change.fields and record.deleted and unseen(0):
        for unit in schema.units(written):
            add("delete", unit, side_of_change(change, unit), side_of_record(record, [0], 0))
    elif change.fields.get(0) == TRUE and not record.deleted and record.wins(0, change.version, TRUE):
        for unit, leading in unseen_units({0}):
            add("delete", unit, side_of_record(record, unit, leading), side_of_change(change, [0]))
    others = unseen_units(set(change.fields))
    if not found and not record.deleted and 0 not in change.fields and schema.units(written) and others:
        unit, (other, leading) = schema.units(written)[0], max(others, key=lambda other: record.version(other[1]))
        add("soft", unit, side_of_change(change, unit), side_of_record(record, other, leading))
    return list(found.values())
