"""Attacks over HTTP/1.1. Each returns what it saw, in a few words, or raises Broken."""
import base64
import os
import threading
import time
import zlib

SYNC = "POST /sync HTTP/1.1\r\nhost: x\r\ncontent-type: application/cbor\r\n"


class Broken(Exception):
    """The server did what it must not."""


def answer(line, most=1 << 22):
    """All that comes until the server closes, or falls silent."""
    got = b""
    try:
        while piece := line.recv(65536):
            got += piece
            if len(got) > most:
                raise Broken("an answer without end")
    except OSError:
        pass
    return got


def send(line, data):
    """Sends as much as the server takes; how much that was."""
    sent = 0
    try:
        while sent < len(data):
            sent += line.send(data[sent:sent + 65536])
    except OSError:
        pass
    return sent


def ask(server, data, timeout=5):
    with server.connect(timeout=timeout) as line:
        send(line, data)
        return answer(line)


def expect(got, *statuses):
    if got and not any(got.startswith(f"HTTP/1.1 {status}".encode()) for status in statuses):
        raise Broken(f"answered {got[:80]!r} instead of {' or '.join(map(str, statuses))}")
    return got[9:12].decode() if got else "closed"


def body(data, fields=""):
    return (SYNC + fields + f"content-length: {len(data)}\r\nconnection: close\r\n\r\n").encode() + data


def header_bomb(server, scale):
    return expect(ask(server, (SYNC + "x: " + "a" * (scale << 20)).encode()), 400, 431)


def field_bomb(server, scale):
    fields = "".join(f"x-{n}: 1\r\n" for n in range(10_000 * scale))
    return expect(ask(server, (SYNC + fields + "\r\n").encode()), 400, 431)


def long_address(server, scale):
    return expect(ask(server, b"GET /" + b"a" * (scale << 20) + b" HTTP/1.1\r\nhost: x\r\n\r\n"), 400, 414, 431)


def ten_gibibytes(server, scale):
    return expect(ask(server, (SYNC + f"content-length: {10 << 30}\r\n\r\n").encode()), 413)


def endless_chunks(server, scale):
    with server.connect() as line:
        send(line, (SYNC + server.insider + "transfer-encoding: chunked\r\n\r\n").encode())
        chunk = b"8000\r\n" + b"x" * 0x8000 + b"\r\n"
        # What comes after the cut is let fall for as long as TLS waits for the peer's good-bye.
        start, sent = time.monotonic(), 0
        while time.monotonic() - start < 30 and (took := send(line, chunk)) == len(chunk):
            sent += took
    seconds = time.monotonic() - start
    if seconds >= 30:
        raise Broken(f"chunks were taken for {seconds:.0f} s")
    return f"cut off after {sent >> 20} MiB and {seconds:.1f} s"


# What two servers in a row could read in two ways; the second request must never run.
SMUGGLES = [
    "content-length: 5\r\ntransfer-encoding: chunked\r\n", "transfer-encoding: chunked\r\ncontent-length: 5\r\n",
    "content-length: 5\r\ncontent-length: 6\r\n", "content-length: 5, 6\r\n", "content-length: +5\r\n",
    "content-length: -1\r\n", "content-length: 0x5\r\n", "content-length: 5 5\r\n", "content-length: 9223372036854775808\r\n",
    "transfer-encoding: chunked, identity\r\n", "transfer-encoding: xchunked\r\n", "transfer-encoding : chunked\r\n",
    "transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n", "transfer-encoding:\x0bchunked\r\n",
    " transfer-encoding: chunked\r\n", "x: y\ntransfer-encoding: chunked\r\n", "x: a\0b\r\n", "x\x01: a\r\n",
    "transfer-encoding: \"chunked\"\r\n", "content-length: 1e1\r\n",
]
CHUNKS = ["zz\r\nsalam\r\n", "-1\r\n", "5\r\nsalamX\r\n0\r\n\r\n", "8000000000000000\r\nx", "FFFFFFFFFFFFFFFFF\r\nx",
          "5;a=\n\r\nsalam\r\n0\r\n\r\n", "0x5\r\nsalam\r\n0\r\n\r\n"]


def smuggling(server, scale):
    behind = "GET /readyz HTTP/1.1\r\nhost: x\r\n\r\n"
    for fields in SMUGGLES:
        got = ask(server, (SYNC + server.insider + fields + "\r\n0\r\n\r\n" + behind).encode("latin-1"), timeout=1)
        expect(got, 400)
        if b"ready" in got:
            raise Broken(f"{fields!r}: what stood behind it was run")
    for chunks in CHUNKS:
        start = SYNC + server.insider + "transfer-encoding: chunked\r\n\r\n"
        got = ask(server, (start + chunks + behind).encode(), timeout=1)
        if b'"ready"' in got and b"HTTP/1.1 400" not in got:
            raise Broken(f"{chunks!r}: what stood behind it was run")
    return f"{len(SMUGGLES) + len(CHUNKS)} refused"


def gzip_bomb(server, scale):
    """As much as a body may hold, which unpacks to some 8 GiB, and the 10 MiB that a body may not."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    head = bytes.fromhex("1f8b08000000000000ff")
    seen = []
    for room, stated in ((8 << 20, 0xFFFFFFFF), (8 << 20, 1), (10 << 20, 0)):
        data = head + piece * ((room - 100) // len(piece)) + b"\x03\x00" + bytes(4) + stated.to_bytes(4, "little")
        seen.append(expect(ask(server, body(data, server.insider + "content-encoding: gzip\r\n")), 413, 400))
    return f"8 GiB, 8 GiB that states 1 byte, 10 MiB: {', '.join(seen)}"


def zstd_bomb(server, scale):
    magic = bytes.fromhex("28b52ffd")
    # A block that repeats one byte 128 KiB long, in four bytes of the frame.
    block = (1 << 1 | (1 << 17) << 3).to_bytes(3, "little") + b"x"
    blocks = block * ((8 << 20) // 4 - 10)
    frames = {
        "256 GiB": magic + b"\x00\x48" + blocks + (3 | 1 << 3).to_bytes(3, "little") + b"x",
        "window of 2 GiB": magic + b"\x00\xa8" + (3 | 1 << 3).to_bytes(3, "little") + b"x",
        "states 2^63": magic + b"\xe0" + (1 << 63).to_bytes(8, "little") + (3 | 1 << 3).to_bytes(3, "little") + b"x",
        "cut off": magic + b"\x00\x48" + block,
    }
    return ", ".join(
        f"{name}: {expect(ask(server, body(data, server.insider + 'content-encoding: zstd' + chr(13) + chr(10))), 413, 400)}"
        for name, data in frames.items())


def hostile_cbor(server, scale):
    """Well packed, badly meant: refused as messages, by an office and by nobody."""
    start = bytes.fromhex("8201a8000101001900")
    messages = [
        b"\x81" * 100_000, b"\xa1\x00" * 100_000, b"\x82\x01" + b"\xa1\x00" * 50_000, b"\xc1" * 100_000,
        b"\x5b\x7f" + b"\xff" * 7, b"\x5b" + b"\x80" + bytes(7), b"\x7b" + b"\xff" * 8, b"\x9b" + b"\xff" * 8,
        b"\xbb" + b"\xff" * 8, b"\x82\x01\xbb\x80" + bytes(7), b"\x82\x01\xa3\x00\x01\x00\x01\x00\x01", b"\x9f\xff",
        b"\x82\x01\xa2\x00\x01\x00\x01", b"\x82\x01\xa2\x01\x00\x00\x01", start, b"\x82\x01\x9a\xff\xff\xff\xff",
        b"\x82\x01\xa2\x00\x01\x06\x9a\xff\xff\xff\xff", b"\x82\x01\xa2\x00\x01\x06\x99\x27\x10" + b"\x80" * 10_000,
        b"\xf9\x7e\x00", b"\xff" * 1000, b"", b"\x82\x01\xa2\x00\x01\x18\x63" + b"\x81" * 1000,
    ]
    for message in messages:
        for token in ("", "authorization: bearer " + base64.urlsafe_b64encode(os.urandom(32)).decode().strip("=") + "\r\n"):
            expect(ask(server, body(message, token)), 400, 401, 403)
        expect(ask(server, body(message, server.insider)), 400)
        expect(ask(server, body(message).replace(b"/sync", b"/enrol", 1)), 400, 401, 403)
    return f"{len(messages)} refused four times each"


def many_bodies(server, scale, field=""):
    """200 bodies of nearly 8 MiB from 32 lines at once, and as many that unpack to 16 MiB; soon they are guesses (429)."""
    plain = bytes(1) * ((8 << 20) - 8)
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = packer.compress(bytes((16 << 20) - 64)) + packer.flush()
    work = [body(plain, field)] * 200 * scale + [body(packed, field + "content-encoding: gzip\r\n")] * 200 * scale
    seen, lock = {}, threading.Lock()

    def attack():
        while True:
            with lock:
                if not work:
                    return
                data = work.pop()
            got = ask(server, data, timeout=30)
            status = got[9:12].decode() or "closed"
            with lock:
                seen[status] = seen.get(status, 0) + 1

    threads = [threading.Thread(target=attack) for _ in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong := set(seen) - {"400", "401", "408", "413", "429", "503", "closed"}:
        raise Broken(f"answered {wrong}")
    return ", ".join(f"{count} times {status}" for status, count in sorted(seen.items()))


def insiders_bodies(server, scale):
    """The same by an enrolled device: its bodies are read and unpacked."""
    return many_bodies(server, scale, server.insider)


def pipeline(server, scale):
    """10,000 requests on one line before the first answer is read."""
    with server.connect(timeout=10) as line:
        line.settimeout(2)
        sent = send(line, b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n" * (10_000 * scale))
        line.settimeout(3)
        return f"took {sent >> 10} KiB, gave {len(answer(line, scale << 22)) >> 10} KiB"


def noise(server, scale):
    for data in (b"SSH-2.0-x\r\n\r\n", os.urandom(2000), b"\x16\x03\x01\xff\xff" + os.urandom(3000), bytes(4000),
                 b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(100)):
        for secure in (False, True):
            with server.connect(timeout=1) if secure else server.plain(timeout=1) as line:
                send(line, data)
                got = answer(line)
                if secure and got and not got.startswith(b"HTTP/1.1 4"):
                    raise Broken(f"noise was answered with {got[:60]!r}")
    return "10 refused"


def churn(server, scale):
    """Lines that are opened and dropped at once, half of them with a reset."""
    import socket
    import struct
    for number in range(2_000 * scale):
        line = server.plain()
        if number % 2:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        line.close()
    return f"{2_000 * scale} lines"


def guesses(server, scale):
    """Somebody who guesses at enrolment codes, on one line."""
    request = bytes.fromhex("8203a5000102000378") + b"\x13ABCD-EFGH-JKLM-NPQR" + b"\x04\x58\x20" + bytes(32)
    request = request.replace(b"\xa5", b"\xa5", 1) + b"\x06\x64test"
    data = (f"POST /enrol HTTP/1.1\r\nhost: x\r\ncontent-type: application/cbor\r\ncontent-length: {len(request)}\r\n\r\n"
            ).encode() + request
    wrong = 0
    with server.connect() as line:
        for _ in range(500 * scale):
            line.sendall(data)
            got = line.recv(65536)
            if got.startswith(b"HTTP/1.1 200"):
                raise Broken("a guess enrolled a device")
            wrong += 1
    return f"{wrong} guesses refused"


ATTACKS = [
    header_bomb, field_bomb, long_address, ten_gibibytes, endless_chunks, smuggling, gzip_bomb, zstd_bomb, hostile_cbor,
    many_bodies, insiders_bodies, pipeline, noise, churn, guesses,
]
