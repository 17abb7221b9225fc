"""Offices that work: each takes cases in, adds notes to a case of all, edits its own, syncs, and keeps the ledger."""
import json
import random
import threading

from world import Broken

UNREACHED = (69, 75)  # the server is away or busy: the office tries again later


class Office(threading.Thread):
    """One office at work until it is told to stop; a step is up to its user."""

    def __init__(self, world, name, seed, ledger, shared, stopping):
        super().__init__(daemon=True)
        self.world, self.office, self.ledger, self.shared, self.stopping = world, name, ledger, shared, stopping
        self.random, self.own, self.count, self.error = random.Random(f"{seed} {name}"), [], 0, None

    def run(self):
        try:
            while not self.stopping.is_set():
                self.step()
        except Exception as error:  # told by whoever waits for this thread
            self.error = error

    def step(self):
        self.write()
        if self.random.random() < 0.6:
            self.sync()

    def write(self):
        """One command of the operator, which must succeed whatever the network and the centre do."""
        self.count += 1
        text, dice = f"{self.office} {self.count}", self.random.random()
        if dice < 0.4 or not self.own:
            self.own.append(self.world.ask(self.office, "new", "--title", text)["ticket"])
            self.ledger.wrote(text)
        elif dice < 0.7:
            self.world.office(self.office, "note", self.shared, text)
            self.ledger.wrote(text)
        else:
            ticket = self.random.choice(self.own)
            self.world.office(self.office, "edit", ticket, "place=" + text)
            self.ledger.edited(ticket, text)

    def sync(self):
        """One sync; whether it came through."""
        known = self.ledger.known(self.office)
        done = self.world.office(self.office, "sync", check=False)
        if done.returncode not in (0, *UNREACHED):
            raise Broken(f"a sync while the centre is away ended with {done.returncode}: {done.stderr}")
        if done.returncode != 0:
            return False
        self.ledger.synced(known)
        said = json.loads(done.stdout)
        if said["synced"] and (said["pending"] or not said["agreed"]):
            raise Broken(f"it says that it is synced: {said}")
        return True


def join(threads, stopping):
    """Lets everyone finish, and tells what one of them met."""
    stopping.set()
    for thread in threads:
        thread.join()
    for thread in threads:
        if thread.error:
            raise thread.error
