"""A reader of Sambung's deterministic CBOR that refuses whatever wire.md does not allow, and says by which code."""
import math
import struct

MIB = 1 << 20
MESSAGE_BYTES = 16 * MIB
INT31 = (1 << 31) - 1
INT32 = (1 << 32) - 1
INT63 = (1 << 63) - 1
COUNT = 1 << 53


class Refused(Exception):
    def __init__(self, code, reason):
        super().__init__(f"{code}: {reason}")
        self.code = code


class Kept:
    """An item that is passed on as it came: its meaning and its bytes."""

    def __init__(self, item, data):
        self.item, self.data = item, data


def whole(kept):
    return kept.data


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def peek(self):
        if self.at >= len(self.data):
            raise Refused("truncated", "an item was expected")
        return self.data[self.at]

    def take(self, count):
        if count > len(self.data) - self.at:
            raise Refused("truncated", f"{count} bytes were announced")
        self.at += count
        return self.data[self.at - count:self.at]

    def head(self):
        """The major type and the number of a head, in the shortest form."""
        first = self.peek()
        self.at += 1
        low = first & 31
        if low < 24:
            return first >> 5, low
        if low > 27:
            raise Refused("notDeterministic", "an indefinite length or a reserved head")
        number = int.from_bytes(self.take(1 << low - 24), "big")
        if number < (24 if low == 24 else 1 << (8 << low - 25)):
            raise Refused("notDeterministic", "not the shortest form")
        return first >> 5, number

    def expect(self, *majors):
        found, number = self.head()
        if found not in majors:
            raise Refused("unexpectedType", f"major type {found}, expected {majors}")
        return found, number

    def uint(self, limit, least=0):
        _, number = self.expect(0)
        if number > limit:
            raise Refused("overLimit", f"{number} is over {limit}")
        if number < least:
            raise Refused("invalid", f"{number} is below {least}")
        return number

    def integer(self, limit=INT63):
        major, number = self.expect(0, 1)
        if number > limit:
            raise Refused("overLimit", f"{number} is over {limit}")
        return -1 - number if major else number

    def string(self, major, limit):
        _, length = self.expect(major)
        if length > limit:
            raise Refused("overLimit", f"{length} bytes, {limit} allowed")
        content = self.take(length)
        if major == 2:
            return content
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise Refused("notText", str(error)) from None

    def count(self, major, limit, exactly=None):
        _, count = self.expect(major)
        if count > (limit if exactly is None else exactly):
            raise Refused("overLimit", f"{count} items")
        if count > len(self.data) - self.at:
            raise Refused("truncated", f"{count} items were announced")
        if exactly is not None and count < exactly:
            raise Refused("invalid", f"{count} parts, {exactly} expected")
        return count

    def simple(self):
        first = self.take(1)[0]
        if first in (0xF4, 0xF5, 0xF6):
            return {0xF4: False, 0xF5: True, 0xF6: None}[first]
        if first in (0xF9, 0xFA):
            raise Refused("notDeterministic", "a double is written with 64 bits")
        if first != 0xFB:
            raise Refused("unexpectedType", "a simple value that is none")
        number = struct.unpack(">d", self.take(8))[0]
        if not math.isfinite(number) or number == 0 and math.copysign(1, number) < 0:
            raise Refused("notAValue", "a double is finite, and 0 has no sign")
        return number

    def bool(self):
        if self.peek() not in (0xF4, 0xF5):
            raise Refused("unexpectedType", "true or false was expected")
        return self.simple()

    def value(self, limit=MIB):
        major = self.peek() >> 5
        if major <= 1:
            return self.integer()
        if major <= 3:
            return self.string(major, limit)
        if major == 7:
            return self.simple()
        if major == 6:
            tag = self.take(1)
            if tag != b"\xd8" or self.peek() != 250:
                raise Refused("unexpectedType", "the only tag is 250")
            self.at += 1
            return ("dateTime", self.integer())
        raise Refused("unexpectedType", "arrays and maps are no values")

    def anything(self, levels=8):
        """An item of any form."""
        major = self.peek() >> 5
        if major == 7:
            return self.simple()
        if major >= 4 and levels == 0:
            raise Refused("tooDeep", "more than 8 levels")
        if major <= 1:
            number = self.head()[1]
            return -1 - number if major else number
        if major <= 3:
            return self.string(major, MESSAGE_BYTES)
        if major == 4:
            return [self.anything(levels - 1) for _ in range(self.count(4, MESSAGE_BYTES))]
        if major == 5:
            return {self.anything(levels - 1): self.anything(levels - 1) for _ in range(self.count(5, MESSAGE_BYTES))}
        tag, item = self.head()[1], self.anything(levels - 1)
        return ("dateTime", item) if tag == 250 else ("tag", tag, item)

    def record(self):
        content = self.string(2, 16)
        if len(content) < 16:
            raise Refused("invalid", "an id has 16 bytes")
        return content

    def fields(self, limit):
        fields, last = {}, -1
        for _ in range(self.count(5, 513)):
            field = self.uint(INT31)
            if field <= last:
                raise Refused("keyOrder", "fields ascend, each once")
            fields[field], last = self.value(limit), field
        return fields

    def base(self):
        entries = []
        for index in range(self.count(4, 514)):
            count = self.count(4, 515)
            if count < 2 or (count == 2) != (index == 0):
                raise Refused("invalid", "the first entry names no fields, all others some")
            entries.append([self.uint(INT63), self.uint(INT32)] + [self.uint(INT31) for _ in range(count - 2)])
        return entries

    def change(self):
        self.count(4, 0, exactly=6)
        change = [self.uint(INT31, least=1), self.record(), self.uint(INT63), self.string(3, 128), self.base(),
                  self.fields(MIB)]
        if change[4] and not change[5]:
            raise Refused("invalid", "a change that neither makes a record nor writes a field")
        return change

    def update(self):
        self.count(4, 0, exactly=4)
        update = [self.uint(INT31, least=1), self.record(), self.bool(), []]
        for _ in range(self.count(4, 514)):
            self.count(4, 0, exactly=4)
            update[3].append([self.uint(INT63), self.uint(INT32), self.string(3, 128), self.fields(MESSAGE_BYTES)])
        if not update[3]:
            raise Refused("invalid", "an update without a write")
        return update

    def array(self, limit, item):
        return [item() for _ in range(self.count(4, limit))]

    def kept(self):
        start = self.at
        return Kept(self.anything(), self.data[start:self.at])

    def refusal(self):
        self.count(4, 0, exactly=3)
        return [self.uint(COUNT), self.uint(INT31), self.uint(INT31)]

    def removal(self):
        self.count(4, 0, exactly=2)
        return [self.uint(INT31, least=1), self.record()]

    def redaction(self):
        self.count(4, 0, exactly=4)
        redaction = [self.uint(INT31, least=1), self.record(), [], None]
        for _ in range(self.count(4, 512)):
            field = self.uint(INT31)
            if field <= (redaction[2][-1] if redaction[2] else 0):
                raise Refused("keyOrder", "fields ascend, each once, without field 0")
            redaction[2].append(field)
        redaction[3] = self.uint(INT63)
        return redaction

    def digests(self):
        packed = self.string(2, 8 << 12)
        if len(packed) % 8:
            raise Refused("invalid", "a digest has 8 bytes")
        return packed

    def bucket(self):
        self.count(4, 0, exactly=2)
        return [self.uint(4095), self.array(MESSAGE_BYTES, self.entry)]

    def entry(self):
        self.count(4, 0, exactly=4)
        entry = [self.uint(INT31, least=1), self.record(), self.uint((1 << 64) - 1), self.uint(INT31)]
        if entry[3] > 2:
            raise Refused("invalid", "no such state of an entry")
        return entry

    def given(self):
        update = self.update()
        if not update[2]:
            raise Refused("invalid", "what is given is whole")
        return update

    def escrowed(self):
        self.count(4, 0, exactly=2)
        return [self.uint(COUNT), self.kept()]

    def event(self):
        self.count(4, 0, exactly=6)
        return [self.uint(COUNT), self.integer((1 << 47) - 1)] + [self.string(3, 128) for _ in range(4)]

    def secret_hash(self):
        content = self.string(2, 32)
        if len(content) < 32:
            raise Refused("invalid", "a hash has 32 bytes")
        return content

    def profile(self):
        profile, last = {}, None
        for _ in range(self.count(5, 64)):
            name = self.string(3, 64)
            order = (len(name.encode()), name.encode())
            if last is not None and order <= last:
                raise Refused("keyOrder", "names ascend, each once")
            profile[name], last = self.string(3, 4096), order
        return profile

    def audit_head(self):
        head = self.string(2, 17)
        digits = 0
        while digits < len(head) and head[digits] & 0x80:
            digits += 1
        count = sum((byte & 0x7F) << (7 * index) for index, byte in enumerate(head[:digits + 1]))
        if count > COUNT or len(head) != digits + 9:
            raise Refused("invalid", "a head is a count and 8 bytes")
        if not count and any(head):
            raise Refused("invalid", "the head of a log without entries is 9 zeros")
        if digits and not head[digits]:
            raise Refused("invalid", "the count of a head is as short as can be")
        return head

    def shown_audit_head(self):
        head = self.audit_head()
        if not any(head):
            raise Refused("invalid", "a head that is shown has entries")
        return head

    def audit_mark(self):
        mark = self.string(2, 4)
        if len(mark) < 4:
            raise Refused("invalid", "a mark has 4 bytes")
        return mark

    def keys(self, kind):
        wall = lambda: self.integer((1 << 47) - 1)
        epoch, replica = lambda: self.uint(INT32), lambda: self.uint(INT32, least=1)
        number, hash_ = lambda: self.uint(COUNT), lambda: self.uint((1 << 64) - 1)
        text = lambda limit: lambda: self.string(3, limit)
        small, cursor = lambda: self.uint(INT31), lambda: self.string(2, 64)
        return {
            1: {1: epoch, 2: wall, 3: replica, 4: number, 5: hash_, 6: lambda: self.array(10_000, self.kept), 7: cursor,
                8: small, 9: lambda: self.uint(MESSAGE_BYTES), 10: self.shown_audit_head, 11: number, 12: small, 13: text(64),
                14: lambda: self.array(100, self.event), 15: self.audit_mark},
            2: {1: epoch, 2: lambda: self.integer((1 << 48) - 1), 3: number, 4: lambda: self.array(10_000, self.refusal),
                5: lambda: self.array(MESSAGE_BYTES, self.update), 6: cursor, 7: self.bool, 8: hash_, 9: small,
                10: self.audit_head, 11: self.bool, 12: lambda: self.array(100, self.removal),
                33: lambda: self.array(MESSAGE_BYTES, self.redaction), 32: lambda: self.array(MESSAGE_BYTES, self.removal)},
            3: {2: wall, 3: text(64), 4: self.secret_hash, 5: text(128), 6: text(64)},
            4: {1: epoch, 2: wall, 3: replica, 4: text(64), 5: self.profile},
            5: {2: wall, 3: small, 4: text(1024), 5: small},
            6: {2: wall, 3: replica, 4: number, 5: hash_, 6: lambda: self.array(10_000, self.escrowed)},
            7: {1: epoch, 2: wall, 3: replica, 4: epoch, 5: cursor, 6: lambda: self.uint(12), 7: lambda: self.uint(4095),
                8: self.digests, 34: cursor},
            8: {1: epoch, 2: wall, 3: cursor, 4: lambda: self.array(4096, self.bucket), 5: lambda: self.uint(4095)},
            9: {1: epoch, 2: wall, 3: replica, 4: epoch, 5: number, 6: hash_,
                7: lambda: self.array(MESSAGE_BYTES, self.given), 8: lambda: self.array(10_000, self.removal),
                9: lambda: self.array(10_000, self.escrowed), 10: self.bool, 34: cursor},
            10: {1: epoch, 2: wall, 3: lambda: self.array(MESSAGE_BYTES, self.update),
                 4: lambda: self.array(MESSAGE_BYTES, self.removal), 5: lambda: self.uint(10_000),
                 33: lambda: self.array(MESSAGE_BYTES, self.redaction)},
        }.get(kind, {})

    def message(self, asked_at=None):
        """A message; of a sync answer with the clock of its request, from which its own counts, where that is known."""
        if len(self.data) > MESSAGE_BYTES:
            raise Refused("overLimit", "a message has at most 16 MiB")
        self.count(4, 0, exactly=2)
        kind = self.uint(INT31)
        known, keys, last = self.keys(kind), {}, -1
        for _ in range(self.count(5, 64)):
            key = self.uint(INT31)
            if key <= last:
                raise Refused("keyOrder", "keys ascend, each once")
            last = key
            if key == 0:
                keys[0] = self.uint(INT31)
                if keys[0] != 1:
                    raise Refused("unsupportedVersion", f"version {keys[0]}")
            else:
                keys[key] = known.get(key, self.anything)()
        required = {1: {1, 2, 3, 4, 5, 7}, 2: {2, 6}, 3: {2, 3, 4, 6}, 4: {1, 2, 3, 4}, 5: {2, 3}, 6: {2, 3, 4, 5},
                    7: {1, 2, 3, 4, 5, 6, 8}, 8: {1, 2, 3, 4}, 9: {1, 2, 3, 4, 5, 6}, 10: {1, 2, 5}}
        if kind not in required:
            raise Refused("invalid", f"no message is of kind {kind}")
        if kind == 2 and asked_at is None:
            required[2] |= {1, 3}
        if not required[kind] <= keys.keys():
            raise Refused("missing", f"keys {required[kind] - keys.keys()}")
        if kind == 2 and not -(1 << 47) <= (asked_at or 0) + keys[2] < 1 << 47:
            raise Refused("overLimit", "a wall clock's time has at most 47 bits")
        if kind == 7 and not 0 < len(keys[8]) // 8 == (1 << keys[6]) - keys.get(7, 0):
            raise Refused("invalid", "a digest for each bucket from the first on is expected")
        return [kind, keys]


def reading(name):
    def read(data, *more):
        reader = Reader(data)
        item = getattr(reader, name)(*more)
        if reader.at < len(data):
            raise Refused("trailing", f"{len(data) - reader.at} bytes after the item")
        return item
    return read


read_value, read_base, read_change = reading("value"), reading("base"), reading("change")
read_update, read_message = reading("update"), reading("message")
