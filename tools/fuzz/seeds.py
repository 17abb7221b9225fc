"""Where the fuzzer begins: the vectors of the protocol for what is on the wire, and samples of what people type."""
import gzip
import json
import pathlib
import random

VECTORS = pathlib.Path(__file__).resolve().parent.parent.parent / "Protocol" / "vectors"
KINDS = ["sync-request", "sync-answer", "enrol-request", "enrol-answer", "failure", "renumber-request",
         "compare-request", "compare-answer", "repair-request", "repair-answer"]

TEXTS = {
    "date": [
        "27/06/2022", "27/06/2022 14.05", "27 Juni 2022", "27 Jun 22", "2022-06-27", "2022-06-27T14:05:30.250Z",
        "2022-06-27T14:05+07:00", "2022-06-27 14:05:30-0330", "hari ini", "kemarin 09.30", "besok", "sekarang", "now",
        "yesterday at 8:15", "Senin, 27 Juni 2022 14.05 WIB", "Monday, 27 June 2022, 14:05 WIB", "27.6.22 pukul 9.5",
        "29/02/2023", "31-12-9000 23.59 -9999", "1/1/1900 00.00+9999",
    ],
    "phone": [
        "0811 790 5000", "628117905000", "8117905000", "+62 811-7905-000", "(0721) 481-107", "+44 20 7946 0958",
        "0044 20 7946 0958", "\u202a+62\u00a0811\u20117905\u2011000\u202c", "110", "+6207214811", "+1234567",
        # Digits inside of one character with what stands before or behind them.
        "\u06001", "x\u06009\u0300",
    ],
    "nik": [
        "1801020304050001", "18.01.02.430405.0001", "1801 0203 0405 0000", "99", "180102030405000x", "9901020304050001",
        "1801023113050001", "\u0661\u0662\u0663", "1801020304050001\u0301",
    ],
    "ticket": ["LIW-26-000123", "liw-26-123", "LIW2-26-1", "LIW999-99-999999999", "\u00df-26-1", "L-26-1", "liw-26-0",
               # An accent on the last letter, which is one character with it.
               "LIW\u03012-26-1"],
    "record-id": ["0190a6e0-1c00-7abc-8def-0123456789ab", "0190A6E01C007ABC8DEF0123456789AB", "0190a6e01c", "-" * 40],
    "terminal": [
        "\x1b]0;owned\x07\x1b[2J", "\u009b31m\u0085", "a\u202egpj.exe\u2066b", "a\0b", "line 1\r\nline 2\rline 3\u2028x",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\u0627\u0644\u0633\u0644\u0627\u0645", "\ufeffx\ttab", "\U000e0001",
    ],
    "csv": [
        "id,title\n1,plain\n", "a;b\r\n\"x;\"\"y\"\"\r\nz\";\n", "sep=;\na;b\n", "\ufeffa\tb\nc\td", "a,b\n=1+1,'=1\n",
        "a,b\n\"open", "a,b\n\"x\"y,z\n", "a,b\n5\" pipe\n", "a|b\nc|d\n", "\n\na,b\r\rc,d", "'18.10,\"\",0811\n",
        "\uff1d1,'\uff1d1,''=1\n", "PK\x03\x04",
    ],
    "ndjson": [
        '{"id":"0190a6e0-1c00-7abc-8def-0123456789ab","fields":{"title":"x","urgency":"normal"}}',
        '{"office":12,"at":1700000000000,"fields":{"title":"x","anonymous":true,"received_at":1.5}}',
        '{"title":null,"narrative":"\\u0000\\ud83d\\ude91","place":[1,{"a":{}}]}', '{"titel":"x"}', "[]", "nul",
        '{"fields":7}', '{"title":"\\ud800"}',
    ],
    "credential": [
        "Bearer AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "bearer  __________________________________________8",
        "Bearer AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh-", "Basic QUFB", "Bearer", "Bearer =", "Bearer " + "A" * 42 + "=",
    ],
    "scope-rules": [
        '{"rules":[]}', '{"follow":{"note":"case_id"},"rules":[{"collection":"note","parent":true,"write":["*"]}]}',
        '{"follow":{},"rules":[{"collection":"cases","role":"office","match":{"office":"$office"},"write":["*"],'
        '"except":["office","deleted"]}]}',
        '{"follow":{},"rules":[{"collection":"cases","match":{"agency":"$agency"},"write":["answer"]}]}',
        '{"follow":{},"rules":[{"collection":"conflict","match":{"losing_office":"$office"}}]}',
        '{"follow":{"note":"note"},"rules":[]}', '{"follow":{},"rules":[{"collection":"case"}]}', "[]", "{}",
    ],
    "backup-header": [
        'Sambung backup\n{"digest":"0123456789abcdef","epoch":1,"format":1,"parts":[{"bytes":4096,"name":"central.db"},'
        '{"bytes":8192,"name":"accounts.db"}],"schema":"callcenter","schemaVersion":1,"sequence":12,"sha256":"00",'
        '"time":1700000000000}\n\x28',
        'Sambung backup\n{"format":2}\n', "Sambung backup\n{}\n", "Sambung backup\n", "", "SQLite format 3\0",
        'Sambung backup\n{"digest":"","epoch":0,"format":1,"parts":[{"bytes":1,"name":"central.db"},{"bytes":1,"name":'
        '"accounts.db"}],"schema":"","schemaVersion":0,"sequence":0,"sha256":"","time":0}\n',
    ],
    "listen-address": ["127.0.0.1:8080", "0.0.0.0:8443", "[::1]:8080", "pusat.example.go.id:443", "::1:8080", ":1", "a:b:1",
                       "[]:1", "[[1.]]:0", "x:65536", "x:+1", "x"],
    "server-address": [
        "https://pusat.example.go.id", "https://pusat.example.go.id:8443/sambung/", "http://127.0.0.1:8080",
        "http://localhost:8080", "http://[::1]:8080", "http://pusat.example.go.id", "https://a:b@c", "https://a?b",
        "https://", "ftp://a", "http://127.+1.0.1", "http://127.0.0.1.example.org", "http://LOCALHOST", "x",
    ],
    "coding-fields": [
        "zstd, gzip", "gzip;q=0.5, zstd;q=1.000, identity;q=0", "*;q=0", "*", "x-gzip", " GZIP ", "gzip;q=2", "br;q=.5",
        "identity;q=0, *;q=0.001", "", "zstd",
    ],
}


# A second sample where the vectors have one: no name, no profile; what nests eight levels within a message's own.
MORE = {
    "enrol-request": [bytes.fromhex("a500010200036a") + b"ABCDEFGHJK" + b"\x04\x58\x20" + bytes(32) + b"\x06\x60"],
    "enrol-answer": [bytes.fromhex("a50001010202000303046441424344")],
    "renumber-request": [bytes.fromhex("a60001021b0000018bcfe568000307040c0500068182058181818181818180")],
}


def of(target):
    """The samples of a target, and some of them with a byte or two altered, the same ones each time."""
    samples = source(target)
    chance = random.Random(target)
    variants = []
    while len(variants) < 250:
        item = bytearray(chance.choice(samples))
        for _ in range(chance.randint(1, 2)):
            place = chance.randrange(len(item) + 1)
            kind = chance.randrange(3)
            if kind == 0:
                item.insert(place, chance.randrange(256))
            elif place < len(item):
                item[place:place + 1] = [] if kind == 1 else [item[place] ^ 1 << chance.randrange(8)]
        variants.append(bytes(item))
    return samples + variants


def source(target):
    if target in TEXTS:
        return [text.encode() for text in TEXTS[target]]
    if target in ("gzip", "zstd"):
        return packed(target)
    if target == "cursor":
        return [bytes(b) for b in ([], [0], [5], [200, 1], [200, 1, 5], [200, 1, 5, 9], [5, 200, 1], [0x80] * 9 + [1])]
    if target == "versions":
        one = bytes.fromhex("018bcfe568000000") + bytes([7, 0, 0, 4]) + b"Sari" + bytes([0])
        two = bytes.fromhex("018bcfe568000001") + bytes([9, 3, 5, 7, 0, 2, 1, 30])
        return [one, one + two, one + two + two, two]
    if target == "profile":
        return [bytes.fromhex(h) for h in ("a0", "a16d7469636b65745f707265666978634c4957", "a2616101616202")] + [
            b"\xa2" + b"\x62\xc3\xa9\x61x" + b"\x63e\xcc\x81\x61y", b"\xa2\x61a\x61b\x62aa\x60"]
    if target == "scope":
        return [bytes.fromhex(h) for h in (
            "828080", "828108818508f4a10a6141f5820102", "82820108828501f5a0f4808508f4a0f580",
            "8180", "828180")]
    if target == "conflict-values":
        return [b"\xa0", b"\xa1\x01\x64Budi", b"\xa3\x00\xf5\x01\xf6\x02\xd8\xfa\x05"]
    return vectors(target)


def vectors(target):
    def hexes(name, parts=("valid", "invalid"), where=lambda v: True):
        table = json.loads((VECTORS / f"{name}.json").read_text())
        return [bytes.fromhex(v["hex"]) for part in parts for v in table[part] if where(v)]

    if target == "value":
        return hexes("values")
    if target == "change":
        return hexes("changes")
    if target == "update":
        return hexes("updates")
    messages = hexes("messages")
    if target == "message":
        return messages
    if target in KINDS:
        head = bytes([0x82, KINDS.index(target) + 1])
        return [m[2:] for m in messages if m.startswith(head)] + MORE.get(target, [])
    # Eight arrays, and a tagged value in the last.
    return hexes("values") + hexes("changes") + messages + [bytes.fromhex("81" * 8 + "d8fa05")]


def packed(target):
    """Frames that `gzip` and `zstd` write, and frames that claim too much."""
    text = b"Jalan provinsi rusak berat. " * 40
    if target == "gzip":
        return [gzip.compress(text, mtime=0), gzip.compress(b"", mtime=0), gzip.compress(bytes(300_000), mtime=0),
                gzip.compress(b"x", mtime=0) * 2, gzip.compress(text, mtime=0)[:-1]]
    raw = bytes.fromhex("28b52ffd")
    return [
        raw + bytes.fromhex("2005290000") + b"abcde", raw + bytes.fromhex("2000010000"),
        # A window of 8 MiB, of 2 GiB, and one that is not stated; a size of 2^63.
        raw + bytes.fromhex("0068290000") + b"abcde", raw + bytes.fromhex("00a8290000") + b"abcde",
        raw + bytes.fromhex("e00000000000000080290000") + b"abcde",
        # 128 KiB of one byte, and a block that repeats for longer than the limit.
        raw + bytes.fromhex("004803001061"), raw + bytes.fromhex("0048" + "02001061" * 3 + "03001061"),
    ]
