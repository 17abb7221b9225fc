"""Network namespaces on one bridge: the centre's, and one for each office, with links that can be cut and slowed.

A namespace lives as long as the process that holds it, so nothing of it stays behind however the tool ends.
"""
import subprocess

from world import NotHere

CENTRE = "10.77.0.1"


class Network:
    def __init__(self, names):
        self.names, self.holders = list(names), {}
        try:
            self.build()
        except (NotHere, OSError, subprocess.CalledProcessError) as error:
            self.close()
            told = getattr(error, "stderr", "") or str(error)
            raise NotHere("no right or no means to make network namespaces here: " + told.strip()) from None

    def build(self):
        for name in ["centre", *self.names]:
            self.hold(name)
        self.inside("centre", "ip", "link", "add", "bridge0", "type", "bridge")
        self.inside("centre", "ip", "address", "add", f"{CENTRE}/24", "dev", "bridge0")
        self.inside("centre", "ip", "link", "set", "bridge0", "up")
        for index, name in enumerate(self.names):
            self.inside("centre", "ip", "link", "add", f"to{index}", "type", "veth", "peer", "name", "uplink",
                        "netns", str(self.holders[name].pid))
            self.inside("centre", "ip", "link", "set", f"to{index}", "master", "bridge0", "up")
            self.inside(name, "ip", "address", "add", f"{self.address(name)}/24", "dev", "uplink")
            self.inside(name, "ip", "link", "set", "uplink", "up")

    def hold(self, name):
        """Starts a process in a namespace of its own, and waits until it is there."""
        holder = subprocess.Popen(["unshare", "--net", "sh", "-c", "ip link set lo up && echo up && exec cat"],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.holders[name] = holder
        if holder.stdout.readline().strip() != "up":
            raise NotHere(holder.stderr.read())

    def address(self, name):
        return f"10.77.0.{10 + self.names.index(name)}"

    def prefix(self, name):
        return ["nsenter", "-t", str(self.holders[name].pid), "-n"]

    def inside(self, name, *words, check=True):
        return subprocess.run([*self.prefix(name), *words], capture_output=True, text=True, check=check)

    # What can befall a link

    def slow(self, name, kilobits):
        """Both directions at so many kbit/s."""
        shape = ["root", "tbf", "rate", f"{kilobits}kbit", "burst", "4kb", "latency", "2s"]
        self.inside(name, "tc", "qdisc", "replace", "dev", "uplink", *shape)
        self.inside("centre", "tc", "qdisc", "replace", "dev", f"to{self.names.index(name)}", *shape)

    def cut(self, name, how):
        """`both` ways the link is down; `out`, nothing leaves the office; `in`, no answer reaches it."""
        if how == "both":
            self.inside("centre", "ip", "link", "set", f"to{self.names.index(name)}", "down")
        elif how == "out":
            self.inside(name, "ip", "route", "replace", "blackhole", CENTRE)
        elif how == "in":
            self.inside("centre", "ip", "route", "replace", "blackhole", self.address(name))

    def heal(self, name):
        self.inside("centre", "ip", "link", "set", f"to{self.names.index(name)}", "up")
        self.inside(name, "ip", "route", "del", "blackhole", CENTRE, check=False)
        self.inside("centre", "ip", "route", "del", "blackhole", self.address(name), check=False)

    def close(self):
        for holder in self.holders.values():
            holder.kill()
            holder.communicate()
