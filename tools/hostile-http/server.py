"""The real server with TLS in a folder of its own, an honest office beside the attackers, and what both go through."""
import base64
import contextlib
import json
import os
import pathlib
import re
import socket
import sqlite3
import ssl
import subprocess
import threading
import time

PATIENCE = 60


def run(*words, check=True, folder=None):
    done = subprocess.run([str(w) for w in words], capture_output=True, text=True, timeout=PATIENCE, cwd=folder)
    if check and done.returncode:
        raise SystemExit(f"{' '.join(map(str, words))}\nended with {done.returncode}: {done.stdout}{done.stderr}")
    return done


class Server:
    def __init__(self, programs, folder):
        self.programs, self.folder = pathlib.Path(programs), pathlib.Path(folder)
        self.certificate = self.folder / "server.pem"
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
            "-keyout", self.folder / "server.key", "-out", self.certificate)
        self.log = self.folder / "log"
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(
                [str(w) for w in (self.programs / "sambung-server", "serve", "--data", self.folder / "centre",
                                  "--listen", "127.0.0.1:0", "--certificate", self.certificate,
                                  "--key", self.folder / "server.key")], stdout=log, stderr=log)
        deadline = time.monotonic() + PATIENCE
        while not (found := re.search(r"ready url=https://127\.0\.0\.1:(\d+)", self.log.read_text())):
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise SystemExit("the server does not get ready: " + self.log.read_text())
            time.sleep(0.05)
        self.port = int(found[1])

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    # Who talks to it

    def plain(self, timeout=10, receive=None):
        """A connection without TLS as yet."""
        raw = socket.socket()
        if receive:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
        raw.settimeout(timeout)
        raw.connect(("127.0.0.1", self.port))
        return raw

    def connect(self, protocol="http/1.1", timeout=10, receive=None):
        """A line with TLS. The handshake may wait for long on a busy machine, what follows for as long as told."""
        context = ssl.create_default_context(cafile=self.certificate)
        context.set_alpn_protocols([protocol])
        line = context.wrap_socket(self.plain(PATIENCE, receive), server_hostname="127.0.0.1")
        line.settimeout(timeout)
        return line

    # How it is

    def status(self, key):
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"{key}:\s+(\d+)", text)[1])

    def held(self):
        """The peers' ports of the lines that the server still has open, as the system has it.

        What a peer sees is no measure: who does not read does not learn that the other end is gone.
        """
        held = set()
        for entry in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]:
            words = entry.split()
            # The last number is 0 once no process has the socket.
            if int(words[1].split(":")[1], 16) == self.port and words[3] != "0A" and words[9] != "0":
                held.add(int(words[2].split(":")[1], 16))
        return held

    def peak(self):
        """The most memory since the last look, in MiB."""
        peak = self.status("VmHWM") / 1024
        try:
            pathlib.Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")
        except OSError:
            pass
        return peak


class Office:
    """An enrolled device that goes on working while the server is attacked."""

    def __init__(self, server, name="honest"):
        self.server, self.base = server, server.folder / f"{name}.db"
        code = json.loads(run(server.programs / "sambung-server", "device", "add", "--office", "LIW", "--json",
                              "--data", server.folder / "centre").stdout)["code"]
        self.command("enrol", code, f"https://127.0.0.1:{server.port}", "--ca", server.certificate)
        self.sent = 0

    def command(self, *words, check=True):
        return run(self.server.programs / "sambung", *words, "--database", self.base, "--operator", "h", check=check)

    def field(self):
        """The header field by which its requests are let in."""
        with contextlib.closing(sqlite3.connect(self.base)) as database:
            (secret,), = database.execute("SELECT secret FROM _replica")
        return f"authorization: bearer {base64.urlsafe_b64encode(secret).decode().strip('=')}\r\n"

    def push(self):
        """Takes a case in and syncs it; what went wrong, or None."""
        self.command("new", "--title", f"case {self.sent}")
        done = self.command("sync", check=False)
        if done.returncode == 0:
            self.sent += 1
            return None
        return (done.stdout + done.stderr).strip()[:200]


class Watch:
    """Asks for the server's health and pushes for the honest office, all the time."""

    def __init__(self, server, office):
        self.server, self.office = server, office
        self.lock, self.isOver = threading.Lock(), False
        self.slowest, self.checks, self.failures, self.pushes, self.failed = 0.0, 0, [], 0, []
        self.threads = [threading.Thread(target=self.health), threading.Thread(target=self.push)]
        for thread in self.threads:
            thread.start()

    def health(self):
        while not self.isOver:
            start = time.monotonic()
            try:
                with self.server.connect(timeout=10) as line:
                    line.sendall(b"GET /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
                    answer = line.recv(4096)
                problem = None if answer.startswith(b"HTTP/1.1 200") else f"answered {answer[:60]!r}"
            except OSError as error:
                problem = f"no answer: {error}"
            took = time.monotonic() - start
            with self.lock:
                self.checks += 1
                self.slowest = max(self.slowest, took)
                if problem:
                    self.failures.append(problem)
            time.sleep(0.2)

    def push(self):
        while not self.isOver:
            problem = self.office.push()
            with self.lock:
                self.pushes += 1
                if problem:
                    self.failed.append(problem)
            time.sleep(0.3)

    def look(self):
        """What was seen since the last look."""
        with self.lock:
            seen = (self.slowest, self.checks, self.failures, self.pushes, self.failed)
            self.slowest, self.checks, self.failures, self.pushes, self.failed = 0.0, 0, [], 0, []
        return seen

    def stop(self):
        self.isOver = True
        for thread in self.threads:
            thread.join()
