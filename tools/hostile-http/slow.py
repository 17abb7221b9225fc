"""Attacks that wait: lines that are opened and then hardly used. All of them run at once, beside the others.

Each is a list of lines and what is done to them every second. What counts is when the server drops them.
"""
import time

import http2
from http1 import SYNC, Broken, send

# What the server promises (30 s without getting anywhere), and what a line takes until the buffers between are full.
PROMISE, MERCY = 30, 12


def idle(server, count):
    return [server.plain() for _ in range(count)], None


def handshake_drip(server, count):
    return [server.plain() for _ in range(count)], b"\x16"


def slow_header(server, count):
    lines = [server.connect() for _ in range(count)]
    for line in lines:
        send(line, b"POST /sync HTTP/1.1\r\nhost: x\r\nx-a: ")
    return lines, b"a"


def slow_body(server, count):
    lines = [server.connect() for _ in range(count)]
    for line in lines:
        send(line, (SYNC + server.insider + "content-length: 1000000\r\n\r\n").encode())
    return lines, b"b"


def slow_read(server, count):
    """Asks as often as the server takes it and never reads."""
    lines = [server.connect(timeout=0.5, receive=4096) for _ in range(count)]
    for line in lines:
        send(line, b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n" * 20_000)
    return lines, None


def shut_window(server, count):
    """100 streams of each line whose answers the peer has no room for."""
    lines = [http2.Line(server, b"\x00\x04\x00\x00\x00\x00").socket for _ in range(count)]
    for line in lines:
        line.sendall(b"".join(http2.frame(http2.HEADERS, 5, 2 * n + 1, http2.GET) for n in range(100)))
    return lines, None


def silent_streams(server, count):
    """Bodies over HTTP/2 of which nothing comes."""
    post = b"\x83\x87" + b"\x04\x05/sync" + b"\x41\x01x" + http2.field(b"content-type", b"application/cbor")
    post += http2.field(*(part.strip().encode() for part in server.insider.split(":")))
    lines = [http2.Line(server).socket for _ in range(count)]
    for line in lines:
        line.sendall(b"".join(http2.frame(http2.HEADERS, 4, 2 * n + 1, post) for n in range(100)))
    return lines, None


ATTACKS = [
    (idle, 1000, 10_000), (handshake_drip, 50, 500), (slow_header, 50, 300), (slow_body, 50, 300), (slow_read, 10, 50),
    (shut_window, 5, 20), (silent_streams, 5, 20),
]


class Slow:
    """One of them under way."""

    def __init__(self, server, attack, count):
        self.server, self.name, self.count = server, attack.__name__.replace("_", "-"), count
        self.start, self.last = time.monotonic(), None
        try:
            self.lines, self.drip = attack(server, count)
        except OSError as error:
            raise Broken(f"{self.name}: a line of {count} could not be opened: {error}") from error

    def tick(self):
        """Drips, and lets go of the lines that the server dropped."""
        held = self.server.held()
        left = []
        for line in self.lines:
            line.settimeout(0)
            try:
                if self.drip:
                    line.send(self.drip)
            except OSError:
                pass  # Full, or dropped: the system knows which.
            if line.getsockname()[1] in held:
                left.append(line)
            else:
                line.close()
        if len(left) < len(self.lines):
            self.last = time.monotonic() - self.start
        self.lines = left

    def close(self):
        for line in self.lines:
            line.close()
        self.lines = []
