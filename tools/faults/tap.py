"""A proxy between the offices and the centre that keeps what passes, and holds or damages one exchange."""
import dataclasses
import http.client
import http.server
import threading

PORT = 8081
HOP = {"host", "connection", "content-length", "transfer-encoding", "expect"}


@dataclasses.dataclass
class Exchange:
    path: str
    headers: dict
    body: bytes
    status: int = 0
    answer: bytes = b""
    answer_headers: dict = dataclasses.field(default_factory=dict)


class Tap:
    """Listens for one world. `hold` is the exchange that does not reach the centre; `damage` gets the number of an
    exchange and its answer, and gives the bytes to send and whether the line breaks there."""

    def __init__(self, world, hold=None, damage=None):
        self.world, self.hold, self.damage = world, hold, damage
        self.seen, self.lock = [], threading.Lock()
        self.server = http.server.ThreadingHTTPServer((world.host, PORT), handler(self))
        self.server.daemon_threads = True

    @property
    def url(self):
        return f"http://{self.world.host}:{PORT}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def pass_on(self, exchange):
        send(self.world, exchange)
        return exchange


def send(world, exchange, body=None, until=None):
    """Sends a request to the centre, perhaps with another body, or breaking off after so many bytes; its status, or
    None where the line was broken."""
    body = exchange.body if body is None else body
    line = http.client.HTTPConnection(world.host, world.port, timeout=30)
    try:
        if until is not None:
            line.putrequest("POST", exchange.path)
            for name, value in exchange.headers.items():
                line.putheader(name, value)
            line.putheader("content-length", str(len(body)))
            line.endheaders()
            line.send(body[:until])
            return None
        line.request("POST", exchange.path, body, exchange.headers)
        answer = line.getresponse()
        exchange.status, exchange.answer = answer.status, answer.read()
        exchange.answer_headers = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status
    finally:
        line.close()


def handler(tap):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP}
            exchange = Exchange(self.path, headers, body)
            with tap.lock:
                number = len(tap.seen)
                tap.seen.append(exchange)
            if tap.hold is not None and number >= tap.hold:
                return self.reply(503, {"content-type": "text/plain"}, b"", False)
            tap.pass_on(exchange)
            sent, breaks = exchange.answer, False
            if tap.damage:
                sent, breaks = tap.damage(number, exchange.answer)
            self.reply(exchange.status, exchange.answer_headers, sent, breaks, len(exchange.answer))

        def reply(self, status, headers, body, breaks, length=0):
            self.send_response_only(status)
            for name, value in headers.items():
                if name not in HOP:
                    self.send_header(name, value)
            self.send_header("content-length", str(length if breaks else len(body)))
            self.end_headers()
            self.wfile.write(body)
            if breaks:
                self.close_connection = True

        def log_message(self, *_):
            pass

    return Handler
