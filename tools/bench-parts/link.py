"""A TCP proxy between devices and the server: counts what passes, and can be as slow as a bad line."""
import queue
import socket
import threading
import time

PIECE = 1400


class Bodies:
    """Finds the bodies in one direction of an HTTP/1.1 connection, and notes their lengths."""

    def __init__(self, note):
        self.note, self.head, self.left = note, b"", 0

    def take(self, piece):
        while piece:
            if self.left:
                passed = min(self.left, len(piece))
                self.left -= passed
                piece = piece[passed:]
                continue
            self.head += piece
            head, found, piece = self.head.partition(b"\r\n\r\n")
            if not found:
                return
            self.head = b""
            lines = [line.lower() for line in head.split(b"\r\n")]
            length = [line for line in lines if line.startswith(b"content-length:")]
            if not length:
                raise ValueError("a message without a length can't be counted: " + head.decode(errors="replace"))
            self.left = int(length[0].split(b":")[1])
            self.note(self.left)


class Link:
    """Listens on a port of its own and passes on to the server's."""

    def __init__(self, port, counts_bodies=False):
        self.target, self.counts_bodies = port, counts_bodies
        self.bits_per_second = self.round_trip = None
        self.up_bodies, self.down_bodies, self.bytes, self.trouble = [], [], 0, None
        self.free = {"up": 0.0, "down": 0.0}
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def shape(self, bits_per_second, round_trip):
        self.bits_per_second, self.round_trip = bits_per_second, round_trip

    def exchanges(self):
        """Bytes of the bodies of each request and its answer, after content coding."""
        if self.trouble:
            raise self.trouble
        return [up + down for up, down in zip(self.up_bodies, self.down_bodies)]

    def close(self):
        self.listener.close()

    def accept(self):
        while True:
            try:
                device, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.target))
            for end in (device, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            # The handshake of a real connection over this line takes a round trip before anything is sent.
            opened = time.monotonic() + (self.round_trip or 0)
            self.pump("up", device, server, opened, Bodies(self.up_bodies.append))
            self.pump("down", server, device, opened, Bodies(self.down_bodies.append))

    def pump(self, way, source, target, opened, bodies):
        waiting = queue.Queue()

        def read():
            try:
                while piece := source.recv(PIECE if self.bits_per_second else 1 << 16):
                    if self.counts_bodies:
                        bodies.take(piece)
                    waiting.put((self.due(way, len(piece), opened), piece))
            except OSError:
                pass
            except ValueError as error:
                self.trouble = error
            waiting.put((0, b""))

        def write():
            while True:
                due, piece = waiting.get()
                time.sleep(max(0, due - time.monotonic()))
                try:
                    if piece:
                        target.sendall(piece)
                    else:
                        target.shutdown(socket.SHUT_WR)
                except OSError:
                    return
                if not piece:
                    return

        threading.Thread(target=read, daemon=True).start()
        threading.Thread(target=write, daemon=True).start()

    def due(self, way, length, opened):
        """When a piece has crossed the line: after what is before it, its own bits, and half a round trip."""
        with self.lock:
            self.bytes += length
            if not self.bits_per_second:
                return 0
            begins = max(self.free[way], opened, time.monotonic())
            self.free[way] = begins + length * 8 / self.bits_per_second
            return self.free[way] + self.round_trip / 2
